"""Tables 10 to 13 and Appendix G as data."""

from __future__ import annotations

import pytest

from rdstats.paper.estimates import MEASURES
from rdstats.paper.places import Entry, Place, published
from rdstats.paper.summaries import SUMMARY_TABLES, Cell

TABLES = {summary.name: summary for summary in SUMMARY_TABLES}


def cells_of(name: str) -> list[Cell]:
    """All cells of a table, row by row."""
    return [cell for _, cells in TABLES[name].rows for cell in cells if cell is not None]


@pytest.mark.parametrize("name", TABLES)
def test_rows_and_columns_are_printed_in_this_order(name: str) -> None:
    """The printed numbers come row by row; so do ours."""
    ours = [Entry(name, cell.row, cell.column) for cell in cells_of(name)]
    assert ours == [entry for entry in published() if entry.table == name]


@pytest.mark.parametrize("name", TABLES)
def test_every_printed_number_has_no_more_decimals_than_we_show(name: str) -> None:
    """What is printed as 0.004 in Table 11 is 0.0040."""
    for cell in cells_of(name):
        value = published()[Entry(name, cell.row, cell.column)].value
        assert round(value, cell.decimals) == value


def test_the_printed_numbers_are_of_30_10_and_15_models() -> None:
    """Section 6.1 and Appendix H."""
    models = {name: summary.models for name, summary in TABLES.items()}
    assert models == {"10": 30, "11": 30, "12": 10, "13": 15, "G": 30}


def test_every_measure_is_known() -> None:
    """Names in the data are names of functions."""
    assert {cell.measure for name in TABLES for cell in cells_of(name)} == set(MEASURES)


def test_the_levels_of_lth_are_powers_of_four_fifths() -> None:
    """Level L keeps 0.8 to the L of the prunable weights: 1.25 to 86.74."""
    ratios = [round(cell.place.ratio, 2) for cell in cells_of("12") if cell.measure == "slope"]
    printed = [
        number.value
        for entry, number in published().items()
        if entry.table == "12" and entry.column == "Pruning ratio"
    ]
    assert [1.0, *ratios] == printed
    assert (ratios[0], ratios[-1]) == (1.25, 86.74)


def test_only_table_11_is_bold_and_it_compares_with_before() -> None:
    """As its text says: "All the cases in which the recall variance after pruning is greater"."""
    assert [name for name, summary in TABLES.items() if summary.bold_above_first] == ["11"]
    first = cells_of("11")[0]
    assert first.measure == "variance of recall before"
    assert first.place.subject == Place("CIFAR-10", "ResNet-20", "MP", 2.0).subject
