"""The verdict on one pair as a file: csv, json, md, parquet or tex, by its suffix."""

from __future__ import annotations

import json
from pathlib import Path

from rdstats.tables.check import Check
from rdstats.tables.files import write_whole
from rdstats.tables.formats import FORMATS, known_suffix, write_frame


def write_check(check: Check, path: Path | str) -> Path:
    """Write a check and return its path.

    json is one object, `{"overall": {...}, "classes": [...]}`; the other formats hold the rows of
    the classes, as every command writes them.

    Raises:
        StatsError: The suffix is none of those known.
        OSError: The place cannot be written.
    """
    path = Path(path)
    if known_suffix(path) != ".json":
        return write_frame(check.classes, path)
    overall = json.dumps(dict(check.overall), ensure_ascii=False, allow_nan=False)
    classes = FORMATS[".json"](check.classes).decode()
    return write_whole(path, f'{{"overall": {overall},\n"classes": {classes}}}\n'.encode())
