"""Tables 1 to 9 as data: stated here by hand from the captions of the paper."""

from __future__ import annotations

import pytest

from rdstats.paper.p_values import P_VALUE_TABLES
from rdstats.paper.places import Entry, Place, published

TABLES = {tests.name: tests for tests in P_VALUE_TABLES}
RESNET = "ResNet-56"

# Table: alternative for first minus second, paired, tests that p is multiplied by.
CAPTIONS = {
    "1": ("less", True, 4),  # H_a: alpha(t_i) < alpha(t_i+1), paired-samples, by column
    "2": ("less", True, 4),
    "3": ("less", True, 4),
    "4": ("less", True, 4),
    "5": ("greater", False, 4),  # H_a: smaller > larger, independent-samples, by column
    "6": ("greater", False, 4),
    "7": ("less", False, 3),  # H_a: simpler < harder, three pairs
    "8": ("two-sided", True, 6),  # all pairs of four methods
    "9": ("two-sided", True, 25),  # "for all 25 comparisons at once"
}


@pytest.mark.parametrize("name", CAPTIONS)
def test_sides_pairings_and_family_sizes_are_those_of_the_captions(name: str) -> None:
    """Appendix A, table by table."""
    tests = TABLES[name]
    found = (tests.family.alternative, tests.family.paired, tests.family_size)
    assert found == CAPTIONS[name]


@pytest.mark.parametrize("name", CAPTIONS)
def test_rows_and_columns_are_printed_in_this_order(name: str) -> None:
    """The printed numbers come row by row; so do ours."""
    tests = TABLES[name]
    ours = [Entry(name, row.label, column.label) for row in tests.rows for column in tests.columns]
    assert ours == [entry for entry in published() if entry.table == name]


@pytest.mark.parametrize(
    ("name", "row", "column", "first", "second"),
    [
        ("1", "4 vs 10", "ResNet-32", ("CIFAR-10", "ResNet-32", "MP", 4.0), (..., ..., ..., 10.0)),
        ("2", "2 vs 4", "ResNet-20", ("CIFAR-10", "ResNet-20", "UP", 2.0), (..., ..., ..., 4.0)),
        ("3", "20 vs 50", "Fashion", ("Fashion-MNIST", "LeNet5", "MP", 20.0), (..., ..., ..., 50)),
        ("4", "10 vs 20", "RP", ("CIFAR-10", RESNET, "RP", 10.0), (..., ..., ..., 20.0)),
        ("5", "56 vs 110", "t=2", ("CIFAR-10", RESNET, "MP", 2.0), (..., "ResNet-110", ..., ...)),
        ("6", "44 vs 56", "t=50", ("CIFAR-10", "ResNet-44", "UP", 50.0), (..., RESNET, ..., ...)),
        (
            "7",
            "Fashion vs CIFAR-10",
            "t=10",
            ("Fashion-MNIST", "LeNet5", "MP", 10.0),
            ("CIFAR-10", RESNET, ..., ...),
        ),
        (
            "7",
            "CIFAR-10 vs CIFAR-100",
            "t=4",
            ("CIFAR-10", RESNET, "MP", 4.0),
            ("CIFAR-100", ..., ..., ...),
        ),
        ("8", "GP vs UP", "t=20", ("CIFAR-10", RESNET, "GP", 20.0), (..., ..., "UP", ...)),
        ("9", "50", "ResNet-44", ("CIFAR-10", "ResNet-44", "MP", 50.0), (..., ..., "UP", ...)),
    ],
)
def test_a_cell_compares_the_two_conditions_that_its_labels_name(
    name: str, row: str, column: str, first: tuple[object, ...], second: tuple[object, ...]
) -> None:
    """First minus second; `...` stands for what the second shares with the first."""
    tests = TABLES[name]
    (of_row,) = [line for line in tests.rows if line.label == row]
    (of_column,) = [line for line in tests.columns if line.label == column]
    expected = tuple(
        one if other is ... else other for one, other in zip(first, second, strict=True)
    )
    assert tuple(map(tuple, tests.arms(of_row, of_column))) == (first, expected)


def test_a_place_reads_as_words() -> None:
    """In statuses and lists of what is missing."""
    assert Place("CIFAR-10", "ResNet-20", "MP", 2.0).label == "CIFAR-10, ResNet-20, MP, t = 2"
