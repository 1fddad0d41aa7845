"""Examples in public docstrings print what they say."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

import rdstats

API = Path(__file__).parents[2] / "docs" / "api.md"
WITH_EXAMPLES = [
    name for name in dir(rdstats) if ">>>" in (inspect.getdoc(getattr(rdstats, name)) or "")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_an_example_runs_as_it_stands(name: str) -> None:
    """In an empty session, but for what it imports itself."""
    found = doctest.DocTestFinder(recurse=False).find(getattr(rdstats, name), name, globs={})
    runner = doctest.DocTestRunner()
    for example in found:
        runner.run(example)
    assert runner.summarize(verbose=False).failed == 0


def test_what_people_begin_with_has_an_example() -> None:
    """Two models, the paper's statistic, tables in memory, planning."""
    expected = {"check_models", "slope_through_origin", "slopes", "classes", "from_counts"}
    expected |= {"from_predictions", "from_confusion", "seeds_needed", "samples_needed"}
    assert expected <= set(WITH_EXAMPLES)


def test_every_public_name_stands_in_the_reference() -> None:
    """docs/api.md; the charts are pictures of these tables, and stand in the tour."""
    shown = re.findall(r"^::: rdstats\.(\w+)$", API.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(shown) == sorted(set(dir(rdstats)) - {"charts", "__version__"})
