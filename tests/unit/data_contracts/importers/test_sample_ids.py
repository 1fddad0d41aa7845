"""An id is the same number in every file, whatever other ids stand beside it."""

from __future__ import annotations

import numpy as np

from data_contracts.importers.sample_ids import hashed_ids


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
