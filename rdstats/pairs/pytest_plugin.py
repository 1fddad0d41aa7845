"""The pytest fixture `rdstats_check`: a test that fails when a class was harmed (docs/gate.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rdstats.pairs.check import Check


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that keeps the pages of verdicts."""
    parser.getgroup("rdstats").addoption(
        "--rdstats-pages",
        metavar="DIR",
        help="keep the page of every verdict of rdstats_check in a folder per test below DIR",
    )


@pytest.fixture
def rdstats_check(request: pytest.FixtureRequest) -> Callable[..., Check]:
    """Return a function that judges two models and fails the test if a class was harmed.

    It takes what `rdstats.check_models` takes, and `inconclusive`: "fail" (every class must be
    shown to be unharmed), or "pass" (no class may be shown to be harmed). It returns the check.
    """
    pages = request.config.getoption("--rdstats-pages")

    def check(*models: object, inconclusive: str = "fail", **options: Any) -> Check:
        from rdstats.pairs.check import check_models
        from rdstats.pairs.page import write_check_page

        __tracebackhide__ = True
        if inconclusive not in ("fail", "pass"):
            pytest.fail(f"inconclusive is {inconclusive!r}, but it must be 'fail' or 'pass'")
        found = check_models(*models, **options)
        if pages:
            folder = Path(pages) / re.sub(r"[^\w.-]+", "-", request.node.name)
            folder.mkdir(parents=True, exist_ok=True)
            write_check_page(found, folder)
        if found.gate == "fail" or (found.gate == "inconclusive" and inconclusive == "fail"):
            pytest.fail(_reason(found))
        return found

    return check


def _reason(check: Check) -> str:
    parts = [
        f"{len(names)} of {len(check.classes)} classes {word}: {', '.join(names[:10])}"
        for word, names in (("harmed", check.harmed), ("inconclusive", check.inconclusive))
        if names
    ]
    return f"beyond a margin of {check.overall['margin']:g}: " + "; ".join(parts)
