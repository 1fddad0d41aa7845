"""How often the gate of `rdstats check` errs, where the truth about a pair of models is known.

Images are lost and gained independently, at the truth's rates: what two fixed models do on a
fresh test set. At the margin itself a pair is harmless and harmed at once, so both errors are
largest there.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import asdict, dataclass
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.statistics.class_verdicts import ERROR, INCONCLUSIVE, holm_of_families
from rdstats.statistics.paired_exact import p_of_drop_at_least, p_of_drop_at_most
from rdstats.statistics.paired_score import Bounds, score_bounds, score_z
from rdstats.statistics.paired_verdicts import (
    FAIL,
    PASS,
    gate_outcomes,
    judge_excess,
    too_few,
    verdict_words,
)

REPETITIONS: Final = 20_000
MARGIN: Final = 0.05

ALL_AT_MARGIN: Final = "every class drops by the margin"
ONE_AT_MARGIN: Final = "one class drops by the margin"
NO_DROP: Final = "no class drops"
ONE_BEYOND: Final = "one class drops by 15 points"
ONE_EXCESS: Final = "one class loses the margin beyond accuracy"
HALF_EXCESS: Final = "half of the classes lose the margin beyond accuracy"
_BEYOND: Final = 0.15


@dataclass(frozen=True)
class GateCell:
    """One kind of pair.

    Attributes:
        truth: Which classes drop by how much.
        classes: Classes C.
        n_samples: Test images of each.
        churn: Share of the images of a class without any drop of which one model is right and
            the other wrong, half of them gained; a class that drops gains as many and loses more.
        margin: The largest drop that does not matter.
        quantity: What the gate judges, `drop` or `excess`.
    """

    truth: str
    classes: int
    n_samples: int
    churn: float
    margin: float = MARGIN
    quantity: str = "drop"

    @property
    def is_harmless(self) -> bool:
        """Whether no class drops by more than the margin: the gate must not fail."""
        return self.truth != ONE_BEYOND

    @property
    def is_harmed(self) -> bool:
        """Whether some class drops by the margin or more: the gate must not pass."""
        return self.truth != NO_DROP

    def drops(self) -> FloatArray:
        """Return the true drop of each class, shape (classes,)."""
        # psi = d - the mean of all d: (1 - 1 / C) d of one class alone, d / 2 of one of a half.
        many, drop = {
            ALL_AT_MARGIN: (self.classes, self.margin),
            ONE_AT_MARGIN: (1, self.margin),
            ONE_BEYOND: (1, _BEYOND),
            ONE_EXCESS: (1, self.margin * self.classes / max(self.classes - 1, 1)),
            HALF_EXCESS: (self.classes // 2, 2.0 * self.margin),
            NO_DROP: (0, 0.0),
        }[self.truth]
        drops = np.zeros(self.classes)
        drops[:many] = drop
        return drops

    def generator(self) -> np.random.Generator:
        """Return the generator of the cell, seeded by its SHA-256: no cell changes another's."""
        text = json.dumps(asdict(self), sort_keys=True)
        return np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest(), 16))


GATE_GRID: Final[tuple[GateCell, ...]] = tuple(
    GateCell(truth, classes, n_samples, churn)
    for (truth, classes), n_samples, churn in itertools.product(
        (
            (ALL_AT_MARGIN, 10),
            (ONE_AT_MARGIN, 10),
            (ONE_AT_MARGIN, 1),
            (NO_DROP, 10),
            (ONE_BEYOND, 10),
        ),
        (100, 1000),
        (0.02, 0.08),
    )
) + tuple(
    GateCell(truth, classes, n_samples, churn, quantity="excess")
    for (truth, classes), n_samples, churn in itertools.product(
        ((ONE_EXCESS, 2), (ONE_EXCESS, 10), (HALF_EXCESS, 10)),
        (100, 1000),
        (0.02, 0.08),
    )
)


class GateRates(NamedTuple):
    """How often the gate said what in one cell, of so many pairs.

    Attributes:
        repetitions: Simulated pairs.
        passed: Of those.
        inconclusive: Of those.
        failed: Of those.
        failed_by_score: Would have failed if p were the normal tail of Tango's statistic; None
            for the excess drop, whose p is a normal tail.
    """

    repetitions: int
    passed: int
    inconclusive: int
    failed: int
    failed_by_score: int | None


def gate_rates(cell: GateCell, repetitions: int = REPETITIONS) -> GateRates:
    """Return how often the gate says what, always the same for the same arguments."""
    lost, gained = draw_pairs(cell, repetitions, cell.generator())
    is_drop = cell.quantity == "drop"
    outcomes = (_outcomes if is_drop else _outcomes_of_excess)(lost, gained, cell)
    passed, unsettled, failed = (
        int((outcomes == word).sum()) for word in (PASS, INCONCLUSIVE, FAIL)
    )
    by_score = int(_harmed_by_score(lost, gained, cell).sum()) if is_drop else None
    return GateRates(repetitions, passed, unsettled, failed, by_score)


def draw_pairs(
    cell: GateCell, repetitions: int, generator: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Draw lost and gained images, shape (repetitions, classes) each."""
    drops = cell.drops()
    gain = cell.churn / 2.0
    loss = gain + drops
    shape = (repetitions, cell.classes)
    lost = generator.binomial(cell.n_samples, loss, shape)
    gained = generator.binomial(cell.n_samples - lost, gain / (1.0 - loss))
    return lost, gained


def _outcomes(lost: IntArray, gained: IntArray, cell: GateCell) -> WordArray:
    """Return what the gate says of each pair; equal counts are judged once."""
    (first, second), places = _once(lost, gained)
    alone = (first, second, np.full(first.shape, cell.n_samples), cell.margin)
    p = p_of_drop_at_most(*alone)[places]
    cleared = p_of_drop_at_least(*alone)[places] < ERROR
    untested = too_few(np.full(lost.shape, cell.n_samples), cell.margin)
    return gate_outcomes(verdict_words(holm_of_families(p), cleared, untested))


def _outcomes_of_excess(lost: IntArray, gained: IntArray, cell: GateCell) -> WordArray:
    """Return what the gate of the excess drop says; bounds of equal counts are found once."""
    (first, second), places = _once(lost, gained)

    def of_drop(error: float) -> Bounds:
        images = np.full(first.shape, cell.n_samples)
        low, high = score_bounds(first, second, images, error)
        return Bounds(low[places], high[places])

    drop = (lost - gained) / cell.n_samples
    excess = drop - drop.mean(axis=-1, keepdims=True)  # classes are of one size
    n_samples = np.full(lost.shape, cell.n_samples)
    return gate_outcomes(judge_excess(excess, drop, of_drop, n_samples, cell.margin).verdict)


def _once(lost: IntArray, gained: IntArray) -> tuple[IntArray, IntArray]:
    """Return the different counts, shape (2, counts), and for each class where its counts are."""
    counts, places = np.unique(
        np.stack([lost.ravel(), gained.ravel()]), axis=1, return_inverse=True
    )
    return counts, places.reshape(lost.shape)


def _harmed_by_score(lost: IntArray, gained: IntArray, cell: GateCell) -> BoolArray:
    n_samples = np.full(lost.shape, cell.n_samples)
    p = stats.norm.sf(score_z(lost, gained, n_samples, cell.margin))
    return np.asarray((holm_of_families(p) < ERROR).any(axis=-1))
