"""A table as a file: csv, json, md, parquet or tex, chosen by the name's suffix."""

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts import writing as whole_files
from rdstats.errors import StatsError
from rdstats.output.escaping import for_latex, for_markdown, for_spreadsheet
from rdstats.output.shown import ShownTable
from rdstats.output.words import MISSING, records, rounded


def write_frame(frame: pd.DataFrame, path: Path | str) -> Path:
    """Write a table in the format of its suffix and return its path.

    csv, json and parquet keep every digit (json: a list of records, missing values null);
    md and tex are rounded for readers. The file appears whole or not at all.

    Raises:
        StatsError: The suffix is none of those known.
        OSError: The place cannot be written; an older file of that name is unchanged.
    """
    path = Path(path)
    return write_whole(path, FORMATS[known_suffix(path)](frame))


def write_table(frame: pd.DataFrame, shown: ShownTable, path: Path | str) -> Path:
    """Write a result in the format of its suffix and return its path.

    md and tex hold what people read, tex as a `table` with caption and label; csv, json and
    parquet every column at full precision. Errors as of `write_frame`.
    """
    path = Path(path)
    people = {".md": _markdown_shown, ".tex": _latex_shown}.get(known_suffix(path))
    return write_frame(frame, path) if people is None else write_whole(path, people(shown))


def write_whole(path: Path, content: bytes) -> Path:
    """Write a result in one step, with its folder where that is missing, and return its path."""
    whole_files.refuse_nul(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return whole_files.write_whole(path, content)


def known_suffix(path: Path | str) -> str:
    """Return the suffix of a file to be written, in lower case, or refuse it."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        what = f"the suffix {suffix!r} is not known" if suffix else "its name has no suffix"
        raise StatsError(f"cannot write {path}: {what}; use one of {', '.join(FORMATS)}")
    return suffix


def _csv(frame: pd.DataFrame) -> bytes:
    texts = frame.select_dtypes(exclude="number")
    guarded = {name: _each_once(texts[name], for_spreadsheet) for name in texts.columns}
    # Before Python 3.13, csv leaves a bare carriage return unquoted, and readers begin a row there.
    returns = any("\r" in str(name) for column in texts for name in texts[column].unique())
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    written: str = frame.assign(**guarded).to_csv(index=False, lineterminator="\n", quoting=quoting)
    return written.encode()


def _each_once(column: "pd.Series[Any]", write: Callable[[str], str]) -> "pd.Series[Any]":
    """Return a column whose texts are written anew; what is no text stays."""
    anew = {name: write(name) for name in column.unique() if isinstance(name, str)}
    return column.replace({name: text for name, text in anew.items() if text != name})


def _json(frame: pd.DataFrame) -> bytes:
    rows = [{name: _json_value(cell) for name, cell in row.items()} for row in records(frame)]
    body = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n{body}\n]\n".encode() if rows else b"[]\n"


def _json_value(value: object) -> object:
    """Return a value that JSON knows: missing is null; an infinite bound is a text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _markdown(frame: pd.DataFrame) -> bytes:
    heads = [for_markdown(str(name)) for name in frame.columns]
    rows = zip(*_cells(frame, for_markdown, for_markdown), strict=True)
    return markdown_table(heads, rows, _are_numbers(frame)).encode()


def _latex(frame: pd.DataFrame) -> bytes:
    heads = [for_latex(str(name)) for name in frame.columns]
    rows = zip(*_cells(frame, for_latex, _latex_number), strict=True)
    table = latex_table(heads, rows, _are_numbers(frame))
    return f"% Needs \\usepackage{{booktabs}}.\n{table}".encode()


def _markdown_shown(shown: ShownTable) -> bytes:
    heads, *rows = _cells_shown(shown, for_markdown)
    table = markdown_table(heads, rows, _right(shown))
    return f"{table}\n{for_markdown(shown.reading)}\n".encode()


def _latex_shown(shown: ShownTable) -> bytes:
    heads, *rows = _cells_shown(shown, for_latex)
    label = "-".join(shown.title.lower().split())
    lines = (
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{for_latex(f'{shown.title}. {shown.reading}')}}}",
        rf"\label{{tab:{re.sub(r'[^a-z0-9-]', '', label)}}}",
        latex_table(heads, rows, _right(shown)) + r"\end{table}",
    )
    return ("\n".join(lines) + "\n").encode()


def _cells_shown(shown: ShownTable, escape: Callable[[str], str]) -> list[list[str]]:
    """Return the head and the rows of a table, escaped, without columns that say nothing."""
    once = cache(escape)  # nine cells of ten repeat another
    return [[once(row[place]) for place in shown.seen] for row in (shown.header, *shown.rows)]


def _right(shown: ShownTable) -> list[bool]:
    """Return which columns hold numbers alone, in words or not."""
    cells = ([row[place] for row in shown.rows] for place in shown.seen)
    return [all(cell[:1] in "0123456789<−–" for cell in column) for column in cells]


def markdown_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]
) -> str:
    """Return escaped cells as a Markdown table; `right` says which columns are right-aligned."""
    rule = ["---:" if is_right else ":---" for is_right in right]
    return "".join(f"| {' | '.join(row)} |\n" for row in (heads, rule, *rows))


def latex_table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]) -> str:
    """Return escaped cells as a LaTeX tabular with the rules of booktabs."""
    align = "".join("r" if is_right else "l" for is_right in right)
    head, *body = [" & ".join(row) + r" \\" for row in (heads, *rows)]
    return "\n".join(
        (
            rf"\begin{{tabular}}{{{align}}}",
            *(r"\toprule", head, r"\midrule", *body, r"\bottomrule"),
            "\\end{tabular}\n",
        )
    )


def _are_numbers(frame: pd.DataFrame) -> list[bool]:
    return [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]


def _cells(
    frame: pd.DataFrame, text: Callable[[str], str], number: Callable[[str], str]
) -> list[list[str]]:
    """Return the rounded cells of each column as a format writes texts and numbers."""
    columns = []
    for name, is_number in zip(frame.columns, _are_numbers(frame), strict=True):
        cells = frame[name].tolist()
        seen = {cell: rounded(cell, name) for cell in set(cells)}
        written = {cell: (number if is_number else text)(cell) for cell in set(seen.values())}
        columns.append([written[seen[cell]] for cell in cells])
    return columns


def _latex_number(text: str) -> str:
    """Return a number in math mode, so that its minus is a minus; a dash where there is none."""
    if text == MISSING:
        return "--"
    return f"${text.replace('∞', chr(92) + 'infty')}$"


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), sink)
    return bytes(sink.getvalue())


FORMATS: Final[Mapping[str, Callable[[pd.DataFrame], bytes]]] = MappingProxyType(
    {".csv": _csv, ".json": _json, ".md": _markdown, ".parquet": _parquet, ".tex": _latex}
)
