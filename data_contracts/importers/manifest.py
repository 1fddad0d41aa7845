"""What is said of files elsewhere: by a manifest, and by their paths."""

from __future__ import annotations

import os
import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, Described
from data_contracts.importers.read.records import records_of_lines
from data_contracts.importers.read.text import read_lines, read_text
from data_contracts.limits import parsed_toml

Said = Callable[[Path], Described]
"""Returns what is said of a file."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_RATIO = re.compile(r"\d+(?:\.\d+)?")


def path_pattern(pattern: str) -> Said:
    """Return what reads the ends of paths by a pattern such as `{method}/{model}-{ratio}.csv`.

    `{field}` stands for text without a slash, as short as fits; `{ratio}` for a number; `*` for
    any text without a slash; everything else for itself. Slashes divide folders.
    """
    fields = _FIELD.findall(pattern)
    if not fields:
        raise ContractError(
            f"the pattern {pattern!r} names no field: write e.g. '{{method}}/{{model}}.csv'"
        )
    for name in fields:
        if name not in DESCRIBED_COLUMNS:
            known = ", ".join(DESCRIBED_COLUMNS)
            raise ContractError(f"the pattern {pattern!r} has a field {name!r}; fields are {known}")
        if fields.count(name) > 1:
            raise ContractError(f"the pattern {pattern!r} has the field {name!r} twice")
    levels = pattern.replace("\\", "/").split("/")

    def said(path: Path) -> Described:
        names = path.absolute().as_posix().split("/")[-len(levels) :]
        found = [_texts(*each) for each in zip(levels, names, strict=False)]
        if len(names) < len(levels) or None in found:
            raise ContractError(
                f"{path} does not fit the pattern {pattern!r}: correct the pattern, or name "
                "only files that fit it"
            )
        texts = dict(ChainMap(*filter(None, found)))
        return Described.from_text(texts, f"{path} by the pattern")

    return said


def _texts(pattern: str, name: str) -> dict[str, str] | None:
    """Return the fields' texts in the name of a file or folder, None where it does not fit.

    Found from the end: where a part may begin, so that it and all behind it fit. A regular
    expression of several fields tries every way to divide a name, of which there are billions.
    """
    parts = list(filter(None, re.split(r"(\{[^{}]*\}|\*)", pattern)))
    behind: set[int] = {len(name)}
    ends: list[dict[int, int]] = []  # of each part from the last: where it ends, by its begin
    for part in reversed(parts):
        found = {
            begin: next((end for end in _ends(part, name, begin) if end in behind), -1)
            for begin in range(len(name) + 1)
        }
        ends.append({begin: end for begin, end in found.items() if end >= 0})
        behind = set(ends[-1])
    if 0 not in behind:
        return None
    texts, begin = {}, 0
    for part, end_of in zip(parts, reversed(ends), strict=True):
        if field := _FIELD.fullmatch(part):
            texts[field[1]] = name[begin : end_of[begin]]
        begin = end_of[begin]
    return texts


def _ends(part: str, name: str, begin: int) -> Iterable[int]:
    """Return where a part of a pattern that begins there may end, the best first."""
    if part == "*":
        return range(len(name), begin - 1, -1)
    if part == "{ratio}":
        return (end for end in range(len(name), begin, -1) if _RATIO.fullmatch(name, begin, end))
    if _FIELD.fullmatch(part):
        return range(begin + 1, len(name) + 1)
    return [begin + len(part)] if name.startswith(part, begin) else []


def read_manifest(path: Path) -> Said:
    """Return what a manifest says of each file; its paths are relative to the manifest's folder.

    A csv has a column `path` and a column for every field it says. A TOML file has a table per
    path, and may say under `[all]` what holds for each:

        [all]
        study = "mine"
        ["pruned/m0.csv"]
        method = "MP"
        ratio = 4
    """
    listed = _from_toml(path) if path.suffix.lower() == ".toml" else _from_csv(path)
    if not listed:
        raise ContractError(f"the manifest {path} names no file")
    try:
        by_place = {os.path.realpath(path.parent / name): about for name, about in listed.items()}
    except ValueError as error:
        raise ContractError(f"the manifest {path} names no path ({error}): correct it") from error
    if len(by_place) < len(listed):
        raise ContractError(f"{path} names one file twice, in two spellings: name it once")

    def said(file: Path) -> Described:
        about = by_place.get(os.path.realpath(file))
        if about is None:
            raise ContractError(
                f"{file} is not in the manifest {path}: add it, with its path as seen from "
                "the manifest's folder, or import only files that are"
            )
        return about

    return said


def _from_toml(path: Path) -> dict[str, Described]:
    try:
        tables = parsed_toml(read_text(path))
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits
        raise ContractError(f"the manifest {path} is no TOML ({error}): correct it") from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ContractError(
                f'{path}: {name!r} stands outside a table: write [all] above it, or ["a path"]'
            )
    shared = _from_table(tables.pop("all", {}), f"{path}, [all]")
    return {
        name: _from_table(table, f"{path}, [{name!r}]").merged(shared)
        for name, table in tables.items()
    }


def _from_table(table: Mapping[str, object], source: str) -> Described:
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            kind = type(value).__name__  # the value itself may be nested without end
            raise ContractError(f"{source}: {name} is a {kind}, but fields are text or numbers")
        if isinstance(value, int) and value.bit_length() > 63:
            raise ContractError(f"{source}: {name} is 2**63 or more")
    return Described.from_text({name: str(value) for name, value in table.items()}, source)


def _from_csv(path: Path) -> dict[str, Described]:
    said: dict[str, Described] = {}
    for row in records_of_lines(read_lines(path), path):
        if "path" not in row.cells:
            raise ContractError(f"the manifest {path} has no column path, only {list(row.cells)}")
        name = row.cells["path"]
        if not name or name in said:
            why = f"the path {name!r} is there twice" if name else "the path is empty"
            raise ContractError(f"{row.place}: {why}")
        cells = {key: text for key, text in row.cells.items() if text and key != "path"}
        said[name] = Described.from_text(cells, row.place)
    return said
