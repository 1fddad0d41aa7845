"""Counts recovered from rounded recalls are the true ones, or there are none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from data_contracts import ContractError
from data_contracts.importers.recalls import decimals_of, recovered_count


@given(st.integers(1, 20_000), st.floats(0, 1), st.integers(1, 6))
def test_a_recovered_count_is_the_true_one(samples: int, share: float, decimals: int) -> None:
    """Whatever was printed; and with enough decimals (10**d >= samples) it is always recovered."""
    correct = round(share * samples)
    printed = f"{correct / samples:.{decimals}f}"
    try:
        assert recovered_count(printed, samples, decimals, "the recall is") == correct
    except ContractError:
        assert 10**decimals < samples


@given(st.integers(1, 200_000), st.floats(0, 1))
def test_an_unrounded_recall_gives_its_count(samples: int, share: float) -> None:
    """As Python prints the quotient; short ones (0.5) are read with the decimals of the file."""
    correct = round(share * samples)
    printed = repr(correct / samples)
    decimals = max(decimals_of([printed]), 7)
    assert recovered_count(printed, samples, decimals, "the recall is") == correct
