"""Arrays of any library and numpy's files as numpy arrays, their labels and their scores."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, Described
from data_contracts.importers.labels import LabelCodes, in_class_order, text_of
from data_contracts.importers.read.containers import opened, unreadable
from data_contracts.limits import refuse_beyond

_NPY = b"\x93NUMPY"


def as_array(values: object, name: str) -> npt.NDArray[Any]:
    """Return a tensor, array, series, data frame or list as a numpy array, or refuse it.

    Anything that can be detached from a graph and brought to the CPU (torch, torchmetrics) is;
    else `.numpy()` (TensorFlow) or `__array__` (numpy, pandas, JAX) is asked.
    """
    steps = ["detach", "cpu", "numpy"]
    if str(getattr(values, "dtype", "")) == "torch.bfloat16":
        steps.insert(0, "float")  # numpy has no such numbers
    for step in steps:
        if callable(getattr(values, step, None)):
            values = getattr(values, step)()
    try:
        array = _of_characters(np.asarray(values))
    except (TypeError, ValueError) as error:
        raise ContractError(
            f"{name} cannot be read as an array ({error}): give a numpy array, a pandas object, a "
            "tensor or a list"
        ) from error
    if array.ndim == 0:
        raise ContractError(f"{name} is {values!r}, which is one value: give one per sample")
    return array


def load_arrays(path: Path) -> Mapping[str, npt.NDArray[Any]] | npt.NDArray[Any]:
    """Return the array of an npy file, or the arrays of an npz file by name; never pickles."""
    try:
        # Opened here: numpy itself leaves a damaged archive open.
        with warnings.catch_warnings(), opened(path) as stream:
            warnings.simplefilter("ignore", UserWarning)  # that Python 2 wrote the header
            size = _stated(stream)
            if size is not None and path.suffix.lower() == ".npy":
                return _of_characters(np.load(path, mmap_mode="r"))
            refuse_beyond(size or 0, path)
            stream.seek(0)
            loaded = np.load(stream)
            if size is not None:
                return _of_characters(loaded)
            size = 0
            for each in loaded.zip.namelist():
                with loaded.zip.open(each) as member:
                    size += _stated(member) or 0
                refuse_beyond(size, f"{path} ({each})")
            return {name: _of_characters(loaded[name]) for name in loaded.files}
    except MemoryError as error:
        raise ContractError(f"{path} asks for more memory than there is: is it damaged?") from error
    except ContractError:
        raise
    except Exception as error:  # a damaged header or archive raises a dozen kinds
        raise unreadable(path, error) from error


_HALVES = 0xD800 >> 11  # of characters in UTF-16, which are none by themselves


def _stated(stream: BinaryIO) -> int | None:
    """Return the bytes that an array asks for by its header; None of what is no array."""
    if stream.read(len(_NPY)) != _NPY:
        return None
    stream.seek(0)
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0), (3, 0)):
        return 0  # numpy says so
    first = version == (1, 0)
    header = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
    shape, _, kind = header(stream)
    return math.prod(shape) * kind.itemsize


def _of_characters(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array, unless its texts hold what is no character: Python breaks over it."""
    if array.dtype.kind == "U" and array.size and array.dtype.itemsize:
        numbers = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("=")).view(np.uint32)
        strange = numbers[(numbers > sys.maxunicode) | (numbers >> 11 == _HALVES)]
        if len(strange):
            raise ValueError(f"its texts hold {strange[0]:#x}, which is no character")
    return array


def described_by(arrays: Mapping[str, npt.NDArray[Any]], path: Path) -> Described:
    """Return what arrays without a dimension say of the model."""
    said = {name: arrays[name] for name in DESCRIBED_COLUMNS if name in arrays}
    texts = {name: text_of(array.item()) for name, array in said.items() if array.ndim == 0}
    return Described.from_text(texts, str(path))


def names_in(arrays: Mapping[str, npt.NDArray[Any]], known: Sequence[str]) -> list[str] | None:
    """Return the texts of the first array of one dimension that has one of these names."""
    name = next((name for name in known if name in arrays and arrays[name].ndim == 1), None)
    return None if name is None else [text_of(value) for value in arrays[name].tolist()]


