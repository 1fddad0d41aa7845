"""From scores per class to the predicted class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError


def highest_class(
    scores: npt.NDArray[Any], name: str, place: Callable[[int], str] = "row {}".format
) -> npt.NDArray[np.intp]:
    """Return the class with the highest score of each sample; of equals the first.

    The first of equals is what `argmax` of numpy, torch and TensorFlow gives.

    Args:
        scores: Probabilities or logits, shape (samples, classes).
        name: What an error calls them.
        place: Says where a row is, for errors.

    Raises:
        ContractError: They are no numbers, or one is NaN; names the first row.
    """
    if scores.dtype.kind not in "iufb":
        raise ContractError(f"{name} holds {scores.dtype}, but scores are numbers")
    if scores.shape[1] < 2:
        raise ContractError(
            f"{name} has scores for one class: give a column per class, or labels instead "
            "(where to cut one score is not in the data)"
        )
    if scores.dtype.kind == "f":
        broken = np.isnan(scores).any(axis=1)
        if broken.any():
            where = place(int(np.flatnonzero(broken)[0]))
            raise ContractError(f"{name}, {where}: a score is missing or NaN: none is the highest")
    best: npt.NDArray[np.intp] = np.argmax(scores, axis=1)
    return best
