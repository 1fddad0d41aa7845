"""What happens to files on their way: cut off, retyped, saved by a spreadsheet."""

from __future__ import annotations

import io
import json
import math
import random
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from import_seeds import Seed, parquet_of, read_bare_matrix, read_matrix, table_of, text_of

Mutation = Callable[[bytes, random.Random], bytes]

_STRANGE = (
    *("", "NaN", "nan", "NA", "None", "abc", "1e308", "99999999999999999999", "-1", "3.5", "3,5"),
    *("inf", "-inf", "0x10", "=cmd()"),
    *("<script>alert(1)</script>", "日本 語", " 3 ", "3.0", "TRUE", "\0", '"', "'", "a\nb", "1_0"),
    *("٣", "\u202e", "1" * 5000, "0", "1e3"),
    *("\x1b[31mred", "[bold]x[/]", "[/nothing]", "\r", "\u2028", "\N{FULLWIDTH EQUALS SIGN}1"),
    *("+1", "micro avg", "accuracy", "Total", str(2**53), str(2**53 + 1), str(2**62), "1e16"),
)

_DEEP = "nested deeply"
_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 2, 0.5, math.nan, 1e308, 10**400, 2**63, "", "1", "x", "\ud800", "\0"),
    *([], {}, [[]], [1, 2], {"a": 1}, ["a"] * 2000, _DEEP),
)

_COLUMNS: tuple[Any, ...] = (None, True, 1, 2**62, 0.5, math.nan, "", "x", b"\xff", [1], {"a": 1})


def _cells(content: bytes) -> list[list[str]]:
    return table_of(content) or [[content.decode("latin-1")]]


def truncated(content: bytes, chance: random.Random) -> bytes:
    """Cut off somewhere."""
    return content[: chance.randrange(len(content))]


def empty(content: bytes, chance: random.Random) -> bytes:
    """Nothing left, or a blank."""
    del content
    return chance.choice((b"", b"\n", b"\xef\xbb\xbf", b" \n \n"))


