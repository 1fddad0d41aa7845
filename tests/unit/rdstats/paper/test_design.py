"""The paper's tables as data: stated here by hand from its captions; and the printed numbers."""

from __future__ import annotations

import re
import statistics
from collections import Counter

import pytest

from rdstats.paper.design import (
    BEFORE,
    BELOW,
    PaperCondition,
    Printed,
    listed_conditions,
    table_designs,
)

TABLES = {design.name: design for design in table_designs()}
CELLS = {(name, cell.row, cell.column): cell for name in TABLES for cell in TABLES[name].cells}
RESNET = "ResNet-56"
SHORT = {"LeNet5": "LeNet", "Fashion-MNIST": "Fashion"}

# Test images per class of MNIST, as its label file has them.
MNIST_TEST_IMAGES = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)


def test_every_table_of_the_paper_is_there() -> None:
    """As many numbers as the paper prints: rows times columns of each table."""
    tests = {"1": 20, "2": 20, "3": 16, "4": 16, "5": 20, "6": 20, "7": 15, "8": 30, "9": 25}
    means = {"10": 16, "11": 66, "12": 62, "13": 9, "G": 9}
    assert Counter(name for name, _, _ in CELLS) == {**tests, **means}
    # The bound "< 0.001" is kept apart from "0.001".
    assert CELLS["1", "2 vs 4", "ResNet-20"].printed == Printed(BELOW, 0.001)
    assert CELLS["1", "2 vs 4", "ResNet-32"].printed == Printed("=", 0.001)


MP, UP = ("CIFAR-10", None, "MP"), ("CIFAR-10", None, "UP")


@pytest.mark.parametrize(
    ("name", "along", "shared", "side", "paired", "tests"),
    [
        ("1", "ratio", MP, "less", True, 4),  # H_a: alpha(t_i) < alpha(t_i+1), paired, by column
        ("2", "ratio", UP, "less", True, 4),
        ("3", "ratio", (None, None, "MP"), "less", True, 4),
        ("4", "ratio", ("CIFAR-10", RESNET, None), "less", True, 4),
        ("5", "architecture", MP, "greater", False, 4),  # H_a: smaller > larger, independent
        ("6", "architecture", UP, "greater", False, 4),
        ("7", "dataset", (None, None, "MP"), "less", False, 3),  # H_a: simpler < harder
        ("8", "method", ("CIFAR-10", RESNET, None), "two-sided", True, 6),  # all pairs of four
        ("9", "method", ("CIFAR-10", None, None), "two-sided", True, 25),  # "all 25 at once"
    ],
)
def test_tests_are_those_of_the_captions_and_of_the_labels(
    name: str, along: str, shared: tuple[str | None, ...], side: str, paired: bool, tests: int
) -> None:
    """Appendix A, table by table: sides, families, and the two conditions of every cell."""
    table = TABLES[name]
    assert (table.family.alternative, table.family.paired) == (side, paired)
    assert (table.along, table.family_size) == (along, tests)
    for cell in table.cells:
        first, second = cell.conditions
        for one in cell.conditions:
            assert all(part in (None, of) for part, of in zip(shared, one, strict=False))
            if name in ("3", "7"):  # each data set on its default architecture
                assert one.architecture == ("LeNet5" if "MNIST" in one.dataset else RESNET)
        differing = {
            part for part in first._fields if getattr(first, part) != getattr(second, part)
        }
        assert differing - {"architecture"} == {along} - {"architecture"}
        levels = [
            f"{one.ratio:g}" if along == "ratio" else SHORT.get(level, level)
            for one in cell.conditions
            for level in [getattr(one, along)]
        ]
        if name == "9":
            assert (*levels, f"{first.ratio:g}") == ("MP", "UP", cell.row)
        else:
            assert [level.removeprefix("ResNet-") for level in levels] == cell.row.split(" vs ")
        shown = {SHORT.get(part, part) for part in first[:3]} | {f"t={first.ratio:g}"}
        assert cell.column in shown


def named(label: str, ratio: float = BEFORE) -> PaperCondition:
    """Return the condition that a label of Table 10 or 11 names, by the paper's short names."""
    names = {short: name for name, short in SHORT.items()}
    found = {names.get(part, part) for part in re.split(" (?:/|@|->) ", label)}
    (dataset,) = found & {"MNIST", "Fashion-MNIST", "CIFAR-10", "CIFAR-100"}
    (method,) = found & {"MP", "GP", "UP", "RP"}
    (architecture,) = found - {dataset, method}
    return PaperCondition(dataset, architecture, method, ratio)


