"""An id is the same number in every file, whatever other ids stand beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_contracts.importers.labels import hashed_ids, hashed_numbers
from data_contracts.importers.read.pieces import open_predictions


def test_a_whole_number_is_the_same_id_beside_names_and_beside_numbers() -> None:
    """Pieces of numbers alone take a faster way to the same result."""
    numbers = hashed_ids(["7", "0", "123456789012345678"], np.array([0, 1, 2]))
    mixed = hashed_ids(["a.png", "7.0", "0", " 123456789012345678 "], np.array([1, 2, 3, 0]))
    assert mixed[:3].tolist() == numbers.tolist()
    assert mixed[3] not in numbers


def test_ids_that_differ_get_other_numbers() -> None:
    """007 is a name and not 7; a million numbers stay a million."""
    assert len(set(hashed_ids(["7", "007", "-7", "seven"], np.arange(4)).tolist())) == 4
    texts = [str(number) for number in range(1_000_000)]
    assert len(np.unique(hashed_ids(texts, np.arange(1_000_000)))) == 1_000_000


@pytest.mark.parametrize("numbers", [[7, 0, 123], [7, -1], [10**18, 7], []])
def test_a_number_is_the_same_id_as_its_digits(numbers: list[int]) -> None:
    """Those below 0 or of more than 18 digits too, which take the slower way."""
    array = np.array(numbers, dtype=np.int64)
    expected = hashed_ids([str(number) for number in numbers])
    assert hashed_numbers(array).tolist() == expected.tolist()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
@pytest.mark.parametrize("ids", [[7, 0, 123], [7, -1, 10**18], ["a.png", "b.png", "007"]])
def test_a_sample_has_the_same_id_in_any_kind_of_file(
    tmp_path: Path, suffix: str, ids: list[int] | list[str]
) -> None:
    """One file may be csv and the other Parquet or arrays."""
    path = tmp_path / f"p{suffix}"
    frame = pd.DataFrame({"id": ids, "y_true": [0, 1, 1]})
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    elif suffix == ".parquet":
        frame.to_parquet(path)
    else:
        np.savez(path, id=np.array(ids), y_true=frame["y_true"])
    (piece,) = open_predictions(path).pieces(["id", "y_true"], [], ["id"])
    assert piece.ids("id").tolist() == hashed_ids([str(each) for each in ids]).tolist()
    assert sorted(piece.labels("id")[0]) == sorted(str(each) for each in ids)