def flipped(content: bytes, chance: random.Random) -> bytes:
    """Some bytes are others."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def retyped(content: bytes, chance: random.Random) -> bytes:
    """A cell holds something else."""
    rows = _cells(content)
    row = chance.choice(rows)
    row[chance.randrange(len(row))] = chance.choice(_STRANGE)
    return text_of(rows)


def repeated(content: bytes, chance: random.Random) -> bytes:
    """A line is there twice."""
    lines = content.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return b"".join(lines)


def lost(content: bytes, chance: random.Random) -> bytes:
    """A line is gone: it may be the header."""
    lines = content.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def ragged(content: bytes, chance: random.Random) -> bytes:
    """A line lacks a cell, or has one too many."""
    rows = _cells(content)
    row = chance.choice(rows)
    if chance.random() < 0.5:
        row.pop()
    else:
        row.append("1")
    return text_of(rows)


def renamed(content: bytes, chance: random.Random) -> bytes:
    """A column has another name."""
    rows = _cells(content)
    rows[0][chance.randrange(len(rows[0]))] = chance.choice(("", "Y_TRUE", "x" * 300, "z"))
    return text_of(rows)


def turned(content: bytes, chance: random.Random) -> bytes:
    """Rows are columns."""
    del chance
    return text_of(list(zip(*_cells(content), strict=True)))


def shuffled(content: bytes, chance: random.Random) -> bytes:
    """The lines are in another order, the header among them."""
    lines = content.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def quoted(content: bytes, chance: random.Random) -> bytes:
    """A quote is opened somewhere."""
    place = chance.randrange(len(content))
    return content[:place] + b'"' + content[place:]


def recoded(content: bytes, chance: random.Random) -> bytes:
    """Saved in another encoding."""
    text = content.decode("utf-8", errors="replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "latin-1")), errors="replace")


def replaced(content: bytes, chance: random.Random) -> bytes:
    """A value somewhere in JSON is another one, or gone."""
    try:
        lines = [json.loads(line) for line in content.splitlines()]
        whole = False
    except ValueError:
        lines, whole = [json.loads(content)], True
    place: Any = lines
    key: Any = chance.randrange(len(lines))
    while isinstance(place[key], dict | list) and place[key] and chance.random() < 0.8:
        place = place[key]
        key = chance.choice(list(place if isinstance(place, dict) else range(len(place))))
    if chance.random() < 0.2:
        del place[key]
    else:
        place[key] = chance.choice(_VALUES)
    texts = [json.dumps(line).replace(f'"{_DEEP}"', "[" * 99_999 + "]" * 99_999) for line in lines]
    return "\n".join(texts if not whole else texts[:1]).encode()


def blanked(content: bytes, chance: random.Random) -> bytes:
    """Thousands of blanks stand somewhere."""
    place = chance.randrange(len(content) + 1)
    blanks = chance.choice((b" ", b"\t", b"\n", b" \n", b"\xc2\xa0")) * 5000
    return content[:place] + blanks + content[place:]


def same_rows_in_another_order(content: bytes, chance: random.Random) -> bytes:
    """The header stays."""
    head, *rows = _cells(content)
    chance.shuffle(rows)
    return text_of([head, *rows])


def by_a_spreadsheet(content: bytes, chance: random.Random) -> bytes:
    """Semicolons or tabs, a byte order mark, carriage returns, blank lines."""
    text = text_of(_cells(content), chance.choice(",;\t"))
    if chance.random() < 0.5:
        text = text.replace(b"\n", b"\r\n")
    if chance.random() < 0.5:
        text = b"\xef\xbb\xbf" + text
    return text + chance.choice((b"", b"\n", b"\r\n\r\n"))


def whole_numbers_as_floats(content: bytes, chance: random.Random) -> bytes:
    """As pandas writes a column that once had a missing value."""
    del chance
    head, *rows = _cells(content)
    return text_of([head, *([c + ".0" if c.isdecimal() else c for c in row] for row in rows)])


def with_an_index(content: bytes, chance: random.Random) -> bytes:
    """As pandas writes a table with its index."""
    head, *rows = _cells(content)
    name = chance.choice(("", "index", "Unnamed: 0"))
    return text_of([[name, *head], *([str(n), *row] for n, row in enumerate(rows))])


def with_its_header_again(content: bytes, chance: random.Random) -> bytes:
    """Two files one after the other."""
    head, *rows = _cells(content)
    rows.insert(chance.randint(1, len(rows)), head)
    return text_of([head, *rows])


def swallowed(content: bytes, chance: random.Random) -> bytes:
    """A quote opens in the last column of a row, and closes in that of a later one."""
    rows = _cells(content)
    first = chance.randrange(1, len(rows) - 1)
    last = chance.randrange(first + 1, len(rows))
    lines = [text_of([row]).decode() for row in rows]
    start = lines[first].rindex(",") + 1
    lines[first] = f'{lines[first][:start]}"{lines[first][start:]}'
    lines[last] = lines[last].rstrip("\n") + '"\n'
    return "".join(lines).encode()


def spelled_otherwise(content: bytes, chance: random.Random) -> bytes:
    """Answers have another spelling: with a sign, or as a file system writes an umlaut."""
    head, *rows = _cells(content)
    meant = chance.choice([row[-1] for row in rows])
    other = f"+{meant}" if meant.isdecimal() else unicodedata.normalize("NFD", meant)
    return text_of([head, *([*row[:-1], other if row[-1] == meant else row[-1]] for row in rows)])


def one_more(content: bytes, chance: random.Random) -> bytes:
    """Answers are counted from 1, labels from 0."""
    del chance
    head, *rows = _cells(content)
    return text_of([head, *([*row[:-1], str(int(row[-1]) + 1)] for row in rows)])


def in_per_cents(content: bytes, chance: random.Random) -> bytes:
    """Whole per cents of each row for counts."""
    del chance
    rows = _cells(content)
    totals = [sum(int(cell) for cell in row if cell.isdecimal()) for row in rows]
    return text_of(
        [
            [round(100 * int(cell) / total) if cell.isdecimal() else cell for cell in row]
            for row, total in zip(rows, totals, strict=True)
        ]
    )


def top_scores(content: bytes, chance: random.Random) -> bytes:
    """Scores in falling order, as of the best answers, and not by class."""
    del chance
    arrays = dict(np.load(io.BytesIO(content)))
    out = io.BytesIO()
    np.savez(out, **arrays | {"y_score": -np.sort(-arrays["y_score"])})
    return out.getvalue()


def misprinted(content: bytes, chance: random.Random) -> bytes:
    """A digit of a number is another one."""
    digits = [each.start() for each in re.finditer(rb"(?<=[ ,.])(?<!digit )\d+", content)]
    place = chance.choice(digits)
    other = chance.choice([d for d in b"0123456789" if d != content[place]])
    return content[:place] + bytes([other]) + content[place + 1 :]


ANY: tuple[Mutation, ...] = (
    *(truncated, empty, flipped, repeated, lost, shuffled, quoted, recoded, blanked),
)
"""For files of every kind."""

TEXT: tuple[Mutation, ...] = (*ANY, retyped, retyped, retyped, ragged, renamed, turned)
"""For text with separated columns."""


def restructured(content: bytes, chance: random.Random) -> bytes:
    """A column of Parquet, or a field of one, is another in every row, or gone."""
    rows: list[Any] = pq.read_table(io.BytesIO(content)).to_pylist()
    path = [chance.choice(list(rows[0]))]
    if isinstance(rows[0][path[0]], dict) and chance.random() < 0.6:
        path.append(chance.choice(list(rows[0][path[0]])))
    value = chance.choice(_COLUMNS)
    for row in rows:
        place = row[path[0]] if len(path) > 1 else row
        place[path[-1]] = value
    return parquet_of(pa.Table.from_pylist(rows))


PARQUET: tuple[Mutation, ...] = (*ANY, *[restructured] * 4)

JSON: tuple[Mutation, ...] = (*ANY, *[replaced] * 6)

Outcome = Literal["same", "refused", "either"]
"""What a file must give: the same counts, an error, or one of these."""


def known_outcomes(seed: Seed) -> list[tuple[Mutation, Outcome]]:
    """Return the mutations of a seed that can end in one way, or in two."""
    if seed.suffix == ".parquet" and seed.format == "predictions":  # pages with checksums
        return [(flipped, "either"), (lost, "either"), (blanked, "either")]
    if seed.suffix == ".npz":
        return [(top_scores, "refused")]
    if seed.format == "sklearn-report":
        more = with_an_index if seed.suffix == ".csv" else misprinted
        return [(misprinted, "either"), (more, "either")]
    if seed.suffix != ".csv" or not seed.harmless:
        return []
    known: list[tuple[Mutation, Outcome]] = [(by_a_spreadsheet, "same")]
    known.append((whole_numbers_as_floats, "same"))
    if seed.reference in (read_matrix, read_bare_matrix):
        return [*known, (in_per_cents, "refused")]
    known += [(same_rows_in_another_order, "same"), (with_its_header_again, "either")]
    known += [(with_an_index, "either")]
    if seed.format == "predictions":
        known += [(swallowed, "refused"), (spelled_otherwise, "either")]
        known += [(one_more, "refused")] * ("cat" not in seed.counts)
    return known