def distinct_texts(array: npt.NDArray[Any]) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Return the distinct values as text in the order of their rows, and each row's place there."""
    kind = array.dtype.newbyteorder("=") if array.dtype.kind in "iufb" else np.dtype(object)
    plain = array.astype(kind, copy=False)
    try:
        codes, values = pd.factorize(plain, use_na_sentinel=False)
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise ContractError(
            f"a label holds {half!a}, half a character: name it otherwise"
        ) from error
    return [text_of(value) for value in values.tolist()], codes


def highest_class(
    scores: npt.NDArray[Any], name: str, place: Callable[[int], str] = "row {}".format
) -> npt.NDArray[np.intp]:
    """Return the class with the highest score of each sample, shape (samples,).

    Of equals the first, as `argmax` of numpy, torch and TensorFlow gives. `scores` are
    probabilities or logits, shape (samples, classes); errors call them `name`, and say by `place`
    where a row is.
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


@dataclass
class Ranked:
    """Whether scores, seen piece by piece, stand in descending order in every row.

    So do the k highest scores of each sample, whose columns are ranks and no classes. Rows that
    are all the same say nothing: a collapsed network answers so.
    """

    rows: int = 0
    descending: bool = True
    first: npt.NDArray[Any] | None = None
    differ: bool = False

    def add(self, scores: npt.NDArray[Any]) -> None:
        """See a piece, shape (samples, classes)."""
        if not self.descending or not len(scores):
            return
        self.descending = bool((scores[:, :-1] >= scores[:, 1:]).all())
        self.first = scores[0] if self.first is None else self.first
        self.differ = self.differ or bool((scores != self.first).any())
        self.rows += len(scores)

    @property
    def looks_ranked(self) -> bool:
        """Whether chance or a constant network would hardly leave such scores."""
        wide = self.first is not None and len(self.first) > 2
        return wide and self.descending and self.differ and self.rows >= 5


def labels_of(
    values: object, name: str, names: list[str] | None, truth: npt.NDArray[np.object_] | None = None
) -> npt.NDArray[np.object_]:
    """Return labels as text, shape (samples,); of scores the class with the highest.

    `names` are the labels that the caller gives to numbers, or to the columns of scores. `truth`
    are the true labels; None for the true labels themselves, which are no scores.
    """
    array = as_array(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim > 2 or 0 in array.shape:
        raise ContractError(
            f"{name} has shape {array.shape}: give labels (samples,) or scores (samples, classes)"
        )
    if array.ndim == 1:
        if array.dtype.kind not in "iubfOUST":
            raise ContractError(f"{name} holds {array.dtype}, but labels are numbers or text")
        own = LabelCodes()
        codes = own.coded("the label", *distinct_texts(array), lambda row: f"{name}, row {row}")
        return np.array(_named(own.texts, names, name), dtype=object)[codes]
    if truth is None:
        raise ContractError(f"{name} has shape {array.shape}: give one label per sample")
    width = array.shape[1]
    if names is not None and len(names) != width:
        raise ContractError(f"{name} has scores for {width} classes, but labels names {len(names)}")
    columns = names or [str(place) for place in range(width)]
    # Are numbered columns of scores other labels? Then 1 may be the first class.
    strange = in_class_order(set(truth.tolist()) - set(columns)) if names is None else []
    if strange:
        raise ContractError(
            f"y_true holds {strange[0]!r}, but the columns of scores in {name} are 0 to "
            f"{width - 1}: say labels=[...], the label of each column in order, or number "
            "the true labels from 0"
        )
    best = highest_class(array, name)
    ranked = Ranked()
    ranked.add(array)
    if names is None and ranked.looks_ranked:
        raise ContractError(
            f"{name}: in every row the first score is the highest and the last the lowest: are "
            "these the k best of each sample, and no columns of classes? Give the answers, or say "
            "labels=[...], the label of each column"
        )
    return np.array(columns, dtype=object)[best]


def _named(texts: list[str], names: list[str] | None, name: str) -> list[str]:
    """Return texts with positions into `names` replaced, where they are no names themselves."""
    if names is None or set(texts) <= set(names):
        return texts
    if all(text.isdecimal() and int(text) < len(names) for text in texts):
        return [names[int(text)] for text in texts]
    strange = next(text for text in texts if text not in names)
    raise ContractError(f"{name} holds {strange!r}, which labels does not name")
