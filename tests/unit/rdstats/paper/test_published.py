"""The printed numbers, and what is doubtful about them."""

from __future__ import annotations

import statistics
from collections import Counter

from rdstats.paper.places import BELOW, EXACTLY, Entry, is_doubtful, published

# Test images per class of MNIST, as its label file has them.
MNIST_TEST_IMAGES = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)


def test_every_table_of_the_paper_is_there() -> None:
    """As many numbers as the paper prints: rows times columns of each table."""
    counts = Counter(entry.table for entry in published())
    tests = {"1": 20, "2": 20, "3": 16, "4": 16, "5": 20, "6": 20, "7": 15, "8": 30, "9": 25}
    means = {"10": 16, "11": 66, "12": 62, "13": 9, "G": 9}
    assert counts == {**tests, **means}


def test_a_bound_is_not_a_number() -> None:
    """The bound "< 0.001" is kept apart from "0.001"."""
    bound = published()[Entry("1", "2 vs 4", "ResNet-20")]
    number = published()[Entry("1", "2 vs 4", "ResNet-32")]
    assert (bound.relation, bound.value) == (BELOW, 0.001)
    assert (number.relation, number.value) == (EXACTLY, 0.001)


def test_tables_8_and_9_disagree_for_one_entry() -> None:
    """Both print MP against UP on ResNet-56: p times 6 there, p times 25 here."""
    disagree = []
    for ratio in ("2", "4", "10", "20", "50"):
        eighth = published()[Entry("8", "MP vs UP", f"t={ratio}")]
        ninth = published()[Entry("9", ratio, "ResNet-56")]
        low, high = (
            (0.0, eighth.value)
            if eighth.relation == BELOW
            else (eighth.value - 0.0005, eighth.value + 0.0005)
        )
        least, most = min(low / 6 * 25, 1.0), min(high / 6 * 25, 1.0)
        if eighth.value == 1.0:
            most = 1.0  # capped: any larger p prints the same
        if ninth.relation == BELOW:
            fits = least < ninth.value
        else:
            fits = least - 0.0005 <= ninth.value <= most + 0.0005
        if not fits:
            disagree.append(ratio)
    assert disagree == ["10"]


def test_the_row_of_mnist_in_table_11_is_the_variance_of_class_sizes() -> None:
    """Counts / 1000 at accuracy 0.989: 0.989² times the variance of the class sizes / 1000."""
    accuracy = published()[Entry("10", "LeNet / MNIST / MP", "accuracy")].value
    thousands = [accuracy * images / 1000 for images in MNIST_TEST_IMAGES]
    row = "MNIST @ LeNet -> MP"
    assert round(statistics.variance(thousands), 4) == published()[Entry("11", row, "Before")].value
    assert is_doubtful(Entry("11", row, "Before"))
    assert is_doubtful(Entry("11", "CIFAR-100 @ ResNet-56 -> MP", "Ratio 50"))
    assert not is_doubtful(Entry("11", "Fashion @ LeNet -> MP", "Before"))
