"""Examples in public docstrings print what they say."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

import data_contracts
import rdstats
import train_backend.plugins

API = Path(__file__).parents[2] / "docs" / "api.md"
PUBLIC = (rdstats, data_contracts, rdstats.charts, train_backend, train_backend.plugins)
NONE = {
    "Plugin",  # what the engine keeps of a file
    "BrokenRow",  # in a Violation
    "Violation",  # as `violations` returns it
}
"""What has no example, and why; exceptions have none either."""


DOCUMENTED = {
    f"{package.__name__}.{name}": getattr(package, name)
    for package in PUBLIC
    for name in getattr(package, "__all__", dir(package))
    if inspect.isroutine(getattr(package, name)) or inspect.isclass(getattr(package, name))
    if name not in NONE and not str(name).endswith(("Error", "Undefined"))
}
"""Every public function and class, by its name with the package's."""


@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_example_runs_as_it_stands(name: str) -> None:
    """Everything public has one; in an empty session, but for what it imports itself."""
    found = doctest.DocTestFinder(recurse=False).find(DOCUMENTED[name], name, globs={})
    runner = doctest.DocTestRunner()
    for example in found:
        runner.run(example)
    results = runner.summarize(verbose=False)
    assert results.attempted, "it has no example"
    assert results.failed == 0


def test_every_public_name_stands_in_the_reference() -> None:
    """docs/api.md; the charts are pictures of these tables, and stand in the tour."""
    shown = re.findall(r"^::: rdstats\.(\w+)$", API.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(shown) == sorted(set(dir(rdstats)) - {"charts", "__version__"})
