"""The four families of tests of Section 7, as data, and the comparisons they make of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise
from typing import Any

from data_contracts.schema import NETWORK, RATIO_FAMILY
from rdstats.errors import StatsError
from rdstats.output.words import column_key, ratio_text
from rdstats.statistics.ttests import GREATER, LESS, TWO_SIDED
from rdstats.tables.counts import ConditionKey

Pairs = tuple[tuple[str, str], ...]
every_pair = partial(combinations, r=2)  # each level with every later one

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


def both_there(pairs: Pairs, levels: Sequence[str]) -> Pairs:
    """Keep the pairs of which both levels are there."""
    return tuple(pair for pair in pairs if set(pair) <= set(levels))


@dataclass(frozen=True)
class Family:
    """Which tests belong together, which side they take, and whether models are paired."""

    along: str  # the column whose levels are compared
    hypothesis: str  # H_a in words; the first of a pair is the left one
    alternative: str  # of first minus second
    paired: bool  # whether both arms are the same models, compressed differently
    pair_up: Callable[[Sequence[str]], Iterable[tuple[str, str]]]  # from the levels in order
    within: tuple[str, ...]  # what all tests of one family share: a column of the paper's table
    free: tuple[str, ...] = ()  # what arms share where they can, and else differ in, as studies


FAMILIES = {
    "ratio": Family(  # Tables 1 to 4
        along="ratio",
        hypothesis="the slope rises with the pruning ratio",
        alternative=LESS,
        paired=True,
        pair_up=pairwise,
        within=RATIO_FAMILY,
    ),
    "architecture": Family(  # Tables 5 and 6
        along="architecture",
        hypothesis="the slope of the smaller architecture is above that of the larger",
        alternative=GREATER,
        paired=False,
        pair_up=pairwise,
        within=("dataset", "method", "ratio"),
        free=("study",),
    ),
    "dataset": Family(  # Table 7
        along="dataset",
        hypothesis="the slope of the simpler data set is below that of the harder",
        alternative=LESS,
        paired=False,
        pair_up=partial(both_there, DATASET_PAIRS),
        within=("method", "ratio"),
        free=("architecture", "study"),
    ),
    "method": Family(  # Tables 8 and 9
        along="method",
        hypothesis="the slopes of the two methods differ",
        alternative=TWO_SIDED,
        paired=True,
        pair_up=every_pair,
        within=(*NETWORK, "ratio"),
    ),
}


@dataclass(frozen=True)
class Comparison:
    """Two conditions, compared as first minus second."""

    first: ConditionKey
    second: ConditionKey
    levels: tuple[str, str]  # what they have in the compared column, as in `("2", "4")`

    @property
    def text(self) -> str:
        """The comparison as printed, `2 vs 4`."""
        return " vs ".join(self.levels)


@dataclass(frozen=True)
class Group:
    """One family of comparisons: a column of one of the paper's tables."""

    label: str
    comparisons: tuple[Comparison, ...]


_Block = tuple[tuple[ConditionKey, ...], tuple[str, ...]]
"""Conditions of which each level has one at each ratio, and the columns that all share."""


def design(
    family: Family,
    keys: Sequence[ConditionKey],
    *,
    ratios: Sequence[float] = (),
    order: Sequence[str] | None = None,
    pairs: Pairs | None = None,
) -> list[Group]:
    """Return the groups of comparisons that a family makes of these conditions.

    Only `ratios` are shown, all if empty; which levels are compared does not depend on it. `order`
    has the levels to compare, `pairs` the pairs, instead of the family's.

    Raises:
        StatsError: A level is unknown or alone, order and pairs are both given, there is nothing to
            compare, or a level stands in several studies or architectures that the others do not
            share.
    """
    known = _levels(family.along, keys)
    if order is not None and (pairs is not None or len(order) < 2):
        raise StatsError(
            "order and pairs both say what is compared: give one of them"
            if pairs is not None
            else f"the order {order[0]} names one level: name two or more to compare"
        )
    for level in [*(order or ()), *(level for pair in pairs or () for level in pair)]:
        if level not in known:
            raise StatsError(f"no {family.along} {level} to compare; known: {', '.join(known)}")
    several_studies = len({key.study for key in keys}) > 1
    named = [name for name in RATIO_FAMILY if several_studies or name != "study"]
    groups: list[Group] = []
    within = tuple(column for column in family.within if column != "ratio")
    for members in _split(keys, within):
        chosen = _pairs_of(family, _levels(family.along, members), order, pairs)
        compared = {level for pair in chosen for level in pair}
        kept = tuple(key for key in members if _level(key, family.along) in compared)
        blocks: list[_Block] = [(kept, within)] if kept else []
        for column in family.free:
            blocks = [part for block in blocks for part in _settled(family, block, column)]
        for block, shared in blocks:
            parts = [getattr(block[0], name) for name in named if name in shared]
            groups += _groups(family.along, block, chosen, ratios, parts)
    if not groups:
        raise StatsError(_nothing_to_compare(family, known, pairs))
    return groups


