"""What is typed behind options."""

from enum import StrEnum

import pytest
import typer

from data_contracts.schema import SPLITS
from rd_cli.stats import options
from rdstats.statistics.ttests import ALTERNATIVES
from rdstats.tables.compare import FAMILY_CHOICES, SLOPES
from rdstats.tables.designs import FAMILIES
from rdstats.tables.selection import COMPRESSED_STAGES, METRICS


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (options.Split, SPLITS),
        (options.Stage, COMPRESSED_STAGES),
        (options.Metric, METRICS),
        (options.Along, FAMILIES),
        (options.Slope, SLOPES),
        (options.Alternative, ALTERNATIVES),
        (options.FamilyOf, FAMILY_CHOICES),
    ],
)
def test_the_command_offers_what_the_library_knows(
    offered: type[StrEnum], known: tuple[str, ...]
) -> None:
    """The words are written twice, so that --help need not load pandas."""
    assert {choice.value for choice in offered} == set(known)


def test_where_may_hold_further_equal_signs() -> None:
    """A method may be called `s=0.5`."""
    assert options.split_where(["method=s=0.5", " ratio = 10 "]) == (
        ("method", "s=0.5"),
        ("ratio", "10"),
    )
    assert options.split_where(None) == ()


def test_pairs_read_as_comparisons_are_printed() -> None:
    """What stands in the column `comparison` can be given back."""
    assert options.split_pairs(["MNIST vs CIFAR-10"]) == [("MNIST", "CIFAR-10")]
    assert options.split_pairs(None) is None


def test_order_is_a_list_with_commas() -> None:
    """Blanks after commas do not matter."""
    assert options.split_order("ResNet-20, ResNet-110") == ["ResNet-20", "ResNet-110"]
    assert options.split_order(None) is None


def test_what_cannot_be_read_is_misuse() -> None:
    """With an example of what is meant."""
    with pytest.raises(typer.BadParameter, match="--where method=MP"):
        options.split_where(["method"])
    for text in ("MNIST", "MNIST vs ", " vs CIFAR-10"):
        with pytest.raises(typer.BadParameter, match="FIRST vs SECOND"):
            options.split_pairs([text])
