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
from rdstats.statistics.paired_score import score_z
from rdstats.statistics.paired_verdicts import (
    FAIL,
    PASS,
    gate_outcomes,
    too_few,
    verdict_words,
)

REPETITIONS: Final = 20_000
MARGIN: Final = 0.05

ALL_AT_MARGIN: Final = "every class drops by the margin"
ONE_AT_MARGIN: Final = "one class drops by the margin"
NO_DROP: Final = "no class drops"
ONE_BEYOND: Final = "one class drops by 15 points"
_BEYOND: Final = 0.15


@dataclass(frozen=True)
class GateCell:
    """One kind of pair.

    Attributes:
        truth: Which classes drop by how much.
        classes: Classes C.
        n_samples: Test images of each.
        churn: Share of a class's images of which one model is right and the other wrong; a class
            that drops by more has as much churn as it drops.
        margin: The largest drop that does not matter.
    """

    truth: str
    classes: int
    n_samples: int
    churn: float
    margin: float = MARGIN

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
        drops = np.zeros(self.classes)
        first = {ALL_AT_MARGIN: self.margin, ONE_AT_MARGIN: self.margin, ONE_BEYOND: _BEYOND}
        drops[: self.classes if self.truth == ALL_AT_MARGIN else 1] = first.get(self.truth, 0.0)
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
)


class GateRates(NamedTuple):
    """How often the gate said what in one cell, of so many pairs.

    Attributes:
        repetitions: Simulated pairs.
        passed: Of those.
        inconclusive: Of those.
        failed: Of those.
        failed_by_score: Would have failed if p were the normal tail of Tango's statistic.
    """

    repetitions: int
    passed: int
    inconclusive: int
    failed: int
    failed_by_score: int


def gate_rates(cell: GateCell, repetitions: int = REPETITIONS) -> GateRates:
    """Return how often the gate says what, always the same for the same arguments."""
    lost, gained = draw_pairs(cell, repetitions, cell.generator())
    outcomes = _outcomes(lost, gained, cell)
    passed, unsettled, failed = (
        int((outcomes == word).sum()) for word in (PASS, INCONCLUSIVE, FAIL)
    )
    by_score = int(_harmed_by_score(lost, gained, cell).sum())
    return GateRates(repetitions, passed, unsettled, failed, by_score)


def draw_pairs(
    cell: GateCell, repetitions: int, generator: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Draw lost and gained images, shape (repetitions, classes) each."""
    drops = cell.drops()
    churn = np.maximum(cell.churn, np.abs(drops))
    loss, gain = (churn + drops) / 2.0, (churn - drops) / 2.0
    shape = (repetitions, cell.classes)
    lost = generator.binomial(cell.n_samples, loss, shape)
    gained = generator.binomial(cell.n_samples - lost, gain / (1.0 - loss))
    return lost, gained


def _outcomes(lost: IntArray, gained: IntArray, cell: GateCell) -> WordArray:
    """Return what the gate says of each pair; equal counts are judged once."""
    counts, places = np.unique(
        np.stack([lost.ravel(), gained.ravel()], axis=-1), axis=0, return_inverse=True
    )
    n_samples = np.full(len(counts), cell.n_samples)
    alone = (counts[:, 0], counts[:, 1], n_samples, cell.margin)
    p = p_of_drop_at_most(*alone)[places.ravel()].reshape(lost.shape)
    cleared = p_of_drop_at_least(*alone)[places.ravel()].reshape(lost.shape) < ERROR
    untested = too_few(np.full(lost.shape, cell.n_samples), cell.margin)
    return gate_outcomes(verdict_words(holm_of_families(p), cleared, untested))


def _harmed_by_score(lost: IntArray, gained: IntArray, cell: GateCell) -> BoolArray:
    n_samples = np.full(lost.shape, cell.n_samples)
    p = stats.norm.sf(score_z(lost, gained, n_samples, cell.margin))
    return np.asarray((holm_of_families(p) < ERROR).any(axis=-1))
