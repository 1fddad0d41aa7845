"""The four families of tests of Section 7, as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from rdstats.statistics.ttests import GREATER, LESS, TWO_SIDED

Pairs = tuple[tuple[str, str], ...]


def consecutive(levels: Sequence[str]) -> Pairs:
    """Pair each level with the next."""
    return tuple(pairwise(levels))


def every(levels: Sequence[str]) -> Pairs:
    """Pair each level with every later one."""
    return tuple(combinations(levels, 2))


def published(levels: Sequence[str]) -> Pairs:
    """Keep the pairs of Table 7, simpler data set first, of which both levels are there."""
    return tuple(pair for pair in DATASET_PAIRS if set(pair) <= set(levels))


DATASET_PAIRS: Pairs = (
    ("MNIST", "CIFAR-10"),
    ("Fashion-MNIST", "CIFAR-10"),
    ("CIFAR-10", "CIFAR-100"),
)

# Section 6.2: "we use all the datasets with their default model". Only asked where data sets
# have different architectures and one of them has several.
DEFAULT_ARCHITECTURES = {
    "MNIST": "LeNet5",
    "Fashion-MNIST": "LeNet5",
    "CIFAR-10": "ResNet-56",
    "CIFAR-100": "ResNet-56",
}


@dataclass(frozen=True)
class Family:
    """Which tests belong together, which side they take, and whether models are paired.

    Attributes:
        along: The column whose levels are compared.
        tables: Where the paper prints them.
        hypothesis: H_a in words; the first of a pair is the left one.
        alternative: `less`, `greater` or `two-sided`, for first minus second.
        paired: Whether both arms are the same models, compressed differently.
        pair_up: Makes the pairs from the levels in order.
        within: What all tests of one family share: a column of the paper's table.
        free: What arms share where they can, and otherwise differ in, as study names do.
    """

    along: str
    tables: str
    hypothesis: str
    alternative: str
    paired: bool
    pair_up: Callable[[Sequence[str]], Pairs]
    within: tuple[str, ...]
    free: tuple[str, ...] = ()


FAMILIES = {
    "ratio": Family(
        along="ratio",
        tables="Tables 1 to 4",
        hypothesis="the slope rises with the pruning ratio",
        alternative=LESS,
        paired=True,
        pair_up=consecutive,
        within=("study", "dataset", "architecture", "method"),
    ),
    "architecture": Family(
        along="architecture",
        tables="Tables 5 and 6",
        hypothesis="the slope of the smaller architecture is above that of the larger",
        alternative=GREATER,
        paired=False,
        pair_up=consecutive,
        within=("dataset", "method", "ratio"),
        free=("study",),
    ),
    "dataset": Family(
        along="dataset",
        tables="Table 7",
        hypothesis="the slope of the simpler data set is below that of the harder",
        alternative=LESS,
        paired=False,
        pair_up=published,
        within=("method", "ratio"),
        free=("architecture", "study"),
    ),
    "method": Family(
        along="method",
        tables="Tables 8 and 9",
        hypothesis="the slopes of the two methods differ",
        alternative=TWO_SIDED,
        paired=True,
        pair_up=every,
        within=("study", "dataset", "architecture", "ratio"),
    ),
}
