"""Study files: TOML in, a resolved study out, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_contracts.limits import parsed_toml
from train_backend.data import DATASETS, open_own
from train_backend.errors import TrainError
from train_backend.methods import CHIP, LTH, LTH_RANDOM
from train_backend.methods.channel_pruning import full_sparsities
from train_backend.methods.lottery_ticket import LotteryTicket
from train_backend.models import ARCHITECTURES
from train_backend.plugins import check_plugins, owners
from train_backend.settings import read_settings, types_of
from train_backend.studies.chip import TABLE_13, Chip, blocks_of, reached_ratios
from train_backend.studies.recipes import Recipe, recipe_for
from train_backend.studies.study import (
    RATIOS,
    Study,
    check_known,
    default_padding,
    resolved_settings,
)

RESOLVED = "recipe_name", "recipe", "lth", "chip", "plugins"
"""Attributes of a study that are no keys of [study]; `recipe` there names one."""

TABLES: dict[str, dict[str, Any]] = {
    "study": {k: v for k, v in types_of(Study).items() if k not in RESOLVED} | {"recipe": str},
    "recipe": types_of(Recipe),
    "lth": types_of(LotteryTicket),
    "chip": types_of(Chip),
    "plugins": {},
}


def read_study(path: Path) -> Study:
    """Return the study of a TOML file: its table [study], and others where they override.

    What the file leaves out is the paper's (30 models, MP at 2, 4, 10, 20 and 50, the recipe
    "as described"; 20 levels of LTH; the sparsities of CHIP), the name is the file's.

    Raises:
        TrainError: The file cannot be read or is no TOML, a key or name is unknown, a value is
            impossible. The message names the file.
    """
    try:
        tables = parsed_toml(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as missing:
        raise TrainError(f"there is no study file {path}: check the path") from missing
    except UnicodeDecodeError as binary:
        raise TrainError(f"{path} is no text: a study file is TOML, in UTF-8") from binary
    except OSError as unreadable:
        raise TrainError(
            f"{path} cannot be read ({unreadable.strerror}): name a study file, such as study.toml"
        ) from unreadable
    except RecursionError as deep:
        raise TrainError(f"{path} nests lists or tables too deeply: a study needs two") from deep
    except ValueError as wrong:  # tomllib's own, or a number of thousands of digits
        raise TrainError(f"{path} is not TOML: {wrong}") from wrong
    try:
        return study_from_tables(tables, default_name=path.stem)
    except TrainError as wrong:
        raise TrainError(f"{path}: {wrong}") from wrong


def study_from_tables(tables: Mapping[str, Any], *, default_name: str) -> Study:
    """Return the study of TOML tables that are already parsed.

    Raises:
        TrainError: As `read_study`.
    """
    _check_places(tables)
    tables = read_settings(tables, dict.fromkeys(TABLES, Any), "the file")
    check_plugins(tables.get("plugins", {}))
    settings = read_settings(tables.get("study", {}), TABLES["study"], "[study]")
    overrides = read_settings(tables.get("recipe", {}), TABLES["recipe"], "[recipe]")
    for key in ("dataset", "architecture"):
        if key not in settings:
            raise TrainError(f"[study] has no {key}: `rdtrain list` shows the known ones")
    dataset, architecture = settings["dataset"], settings["architecture"]
    check_known("dataset", dataset, DATASETS)
    check_known("architecture", architecture, ARCHITECTURES)
    open_own(dataset)

    methods = settings.get("methods", Study.methods)
    named = [("dataset", dataset), ("architecture", architecture)]
    named += [("method", each) for each in methods]
    recipe_name = settings.pop("recipe", Study.recipe_name)
    defaults = {
        "name": default_name,
        "ratios": RATIOS if set(methods) - {LTH, LTH_RANDOM, CHIP} else (),
        "padding": default_padding(architecture, dataset),
    }
    return Study(
        **defaults | settings,
        recipe_name=recipe_name,
        recipe=replace(recipe_for(recipe_name, architecture, dataset), **overrides),
        lth=_lottery_ticket(tables, methods),
        chip=_chip(tables, methods, architecture, dataset),
        plugins=tuple(owners(named)),
    )


def _check_places(tables: Mapping[str, Any]) -> None:
    """Raise TrainError with the table of a known key that stands in another, or in none."""
    for there, keys in {"the file": tables, **tables}.items():
        known = TABLES if there == "the file" else TABLES.get(there, {})
        for key in keys if isinstance(keys, Mapping) else ():
            belongs = [table for table, kinds in TABLES.items() if key in kinds]
            if key not in known and belongs:
                where = there if there == "the file" else f"[{there}]"
                raise TrainError(
                    f"{where} has the key {key!r}, which belongs below a line [{belongs[0]}]"
                )


def _lottery_ticket(tables: Mapping[str, Any], methods: tuple[str, ...]) -> LotteryTicket | None:
    if "lth" not in tables and LTH not in methods:
        return None
    return LotteryTicket(**read_settings(tables.get("lth", {}), TABLES["lth"], "[lth]"))


def _chip(
    tables: Mapping[str, Any], methods: tuple[str, ...], architecture: str, dataset: str
) -> Chip | None:
    if "chip" not in tables and CHIP not in methods:
        return None
    settings = read_settings(tables.get("chip", {}), TABLES["chip"], "[chip]")
    blocks = blocks_of(architecture)
    settings["sparsities"] = tuple(
        full_sparsities(each, blocks, architecture) for each in settings.get("sparsities", TABLE_13)
    )
    reached = reached_ratios(dataset, settings["sparsities"])
    return Chip(**{"ratios": reached} | settings)


def study_to_toml(study: Study) -> str:
    """Return the resolved study as TOML; `read_study` gives the same study from it."""
    lines = []
    for name, table in resolved_settings(study).items():
        lines += [
            f"[{name}]",
            *(f"{_key(key)} = {_toml(value)}" for key, value in table.items()),
            "",
        ]
    return "\n".join(lines)


def _key(key: str) -> str:
    return key if key.isidentifier() else json.dumps(key)


def _toml(value: Any) -> str:
    """Return a value of a resolved study in TOML; JSON writes all but tables alike."""
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


DEMO = {
    "study": {
        "name": "digits-lenet5",
        "dataset": "digits",
        "architecture": "LeNet5",
        "methods": ["MP", "GP", "UP", "RP"],
        "ratios": [2, 4, 10, 20, 50],
        "models": 30,
        "recipe": "digits",
    }
}


def demo_study() -> Study:
    """Return the study of `rdtrain demo`: the design of Section 6.1 on scikit-learn's digits."""
    return study_from_tables(DEMO, default_name="digits-lenet5")
