"""Names in the order a reader expects."""

from __future__ import annotations

import pytest

from data_contracts.words import natural_key
from rdstats.output.words import column_key, ratio_text


def test_numbers_inside_names_count_as_numbers() -> None:
    """ResNet-110 comes last, m10 after m2."""
    names = ["ResNet-110", "ResNet-20", "LeNet5", "ResNet-56"]
    assert sorted(names, key=natural_key) == ["LeNet5", "ResNet-20", "ResNet-56", "ResNet-110"]
    assert sorted(["m10", "m2", "m1"], key=natural_key) == ["m1", "m2", "m10"]


def test_methods_come_in_the_paper_s_order() -> None:
    """None (the control), MP, GP, UP, RP, then others by name."""
    methods = ["LTH", "RP", "UP", "CHIP", "none", "MP", "GP"]
    order = "none MP GP UP RP CHIP LTH"
    assert sorted(methods, key=column_key("method")) == order.split()


@pytest.mark.parametrize(
    ("ratio", "text"), [(2.0, "2"), (1.25, "1.25"), (86.7362, "86.7362"), (1000.0, "1000")]
)
def test_ratios_are_written_without_noise(ratio: float, text: str) -> None:
    """2 and not 2.0; every decimal that is there."""
    assert ratio_text(ratio) == text


def test_a_name_of_thousands_of_digits_has_its_place() -> None:
    """`int` would refuse it; zeros in front decide only between equal numbers."""
    long = "m" + "9" * 5000
    assert sorted([long, "m10", "m02", "m2"], key=natural_key) == ["m02", "m2", "m10", long]
