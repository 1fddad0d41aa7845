"""Tables in a terminal: as many columns as fit, and where the rest is; or in a file.

Lines are plain text, so that `grep`, `wc` and `head` work on them, and a hundred thousand rows
are printed in a second (rich's tables take half a millisecond a row).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd
from rich.cells import cell_len, set_cell_size

from rd_cli.edge import for_terminal, show
from rdstats.output.formats import FORMATS, write_table
from rdstats.output.shown import ShownTable, of_columns
from rdstats.output.words import worst_first
from rdstats.statistics.verdicts import HARMED, UNHARMED

if TYPE_CHECKING:
    from rd_cli.stats.options import Printed, Told

_WIDTH_OF_A_PIPE: Final = 120
_STATUS_WIDTH: Final = 30  # a status folds rather than push telling columns out; a third at most
_LONGEST_CELL: Final = 40  # names from files may be as long as a path; files have them whole
_GAP: Final = "  "
_COLOURS: Final = {HARMED: "1;33", UNHARMED: "36"}  # told apart with any colour blindness


def show_or_write(
    frame: pd.DataFrame, shown: ShownTable, out: Path | None, printed: Printed
) -> None:
    """Write a result to the file that was asked for, and tell of it as was asked for."""
    if printed.columns is not None:
        frame, shown = of_columns(frame, shown, printed.columns)
    if out is not None:
        write_table(frame, shown, out)
    if printed.json:
        print(FORMATS[".json"](frame).decode(), end="")
    elif out is not None and not printed.quiet:
        people = out.suffix.lower() in (".md", ".tex")
        show(f"{out}: {len(frame):,} rows, {len(shown.seen) if people else frame.shape[1]} columns")
    elif not printed.quiet:
        print_shown(shown)


def tell(told: Told, found: Mapping[str, object], in_words: Callable[[], None]) -> None:
    """Tell what a command did as was asked for; `found` has the paths of files as `written`."""
    if told.json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
    elif not told.quiet:
        in_words()


def print_shown(shown: ShownTable) -> None:
    """Print a table with the columns that fit, what it leaves out, and its warnings."""
    if shown.urgent:
        places, rest = worst_first(shown.urgent)
        shown = replace(shown, rows=tuple(shown.rows[place] for place in places), rest=rest)
    keep = _that_fit(shown)
    seen = [shown.header[place] for place in keep]
    left_out = len(shown.header) - len(keep) - (not shown.remarks)  # a status of `ok` says nothing
    print_table(seen, [[row[place] for place in keep] for row in shown.rows])
    if shown.rest:
        print(shown.rest)
    noun = "column does" if left_out == 1 else "columns do"
    rest = f" {left_out} more {noun} not fit." if left_out else ""
    reading = " ".join((shown.caption, *(how for name, how in shown.keys if name in seen)))
    say(f"{reading}{rest} --out FILE has every column at full precision.")
    for note in shown.notes:
        say(note)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print texts as a table; the last column takes what width is left, on several lines."""
    lines = [[*map(_shortened, row[:-1]), _whole(row[-1])] for row in (header, *rows)]
    widths = [max(width for _, width in column) for column in zip(*lines, strict=True)]
    room = _width() - sum(width + len(_GAP) for width in widths[:-1])
    widths[-1] = min(widths[-1], max(room, _status_width()))
    for number, row in enumerate(lines):
        last, needed = row[-1]
        folded = [last] if needed <= widths[-1] else _folded(last, widths[-1])
        first = [
            _coloured(text) + " " * (wide - width)
            for (text, width), wide in zip(row[:-1], widths[:-1], strict=True)
        ]
        print(_GAP.join((*first, _coloured(folded[0]))).rstrip())
        for more in folded[1:]:
            print(" " * sum(width + len(_GAP) for width in widths[:-1]) + more)
        if number == 0:
            print("─" * (sum(widths) + len(_GAP) * (len(widths) - 1)))


def _coloured(text: str) -> str:
    """Return a verdict in its colour, if this is a terminal and NO_COLOR is not set."""
    if text not in _COLOURS or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{_COLOURS[text]}m{text}\x1b[0m"


def head(lines: Iterable[str]) -> None:
    """Print lines above a table, folded to a terminal's width; in a pipe each stays one line."""
    width = _width(sys.maxsize)
    for line in lines:
        print(textwrap.fill(for_terminal(line), width))


def say(text: str) -> None:
    """Print sentences under a table."""
    sentences = for_terminal(text.replace("\n", " "))
    print(f"\n{textwrap.fill(sentences, _width())}")


def _that_fit(shown: ShownTable) -> list[int]:
    """Return the columns that fit, from the left; a status with remarks always does."""
    last = len(shown.header) - 1
    room = _width() + len(_GAP)
    keep: list[int] = []
    if shown.remarks:
        keep.append(last)
        room -= _status_width() + len(_GAP)
    for place in range(last):
        texts = {shown.header[place], *(row[place] for row in shown.rows)}
        room -= max(_shortened(text)[1] for text in texts) + len(_GAP)
        if room < 0 and place > 0:
            break
        keep.append(place)
    return sorted(keep)


@lru_cache(maxsize=1 << 16)  # of a hundred thousand rows most cells are the same few numbers
def _whole(text: str) -> tuple[str, int]:
    """Return a text as one line, and its cells: wide characters count as two."""
    line = for_terminal(text)
    return line, cell_len(line)


@lru_cache(maxsize=1 << 10)
def _folded(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width)


@lru_cache(maxsize=1 << 16)
def _shortened(text: str) -> tuple[str, int]:
    """Return one line of at most `_LONGEST_CELL` cells, with a mark where the rest was."""
    line, width = _whole(text)
    if width > _LONGEST_CELL:
        line = set_cell_size(line, _LONGEST_CELL - 1).rstrip() + "…"
    return line, cell_len(line)


def _status_width() -> int:
    return min(_STATUS_WIDTH, max(_width() // 3, 10))


def _width(of_a_pipe: int = _WIDTH_OF_A_PIPE) -> int:
    return shutil.get_terminal_size((of_a_pipe, 24)).columns
