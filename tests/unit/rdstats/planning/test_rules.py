"""How often a threshold errs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rdstats.errors import StatsError
from rdstats.planning.rules import Rule, audit_rule

RULES = (
    "after >= 0.95 * before",
    "round(after / before, 2) >= 0.95",
    "drop <= 0.01",
    "drop <= 0.01 * before",
    "before - error(before) <= after + error(after)",
)
DRAWS = 1_000_000


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("samples", "drop"), [(200, 0.0), (200, 0.0624), (1_000, 0.0234)])
def test_the_sum_is_what_a_million_draws_find(rule: str, samples: int, drop: float) -> None:
    """Lost, gained and unchanged samples drawn together; within four simulation errors."""
    before, churn = 0.78, 0.12
    gained = (churn - drop) / 2
    kinds = [before - gained - drop, gained + drop, gained, 1 - before - gained]
    generator = np.random.default_rng(samples)
    kept, lost, come, _ = generator.multinomial(samples, kinds, DRAWS).T
    passed = Rule(rule).passes((kept + lost) / samples, (kept + come) / samples, samples).mean()
    exact = audit_rule(rule, [samples], before, churn, [drop])["passes"].item()
    error = np.sqrt(max(exact * (1 - exact), 1e-9) / DRAWS)
    assert passed == pytest.approx(exact, abs=4 * error)


def test_figures_of_a_rule_that_pipelines_use() -> None:
    """Half of all models that lost just 5 % pass; rounded to two decimals more do."""
    plain, rounded = (
        audit_rule(rule, [1_000, 200], 0.78, 0.12, [0.05 * 0.78, 0.08 * 0.78]) for rule in RULES[:2]
    )
    assert plain["passes"].round(2).tolist() == [0.50, 0.01, 0.50, 0.16]
    assert rounded["passes"].round(2).tolist() == [0.64, 0.03, 0.57, 0.21]
    assert plain["margin"].tolist() == pytest.approx([0.039] * 4)
    assert (plain["check_clears"][::2] <= 0.05).all()
    least = int(plain["samples_to_reject"][1])
    chances = audit_rule(RULES[0], [least, least // 2], 0.78, 0.12, [0.08 * 0.78])["passes"]
    assert chances[0] <= 0.05 < chances[1]
    assert plain["samples_to_reject"].isna().tolist() == [True, False] * 2


@pytest.mark.parametrize(
    "rule",
    [
        *("", "after", "after >=", "0.95", "__import__('os')", "after.real >= 1", "x >= before"),
        *(
            "1 < after < 2",
            "after >= 'a'",
            "round(after) >= 1",
            "(" * 5_000,
            "after >= before ** 2",
        ),
    ],
)
def test_what_is_no_rule_is_refused_with_the_grammar(rule: str) -> None:
    """Nothing but arithmetic is ever run."""
    with pytest.raises(StatsError, match="as 'after >= 0"):
        Rule(rule)


@pytest.mark.parametrize(
    ("samples", "before", "churn", "drop"),
    [(0, 0.8, 0.1, 0.1), (100, 1.0, 0.1, 0.1), (100, 0.8, 1.5, 0.1), (100, 0.8, 0.1, 0.9)],
)
def test_numbers_out_of_range_are_refused(
    samples: int, before: float, churn: float, drop: float
) -> None:
    """Each says what may be chosen."""
    with pytest.raises(StatsError, match="choose"):
        audit_rule(RULES[0], [samples], before, churn, [drop])


def test_the_page_on_thresholds_has_the_chances() -> None:
    """Every row of its table, computed again."""
    page = Path(__file__).parents[4] / "docs" / "thresholds.md"
    if not page.is_file():
        pytest.skip("run this in a checkout")
    text = page.read_text(encoding="utf-8")
    for rule in RULES:
        drops = [0.78 * share for share in (0.0, 0.01, 0.02, 0.05, 0.08)]
        found = audit_rule(rule, [200, 1_000, 10_000], 0.78, 0.12, drops)
        cells = [
            ", ".join(f"{100 * chance:.0f}" for chance in group["passes"])
            for _, group in found.groupby("samples", sort=True)
        ]
        needed = found["samples_to_reject"][:5]
        least = ", ".join("–" if pd.isna(n) else f"{n:,}" for n in needed[3:])
        assert f"| `{rule}` | {' | '.join(cells)} | {least} |" in text
