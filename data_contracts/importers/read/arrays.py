"""Arrays of any library as numpy arrays, without importing that library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.labels import fault_of_label, plain_label


def as_array(values: object, name: str) -> npt.NDArray[Any]:
    """Return a tensor, array, series, data frame or list as a numpy array.

    Anything that can be detached from a graph and brought to the CPU (torch, torchmetrics) is;
    else `.numpy()` (TensorFlow) or `__array__` (numpy, pandas, JAX) is asked.

    Raises:
        ContractError: It is none of these, or rows differ in length.
    """
    for step in ("detach", "cpu", "numpy"):
        if callable(getattr(values, step, None)):
            values = getattr(values, step)()
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ContractError(
            f"{name} cannot be read as an array ({error}): give a numpy array, a pandas object, a "
            "tensor or a list"
        ) from error
    if array.ndim == 0:
        raise ContractError(f"{name} is {values!r}, which is one value: give one per sample")
    return array


def coded_labels(
    array: npt.NDArray[Any], name: str, unit: str = "row"
) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Return the distinct labels of an array, and each value's position among them.

    Args:
        array: Labels: numbers, text or truth values, shape (samples,).
        name: What an error calls it: its file and column.
        unit: What an error calls the place of a value.

    Raises:
        ContractError: A value is missing, or a number with a fraction; names the first row.
    """
    if array.dtype.kind in "iub":
        values, codes = np.unique(array, return_inverse=True)
        texts = [str(value) for value in values.tolist()]
    elif array.dtype.kind == "f":
        values, codes = np.unique(array, return_inverse=True)
        texts = [_number_text(value) for value in values.tolist()]
    elif array.dtype.kind in "OUST":
        import pandas as pd

        plain = array.astype(object)
        codes, uniques = pd.factorize(plain, use_na_sentinel=False)
        texts = [text_of(value) for value in uniques]
    else:
        raise ContractError(f"{name} holds {array.dtype}, but labels are numbers or text")
    plain_texts = [plain_label(text) for text in texts]
    faults = {place: fault_of_label(text) for place, text in enumerate(plain_texts)}
    faulty = [place for place, fault in faults.items() if fault]
    if faulty:
        rows = np.flatnonzero(np.isin(codes, faulty))
        raise ContractError(f"{name}, {unit} {rows[0]}: the label {faults[int(codes[rows[0]])]}")
    labels = list(dict.fromkeys(plain_texts))
    place_of = {label: place for place, label in enumerate(labels)}
    return labels, np.array([place_of[text] for text in plain_texts], dtype=np.intp)[codes]


def _number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)


def text_of(value: object) -> str:
    """Return a value as a label's text: 3.0 as 3, nothing as an empty one."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, float):
        return _number_text(value) if np.isfinite(value) else str(value)
    return str(value)


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
