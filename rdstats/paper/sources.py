"""Which condition of the given tables stands for which condition of the paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rdstats.errors import StatsError
from rdstats.paper.estimates import Evaluated
from rdstats.paper.p_values import P_VALUE_TABLES
from rdstats.paper.places import BEFORE, CHIP_RATIOS, LTH_LEVELS, RATIOS, Place, Subject
from rdstats.paper.summaries import SUMMARY_TABLES
from rdstats.statistics.balance import recall_variance
from rdstats.tables.arms import arms_of
from rdstats.tables.before_after import BeforeAfter
from rdstats.tables.reading import as_arrays
from rdstats.tables.selection import Selection

Found = Mapping[float, Evaluated]
"""The conditions of one subject, by ratio."""


@dataclass(frozen=True)
class Sources:
    """The given tables as the paper would name what is in them.

    Attributes:
        subjects: The conditions of each subject of the paper that is there, of one study each.
        notes: Which studies were left out, and why.
    """

    subjects: Mapping[Subject, Found]
    notes: tuple[str, ...]

    def find(self, place: Place, tolerance: float = 0.0) -> Evaluated | None:
        """Return a condition, or None where the tables have none.

        Args:
            place: What is asked for; at ratio `BEFORE` any condition of its subject, for all
                have the same unpruned models (the one with the most).
            tolerance: Relative difference of the ratio up to which the nearest one counts.
        """
        found = self.subjects.get(place.subject, {})
        if not found:
            return None
        if place.ratio == BEFORE:
            return max(found.values(), key=lambda one: len(one.alpha))
        nearest = min(found, key=lambda ratio: abs(ratio - place.ratio))
        # Tables round ratios to four decimals.
        if abs(nearest - place.ratio) <= max(tolerance * place.ratio, 5e-5):
            return found[nearest]
        return None


def read_sources(table: pa.Table, selection: Selection, slope: str) -> Sources:
    """Find the conditions of the paper in a recall table.

    Args:
        table: A recall table, or the union of several.
        selection: What of it, by which metric.
        slope: `paper`, a slope per model, or `class-mean`, pseudo-values of the class-mean slope.

    Raises:
        StatsError: Two studies have the same condition, or nothing of the paper is there.
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    studies: dict[Subject, dict[str, dict[float, Evaluated]]] = {}
    for selected in as_arrays(table, selection).selected:
        for found in _evaluated(selected, slope):
            study, dataset, architecture, method, ratio = found.arm.condition.key
            by_study = studies.setdefault(Subject(dataset, architecture, method), {})
            by_study.setdefault(study, {})[ratio] = found
    wanted = wanted_subjects()
    here = {subject: studies[subject] for subject in wanted if subject in studies}
    if not here:
        known = sorted(subject.label for subject in studies)
        raise StatsError(
            f"nothing of the paper is in these tables; they hold {'; '.join(known[:6])}"
            f"{f' and {len(known) - 6} more' if len(known) > 6 else ''}; the paper has MNIST and "
            "Fashion-MNIST on LeNet5, CIFAR-10 and CIFAR-100 on ResNets; for other studies "
            "use `rdstats report`"
        )
    notes: list[str] = []
    subjects = {subject: _one_study(subject, found, notes) for subject, found in here.items()}
    return Sources(subjects, tuple(notes))


def wanted_subjects() -> tuple[Subject, ...]:
    """Return every subject that a table of the paper needs, in the order of the tables."""
    wanted: dict[Subject, None] = {}
    for tests in P_VALUE_TABLES:
        for row in tests.rows:
            for column in tests.columns:
                wanted |= dict.fromkeys(place.subject for place in tests.arms(row, column))
    for summary in SUMMARY_TABLES:
        for _, cells in summary.rows:
            wanted |= dict.fromkeys(cell.place.subject for cell in cells if cell is not None)
    return tuple(wanted)


def _one_study(
    subject: Subject, studies: Mapping[str, Mapping[float, Evaluated]], notes: list[str]
) -> Found:
    """Return the study with the most of the paper's ratios; models of two are never pooled."""
    printed = {"LTH": LTH_LEVELS, "CHIP": CHIP_RATIOS}.get(subject.method, RATIOS)

    def covered(study: str) -> int:
        ratios = np.array(list(studies[study]))
        return sum(bool((np.abs(ratios / ratio - 1.0) < 0.07).any()) for ratio in printed)

    most = max(covered(study) for study in studies)
    best = [study for study in studies if covered(study) == most]
    if len(best) > 1:
        raise StatsError(
            f"{subject.label} is in several studies ({', '.join(sorted(best))}), and models of "
            "two are never pooled; give the table of one of them only"
        )
    others = sorted(set(studies) - set(best))
    if others:
        notes.append(
            f"{subject.label} is taken from study {best[0]}, which has the most of the paper's "
            f"ratios; left out: {', '.join(others)}."
        )
    return studies[best[0]]


def _evaluated(selected: BeforeAfter, slope: str) -> list[Evaluated]:
    """Return every selected compressed condition."""
    realised = selected.counts.realised_ratio[selected.after]
    found = []
    arms = arms_of(selected, slope)
    for position, condition in enumerate(selected.conditions):
        if condition.stage == "control":
            continue
        start, stop = np.searchsorted(selected.condition, [position, position + 1])
        of_models = slice(int(start), int(stop))
        found.append(
            Evaluated(
                arm=arms[condition.key],
                alpha=selected.alpha[of_models],
                accuracy_before=selected.accuracy_before[of_models],
                accuracy_after=selected.accuracy_after[of_models],
                variance_before=recall_variance(selected.recall_before[of_models]),
                variance_after=recall_variance(selected.recall_after[of_models]),
                balance_before=selected.balance_before[of_models],
                balance_after=selected.balance_after[of_models],
                realised_ratio=realised[of_models],
            )
        )
    return found
