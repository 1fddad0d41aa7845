"""The command `rdstats import`: a recall table from what another framework wrote."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rd_cli.edge import show
from rd_cli.stats.options import Reading, Told, refuse_missing_folder

if TYPE_CHECKING:
    from data_contracts.importers import Described
    from data_contracts.importers.files import Imported


@dataclass(frozen=True)
class ModelOptions:
    """What the files do not say of their models."""

    study: Annotated[
        str | None, typer.Option(metavar="NAME", help="What was run with one recipe.")
    ] = None
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="The data set, e.g. CIFAR-10.")
    ] = None
    architecture: Annotated[str | None, typer.Option(metavar="NAME", help="E.g. ResNet-20.")] = None
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The trained model; its compressed versions have the same name."
        ),
    ] = None
    method: Annotated[
        str | None, typer.Option(metavar="NAME", help="MP, quantised ...; none: unpruned.")
    ] = None
    ratio: Annotated[
        float | None,
        typer.Option(
            metavar="NUMBER",
            help="Parameters before / after, at least 1; 1 without a method, or with method none: "
            "the baseline (the unpruned model).",
        ),
    ] = None
    stage: Annotated[
        str | None,
        typer.Option(metavar="STAGE", help="pruned, finetuned, baseline (unpruned) or control."),
    ] = None
    split: Annotated[
        str | None, typer.Option(metavar="SPLIT", help="test (unless said), validation or train.")
    ] = None


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
    print()
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
        Path,
        typer.Option(
            metavar="FILE",
            help="The recall table, a .parquet file.",
            callback=refuse_missing_folder,
        ),
    ],
    about: ModelOptions,
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="TOML or csv: for each path its study, model, method, ratio ..."
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="What paths say, read from their end: '{method}/{model}-{ratio}.csv'; * stands "
            "for any text without a slash.",
        ),
    ] = None,
    baseline: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="The unpruned model's file, whatever it is called; repeatable. --method, --ratio "
            "and --stage then speak of the others.",
        ),
    ] = None,
    *,
    reading: Reading,
    told: Told,
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

    Examples:
        rdstats import --list
        rdstats import predictions pruned.csv --baseline dense.csv --method MP --ratio 4 --stage finetuned --study mine --dataset CIFAR-10 --architecture ResNet-20 --model m0 --out recall.parquet
        rdstats import predictions 'runs/**/*.csv' --pattern '{method}/{model}-{ratio}.csv' --stage finetuned --study mine --dataset CIFAR-10 --architecture ResNet-20 --out recall.parquet
        rdstats import predictions MP/ --preset aarlbench --pattern '{method}/{model}.csv' --stage finetuned --study paper --dataset MNIST --architecture LeNet5 --out recall.parquet
        rdstats import confusion cm.npy --preset sklearn --manifest models.toml --out recall.parquet
    """  # noqa: E501  # lines to type
    from data_contracts import write_recall_table
    from data_contracts.importers import IMPORTERS, Described
    from data_contracts.importers.files import import_all
    from rd_cli.progress import steps

    if format_name not in IMPORTERS:
        raise typer.BadParameter(
            f"there is no format {format_name!r}: formats are {', '.join(IMPORTERS)}"
        )
    if out.suffix.lower() != ".parquet":
        raise typer.BadParameter(f"--out {out}: a recall table is Parquet; name it recall.parquet")
    with steps("import", quiet=told.quiet) as progress:
        found = import_all(
            format_name,
            sources,
            options=reading.options(Described(**asdict(about))),
            manifest=manifest,
            pattern=pattern,
            baseline=baseline or (),
            progress=progress,
            target=out,
        )
    write_recall_table(found.table, out, found.provenance)
    _tell(found, out, told)


def _tell(found: Imported, out: Path, told: Told) -> None:
    """Tell what was found, what was left out, and what to type next."""
    from data_contracts.schema import STAGED_CONDITION, TRAINED_MODEL
    from data_contracts.words import counted
    from rd_cli.terminal import say, tell

    models = [model.described for model in found.models]
    compressed = (each for each in models if each.stage != "baseline")
    trained = len(set(map(attrgetter(*TRAINED_MODEL), models)))
    conditions = set(map(attrgetter(*STAGED_CONDITION), compressed))
    counts = {
        "rows": found.table.num_rows,
        "models": trained,
        "conditions": len(conditions),
        "classes": len(found.table["class_name"].unique()),
        "samples": sum(int(each.counts.n_samples.sum()) for each in found.models),
    }
    notes, following = found.provenance.notes, _next(models, trained, shlex.quote(str(out)))

    def in_words() -> None:
        words = [
            counted(trained, "model"),
            f"{counted(len(conditions), 'condition')} beside the baseline",
            counted(counts["classes"], "class", "classes"),
            f"{counts['samples']:,} samples counted",
        ]
        show(f"{out}: {counts['rows']:,} rows; {', '.join(words)}")
        for note in notes:
            say(f"note: {note}")
        say(f"next: {following}")

    more = {"notes": list(notes), "next": following}
    tell(told, {"written": [str(out)], **counts, **more}, in_words)


def _next(models: Sequence[Described], trained: int, table: str) -> str:
    """Return what to type next, as far as the table has what it needs."""
    unpruned = {(d.dataset, d.architecture, d.model) for d in models if d.stage == "baseline"}
    for each in models:
        if (each.dataset, each.architecture, each.model) not in unpruned:
            return (
                f"import the unpruned model {each.model} too (--ratio 1), and give both tables to "
                "one command"
            )
    if all(each.stage == "baseline" for each in models):
        return "import the compressed models too, and give both tables to one command"
    if trained == 1:
        return f"rdstats slopes {table} (with more than one seed: rdstats conditions {table})"
    return f"rdstats conditions {table}, then rdstats report {table} --out report"
