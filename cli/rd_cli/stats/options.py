"""The options that commands of `rdstats` share, once; those that go together are a dataclass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from data_contracts.importers import Described, ImportOptions
    from rdstats.tables.selection import Selection

Slope = Literal["paper", "class-mean"]

Tables = Annotated[
    list[str],
    typer.Argument(
        metavar="TABLE", help="Recall tables: files, folders, globs, or URIs such as s3://…"
    ),
]
Metric = Annotated[
    Literal["recall", "precision", "f_score"],
    typer.Option(help="What the balances are of; all but recall need n_predicted."),
]
Average = Annotated[
    Literal["micro", "macro"],
    typer.Option(
        help="Accuracy over samples (micro), or every class the same (macro), for test sets of "
        "unequal classes."
    ),
]
Margin = Annotated[float, typer.Option(help="The largest drop of recall that does not matter.")]
Quantity = Annotated[
    Literal["drop", "excess"],
    typer.Option(help="The drop of recall, or what exceeds accuracy's drop."),
]
Student = Annotated[
    bool, typer.Option("--student", help="Student's t for independent arms, not Welch's.")
]


def refuse_unknown_suffix(out: Path | None) -> Path | None:
    """Refuse a file that cannot be written before the work, not after it."""
    if out is not None:
        from rdstats.output.formats import known_suffix

        known_suffix(out)
        if out.is_dir():
            raise typer.BadParameter(f"{out} is a folder: give the name of a file")
    return refuse_missing_folder(out)


def refuse_missing_folder(out: Path | None) -> Path | None:
    """Refuse a place in a folder that is not there: a name misspelt would make a new one."""
    if out is not None and not out.absolute().parent.is_dir():
        raise typer.BadParameter(
            f"{out}: the folder {out.parent} is not there: make it first, or correct the name"
        )
    return out


Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Write every column to a .csv, .parquet, .json, .md or .tex file.",
        callback=refuse_unknown_suffix,
    ),
]


Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")]


@dataclass(frozen=True)
class Printed:
    """What of a result is told, and how."""

    columns: Annotated[
        str | None,
        typer.Option(
            metavar="A,B|all",
            help="These columns alone, by their names in files, or all; else people's tables (the "
            "terminal, .md, .tex) have those that the page shows, and other files all.",
        ),
    ] = None
    json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON and nothing else.")
    ] = False
    quiet: Quiet = False


@dataclass(frozen=True)
class Told:
    """How a command tells what it did: in words, as JSON, or not at all."""

    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print what was written, counted and found as one JSON object and nothing else.",
        ),
    ] = False
    quiet: Quiet = False


def figure_kinds(text: str) -> tuple[str, ...]:
    """Return the kinds of files that `--figures svg,pdf` names."""
    if not text:
        return ()
    from rdstats.charts.files import figure_kinds as kinds_of

    return kinds_of(text)


Figures = Annotated[
    str,
    typer.Option(
        metavar="KINDS",
        help="Write figures as files too: svg, pdf, png, several by commas.",
        show_default="none; the page draws its own",
    ),
]
Folder = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        help="The folder for index.html and every table and figure; made where it is missing, "
        "in one that is there.",
        file_okay=False,
        callback=refuse_missing_folder,
    ),
]


@dataclass(frozen=True)
class Rows:
    """Which rows of the tables are analysed."""

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Only conditions with this value of study, dataset, architecture, method or "
            "ratio; repeat for several, all must hold. Their baseline and control rows come "
            "along, and intervals and p-values do not change.",
        ),
    ] = None
    split: Annotated[
        Literal["test", "validation", "train"],
        typer.Option(help="Which split's counts to analyse."),
    ] = "test"
    stage: Annotated[
        Literal["finetuned", "pruned"] | None,
        typer.Option(
            help="Before or after fine-tuning; by default finetuned where a condition has it."
        ),
    ] = None

    def selection(self, metric: str = "recall", average: str = "micro") -> Selection:
        """Return the rows and what their balances are of, as the library takes them.

        Raises:
            typer.BadParameter: A `--where` is no COLUMN=VALUE.
            StatsError: It names an unknown column, or its ratio is no number.
        """
        from rdstats.tables.selection import Selection

        where = split_where(self.where)
        return Selection(where, self.split, self.stage, metric, average)


@dataclass(frozen=True)
class Reading:
    """How files of other programs are to be read."""

    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The program that wrote the files; see --list."),
    ] = None
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The true labels, where they are in another file than the answers: joined by a "
            "column such as id, else by the order of rows.",
        ),
    ] = None
    true_rows: Annotated[
        bool, typer.Option("--true-rows", help="Rows of the matrix are true classes.")
    ] = False
    predicted_rows: Annotated[
        bool, typer.Option("--predicted-rows", help="Rows of the matrix are predicted classes.")
    ] = False
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OURS=THEIRS",
            help="A column's name in the file: y_true=label; stage= says that a column called so "
            "is none of ours; repeatable.",
        ),
    ] = None
    keys: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX",
            help="For metric logs: names with a group, e.g. 'recall_(?P<class>.+)'.",
        ),
    ] = None
    confirm: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD", help="Go on where an error asked to confirm this; repeatable."
        ),
    ] = None
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of one format (docs/importing.md); repeatable.",
        ),
    ] = None

    def options(self, described: Described | None = None) -> ImportOptions:
        """Return the options as the library takes them, with what is said of the models.

        Raises:
            typer.BadParameter: Two contradict each other, or one is no NAME=VALUE.
        """
        from data_contracts.importers import Described, ImportOptions

        if self.true_rows and self.predicted_rows:
            raise typer.BadParameter("give --true-rows or --predicted-rows, not both")
        return ImportOptions(
            described=described or Described(),
            preset=self.preset,
            truth=self.truth,
            rows="true" if self.true_rows else "predicted" if self.predicted_rows else None,
            columns=_once(self.column, "--column y_true=label", empty=True),
            pattern=self.keys,
            confirmed=frozenset(self.confirm or ()),
            settings=_once(self.setting, "--set NAME=VALUE"),
        )


def split_where(
    where: Sequence[str] | None, option: str = "--where"
) -> tuple[tuple[str, str], ...]:
    """Return `--where` options as (column, value); the value may hold further `=`.

    Raises:
        typer.BadParameter: One has no `=`.
    """
    return tuple(_named(text, "COLUMN=VALUE", f"{option} method=MP") for text in where or ())


def _once(texts: list[str] | None, example: str, *, empty: bool = False) -> dict[str, str]:
    """Return NAME=VALUE options by name; none twice; `empty` ones only where that means a thing."""
    found: dict[str, str] = {}
    for name, value in (_named(text, "NAME=VALUE", example, empty=empty) for text in texts or ()):
        if name in found:
            raise typer.BadParameter(f"{name!r} is given twice: give it once")
        found[name] = value
    return found


def _named(text: str, form: str, example: str, *, empty: bool = False) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and (value or (empty and equals))):
        raise typer.BadParameter(f"{text!r} is not {form}, as in {example}")
    return name, value
