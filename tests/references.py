"""The numbers that R computed: tests/golden/*.json, made by the R scripts beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.balance import accuracy, normalized_recall_balance, recall
from synthetic import Evaluation, before_after, table_of_counts

GOLDEN = Path(__file__).parent / "golden"
AS_R = 1e-9  # relative agreement with R that the project promises


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of tests/golden/NAME.json; null reads as None."""
    text = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["cases"]
    return found


def balances(case: dict[str, Any], when: str) -> FloatArray:
    """Return the normalized balances (models, classes) of a case of conditions.json."""
    correct = np.array(case[when])
    samples = np.broadcast_to(np.array(case["n_samples"]), correct.shape)
    return normalized_recall_balance(recall(correct, samples), accuracy(correct, samples))


def table_of(case: dict[str, Any], ratios: Sequence[float]) -> pa.Table:
    """Return the recall table of a case, its control too, the same counts at every ratio."""
    counts: dict[Evaluation, Sequence[int]] = {}
    for ratio in ratios:
        counts |= before_after(case["before"], case["after"], ratio=ratio)
    for model, row in enumerate(case.get("control", ())):
        counts["none", 1.0, "control", f"m{model}"] = row
    return table_of_counts(counts, n_samples=case["n_samples"])
