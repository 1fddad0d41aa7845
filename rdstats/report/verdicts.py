"""The first thing on the page: verdicts as a grid and in words, per data set and architecture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pandas as pd

from rdstats.charts.panels import PanelGroup, PanelKey, PanelTable, panel_groups, ratio_label
from rdstats.output.rounding import Row
from rdstats.report.paid import paid_heading, paid_sentence
from rdstats.report.sentences import (
    SAME,
    TURNED,
    UNCLEAR,
    UNDEFINED,
    Change,
    beside_sentence,
    class_mean_change,
    condition_sentence,
    control_sentence,
    method_sentence,
    number,
    outcome,
)

_REMARKS: Final = MappingProxyType({SAME: "equivalent", TURNED: "turned over"})


@dataclass(frozen=True)
class GridCell:
    """One condition in the grid; all empty where the table has no such condition.

    Attributes:
        kind: One of `sentences.OUTCOMES`, or `absent`.
        mark: `>`, `<`, `?` or a dash.
        slope: The class-mean slope.
        interval: Its interval.
        remark: What the mark does not say.
    """

    kind: str
    mark: str = ""
    slope: str = ""
    interval: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Sentence:
    """What happened in one condition: the headline, and what is read beside it."""

    text: str
    beside: str


@dataclass(frozen=True)
class VerdictSection:
    """The verdicts of one data set and architecture.

    Attributes:
        title: "digits, LeNet5".
        ratios: Heads of the grid's columns.
        rows: Head and cells of each of its rows, a method each.
        methods: What each method did, a sentence each.
        controls: What longer training alone did.
        paid_heading: What the sentences of `paid` judge.
        paid: Which classes each method harmed, a sentence each.
        findings: Conditions in which the gaps widened or narrowed, or that have no verdict.
        unclear: Conditions in which that cannot be told.
    """

    title: str
    ratios: tuple[str, ...]
    rows: tuple[tuple[str, tuple[GridCell, ...]], ...]
    methods: tuple[str, ...]
    controls: tuple[str, ...]
    paid_heading: str
    paid: tuple[str, ...]
    findings: tuple[Sentence, ...]
    unclear: tuple[Sentence, ...]


def verdict_sections(conditions: pd.DataFrame, classes: pd.DataFrame) -> list[VerdictSection]:
    """Return the verdicts of an analysis, a section per study, data set, architecture.

    Args:
        conditions: As `conditions_table` returns it.
        classes: As `classes_table` returns it, of the same selection.
    """
    groups = [group for group in panel_groups(conditions) if group.along == "method"]
    several = len({key.study for group in groups for key, _ in group.panels}) > 1
    of_conditions, of_classes = PanelTable(conditions), PanelTable(classes)
    return [_section(of_conditions, of_classes, group, several_studies=several) for group in groups]


def _section(
    conditions: PanelTable, classes: PanelTable, group: PanelGroup, *, several_studies: bool
) -> VerdictSection:
    keys = [key for key, _ in group.panels]
    rows = {key: conditions.records(key) for key in keys}
    ratios = sorted({row["ratio"] for found in rows.values() for row in found})
    controls = {key: _first(conditions.control_records(key)) for key in keys}
    findings: list[Sentence] = []
    unclear: list[Sentence] = []
    for key, found in rows.items():
        for row in found:
            place = unclear if outcome(row) in (SAME, UNCLEAR) else findings
            place.append(Sentence(condition_sentence(row, controls[key]), beside_sentence(row)))
    return VerdictSection(
        title=f"{keys[0].study}: {group.fixed}" if several_studies else group.fixed,
        ratios=tuple(ratio_label(ratio) for ratio in ratios),
        rows=tuple((key.method, _cells(rows[key], ratios)) for key in keys),
        methods=tuple(method_sentence(key.method, rows[key]) for key in keys),
        controls=_control_sentences(controls),
        paid_heading=paid_heading(classes.frame),
        paid=tuple(paid_sentence(key.method, classes.rows(key)) for key in keys),
        findings=tuple(findings),
        unclear=tuple(unclear),
    )


def _first(rows: Sequence[Row]) -> Row | None:
    return rows[0] if rows else None


def _control_sentences(controls: Mapping[PanelKey, Row | None]) -> tuple[str, ...]:
    """Return a sentence per control arm, naming the methods where there are several arms."""
    arms: dict[str, list[str]] = {}
    for key, row in controls.items():
        sentence = (
            control_sentence(row)
            if row is not None
            else "There is no control arm (the unpruned model with the same extra training): what "
            "longer training alone would have done to the gaps is not known."
        )
        arms.setdefault(sentence, []).append(key.method)
    if len(arms) == 1:
        return tuple(arms)
    return tuple(f"{', '.join(methods)}: {sentence}" for sentence, methods in arms.items())


def _cells(rows: Sequence[Row], ratios: Sequence[float]) -> tuple[GridCell, ...]:
    by_ratio = {row["ratio"]: row for row in rows}
    return tuple(_cell(by_ratio[r]) if r in by_ratio else GridCell("absent") for r in ratios)


def _cell(row: Row) -> GridCell:
    change: Change = class_mean_change(row)
    mark = row["class_mean_verdict"]
    slope = number(change.slope, 2) if change.is_defined else "undefined"
    if not change.has_interval or not isinstance(mark, str):
        return GridCell(UNDEFINED, "–", slope)
    kind = outcome(row)
    interval = f"{number(change.low, 2)} to {number(change.high, 2)}"
    return GridCell(kind, mark, slope, interval, _REMARKS.get(kind, ""))
