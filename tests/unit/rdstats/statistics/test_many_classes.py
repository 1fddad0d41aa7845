"""What a hundred classes and more say together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rdstats.paired.matched import p_of_drop_at_most
from rdstats.statistics.many_classes import npmle, of_counts, of_errors, some_harmed, suspects
from references import AS_R, cases

LEAST_DIGITS = 1e-6  # of weights, where the likelihood is flat to AS_R


@pytest.mark.parametrize("case", cases("many"))
def test_em_finds_what_a_general_optimiser_finds(case: dict[str, object]) -> None:
    """Weights and log-likelihood of R's optim() on small grids."""
    counts, classes = np.array(case["counts"]), np.array([case["classes"]], dtype=float)
    loss, gain = (np.array(case[name]) for name in ("loss", "gain"))
    shares = np.stack([loss, gain, 1.0 - loss - gain], axis=1)
    likelihood = np.array(
        [[stats.multinomial.pmf(row, row.sum(), share) for share in shares] for row in counts]
    )
    found = npmle(likelihood, classes, iterations=100_000, settled=0.0)[0]
    reached = float((classes * np.log(found @ likelihood.T)).sum())
    assert reached == pytest.approx(case["log_likelihood"], rel=AS_R)
    assert found == pytest.approx(case["weights"], abs=LEAST_DIGITS)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_suspects_are_the_largest_set_that_may_err_in_one_of_twenty(chances: list[float]) -> None:
    """No class outside is likelier than one inside, and one more of them would be too many."""
    p_harm = np.array(chances)
    found = suspects(p_harm)
    if found.any():
        assert (1.0 - p_harm[found]).mean() <= 0.05 + 1e-12
        assert p_harm[found].min() > p_harm[~found].max(initial=-1.0)
    if not found.all():
        more = p_harm >= p_harm[~found].max()
        assert (1.0 - p_harm[more]).mean() > 0.05 - 1e-12


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([20, 200]), st.booleans())
def test_what_is_said_of_each_class_is_coherent(seed: int, size: int, mixed: bool) -> None:
    """Chances, an interval around the mean, more lost is never less likely harmed, any order."""
    generator = np.random.default_rng(seed)
    n = generator.integers(5, size, 120) if mixed else np.full(120, size)
    lost = generator.binomial(n, generator.beta(1, 8, 120))
    gained = generator.binomial(n - lost, 0.05)
    margin = np.full(120, 0.05)
    p = p_of_drop_at_most(lost, gained, n, 0.05)
    found = of_counts(lost, gained, n, margin, p)
    assert ((found.p_harm >= 0.0) & (found.p_harm <= 1.0)).all()
    assert ((found.low <= found.drop) & (found.drop <= found.high)).all()
    assert found.share_low <= found.share <= found.share_high
    again = of_counts(lost[::-1], gained[::-1], n[::-1], margin, p[::-1])
    assert again.p_harm[::-1] == pytest.approx(found.p_harm, abs=1e-9)
    if not mixed:
        same = gained == 1
        order = np.argsort(lost[same])
        assert (np.diff(found.p_harm[same][order]) >= -1e-9).all()


def test_the_classes_together_find_what_no_correction_finds() -> None:
    """A thousand classes of 50 samples, 58 of which lost 20 points."""
    generator = np.random.default_rng(7)
    true = np.where(np.arange(1_000) < 58, 0.2, 0.0)
    gain = np.full(1_000, 0.04)
    lost, gained, _ = generator.multinomial(
        50, np.stack([true + gain, gain, 1.0 - true - 2 * gain], axis=1)
    ).T
    n = np.full(1_000, 50)
    p = p_of_drop_at_most(lost, gained, n, 0.05)
    found = of_counts(lost, gained, n, np.full(1_000, 0.05), p)
    true_finds, false_finds = found.suspect[:58].sum(), found.suspect[58:].sum()
    assert true_finds == pytest.approx(51, abs=2)
    assert false_finds <= 2
    assert found.share_low <= 0.058 <= found.share_high


def test_over_models_a_drop_with_a_small_error_moves_least() -> None:
    """Two classes alike but for their errors: the surer one keeps its drop."""
    generator = np.random.default_rng(1)
    error = np.full(150, 0.02)
    drop = 0.01 + error * generator.standard_normal(150)
    drop[:2], error[:2] = 0.06, [0.001, 0.04]
    found = of_errors(drop, error, np.full(150, 9.0), 0.05)
    assert abs(found.drop[0] - 0.06) < abs(found.drop[1] - 0.06)
    assert found.p_harm[0] > found.p_harm[1]


def test_nobody_is_suspect_as_long_as_none_may_be_harmed() -> None:
    """In 200 studies without harm p is rarely smaller than chance; one class, or many, are seen."""
    p = np.random.default_rng(3).random((200, 128))
    alarms = sum(map(some_harmed, p))
    assert 0 < alarms <= 14  # 5 % of 200, and twice the standard error of three
    quiet = next(each for each in p if not some_harmed(each))
    one, many = quiet.copy(), quiet.copy()
    one[0], many[:32] = 1e-5, many[:32] / 10.0
    assert some_harmed(one)
    assert some_harmed(many)
    lost, gained, n = np.repeat([[30], [0], [50]], 128, axis=1)
    assert of_counts(lost, gained, n, np.full(128, 0.05), many).suspect.all()
    assert not of_counts(lost, gained, n, np.full(128, 0.05), quiet).suspect.any()
