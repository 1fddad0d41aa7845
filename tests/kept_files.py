"""The kept files of other tools (tests/fixtures), and the counts that all of them speak of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

FIXTURES = Path(__file__).parent / "fixtures"
VERSIONS = ("before", "after")


@dataclass(frozen=True)
class TrueCounts:
    """What the predictions behind every kept file count, each (10,), by digit."""

    n_samples: npt.NDArray[np.int64]
    n_correct: npt.NDArray[np.int64]
    n_predicted: npt.NDArray[np.int64]


def true_counts(version: str) -> TrueCounts:
    """Return the counts of one version, by pandas alone: no importer of ours takes part."""
    pairs = pd.read_csv(FIXTURES / "scikit-learn" / version / "predictions.csv")
    right = pairs[pairs["y_true"] == pairs["y_pred"]]

    def by_digit(digits: pd.Series) -> npt.NDArray[np.int64]:
        return np.bincount(digits.to_numpy(), minlength=10).astype(np.int64)

    return TrueCounts(
        by_digit(pairs["y_true"]), by_digit(right["y_true"]), by_digit(pairs["y_pred"])
    )
