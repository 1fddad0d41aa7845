"""What is typed behind options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, get_args, get_type_hints

import pytest
import typer

from data_contracts.schema import SPLITS
from rd_cli.edge import grouped
from rd_cli.stats import compare, options
from rdstats.statistics.ttests import ALTERNATIVES
from rdstats.tables.compare import FAMILY_CHOICES, SLOPES
from rdstats.tables.designs import FAMILIES
from rdstats.tables.selection import AVERAGES, COMPRESSED_STAGES, METRICS


def words_of(annotation: Any) -> set[str]:
    """Return the texts of a Literal, however it is wrapped."""
    if isinstance(annotation, str):
        return {annotation}
    return {word for part in get_args(annotation) for word in words_of(part)}


ROWS = get_type_hints(options.Rows)


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (ROWS["split"], SPLITS),
        (ROWS["stage"], COMPRESSED_STAGES),
        (options.Metric, METRICS),
        (options.Average, AVERAGES),
        (options.Slope, SLOPES),
        (compare.Along, FAMILIES),
        (compare.Alternative, ALTERNATIVES),
        (compare.FamilyOf, FAMILY_CHOICES),
    ],
)
def test_the_command_offers_what_the_library_knows(offered: Any, known: tuple[str, ...]) -> None:
    """The words are written twice, so that --help need not load pandas."""
    assert words_of(offered) == set(known)


def test_a_dataclass_stands_for_the_options_of_its_fields() -> None:
    """In its place among the others; the command gets it as one value."""
    given = []

    def command(first: int, rows: options.Rows, last: Annotated[int, typer.Option()] = 3) -> None:
        """Do it."""
        given.append((first, rows, last))

    run = grouped(command)
    run(first=1, where=["ratio=2"], split="train", stage=None, last=4)
    assert given == [(1, options.Rows(["ratio=2"], "train"), 4)]
    assert run.__doc__ == "Do it."


def test_where_may_hold_further_equal_signs_and_what_cannot_be_read_is_misuse() -> None:
    """A method may be called `s=0.5`; an error has an example of what is meant."""
    read = options.split_where(["method=s=0.5", " ratio = 10 "])
    assert read == (("method", "s=0.5"), ("ratio", "10"))
    for text in ("method", "=MP", "method="):
        with pytest.raises(typer.BadParameter, match="--where method=MP"):
            options.split_where([text])
    for text in ("MNIST", "MNIST vs ", " vs CIFAR-10"):
        with pytest.raises(typer.BadParameter, match="FIRST vs SECOND"):
            compare.split_pair(text)


def test_a_shell_completes_commands_and_choices(
    rdstats: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rdstats --install-completion` asks as a shell does."""
    monkeypatch.setenv("_RDSTATS_COMPLETE", "complete_bash")
    for words, found in (
        ("rdstats comp", ["compare"]),
        ("rdstats compare --along ", ["ratio", "architecture", "dataset", "method"]),
    ):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
        assert rdstats().out.split() == found
