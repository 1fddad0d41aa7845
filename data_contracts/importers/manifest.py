"""What a path says of the model it counts: `{method}/{model}-{ratio}.csv`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.formats.prediction_roles import DESCRIBED_COLUMNS
from data_contracts.importers.read.delimited import read_lines, refuse_repeated
from data_contracts.importers.source_files import unreadable

_FIELD = re.compile(r"\{([^{}]*)\}")


class PathPattern:
    """A pattern for the ends of paths.

    `{field}` stands for text without a slash, as short as fits; `{ratio}` for a number; `*` for
    any text without a slash; everything else for itself. Slashes divide folders.
    """

    def __init__(self, pattern: str) -> None:
        """Read a pattern.

        Raises:
            ContractError: It has no field, an unknown one, or one twice.
        """
        self.pattern = pattern
        fields = _FIELD.findall(pattern)
        if not fields:
            raise ContractError(
                f"the pattern {pattern!r} names no field: write e.g. '{{method}}/{{model}}.csv'"
            )
        for name in fields:
            if name not in DESCRIBED_COLUMNS:
                known = ", ".join(DESCRIBED_COLUMNS)
                raise ContractError(
                    f"the pattern {pattern!r} has a field {name!r}; fields are {known}"
                )
            if fields.count(name) > 1:
                raise ContractError(f"the pattern {pattern!r} has the field {name!r} twice")
        parts = re.split(r"(\{[^{}]*\}|\*)", pattern.replace("\\", "/"))
        self._regex = re.compile(rf"(?:.*/)?{''.join(map(_regex_of, parts))}")

    def read(self, path: Path) -> Described:
        """Return what a path says.

        Raises:
            ContractError: The path does not fit the pattern, or a field cannot hold its text.
        """
        found = self._regex.fullmatch(path.absolute().as_posix())
        if found is None:
            raise ContractError(
                f"{path} does not fit the pattern {self.pattern!r}: correct the pattern, or name "
                "only files that fit it"
            )
        return Described.from_text(found.groupdict(), f"{path} by the pattern")


def _regex_of(part: str) -> str:
    if part == "*":
        return "[^/]*"
    field = _FIELD.fullmatch(part)
    if field is None:
        return re.escape(part)
    return rf"(?P<{field[1]}>\d+(?:\.\d+)?)" if field[1] == "ratio" else rf"(?P<{field[1]}>[^/]+?)"


class Manifest:
    """What a manifest says of each file, by path. Paths are relative to the manifest's folder."""

    def __init__(self, path: Path, said: Mapping[str, Described]) -> None:
        """Keep what was read; see `read_manifest`."""
        self.path = path
        self._said = {_place(path.parent / name): about for name, about in said.items()}
        if len(self._said) < len(said):
            raise ContractError(f"{path} names one file twice, in two spellings: name it once")

    def about(self, file: Path) -> Described:
        """Return what is said of a file.

        Raises:
            ContractError: The manifest does not name it.
        """
        said = self._said.get(_place(file))
        if said is None:
            raise ContractError(
                f"{file} is not in the manifest {self.path}: add it, with its path as seen from "
                "the manifest's folder, or import only files that are"
            )
        return said


def read_manifest(path: str | Path) -> Manifest:
    """Return a manifest.

    A csv has a column `path` and a column for every field it says. A TOML file has a table per
    path, and may say under `[all]` what holds for each:

        [all]
        study = "mine"
        ["pruned/m0.csv"]
        method = "MP"
        ratio = 4

    Raises:
        ContractError: It cannot be read, a field is unknown or has a value that it cannot hold,
            or a path is there twice.
    """
    path = Path(path)
    said = _from_toml(path) if path.suffix.lower() == ".toml" else _from_text(path)
    if not said:
        raise ContractError(f"the manifest {path} names no file")
    return Manifest(path, said)


def _from_toml(path: Path) -> dict[str, Described]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unreadable(path, error) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
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
            raise ContractError(f"{source}: {name} is {value!r}, but fields are text or numbers")
    return Described.from_text({name: str(value) for name, value in table.items()}, source)


def _from_text(path: Path) -> dict[str, Described]:
    header, *lines = read_lines(path)
    refuse_repeated(header.cells, path)
    if "path" not in header.cells:
        raise ContractError(f"the manifest {path} has no column path, only {header.cells}")
    said: dict[str, Described] = {}
    for line in lines:
        cells = dict(zip(header.cells, line.cells, strict=True))
        name = cells.pop("path")
        source = f"{path}, line {line.number}"
        if not name or name in said:
            why = f"the path {name!r} is there twice" if name else "the path is empty"
            raise ContractError(f"{source}: {why}")
        said[name] = Described.from_text({key: text for key, text in cells.items() if text}, source)
    return said


def _place(path: Path) -> str:
    return os.path.realpath(path)
