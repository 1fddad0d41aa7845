"""The options of `rdstats import`, once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from data_contracts.importers import ImportOptions


def _said(name: str, metavar: str, text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        f"--{name}", metavar=metavar, help=text, show_default=False
    )
    return option


Study = Annotated[str | None, _said("study", "NAME", "What was run with one recipe.")]
Dataset = Annotated[str | None, _said("dataset", "NAME", "The data set, e.g. CIFAR-10.")]
Architecture = Annotated[str | None, _said("architecture", "NAME", "E.g. ResNet-20.")]
Model = Annotated[
    str | None,
    _said("model", "NAME", "The trained model; its compressed versions have the same name."),
]
Method = Annotated[str | None, _said("method", "NAME", "MP, quantised ...; none: unpruned.")]
Ratio = Annotated[
    float | None,
    _said(
        "ratio",
        "NUMBER",
        "Parameters before / after, at least 1; 1 without a method, or with method none: the "
        "baseline (the unpruned model).",
    ),
]
Stage = Annotated[
    str | None, _said("stage", "STAGE", "pruned, finetuned, baseline (unpruned) or control.")
]
Split = Annotated[str | None, _said("split", "SPLIT", "test (unless said), validation or train.")]
Manifest = Annotated[
    Path | None,
    _said("manifest", "FILE", "TOML or csv: for each path its study, model, method, ratio ..."),
]
Pattern = Annotated[
    str | None,
    _said(
        "pattern",
        "PATTERN",
        "What paths say, read from their end: '{method}/{model}-{ratio}.csv'; * stands for any "
        "text without a slash.",
    ),
]
Preset = Annotated[
    str | None, _said("preset", "NAME", "The program that wrote the files; see --list.")
]
TrueRows = Annotated[bool, typer.Option("--true-rows", help="Rows of the matrix are true classes.")]
PredictedRows = Annotated[
    bool, typer.Option("--predicted-rows", help="Rows of the matrix are predicted classes.")
]
Column = Annotated[
    list[str] | None,
    _said("column", "OURS=THEIRS", "A column's name in the file: y_true=label; repeatable."),
]
Keys = Annotated[
    str | None,
    _said("keys", "REGEX", "For metric logs: names with a group, e.g. 'recall_(?P<class>.+)'."),
]
Confirm = Annotated[
    list[str] | None,
    _said("confirm", "WORD", "Go on where an error asked to confirm this; repeatable."),
]
Setting = Annotated[
    list[str] | None,
    _said("set", "NAME=VALUE", "A setting of one format (docs/importing.md); repeatable."),
]


def import_options(
    said: Mapping[str, str | float | None],
    *,
    preset: str | None,
    true_rows: bool,
    predicted_rows: bool,
    column: list[str] | None,
    keys: str | None,
    confirm: list[str] | None,
    setting: list[str] | None,
) -> ImportOptions:
    """Return the options as the library takes them.

    Raises:
        typer.BadParameter: Two contradict each other, or one is no NAME=VALUE.
        ContractError: A value cannot be what its column means.
    """
    from data_contracts.importers import Described, ImportOptions

    if true_rows and predicted_rows:
        raise typer.BadParameter("give --true-rows or --predicted-rows, not both")
    return ImportOptions(
        described=Described(**said),  # type: ignore[arg-type]  # one option per field
        preset=preset,
        rows="true" if true_rows else "predicted" if predicted_rows else None,
        columns=_pairs(column, "--column y_true=label"),
        pattern=keys,
        confirmed=frozenset(confirm or ()),
        settings=_pairs(setting, "--set NAME=VALUE"),
    )


def _pairs(texts: list[str] | None, example: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not (name.strip() and equals and value.strip()):
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE, as in {example}")
        if name.strip() in found:
            raise typer.BadParameter(f"{name.strip()!r} is given twice: give it once")
        found[name.strip()] = value.strip()
    return found
