"""The options that the commands of `rdstats` share, once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Split(StrEnum):
    """Which part of the data set was counted."""

    TEST = "test"
    VALIDATION = "validation"
    TRAIN = "train"


class Stage(StrEnum):
    """Before or after fine-tuning."""

    FINETUNED = "finetuned"
    PRUNED = "pruned"


class Metric(StrEnum):
    """What the balances are of (Section 4)."""

    RECALL = "recall"
    PRECISION = "precision"
    F_SCORE = "f_score"


class Average(StrEnum):
    """What accuracy is the mean of."""

    MICRO = "micro"
    MACRO = "macro"


class Along(StrEnum):
    """What a comparison varies."""

    RATIO = "ratio"
    ARCHITECTURE = "architecture"
    DATASET = "dataset"
    METHOD = "method"


class Slope(StrEnum):
    """Which slope a test is of."""

    PAPER = "paper"
    CLASS_MEAN = "class-mean"


class Alternative(StrEnum):
    """The side of a test."""

    LESS = "less"
    GREATER = "greater"
    TWO_SIDED = "two-sided"


class FamilyOf(StrEnum):
    """Which tests p is adjusted over."""

    GROUP = "group"
    ALL = "all"


class Quantity(StrEnum):
    """What of a class is judged."""

    DROP = "drop"
    EXCESS = "excess"


Tables = Annotated[
    list[str],
    typer.Argument(
        metavar="TABLE", help="Recall tables: files, folders, globs, or URIs such as s3://…"
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="COLUMN=VALUE",
        help="Only conditions with this value of study, dataset, architecture, method or ratio; "
        "repeat for several, all must hold. Their baseline and control rows come along, and "
        "intervals and p-values do not change.",
    ),
]
SplitOption = Annotated[Split, typer.Option("--split", help="Which split's counts to analyse.")]
StageOption = Annotated[
    Stage | None,
    typer.Option(
        "--stage",
        help="Before or after fine-tuning; by default finetuned where a condition has it.",
        show_default=False,
    ),
]
MetricOption = Annotated[
    Metric,
    typer.Option("--metric", help="What the balances are of; all but recall need n_predicted."),
]
AverageOption = Annotated[
    Average,
    typer.Option(
        "--average",
        help="Accuracy over samples (micro), or every class the same (macro), for test sets of "
        "unequal classes.",
    ),
]
MarginOption = Annotated[
    float, typer.Option("--margin", help="The largest drop of recall that does not matter.")
]
QuantityOption = Annotated[
    Quantity,
    typer.Option("--quantity", help="The drop of recall, or what exceeds accuracy's drop."),
]
StudentOption = Annotated[
    bool, typer.Option("--student", help="Student's t for independent arms, not Welch's.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Write every column to a .csv, .parquet, .json, .md or .tex file.",
        show_default=False,
    ),
]
Folder = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        help="The folder for index.html and every table and figure; made where it is missing.",
        file_okay=False,
    ),
]


def split_where(where: list[str] | None) -> tuple[tuple[str, str], ...]:
    """Return `--where` options as (column, value); the value may hold further `=`.

    Raises:
        typer.BadParameter: One has no `=`.
    """
    pairs = []
    for text in where or ():
        column, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} is not COLUMN=VALUE, as in --where method=MP")
        pairs.append((column.strip(), value.strip()))
    return tuple(pairs)


def split_pairs(pairs: list[str] | None) -> list[tuple[str, str]] | None:
    """Return `--pairs` options as (first, second); None without any.

    Raises:
        typer.BadParameter: One does not read `FIRST vs SECOND`.
    """
    if not pairs:
        return None
    found = []
    for text in pairs:
        first, versus, second = (part.strip() for part in text.partition(" vs "))
        if not (first and versus and second):
            raise typer.BadParameter(
                f"{text!r} is not FIRST vs SECOND, as in --pairs 'MNIST vs CIFAR-10'"
            )
        found.append((first, second))
    return found


def split_order(order: str | None) -> list[str] | None:
    """Return the `--order` option as its levels; None without it."""
    return [level.strip() for level in order.split(",")] if order else None


def asks_for_images(
    drop: list[float] | None,
    churn: float | None,
    effect: list[float] | None,
    models: int | None,
    sd: float | None,
    pilot: list[str] | None,
) -> bool:
    """Say whether `rdstats power` is asked about test images, and not about seeds.

    Raises:
        typer.BadParameter: It is asked about both, or half a question.
    """
    about_seeds = bool(effect) or models is not None or sd is not None or bool(pilot)
    if drop or churn is not None:
        if about_seeds:
            raise typer.BadParameter("--drop and --churn ask about images, the others about seeds")
        if not drop or churn is None:
            raise typer.BadParameter("test images need both --drop and --churn")
        return True
    if not effect and models is None:
        raise typer.BadParameter("give --effect or --models, or --drop and --churn for images")
    if (sd is None) == (not pilot):
        raise typer.BadParameter("give either --sd or --pilot: how much slopes differ over seeds")
    return False