def _pairs_of(
    family: Family, levels: Sequence[str], order: Sequence[str] | None, pairs: Pairs | None
) -> Pairs:
    """Return the pairs of a block of which both levels are there."""
    if pairs is not None:
        return both_there(pairs, levels)
    if order is not None:
        pair_up = every_pair if family.pair_up is every_pair else pairwise
        return tuple(pair_up([level for level in order if level in levels]))
    return tuple(family.pair_up(levels))


def _settled(family: Family, block: _Block, column: str) -> list[_Block]:
    """Settle a free column: split by it if all levels share its values, else one per level."""
    keys, shared = block
    of_level: dict[str, list[ConditionKey]] = {}
    for key in keys:
        of_level.setdefault(_level(key, family.along), []).append(key)
    values = {level: _distinct(column, members) for level, members in of_level.items()}
    if len({tuple(found) for found in values.values()}) == 1:
        return [(members, (*shared, column)) for members in _split(keys, (column,))]
    own = {level: _only(family, column, level, found) for level, found in values.items()}
    kept = tuple(key for key in keys if getattr(key, column) == own[_level(key, family.along)])
    return [(kept, shared)]


def _only(family: Family, column: str, level: str, found: Sequence[str]) -> str:
    """Return the one value that a level has, or the paper's default of several."""
    if len(found) == 1:
        return found[0]
    default = DEFAULT_ARCHITECTURES.get(level, "") if column == "architecture" else ""
    if default in found:
        return default
    kind = "studies" if column == "study" else f"{column}s"
    raise StatsError(
        f"along {family.along}: {level} stands in several {kind} ({', '.join(found)}) that the "
        f"other arms do not share, and models of two {kind} are never pooled; choose with "
        f"--where {column}={found[0]}, or give fewer tables"
    )


def _groups(
    along: str,
    block: Sequence[ConditionKey],
    pairs: Pairs,
    ratios: Sequence[float],
    parts: Sequence[str],
) -> list[Group]:
    """Return the groups of one block: one per ratio, or one in all along the ratio."""
    of_level = {_level(key, along): key for key in block}

    def group(label: Sequence[str], ratio: float | None = None) -> Group:
        keys = of_level
        if ratio is not None:
            keys = {level: key._replace(ratio=ratio) for level, key in of_level.items()}
        rows = tuple(Comparison(keys[one], keys[two], (one, two)) for one, two in pairs)
        return Group(", ".join(label), rows)

    if along == "ratio":
        return [group(parts)]
    shown = sorted({key.ratio for key in block} & set(ratios or (key.ratio for key in block)))
    return [group([*parts, f"t = {ratio_text(ratio)}"], ratio) for ratio in shown]


def _nothing_to_compare(family: Family, levels: Sequence[str], pairs: Pairs | None) -> str:
    """Say why there is no pair."""
    if len(levels) == 1:
        return (
            f"nothing to compare along {family.along}: there is {levels[0]} only; "
            "leave out a --where, or add tables"
        )
    if family.along == "dataset" and pairs is None:
        return (
            f"none of the paper's pairs of data sets is here ({', '.join(levels)}); which is "
            "simpler is yours to say: --pairs with the simpler one first"
        )
    same = ", ".join(column for column in family.within if column != "ratio")
    return (
        f"nothing to compare along {family.along}: no two of {', '.join(levels)} share their "
        f"{same}; leave out a --where, or add tables"
    )


def _split(keys: Iterable[ConditionKey], columns: Sequence[str]) -> list[tuple[ConditionKey, ...]]:
    """Return the keys of each distinct combination of these columns."""
    members: dict[tuple[str, ...], list[ConditionKey]] = {}
    for key in keys:
        members.setdefault(tuple(getattr(key, column) for column in columns), []).append(key)
    return [tuple(found) for found in members.values()]


def _levels(along: str, keys: Iterable[ConditionKey]) -> list[str]:
    """Return the levels of the compared column in display order, as text."""
    return [ratio_text(v) if along == "ratio" else v for v in _distinct(along, keys)]


def _level(key: ConditionKey, along: str) -> str:
    """Return the level of one condition, as text."""
    return _levels(along, [key])[0]


def _distinct(column: str, keys: Iterable[ConditionKey]) -> list[Any]:
    """Return the distinct values of a column, in display order."""
    return sorted({getattr(key, column) for key in keys}, key=column_key(column))
