"""The fixture `rdstats_check`, in a test suite of its own."""

from __future__ import annotations

import pytest

SUITE = """
import numpy as np

MANY, FEW = np.repeat([0, 1], 200), np.repeat([0, 1], 20)


def test_nothing_lost(rdstats_check):
    assert rdstats_check(MANY, MANY, MANY, margin=0.1).gate == "pass"


def test_a_class_lost(rdstats_check):
    after = MANY.copy()
    after[:80] = 1
    rdstats_check(MANY, MANY, after, margin=0.1)


def test_too_few(rdstats_check):
    rdstats_check(FEW, FEW, FEW, margin=0.1)


def test_too_few_but_allowed(rdstats_check):
    assert rdstats_check(FEW, FEW, FEW, margin=0.1, inconclusive="pass").gate == "inconclusive"


def test_misuse(rdstats_check):
    rdstats_check(FEW, FEW, FEW, inconclusive="warn")
"""


def test_a_test_fails_where_a_class_was_harmed_and_names_it(pytester: pytest.Pytester) -> None:
    """Or where samples cannot tell, unless that is allowed; pages are kept on request."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("--rdstats-pages", "verdicts")
    result.assert_outcomes(passed=2, failed=3)
    result.stdout.fnmatch_lines(
        [
            "E *beyond a margin of 0.1: 1 of 2 classes harmed: 0*",
            "E *beyond a margin of 0.1: 2 of 2 classes inconclusive: 0, 1*",
            "E *inconclusive is 'warn', but it must be 'fail' or 'pass'*",
        ]
    )
    pages = sorted(path.parent.name for path in pytester.path.glob("verdicts/*/index.html"))
    names = ("a_class_lost", "nothing_lost", "too_few", "too_few_but_allowed")
    assert pages == [f"test_{name}" for name in names]
