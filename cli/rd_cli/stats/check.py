"""The command `rdstats check`: did some classes pay, in one pair of models?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from rd_cli import edge
from rd_cli.edge import show
from rd_cli.stats import options

if TYPE_CHECKING:
    from rdstats.pairs.check import Check

BAD_INPUT: Final = 4
"""What `--gate` leaves with where there is no verdict: 1 would read as harm."""


def check(
    before: Annotated[
        Path,
        typer.Argument(
            metavar="BEFORE",
            help="Predictions of the model before (columns y_true and y_pred), or any importable "
            "file; or a recall table that holds both models.",
        ),
    ],
    after: Annotated[
        Path | None,
        typer.Argument(
            metavar="[AFTER]",
            help="The same of the model after; left out where BEFORE is a recall table.",
        ),
    ] = None,
    *,
    margin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SHARE | CLASS=SHARE",
            help="The largest drop of recall that does not matter; repeat it with a class for a "
            "margin of its own: --margin 0.05 --margin pedestrian=0.01.",
            show_default="0.05",
        ),
    ] = None,
    relative_margin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SHARE | CLASS=SHARE",
            help="In place of --margin: the largest share of its recall that a class may lose. "
            "0.1 lets 80 % fall to 72 %, and 10 % to 9 %.",
        ),
    ] = None,
    quantity: options.Quantity = "drop",
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Set the exit code: 0 every class is cleared, 1 harm is shown, 3 inconclusive, "
            "4 bad input; 2 is misuse, as everywhere.",
        ),
    ] = False,
    unpaired: Annotated[
        bool,
        typer.Option(
            "--unpaired", help="Compare recalls alone, not sample by sample: less can be shown."
        ),
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Samples with one value of this column belong together (frames of a video, "
            "slides of a patient, questions on one text): the cluster is then the unit of "
            "every test.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Judge groups of samples in place of classes: a subject, a language, a site; "
            "repeat it for groups by two columns, as --by age --by sex.",
        ),
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(
            metavar="FILE | COLUMN",
            help="Judge groups of classes, too, as superclasses: a csv with the columns class and "
            "group, or a column of the predictions. Classes of a harmed group are a family.",
        ),
    ] = None,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="A format that rdstats import --list names.",
            show_default="recall tables where both are, else what --preset, --true-rows or --keys "
            "imply, else predictions",
        ),
    ] = None,
    reading: options.Reading,
    choose_before: Annotated[
        list[str] | None,
        typer.Option(
            "--before",
            metavar="COLUMN=VALUE",
            help="Of one recall table: which model came before; repeat for several columns.",
            show_default="the unpruned version of the model after",
        ),
    ] = None,
    choose_after: Annotated[
        list[str] | None,
        typer.Option(
            "--after",
            metavar="COLUMN=VALUE",
            help="Of one recall table: which model came after, as --after method=MP "
            "--after ratio=10 --after model=m0.",
            show_default="the only compressed one",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write every column to a .csv, .parquet, .json, .md or .tex file; .json holds "
            "what is said of the whole model too.",
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write a page with pictures, DIR/index.html, and its tables.",
            file_okay=False,
        ),
    ] = None,
    figures: options.Figures = "",
    printed: options.Printed,
) -> None:
    """Give a verdict per class on two models: harmed, unharmed or inconclusive.

    Two files of predictions on the same test samples are enough; samples are matched by a column
    `id` where both files have one, else by their order. Noise is that of the test samples: the
    verdict speaks of these two checkpoints, not of the method.

    Harmed: the class lost more than the margin, and chance does not explain it (Holm over the
    classes). Unharmed: its own 95 % upper bound is below the margin.

    Cannot be cleared: even two identical files would leave the class open; the status says how
    many samples it takes (59 at 5 points). Never recognised: nothing was right before.

    From 100 classes on, what they say together: an estimate of how many lost more than the margin,
    and suspects, of which at most 5 % are expected not to have. No gate goes by it.

    Examples:
        rdstats check before.csv after.csv
        rdstats check before.csv after.csv --margin 0.05 --margin pedestrian=0.01
        rdstats check before.csv after.csv --relative-margin 0.1
        rdstats check before.csv after.csv --cluster video
        rdstats check before.csv after.csv --by age --by sex
        rdstats check before.csv after.csv --groups superclasses.csv
        rdstats check before.csv after.csv --margin 0.03 --gate --page verdict
        rdstats check before.npy after.npy --format confusion --true-rows
        rdstats check recall.parquet --after method=MP --after ratio=10 --after model=m0
    """
    try:
        options.refuse_unknown_suffix(out)
        options.refuse_missing_folder(page)
        kinds = options.figure_kinds(figures)
        if kinds and page is None:
            raise typer.BadParameter("--figures are beside the page: give --page DIR, too")
        from data_contracts.importers import ImportOptions, format_of, recognised
        from rdstats.pairs import check as pairs

        judging: dict[str, Any] = {"quantity": quantity, "matched": not unpaired}
        judging |= _margins(margin, relative_margin)
        choices = {"--before": choose_before, "--after": choose_after}
        chosen = [dict(options.split_where(each, name)) for name, each in choices.items()]
        given = reading.options()
        one_file = after is None and format_name is None
        judging |= {} if cluster is None else {"cluster": cluster}
        judging |= {"by": by} if by else {}
        judging |= {"groups": groups} if groups else {}
        if one_file and (any(chosen) or pairs.names_recall_table(before)):
            if cluster is not None or by:
                raise typer.BadParameter(
                    "--cluster and --by need predictions: a recall table does not hold samples"
                )
            if given != ImportOptions():
                raise typer.BadParameter(
                    f"{before} is read as a recall table, which options of formats say nothing of: "
                    "leave them out, or name a --format"
                )
            found = pairs.check_recall_table(before, *(each or None for each in chosen), **judging)
        elif any(chosen):
            raise typer.BadParameter(
                "--before and --after choose from one recall table: give that alone, or leave them "
                "out"
            )
        else:
            if format_name is None and given != ImportOptions():
                format_name = recognised(before) or format_of(given)
            judging |= {"format_name": format_name, "options": given}
            found = pairs.check_models(before, after, **judging)
        if printed.json:
            print(found.to_json(printed.columns), end="")
        elif not printed.quiet:
            _tell(found, printed.columns, gate=gate)
        for path in _written(found, out, printed.columns, page, kinds):
            if not (printed.json or printed.quiet):
                show(str(path))
    except (typer.BadParameter, BrokenPipeError):
        raise
    except Exception as error:
        if not gate:
            raise
        edge.tell(error, "rdstats")  # even a bug of ours must not read as harm shown
        raise typer.Exit(BAD_INPUT) from None
    if gate:
        raise typer.Exit(found.exit_code)


def _margins(margin: list[str] | None, relative: list[str] | None) -> dict[str, Any]:
    """Return the margins as the library takes them."""
    if margin and relative:
        raise typer.BadParameter("give --margin or --relative-margin, not both")
    option = "--relative-margin" if relative else "--margin"
    everywhere: list[float] = []
    of_class: dict[str, float] = {}
    for text in relative or margin or ():
        name, named, share = text.rpartition("=")
        try:
            found = float(share if name or not named else "")
        except ValueError:
            example = f"{option} 0.05 or {option} pedestrian=0.01"
            raise typer.BadParameter(f"{text!r} is no margin: give a share, as {example}") from None
        if name in of_class or (everywhere and not name):
            of = f"class {name!r}" if name else "all classes"
            raise typer.BadParameter(f"{option} of {of} is given twice: give it once")
        if name:
            of_class[name] = found
        else:
            everywhere.append(found)
    if relative:
        if not everywhere:
            raise typer.BadParameter(f"give {option} for all classes, too, as {option} 0.1")
        return {"relative_margin": everywhere[0], "class_margins": of_class}
    return {"class_margins": of_class} | ({"margin": everywhere[0]} if everywhere else {})


def _tell(found: Check, columns: str | None, *, gate: bool) -> None:
    """Print the verdict."""
    from rd_cli.terminal import head, print_shown, say
    from rdstats.pairs import words

    summary, *rest = words.sentences(found)
    tables = [
        words.shown_check(each, columns, worst=True)
        for each in (found, found.groups)
        if each is not None
    ]
    head((summary, "", *words.heading_lines(found), ""))
    for table in tables:
        print_shown(table)
    say(" ".join(rest))
    without = "" if gate else " (The exit code is 0 without --gate.)"
    say(f"Gate: {words.gate_words(found)}.{without} This is {found.overall['caveat']}.")


def _written(
    found: Check,
    out: Path | None,
    columns: str | None,
    page: Path | None,
    figures: Sequence[str],
) -> Iterator[Path]:
    """Write what was asked for and yield each path."""
    if out or page:
        from rdstats.pairs.page import write_check, write_check_page

        if out:
            yield write_check(found, out, columns)
        if page:
            yield write_check_page(found, page, figures=figures)
