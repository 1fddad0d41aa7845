"""The families of tests as the paper printed them, and as a study of one's own calls for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from rdstats.errors import StatsError
from rdstats.tables.counts import ConditionKey
from rdstats.tables.designs import FAMILIES, Group, Pairs, design

RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)
RESNETS = ("ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56", "ResNet-110")


def keys(
    dataset: str, architecture: str, methods: Sequence[str], study: str = ""
) -> list[ConditionKey]:
    """Return the conditions of one data set and architecture, a study of their own by default."""
    network = study or f"{dataset}-{architecture}", dataset, architecture
    return [ConditionKey(*network, method, ratio) for method in methods for ratio in RATIOS]


# Section 6: ResNet-56 with all four methods, the other ResNets with MP and UP, the other data
# sets with their default architecture and MP.
PAPER = [
    *(
        key
        for resnet in RESNETS
        if resnet != "ResNet-56"
        for key in keys("CIFAR-10", resnet, ["MP", "UP"])
    ),
    *keys("CIFAR-10", "ResNet-56", ["MP", "GP", "UP", "RP"]),
    *keys("CIFAR-100", "ResNet-56", ["MP"]),
    *keys("MNIST", "LeNet5", ["MP"]),
    *keys("Fashion-MNIST", "LeNet5", ["MP"]),
]


def paper(along: str, pairs: Pairs | None = None, **where: str) -> list[Group]:
    """Return the design of one of the paper's tables."""
    chosen = [key for key in PAPER if all(getattr(key, k) == v for k, v in where.items())]
    return design(FAMILIES[along], chosen, pairs=pairs)


def texts(group: Group) -> list[str]:
    """Return the rows of a group."""
    return [comparison.text for comparison in group.comparisons]


RATIO_ROWS = ["2 vs 4", "4 vs 10", "10 vs 20", "20 vs 50"]
RESNET_ROWS = [f"{smaller} vs {larger}" for smaller, larger in pairwise(RESNETS)]
DATASET_ROWS = ["MNIST vs CIFAR-10", "Fashion-MNIST vs CIFAR-10", "CIFAR-10 vs CIFAR-100"]
METHOD_ROWS = ["MP vs GP", "MP vs UP", "MP vs RP", "GP vs UP", "GP vs RP", "UP vs RP"]
ON_CIFAR = {"dataset": "CIFAR-10"}
ON_RESNET_56 = ON_CIFAR | {"architecture": "ResNet-56"}


@pytest.mark.parametrize(
    ("along", "where", "pairs", "columns", "rows"),
    [
        # Tables 1 to 4: within each architecture, data set or method.
        ("ratio", ON_CIFAR | {"method": "MP"}, None, 5, RATIO_ROWS),
        ("ratio", ON_CIFAR | {"method": "UP"}, None, 5, RATIO_ROWS),
        ("ratio", {"architecture": "LeNet5"}, None, 2, RATIO_ROWS),
        ("ratio", {"architecture": "ResNet-56", "method": "MP"}, None, 2, RATIO_ROWS),
        ("ratio", ON_RESNET_56, None, 4, RATIO_ROWS),
        # Tables 5 and 6: each architecture is a study of its own.
        ("architecture", ON_CIFAR | {"method": "MP"}, None, 5, RESNET_ROWS),
        ("architecture", ON_CIFAR | {"method": "UP"}, None, 5, RESNET_ROWS),
        # Table 7: CIFAR-10 has five architectures, of which ResNet-56 is the default.
        ("dataset", {"method": "MP"}, None, 5, DATASET_ROWS),
        ("method", ON_RESNET_56, None, 5, METHOD_ROWS),  # Table 8
        ("method", ON_CIFAR, (("MP", "UP"),), 25, ["MP vs UP"]),  # Table 9
    ],
)
def test_the_tables_of_the_paper(
    along: str, where: dict[str, str], pairs: Pairs | None, columns: int, rows: list[str]
) -> None:
    """Their columns are groups, each a family of its own, their rows comparisons."""
    groups = paper(along, pairs, **where)
    assert [texts(group) for group in groups] == [rows] * columns


def test_groups_are_named_by_what_their_arms_share() -> None:
    """And the arms by what each has for itself: a study, a default architecture."""
    groups = paper("architecture", dataset="CIFAR-10", method="MP")
    assert [g.label for g in groups] == [f"CIFAR-10, MP, t = {t}" for t in (2, 4, 10, 20, 50)]
    assert groups[0].comparisons[0].second.study == "CIFAR-10-ResNet-32"
    groups = paper("dataset", method="MP")
    assert [group.label for group in groups] == [f"MP, t = {t}" for t in (2, 4, 10, 20, 50)]
    first, second = groups[0].comparisons[0].first, groups[0].comparisons[0].second
    assert (first.architecture, second.architecture) == ("LeNet5", "ResNet-56")
    by_method = paper("ratio", None, **ON_RESNET_56)
    assert [group.label.split(", ")[-1] for group in by_method] == ["MP", "GP", "UP", "RP"]


