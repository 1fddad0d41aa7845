"""A table as a file: csv, json, md, parquet or tex, chosen by the name's suffix."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts import writing as whole_files
from rdstats.errors import StatsError
from rdstats.output.escaping import for_latex, for_markdown, for_spreadsheet
from rdstats.output.rounding import MISSING, rounded_frame


def write_frame(frame: pd.DataFrame, path: Path | str) -> Path:
    """Write a table in the format of its suffix and return its path.

    csv, json and parquet keep every digit (json: a list of records, missing values null);
    md and tex are rounded for readers. The file appears whole or not at all.

    Raises:
        StatsError: The suffix is none of those known.
        OSError: The place cannot be written.
    """
    path = Path(path)
    return write_whole(path, FORMATS[known_suffix(path)](frame))


def write_whole(path: Path, content: bytes) -> Path:
    """Write a result in one step, with its folder where that is missing, and return its path.

    Raises:
        OSError: The folder cannot be made or written, or the disk is full; an older file of
            that name is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return whole_files.write_whole(path, content)


def known_suffix(path: Path | str) -> str:
    """Return the suffix of a file to be written, in lower case.

    Raises:
        StatsError: The suffix is none of those known.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        what = f"the suffix {suffix!r} is not known" if suffix else "its name has no suffix"
        raise StatsError(f"cannot write {path}: {what}; use one of {', '.join(FORMATS)}")
    return suffix


def _csv(frame: pd.DataFrame) -> bytes:
    # The same as `frame.to_csv`, which goes over every cell more than once.
    columns = [_csv_cells(frame[name]) for name in frame.columns]
    heads = [_csv_cell(str(name)) for name in frame.columns]
    if len(columns) == 1:  # nothing but an end of line would be no row
        columns = [[cell or '""' for cell in columns[0]]]
    rows = zip(*columns, strict=True) if columns else ()
    return "".join(f"{','.join(row)}\n" for row in (heads, *rows)).encode()


def _csv_cells(column: "pd.Series[Any]") -> list[str]:
    """Return a column's cells as they stand in the file; nothing where one is missing."""
    cells = column.tolist()
    if pd.api.types.is_numeric_dtype(column):
        texts = list(map(str, cells))
    else:
        names = {cell for cell in cells if isinstance(cell, str)}
        written = {name: _csv_cell(for_spreadsheet(name)) for name in names}
        texts = [written[cell] if isinstance(cell, str) else _csv_cell(str(cell)) for cell in cells]
    if column.hasnans:
        texts = ["" if gone else text for text, gone in zip(texts, column.isna(), strict=True)]
    return texts


def _csv_cell(text: str) -> str:
    """Return a text as the csv module writes it beside others, in quotes where it needs them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow((text, ""))
    return line.getvalue().removesuffix(",\n")


def _json(frame: pd.DataFrame) -> bytes:
    columns = {str(name): frame[name].tolist() for name in frame.columns}
    records = [
        {name: _json_value(cells[row]) for name, cells in columns.items()}
        for row in range(len(frame))
    ]
    body = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    return f"[\n{body}\n]\n".encode() if records else b"[]\n"


def _json_value(value: object) -> object:
    """Return a value that JSON knows: missing is null; an infinite bound is a text."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _markdown(frame: pd.DataFrame) -> bytes:
    texts = rounded_frame(frame)
    rule = ["---:" if pd.api.types.is_numeric_dtype(frame[n]) else ":---" for n in frame.columns]
    rows = [[for_markdown(str(name)) for name in frame.columns], rule]
    cells = {cell: for_markdown(cell) for name in texts.columns for cell in set(texts[name])}
    rows += [[cells[cell] for cell in row] for row in texts.itertuples(index=False)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows).encode()


def _latex(frame: pd.DataFrame) -> bytes:
    texts = rounded_frame(frame)
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    align = "".join("r" if is_number else "l" for is_number in numeric)
    lines = [
        r"% Needs \usepackage{booktabs}.",
        rf"\begin{{tabular}}{{{align}}}",
        r"\toprule",
        " & ".join(for_latex(str(name)) for name in frame.columns) + r" \\",
        r"\midrule",
    ]
    columns = []
    for name, is_number in zip(texts.columns, numeric, strict=True):
        write = _latex_number if is_number else for_latex
        cells = texts[name].tolist()
        written = {cell: write(cell) for cell in set(cells)}
        columns.append([written[cell] for cell in cells])
    lines += [" & ".join(row) + r" \\" for row in zip(*columns, strict=True)]
    lines += [r"\bottomrule", r"\end{tabular}", ""]
    return "\n".join(lines).encode()


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