def test_means_are_of_the_conditions_that_their_labels_name() -> None:
    """Tables 10 to 13: data set, network, method, ratio, and what of them."""
    for (name, row, column), cell in CELLS.items():
        if name not in ("10", "11", "12", "13", "G"):
            continue
        (found,) = cell.conditions
        before = column in ("Before", "accuracy") or row in ("level 0", "ratio 1.00")
        when = " before" if before else " after"
        assert (found.ratio == BEFORE) == before
        if name in ("10", "11"):
            ratio = BEFORE if before else float(column.removeprefix("Ratio "))
            assert found == named(row, ratio)
            what = "accuracy" if name == "10" else "variance of recall"
            assert cell.quantity == f"{what}{when}"
        elif name == "G":
            assert found == PaperCondition("CIFAR-10", "ResNet-32", "MP", 20.0)
            assert cell.quantity == column
        else:
            place = float(row.split()[1])
            ratio, method = (place, "CHIP") if name == "13" else (round(0.8**-place, 4), "LTH")
            assert found == PaperCondition("CIFAR-10", RESNET, method, ratio)
            quantities = {
                "Pruning ratio": f"pruning ratio{' before' if before else ''}",
                "Accuracy": f"accuracy{when}",
                "Intensification": "slope",
            }
            assert cell.quantity == quantities[column]


def test_a_row_has_a_cell_per_column_and_dashes_at_its_end() -> None:
    """Intensification before pruning is not printed."""
    for design in TABLES.values():
        assert {len(labels) + len(cells) for labels, cells in design.rows} == {len(design.headings)}
    rows = [(name, labels, cells) for name in TABLES for labels, cells in TABLES[name].rows]
    dashed = [(name, labels) for name, labels, cells in rows if None in cells]
    assert dashed == [("12", ("0",)), ("13", ("1.00",))]


def test_tables_8_and_9_disagree_for_one_entry() -> None:
    """Both print MP against UP on ResNet-56: p times 6 there, p times 25 here."""
    disagree = []
    for ratio in ("2", "4", "10", "20", "50"):
        eighth = CELLS["8", "MP vs UP", f"t={ratio}"].printed
        ninth = CELLS["9", ratio, "ResNet-56"].printed
        is_bound = eighth.relation == BELOW
        least = 0.0 if is_bound else min((eighth.value - 0.0005) / 6 * 25, 1.0)
        most = min((eighth.value + 0.0005 * (not is_bound)) / 6 * 25, 1.0)
        if eighth.value == 1.0:
            most = 1.0  # capped: any larger p prints the same
        fits = least - 0.0005 <= ninth.value <= most + 0.0005
        if not (least < ninth.value if ninth.relation == BELOW else fits):
            disagree.append(ratio)
    assert disagree == ["10"]


def test_the_row_of_mnist_in_table_11_is_the_variance_of_class_sizes() -> None:
    """Counts / 1000 at accuracy 0.989: 0.989² times the variance of the class sizes / 1000."""
    accuracy = CELLS["10", "LeNet / MNIST / MP", "accuracy"].printed.value
    thousands = [accuracy * images / 1000 for images in MNIST_TEST_IMAGES]
    row = "MNIST @ LeNet -> MP"
    assert round(statistics.variance(thousands), 4) == CELLS["11", row, "Before"].printed.value
    assert TABLES["11"].doubtful == (row, "CIFAR-100 @ ResNet-56 -> MP")


def test_missing_conditions_are_listed_by_what_was_trained() -> None:
    """A line per subject, ratios in order; unpruned models only where nothing else is missing."""
    conditions = [
        PaperCondition("CIFAR-10", "ResNet-20", "MP", 10.0),
        PaperCondition("CIFAR-10", "ResNet-20", "MP", BEFORE),
        PaperCondition("CIFAR-10", "ResNet-20", "MP", 2.0),
        PaperCondition("CIFAR-100", "ResNet-56", "UP", BEFORE),
        PaperCondition("CIFAR-10", "ResNet-56", "LTH", 1.5625),
    ]
    assert listed_conditions(conditions) == (
        "CIFAR-10, ResNet-20, MP: t = 2, 10",
        "CIFAR-100, ResNet-56, UP: any ratio",
        "CIFAR-10, ResNet-56, LTH: t = 1.56",
    )
