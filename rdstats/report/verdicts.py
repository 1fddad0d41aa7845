"""The first thing on the page: verdicts as a grid and in words, per data set and architecture."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from rdstats.charts.panels import PanelGroup, PanelTable, panel_groups, ratio_label
from rdstats.output.words import Row
from rdstats.report.changes import number
from rdstats.report.classes import paid_heading, paid_sentence
from rdstats.report.sentences import (
    SAME,
    TURNED,
    UNCLEAR,
    UNDEFINED,
    class_mean_change,
    condition_sentence,
    control_sentence,
    detail_sentences,
    method_sentence,
    outcome,
    told_as,
)
from rdstats.tables.conditions import INSTRUMENT

_REMARKS: Final[Mapping[str, str]] = {SAME: "equivalent", TURNED: "turned over"}
_NO_CONTROL: Final = (
    "There is no control arm (the unpruned model with the same extra training): what longer "
    "training alone would have done to the gaps is not known."
)

Section = dict[str, Any]


class _GridCell(NamedTuple):
    """One condition in the grid: its outcome or `absent`, mark, slope and what they do not say."""

    kind: str
    mark: str = ""
    slope: str = ""
    interval: str = ""
    remark: str = ""


def verdict_sections(conditions: pd.DataFrame, classes: pd.DataFrame) -> list[Section]:
    """Return the verdicts of an analysis, a section per study, data set, architecture.

    Args:
        conditions: As `conditions` returns it.
        classes: As `classes` returns it, of the same selection.

    Returns:
        By name what the template of the page shows of each section: its title; ratios and rows of
        the grid; a sentence per method and per control arm; which classes paid; and a headline
        and its details for each condition in which the gaps changed or that has no verdict
        (findings), and for each of which that cannot be told (unclear).
    """
    groups = [group for group in panel_groups(conditions) if group.along == "method"]
    several = len({key.study for group in groups for key, _ in group.panels}) > 1
    of_conditions, of_classes = PanelTable(conditions), PanelTable(classes)
    return [_section(of_conditions, of_classes, group, several_studies=several) for group in groups]


def _section(
    conditions: PanelTable, classes: PanelTable, group: PanelGroup, *, several_studies: bool
) -> Section:
    keys = [key for key, _ in group.panels]
    rows = {key: conditions.records(key) for key in keys}
    controls = {key: next(iter(conditions.controls(key)), None) for key in keys}
    ratios = sorted({row["ratio"] for found in rows.values() for row in found})
    sentences: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for key, found in rows.items():
        for row in found:
            open_ = told_as(row) in (SAME, UNCLEAR) and row["control_verdict"] not in ("<", ">")
            sentences[open_].append((condition_sentence(row, controls[key]), detail_sentences(row)))
    return {
        "title": f"{keys[0].study}: {group.fixed}" if several_studies else group.fixed,
        "ratios": [ratio_label(ratio) for ratio in ratios],
        "rows": [(key.method, _cells(rows[key], ratios)) for key in keys],
        "methods": [method_sentence(key.method, rows[key]) for key in keys],
        "controls": _control_sentences({key.method: row for key, row in controls.items()}),
        "paid_heading": paid_heading(classes.frame),
        "paid": [paid_sentence(key.method, classes.rows(key)) for key in keys],
        "findings": sentences[False],
        "unclear": sentences[True],
    }


def _control_sentences(controls: Mapping[str, Row | None]) -> list[str]:
    """Return a sentence per control arm, naming the methods where there are several arms."""
    arms: dict[str, list[str]] = {}
    for method, row in controls.items():
        arms.setdefault(control_sentence(row) if row else _NO_CONTROL, []).append(method)
    if len(arms) == 1:
        return list(arms)
    return [f"{', '.join(methods)}: {sentence}" for sentence, methods in arms.items()]


def _cells(rows: Sequence[Row], ratios: Sequence[float]) -> list[_GridCell]:
    by_ratio = {row["ratio"]: row for row in rows}
    return [_cell(by_ratio[r]) if r in by_ratio else _GridCell("absent") for r in ratios]


def _cell(row: Row) -> _GridCell:
    change = class_mean_change(row)
    mark = row["class_mean_verdict"]
    slope = number(change.slope, 2) if change.is_defined else "undefined"
    if not change.has_interval or not isinstance(mark, str):
        return _GridCell(UNDEFINED, "–", slope)
    kind = outcome(row)
    remark = INSTRUMENT if row["lead"] == INSTRUMENT else _REMARKS.get(kind, "")
    interval = f"{number(change.low, 2)} to {number(change.high, 2)}"
    return _GridCell(kind, mark, slope, interval, remark)
