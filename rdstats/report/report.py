"""The report: a folder with index.html and every table and figure beside it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from data_contracts.provenance import Provenance
from data_contracts.writing import whole_folder
from rdstats import charts
from rdstats.charts.files import save
from rdstats.charts.of_classes import MOST
from rdstats.charts.panels import PanelGroup, PanelKey, panel_groups
from rdstats.charts.shown_slope import SlopeName, shown_slope
from rdstats.charts.theme import METHODS, with_labels
from rdstats.output.formats import write_frame, write_table, write_whole
from rdstats.output.shown import (
    shown_classes,
    shown_collapse,
    shown_comparison,
    shown_conditions,
    shown_safe_ratios,
    shown_sensitivity,
    shown_slopes,
)
from rdstats.output.words import reach
from rdstats.pages.frame import PageFigure, Progress, render
from rdstats.pages.origins import analysis_lines, source_lines
from rdstats.report.classes import harm_sentence, safe_sentences
from rdstats.report.comparisons import comparable, comparisons
from rdstats.report.sentences import (
    collapse_sentence,
    collapsed_conditions,
    led,
    studied,
    summary_sentence,
)
from rdstats.report.verdicts import verdict_sections
from rdstats.statistics.intervals import DELTA
from rdstats.statistics.ttests import STUDENT, WELCH
from rdstats.statistics.verdicts import MARGIN
from rdstats.tables.classes import classes
from rdstats.tables.conditions import conditions
from rdstats.tables.reading import Tables, as_arrays, samples_of
from rdstats.tables.safe_ratios import safe_ratios_of
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.sensitivity import sensitivity
from rdstats.tables.slopes import balances, class_means, slopes

_SUFFIXES: Final = ("csv", "md", "tex", "parquet")
_POINTS: Final = ("balances.csv", "balances.parquet")

_MOST_ROWS: Final = 200
"""Rows of a table on the page before its script runs, at most; a button and the files have all."""

_MANY_FINDINGS: Final = 24
"""More sentences than this, in all, are folded under the grids that sum them up."""


def write_report(
    table: Tables,
    out: Path | str,
    selection: Selection = EVERYTHING,
    *,
    delta: float = DELTA,
    margin: float = MARGIN,
    quantity: str = "drop",
    student: bool = False,
    slope: SlopeName = "paper",
    provenance: Mapping[str, Provenance | None] | None = None,
    figures: Sequence[str] = (),
    progress: Progress | None = None,
) -> Path:
    """Write a report and return the path of its page.

    `out` gets every table (csv, md, tex, parquet), figures as files where asked for, and last of
    all index.html, which draws its figures itself and needs no network. All files appear together
    at the end, or none does. The same table gives the same bytes.

    Args:
        table: A recall table, or the union of several.
        out: The folder; made where it is missing. Files of other names in it stay.
        selection: What of the table, by which metric.
        delta: Margin of the equivalence of slopes.
        margin: The largest drop of a class's recall that does not matter.
        quantity: What of a class is judged: `drop` or `excess`.
        student: Student's test for independent arms, instead of Welch's.
        slope: Of which slope single models and lines are shown: one per model, or `class-mean`.
        provenance: What each source of the table says of itself, by the name to show.
        figures: Which files of each figure: svg, pdf, png; none by default, for the page draws
            its own and saves them at a click.
        progress: Called before every step.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        StatsError: A margin is none, or the quantity or the slope is unknown.
        ContractError: A compressed or control row has no baseline row.
        OSError: The folder cannot be written.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> rows = []
        >>> for seed, dogs in enumerate([56, 61, 58]):
        ...     who = {"model": f"seed-{seed}", **of}
        ...     rows.append(rd.from_counts([100, 100], [90, 70 + seed], ratio=1, **who))
        ...     pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        ...     rows.append(rd.from_counts([100, 100], [84, dogs], **pruned, **who))
        >>> import tempfile
        >>> page = rd.write_report(pa.concat_tables(rows), tempfile.mkdtemp())
        >>> page.name, (page.parent / "classes.csv").exists()
        ('index.html', True)
    """
    out = Path(out)
    tell = progress or (lambda _what, _done, _total: None)
    arrays = as_arrays(table, selection)
    condition_rows = conditions(arrays, selection, delta=delta)
    class_rows = classes(arrays, selection, margin=margin, quantity=quantity)
    families = comparable(condition_rows)
    groups = panel_groups(condition_rows)
    total = len(families) + 3

    slope_rows = slopes(arrays, selection)
    balance_rows = balances(arrays, selection)
    sensitivity_rows = sensitivity(arrays, selection, iterative=False)
    tested: dict[str, pd.DataFrame] = {}
    tests: list[str] = []
    for step, along in enumerate(families):
        tell(f"tests along {along}", step, total)
        frames, sentences = comparisons(arrays, along, selection, delta=delta, student=student)
        tested |= frames
        tests += sentences
    tell("tables", len(families), total)
    collapsed = collapsed_conditions(condition_rows)
    safe_rows = safe_ratios_of(class_rows)
    shown = {
        "conditions": (condition_rows, shown_conditions),
        "classes": (class_rows, shown_classes),
        "safe-ratios": (safe_rows, shown_safe_ratios),
        **{name: (frame, shown_comparison) for name, frame in tested.items()},
        "collapsed": (collapsed, shown_collapse),
        "sensitivity": (sensitivity_rows, shown_sensitivity),
        "slopes": (slope_rows, shown_slopes),
    }
    tables = [
        (name, show(frame, _MOST_ROWS))
        for name, (frame, show) in shown.items()
        if name != "collapsed" or len(frame)
    ]
    tell("figures", len(families) + 1, total)
    points = balance_rows if slope == "paper" else class_means(arrays, selection)
    data = {
        **{name: frame for name, (frame, _) in shown.items()},
        "classes": with_labels(class_rows),
        "points": points,
    }
    drawn, data = report_figures(data, slope)
    told = led(condition_rows)
    sections = verdict_sections(told, class_rows)

    judged = "R − R_t" if quantity == "drop" else "beyond the fall of accuracy"
    with whole_folder(out) as beside:
        for name, (frame, show) in shown.items():
            whole = show(frame)
            for suffix in _SUFFIXES:
                write_table(frame, whole, beside / f"{name}.{suffix}")
        for file in _POINTS:
            write_frame(balance_rows, beside / file)
        files = {
            each.name: [
                save(chart, beside / f"{each.name}-{place:02}.{kind}").name
                for place, chart in enumerate(
                    _of_groups(each, data, groups, slope) if figures else (), 1
                )
                for kind in figures
            ]
            for each in drawn
        }
        tell("page", total - 1, total)
        page = render(
            "report.html.jinja",
            studies=list(dict.fromkeys(condition_rows["study"])),
            metric=selection.metric,
            studied=studied(condition_rows, samples_of(arrays), selection.split),
            summary=summary_sentence(told),
            safe=safe_sentences(safe_rows),
            harm=harm_sentence(class_rows),
            sections=sections,
            fold_findings=sum(len(section["findings"]) for section in sections) > _MANY_FINDINGS,
            collapse=collapse_sentence(collapsed, condition_rows),
            tests=tests,
            figures=drawn,
            data=data,
            choices=[_choice(group) for group in groups],
            files_of=files,
            many_classes=class_rows["class_index"].nunique() > MOST,
            tables=tables,
            suffixes=_SUFFIXES,
            files=_POINTS,
            analysis=(
                *analysis_lines(arrays),
                ("slopes count as unchanged within", f"±{delta:g}"),
                ("drops of a class that do not matter", f"up to {margin:g} ({judged})"),
                ("tests of independent arms", (STUDENT if student else WELCH).test),
            ),
            sources=source_lines(provenance),
        )
        write_whole(beside / "index.html", page.encode())
    tell("done", total, total)
    return out / "index.html"


def report_figures(
    data: Mapping[str, pd.DataFrame], slope: SlopeName = "paper"
) -> tuple[list[PageFigure], dict[str, pd.DataFrame]]:
    """Return the figures of a report, and the tables that they and the page's tables show.

    Args:
        data: By name `classes`, `conditions`, `slopes` and `points` (balances, or class means),
            and any other tables of the page.
        slope: Of which slope single models and lines are shown; the intervals show both.
    """
    chosen = shown_slope(slope)
    of_conditions = data["conditions"]
    of_models = charts.with_marks(data["slopes"], of_conditions, slope=chosen)
    points = charts.with_lines(data["points"], of_conditions, slope=chosen)
    figures = [
        PageFigure(
            "drops",
            f"What each class lost, with verdicts for {reach(data['classes']['scope'])}",
            "classes",
            charts.drops(data["classes"]),
        ),
        PageFigure(
            "recalls", "Recall before and after", "classes", charts.recalls(data["classes"])
        ),
        PageFigure(
            "intervals",
            "How gaps between classes changed: mean slopes with intervals, of class means for "
            f"{reach(of_conditions['scope'])}",
            "conditions",
            charts.intervals(of_conditions),
        ),
        PageFigure(
            "slopes", "The slope of every model", "slopes", charts.slopes(of_models, slope=chosen)
        ),
        PageFigure(
            "balances",
            "Recall balance of every class, before and after",
            "points",
            charts.balances(points, of_conditions, slope=chosen),
            canvas=True,
        ),
    ]
    if of_conditions["slope_variance_models"].notna().any():
        title = "What makes the class-mean slope uncertain, for samples like these"
        figures.append(PageFigure("variance", title, "conditions", charts.variance(of_conditions)))
    return figures, {**data, "slopes": of_models, "points": points}


def _choice(group: PanelGroup) -> dict[str, Any]:
    """Return panels that stand side by side: a title, and the label of each by its key."""
    panels = [[list(key), METHODS.get(label, label)] for key, label in group.panels]
    if group.along == "method":
        first = group.panels[0][0]
        panels.insert(0, [list(first._replace(method="none")), METHODS["none"]])
    return {"title": group.title, "panels": panels}


def _of_groups(
    figure: PageFigure,
    data: Mapping[str, pd.DataFrame],
    groups: Sequence[PanelGroup],
    slope: SlopeName,
) -> Iterator[Any]:
    """Yield one figure's chart for each choice of panels."""
    for group in groups:
        labels = {tuple(key): label for key, label in _choice(group)["panels"]}

        def chosen(frame: pd.DataFrame, labels: dict[Any, str] = labels) -> pd.DataFrame:
            keys = frame[list(PanelKey._fields)].itertuples(index=False, name=None)
            rows = frame.assign(panel=[labels.get(key, "") for key in keys])
            return rows[rows["panel"] != ""]

        here = {name: chosen(data[name]) for name in ("classes", "conditions", "slopes", "points")}
        found = report_figures(here, slope)[0]
        yield from (one.chart for one in found if one.name == figure.name)
