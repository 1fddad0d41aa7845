"""The verdict on one pair of models: which classes paid, and what a gate says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts import read_recall_table
from data_contracts.errors import ContractError
from data_contracts.importers import ImportOptions, from_predictions
from data_contracts.importers.read.arrays import as_array
from data_contracts.schema import EVALUATED_MODEL
from data_contracts.words import counted
from rdstats.errors import StatsError
from rdstats.paired.verdicts import FAIL, PASS, gate_outcomes
from rdstats.pairs.counts import Where, evaluations, pair_counts
from rdstats.pairs.reading import NAMES, read_pair
from rdstats.pairs.verdict import class_rows, overall_record
from rdstats.statistics.class_verdicts import HARMED, INCONCLUSIVE, MARGIN, NOT_TESTABLE, UNHARMED
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


def check_pair(
    y_true: object,
    before: object,
    after: object,
    *,
    margin: float = MARGIN,
    quantity: str = "drop",
    labels: Sequence[object] | None = None,
) -> Check:
    """Return the verdict on two models from their predictions of the same samples.

    In a test: `assert not rdstats.check_pair(y_true, before, after, margin=0.05).harmed`, or
    `assert rdstats.check_pair(...).gate == "pass"` where every class must be cleared.

    Args:
        y_true: True labels, shape (samples,): numpy, pandas, torch, lists.
        before: The first model's predicted labels, or scores (samples, classes).
        after: The second model's, of the same samples in the same order.
        margin: The largest drop that does not matter.
        quantity: `drop`, or `excess`: what a class lost beyond the fall of accuracy.
        labels: The classes' labels, where values are positions into them.

    Raises:
        ContractError: Lengths differ or a label is missing.
        StatsError: An option has no meaning, or every class has too few samples.
    """
    table = from_predictions(y_true, after, baseline=before, labels=labels, **NAMES)
    return _of_two_models(
        check_table(
            table,
            margin=margin,
            quantity=quantity,
            answers_changed=_share_changed(before, after),
        ),
        {"model": "before"},
        {"model": "after"},
    )


def check_files(
    before: Path | str,
    after: Path | str | None = None,
    *,
    format_name: str | None = None,
    options: ImportOptions | None = None,
    margin: float = MARGIN,
    quantity: str = "drop",
    matched: bool = True,
) -> Check:
    """Return the verdict on two files: predictions, recall tables, or anything importable.

    Args:
        before: The file of the model before.
        after: The file of the model after; None where one file of predictions holds both models.
        format_name: A format that `rdstats import` knows; by default recall tables where both
            files are, else predictions.
        options: What the files do not say.
        margin: The largest drop that does not matter.
        quantity: `drop` or `excess`.
        matched: Compare image by image, where the files allow it.

    Raises:
        ContractError: A file cannot be read, or the two are not of one test set.
        StatsError: An option has no meaning, or every class has too few samples.
    """
    first, second = Path(before), None if after is None else Path(after)
    if format_name is None and second and is_recall_table(first) and is_recall_table(second):
        table, pair = _union(first, second)
        return check_table(table, *pair, margin=margin, quantity=quantity, matched=matched)
    table = read_pair(
        first, second, format_name=format_name or "predictions", options=options, matched=matched
    )
    return _of_two_models(
        check_table(table, margin=margin, quantity=quantity, matched=matched),
        {"file": str(before)},
        {"file": str(after or before)},
    )


def is_recall_table(path: Path) -> bool:
    """Say whether a file is Parquet with the recall table's counts; any doubt is a no."""
    try:
        names = pq.read_schema(path).names
    except (OSError, pa.ArrowException):
        return False
    return {"n_correct", "n_samples", "class_index"} <= set(names)


def _union(first: Path, second: Path) -> tuple[pa.Table, tuple[dict[str, str], dict[str, str]]]:
    """Return two recall tables as one, and which evaluation each of them brings."""
    tables = [read_recall_table(path) for path in (first, second)]
    mine, theirs = (set(evaluations(table)) for table in tables)
    keys: list[dict[str, str]] = []
    for path, found in ((first, mine), (second, theirs - mine)):
        if len(found) != 1:
            models = counted(len(found), "evaluated model")
            raise StatsError(
                f"{path} holds {models}{' of its own' * (path == second)}, "
                "and a pair is one before and one after: give one table and choose with --before "
                "COLUMN=VALUE and --after COLUMN=VALUE"
            )
        keys.append(dict(zip(EVALUATED_MODEL, map(str, next(iter(found))), strict=True)))
    if theirs & mine:
        return tables[1], (keys[0], keys[1])
    return read_recall_table([first, second]), (keys[0], keys[1])


def _of_two_models(check: Check, before: Mapping[str, str], after: Mapping[str, str]) -> Check:
    """Return a check that calls its models what the user calls them."""
    return replace(check, overall={**check.overall, "before": dict(before), "after": dict(after)})


def _share_changed(before: object, after: object) -> float:
    """Return the share of samples that two models answer differently."""
    answers = []
    for values, name in ((before, "before"), (after, "after")):
        array = as_array(values, name)
        answers.append(
            array.argmax(axis=1) if array.ndim == 2 and array.shape[1] > 1 else array.ravel()
        )
    if answers[0].dtype.kind != answers[1].dtype.kind:
        answers = [array.astype(str) for array in answers]
    if answers[0].shape != answers[1].shape:
        raise ContractError(
            f"before has {len(answers[0]):,} answers and after {len(answers[1]):,}: give one of "
            "each per sample"
        )
    return float(np.mean(answers[0] != answers[1]))
