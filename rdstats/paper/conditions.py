"""Which condition of the given tables stands for which condition of the paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rdstats.errors import StatsError
from rdstats.paper.design import BEFORE, RATIOS, PaperCondition, Subject, table_designs
from rdstats.statistics.arrays import FloatArray
from rdstats.tables.arms import Arm, arms_of
from rdstats.tables.before_after import BeforeAfter
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import Selection


@dataclass(frozen=True)
class GivenCondition:
    """One condition of the given tables: what is tested of it, and where its models stand."""

    arm: Arm
    selected: BeforeAfter
    pairs: slice

    def values(self, name: str) -> FloatArray:
        """Return an array of `BeforeAfter`, of the models of this condition."""
        return np.asarray(getattr(self.selected, name)[self.pairs])


ByRatio = Mapping[float, GivenCondition]


@dataclass(frozen=True)
class GivenConditions:
    """The given tables as the paper would name what is in them."""

    subjects: Mapping[Subject, ByRatio]  # those of the paper that are there, of one study each
    notes: tuple[str, ...]  # which studies were left out, and why

    def find(self, wanted: PaperCondition, tolerance: float = 0.0) -> GivenCondition | None:
        """Return a condition, or None where the tables have none.

        At ratio `BEFORE` that is any condition of its subject, for all have the same unpruned
        models: the one with the most. Else the nearest ratio counts, up to a relative `tolerance`.
        """
        found = self.subjects.get(wanted.subject, {})
        if not found:
            return None
        if wanted.ratio == BEFORE:
            return max(found.values(), key=lambda one: len(one.arm.values))
        nearest = min(found, key=lambda ratio: abs(ratio - wanted.ratio))
        # Tables round ratios to four decimals.
        near = abs(nearest - wanted.ratio) <= max(tolerance * wanted.ratio, 5e-5)
        return found[nearest] if near else None


def read_conditions(table: Tables, selection: Selection, slope: str) -> GivenConditions:
    """Find the conditions of the paper in a recall table; arguments as of `paper_tables`.

    Raises:
        StatsError: Two studies have the same condition, or nothing of the paper is there.
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    studies: dict[Subject, dict[str, dict[float, GivenCondition]]] = {}
    for selected in as_arrays(table, selection).selected:
        for given in _given_conditions(selected, slope):
            study, dataset, architecture, method, ratio = given.arm.condition.key
            of_subject = studies.setdefault((dataset, architecture, method), {})
            of_subject.setdefault(study, {})[ratio] = given
    printed = {subject: r for subject, r in _printed_ratios().items() if subject in studies}
    if not printed:
        known = sorted(", ".join(subject) for subject in studies)
        raise StatsError(
            f"nothing of the paper is in these tables; they hold {'; '.join(known[:6])}"
            f"{f' and {len(known) - 6} more' if len(known) > 6 else ''}; the paper has MNIST and "
            "Fashion-MNIST on LeNet5, CIFAR-10 and CIFAR-100 on ResNets; for other studies "
            "use `rdstats report`"
        )
    notes = []
    subjects = {}
    for subject, ratios in printed.items():
        covered = {
            study: sum(any(abs(have / ratio - 1.0) < 0.07 for have in found) for ratio in ratios)
            for study, found in studies[subject].items()
        }
        first, *others = best_studies(subject, covered)
        subjects[subject] = studies[subject][first]
        if others:
            notes.append(
                f"{', '.join(subject)} is taken from study {first}, which has the most of the "
                f"paper's ratios; left out: {', '.join(sorted(others))}."
            )
    return GivenConditions(subjects, tuple(notes))


def best_studies(subject: Subject, ratios: Mapping[str, int | tuple[int, int]]) -> list[str]:
    """Return the studies that have a subject, the one with the most of the asked ratios first.

    `ratios` says how many of them each study has.

    Raises:
        StatsError: Two have equally many; models of two studies are never pooled.
    """
    best = sorted(ratios, key=lambda study: ratios[study], reverse=True)
    equal = sorted(study for study in best if ratios[study] == ratios[best[0]])
    if len(equal) > 1:
        raise StatsError(
            f"{', '.join(subject)} is in several studies ({', '.join(equal)}), and models of two "
            "are never pooled; give the table of one of them only"
        )
    return best


def _printed_ratios() -> dict[Subject, set[float]]:
    """Return every subject that a table needs, in the tables' order, and its ratios there."""
    found: dict[Subject, set[float]] = {}
    for design in table_designs():
        for cell in design.cells:
            for one in cell.conditions:
                found.setdefault(one.subject, set()).update({one.ratio} - {BEFORE})
    # CIFAR-100 and UP: only what it was before is printed.
    return {subject: ratios or set(RATIOS) for subject, ratios in found.items()}


def _given_conditions(selected: BeforeAfter, slope: str) -> list[GivenCondition]:
    """Return every selected compressed condition."""
    arms = arms_of(selected, slope)
    found = []
    for position, condition in enumerate(selected.conditions):
        if condition.stage == "control":
            continue
        pairs = slice(*np.searchsorted(selected.condition, [position, position + 1]))
        found.append(GivenCondition(arms[condition.key], selected, pairs))
    return found