def test_neither_a_missing_condition_nor_a_look_at_one_ratio_changes_a_family() -> None:
    """GP was never run at ratio 50: that column has all rows. Ratio 20 alone is as among all."""
    there = [k for k in keys("digits", "LeNet5", ["MP", "GP", "UP"]) if k[3:] != ("GP", 50.0)]
    whole = design(FAMILIES["method"], there)
    assert [len(group.comparisons) for group in whole] == [3, 3, 3, 3, 3]
    assert design(FAMILIES["method"], there, ratios=[20.0]) == [whole[3]]


def test_data_sets_that_share_their_architectures_are_compared_within_each() -> None:
    """Two data sets by two architectures: a group per architecture and ratio."""
    everything = [
        key
        for dataset in ("MNIST", "CIFAR-10")
        for architecture in ("LeNet5", "ResNet-20")
        for key in keys(dataset, architecture, ["MP"])
    ]
    groups = design(FAMILIES["dataset"], everything)
    assert len(groups) == 10
    assert groups[0].label == "LeNet5, MP, t = 2"
    assert {c.first.architecture for c in groups[0].comparisons} == {"LeNet5"}


def test_two_whole_studies_are_kept_apart() -> None:
    """Both studies have both architectures: compared within each, never across."""
    everything = [
        key
        for study in ("one", "two")
        for architecture in ("ResNet-20", "ResNet-32")
        for key in keys("CIFAR-10", architecture, ["MP"], study)
    ]
    groups = design(FAMILIES["architecture"], everything, ratios=[2.0])
    labels = [group.label for group in groups]
    assert labels == [f"{study}, CIFAR-10, MP, t = 2" for study in ("one", "two")]
    for group in groups:
        assert all(c.first.study == c.second.study for c in group.comparisons)


def test_order_and_pairs_replace_the_natural_ones() -> None:
    """Levels left out of an order are not compared."""
    everything = [key for resnet in RESNETS for key in keys("CIFAR-10", resnet, ["MP"])]
    family = FAMILIES["architecture"]
    order = ["ResNet-110", "ResNet-44", "ResNet-20"]
    rows = ["ResNet-110 vs ResNet-44", "ResNet-44 vs ResNet-20"]
    assert texts(design(family, everything, order=order)[0]) == rows
    pairs = (("ResNet-20", "ResNet-110"),)
    assert texts(design(family, everything, pairs=pairs)[0]) == ["ResNet-20 vs ResNet-110"]
    methods = keys("digits", "LeNet5", ["MP", "GP", "UP"])
    groups = design(FAMILIES["method"], methods, order=["UP", "GP", "MP"])
    assert texts(groups[0]) == ["UP vs GP", "UP vs MP", "GP vs MP"]


def test_ratios_that_are_no_whole_numbers_find_their_condition_again() -> None:
    """LTH's ratios have decimals; the name in the table leads back to the number."""
    lth = [ConditionKey("s", "CIFAR-10", "ResNet-56", "LTH", t) for t in (1.25, 1.5625, 86.7362)]
    (group,) = design(FAMILIES["ratio"], lth)
    assert texts(group) == ["1.25 vs 1.5625", "1.5625 vs 86.7362"]
    assert group.comparisons[1].second == lth[2]


MP_AND_UP = keys("digits", "LeNet5", ["MP", "UP"])


@pytest.mark.parametrize(
    ("along", "everything", "options", "message"),
    [
        # Which models are meant, and which architecture stands for digits? Nobody has said.
        (
            "architecture",
            [
                *keys("CIFAR-10", "ResNet-20", ["MP"], "one"),
                *keys("CIFAR-10", "ResNet-20", ["MP"], "two"),
                *keys("CIFAR-10", "ResNet-32", ["MP"], "two"),
            ],
            {},
            r"ResNet-20 stands in several studies \(one, two\)",
        ),
        (
            "dataset",
            [
                *keys("digits", "LeNet5", ["MP"]),
                *keys("digits", "ResNet-20", ["MP"]),
                *keys("MNIST", "LeNet5", ["MP"]),
            ],
            {"pairs": (("digits", "MNIST"),)},
            "digits stands in several architectures",
        ),
        ("method", keys("digits", "LeNet5", ["MP"]), {}, "along method: there is MP only"),
        (
            "dataset",
            [*keys("digits", "LeNet5", ["MP"]), *keys("MNIST", "LeNet5", ["MP"])],
            {},
            "none of the paper's pairs of data sets is here",
        ),
        (
            "architecture",
            [*keys("digits", "LeNet5", ["MP"]), *keys("MNIST", "ResNet-20", ["MP"])],
            {},
            "no two of LeNet5, ResNet-20 share their dataset, method",
        ),
        ("method", MP_AND_UP, {"pairs": (("MP", "XP"),)}, "no method XP to compare; known: MP, UP"),
        ("method", MP_AND_UP, {"order": ["RP", "MP"]}, "no method RP to compare; known: MP, UP"),
    ],
)
def test_what_cannot_be_compared_says_why(
    along: str, everything: list[ConditionKey], options: dict[str, Pairs], message: str
) -> None:
    """And what there is, or what to do."""
    with pytest.raises(StatsError, match=message):
        design(FAMILIES[along], everything, **options)  # type: ignore[arg-type]
