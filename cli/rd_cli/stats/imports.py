"""The options of `rdstats import`, once."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rd_cli.stats import imports as given

if TYPE_CHECKING:
    from data_contracts.importers import ImportOptions
    from data_contracts.importers.files import Imported


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


EXAMPLES = (
    "rdstats import --list",
    "rdstats import predictions m0.csv --ratio 1 --study mine --dataset CIFAR-10 "
    "--architecture ResNet-20 --model m0 --out before.parquet",
    "rdstats import predictions 'runs/**/*.csv' --pattern '{method}/{model}-{ratio}.csv' "
    "--stage finetuned --study mine --dataset CIFAR-10 --architecture ResNet-20 "
    "--out recall.parquet",
    "rdstats import predictions MP/ --preset aarlbench --pattern '{method}/{model}.csv' "
    "--stage finetuned --study paper --dataset MNIST --architecture LeNet5 --out recall.parquet",
    "rdstats import confusion cm.npy --preset sklearn --manifest models.toml --out recall.parquet",
)


def _list(wanted: bool) -> None:
    """Print formats and presets, and leave."""
    if not wanted:
        return
    from data_contracts.importers import IMPORTERS, PRESETS
    from rd_cli.terminal import print_table

    print_table(
        ("format", "reads", "from"),
        [(name, each.line, each.source) for name, each in IMPORTERS.items()],
    )
    typer.echo()
    print_table(
        ("preset", "for", "says"),
        [(name, ", ".join(each.formats), each.line) for name, each in PRESETS.items()],
    )
    raise typer.Exit


def import_(
    format_name: Annotated[
        str, typer.Argument(metavar="FORMAT", help="predictions, confusion ...; see --list.")
    ],
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="Files, folders or globs.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The recall table, a .parquet file.")
    ],
    study: given.Study = None,
    dataset: given.Dataset = None,
    architecture: given.Architecture = None,
    model: given.Model = None,
    method: given.Method = None,
    ratio: given.Ratio = None,
    stage: given.Stage = None,
    split: given.Split = None,
    manifest: given.Manifest = None,
    pattern: given.Pattern = None,
    preset: given.Preset = None,
    true_rows: given.TrueRows = False,
    predicted_rows: given.PredictedRows = False,
    column: given.Column = None,
    keys: given.Keys = None,
    confirm: given.Confirm = None,
    setting: given.Setting = None,
    list_formats: Annotated[  # noqa: ARG001  # answered by its callback
        bool,
        typer.Option(
            "--list", is_eager=True, callback=_list, help="Print every format and preset."
        ),
    ] = False,
) -> None:
    """Make a recall table from what another framework wrote.

    What the files do not say comes from the options, a manifest, or the files' paths; where two
    of these contradict each other, the error names both. Nothing is guessed: which side of a
    matrix is true, or which stage a compressed model is in, has to be said. Where a model's
    baseline is among the files, right answers are paired sample by sample (n_both_correct).
    """
    from data_contracts import write_recall_table
    from data_contracts.importers import IMPORTERS
    from data_contracts.importers.files import import_all
    from rd_cli.progress import steps

    if format_name not in IMPORTERS:
        raise typer.BadParameter(
            f"there is no format {format_name!r}: formats are {', '.join(IMPORTERS)}"
        )
    if out.suffix.lower() != ".parquet":
        raise typer.BadParameter(f"--out {out}: a recall table is Parquet; name it recall.parquet")
    options = given.import_options(
        {
            "study": study,
            "dataset": dataset,
            "architecture": architecture,
            "model": model,
            "method": method,
            "ratio": ratio,
            "stage": stage,
            "split": split,
        },
        preset=preset,
        true_rows=true_rows,
        predicted_rows=predicted_rows,
        column=column,
        keys=keys,
        confirm=confirm,
        setting=setting,
    )
    with steps("import") as progress:
        found = import_all(
            format_name,
            sources,
            options=options,
            manifest=manifest,
            pattern=pattern,
            progress=progress,
            target=out,
        )
    write_recall_table(found.table, out, found.provenance)
    _tell(found, out)


def _tell(found: Imported, out: Path) -> None:
    """Print what was found, what was left out, and what to type next."""
    from data_contracts.words import counted
    from rd_cli.terminal import say

    said = [model.described for model in found.models]
    trained = {(d.study, d.dataset, d.architecture, d.model) for d in said}
    conditions = {
        (d.study, d.dataset, d.architecture, d.method, d.ratio, d.stage)
        for d in said
        if d.stage != "baseline"
    }
    classes = len(set(found.table["class_name"].to_pylist()))
    samples = sum(model.samples for model in found.models)
    words = [
        counted(len(trained), "model"),
        f"{counted(len(conditions), 'condition')} beside the baseline",
        counted(classes, "class", "classes"),
        f"{samples:,} samples counted",
    ]
    typer.echo(f"{out}: {found.table.num_rows:,} rows; {', '.join(words)}")
    for note in found.notes:
        say(f"note: {note}")
    say(f"next: {_next(found, len(trained), bool(conditions), out)}")


def _next(found: Imported, models: int, compressed: bool, out: Path) -> str:
    """Return what to type next, as far as the table has what it needs."""
    table = shlex.quote(str(out))
    bare = {
        (d.dataset, d.architecture, d.model)
        for d in (model.described for model in found.models)
        if d.stage == "baseline"
    }
    lacking = [
        d.model
        for d in (model.described for model in found.models)
        if (d.dataset, d.architecture, d.model) not in bare
    ]
    if lacking:
        return (
            f"import the unpruned model {lacking[0]} too (--ratio 1), and give both tables to one "
            "command"
        )
    if not compressed:
        return "import the compressed models too, and give both tables to one command"
    if models == 1:
        return f"rdstats slopes {table} (with more than one seed: rdstats conditions {table})"
    return f"rdstats conditions {table}, then rdstats report {table} --out report"
