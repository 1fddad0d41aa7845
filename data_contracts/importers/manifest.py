"""A manifest: a file that says which model each imported file is of."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.delimited import read_lines, refuse_repeated
from data_contracts.importers.described import Described
from data_contracts.importers.source_files import unreadable


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
