"""The verdict on one pair of models: which classes paid, and what a gate says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from rdstats.errors import StatsError
from rdstats.statistics.class_verdicts import (
    HARMED,
    INCONCLUSIVE,
    MARGIN,
    NOT_TESTABLE,
    UNHARMED,
)
from rdstats.statistics.paired_verdicts import FAIL, PASS, gate_outcomes
from rdstats.tables.check_classes import class_rows
from rdstats.tables.check_counts import Where, pair_counts
from rdstats.tables.check_overall import overall_record
from rdstats.tables.selection import known_value

QUANTITIES: Final = ("drop", "excess")
EXIT_CODES: Final[Mapping[str, int]] = {PASS: 0, FAIL: 1, INCONCLUSIVE: 3}


@dataclass(frozen=True)
class Check:
    """What is known of one pair of models.

    Attributes:
        classes: A row per class, as `check_table` documents it.
        overall: What is said of both models as a whole, as `overall_record` documents it.
    """

    classes: pd.DataFrame
    overall: Mapping[str, Any]

    @property
    def gate(self) -> str:
        """`pass`: every class is unharmed; `fail`: one is harmed; else `inconclusive`."""
        return str(self.overall["gate"])

    @property
    def exit_code(self) -> int:
        """What `rdstats check --gate` leaves with: 0 pass, 1 fail, 3 inconclusive."""
        return EXIT_CODES[self.gate]

    @property
    def harmed(self) -> tuple[str, ...]:
        """The classes shown to have lost more than the margin, by name.

        With the excess drop: more than the margin beyond the drop of accuracy.
        """
        return self.named(HARMED)

    def named(self, verdict: str) -> tuple[str, ...]:
        """Return the classes with this verdict, by name or else by index."""
        rows = self.classes[self.classes["verdict"] == verdict]
        names = zip(rows["class_name"], rows["class_index"], strict=True)
        return tuple(name if isinstance(name, str) else str(index) for name, index in names)


def check_table(
    table: pa.Table,
    before: Where | None = None,
    after: Where | None = None,
    *,
    margin: float = MARGIN,
    quantity: str = "drop",
    matched: bool = True,
    answers_changed: float | None = None,
) -> Check:
    """Return the verdict on two evaluated models of a recall table.

    It speaks of these two checkpoints: noise is that of the test images, and another seed of the
    same method may end otherwise.

    Args:
        table: A recall table, or the union of several.
        before: Columns and values of the model before; by default the unpruned version of after.
        after: The same of the model after; by default the only compressed one of the table.
        margin: The largest drop that does not matter, a share above 0 and below 1.
        quantity: What is judged: `drop`, R - R_t, or `excess`, what the class lost beyond the
            drop of accuracy. The excess drop says nothing of what all classes lost together.
        matched: Compare image by image where the table says which were right in both.
        answers_changed: Share of the images that the two models answer differently, if known.

    Returns:
        `classes` has the columns of `classes_table` for one model (class_index, class_name,
        n_samples, models, recall_before, recall_after, drop, excess_drop, low, high, p, p_adjusted,
        verdict, smallest_visible_drop, status), and these:
        upper: The class's own one-sided 95 % upper bound; unharmed is upper < margin.
        lost, gained: Images right before and wrong after, and the other way round; null where
            images are not matched.
        mcnemar_p: Exact two-sided p of McNemar's test of no drop at all, not adjusted.
        churn: (lost + gained) / n_samples.
        images_that_settle: For an inconclusive class, the images that would settle it four times
            in five if its true shares of lost and gained images are what was measured.
        family_size, bounds_level: Classes; level of low and high together.
        interval: `Tango` or `Newcombe, conservative`; for the excess drop, made from those.
        margin, quantity: As given.

    Raises:
        StatsError: No pair is meant or more than one, an option has no meaning, the excess drop
            of a single class is asked for, or every class has too few images for the margin.
    """
    known_value("quantity", quantity, QUANTITIES)
    if not 0.0 < margin < 1.0:
        raise StatsError(
            f"margin {margin:g} is not a drop of recall that could be told from none; choose a "
            "share above 0 and below 1, as 0.05"
        )
    counts = pair_counts(table, before, after, matched=matched)
    if quantity == "excess" and len(counts.n_samples) == 1:
        raise StatsError(
            "one class has no excess drop: its recall is the accuracy, so nothing that it loses "
            "is beyond accuracy's drop; judge --quantity drop"
        )
    if counts.n_samples.max() * margin < 1.0:
        raise StatsError(
            f"no class can be tested: one image of {counts.n_samples.max()} is more than the "
            f"margin of {100 * margin:g} points; choose a larger --margin or test on more images"
        )
    frame = class_rows(counts, margin, quantity)
    gate = str(gate_outcomes(frame["verdict"].to_numpy()[np.newaxis])[0])
    verdicts = {word: int((frame["verdict"] == word).sum()) for word in _WORDS}
    overall = overall_record(counts, answers_changed)
    overall |= {"margin": margin, "quantity": quantity, "gate": gate, **verdicts}
    return Check(frame, overall)


_WORDS: Final = (HARMED, UNHARMED, INCONCLUSIVE, NOT_TESTABLE)
