"""Seeds and test images needed, by formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from rdstats.errors import StatsError
from rdstats.statistics.crossed import crossed, like_these
from rdstats.statistics.power import (
    Draws,
    images_needed,
    models_needed,
    power_of_mean,
    sd_upper_bound,
    smallest_effect,
    to_settle,
)
from references import AS_R, cases

SEEDS = [case for case in cases("power") if "sd" in case]
IMAGES = [case for case in cases("power") if "churn" in case]


@pytest.mark.parametrize("case", SEEDS)
def test_seeds_equal_r(case: dict[str, Any]) -> None:
    """power.t.test(..., type = "one.sample", strict = TRUE), solved for each of three."""
    effect, sd, level, models = (case[name] for name in ("effect", "sd", "level", "models"))
    found = power_of_mean(effect, sd, models, level)
    assert found == pytest.approx(case["power_of_mean"], rel=AS_R, abs=0)
    assert models_needed(effect, sd, level, case["power"]) == case["models_needed"]
    smallest = smallest_effect(models, sd, level, case["power"])
    assert smallest == pytest.approx(case["smallest_effect"], rel=AS_R, abs=0)
    bound = sd_upper_bound(np.array(sd), models)
    assert bound == pytest.approx(case["sd_upper_bound"], rel=AS_R, abs=0)


@pytest.mark.parametrize("case", IMAGES)
def test_images_equal_the_formula_in_r(case: dict[str, Any]) -> None:
    """With and without a margin, alone and among 100 classes."""
    drop, churn = case["drop"], case["churn"]
    rest = {name: case[name] for name in ("margin", "level", "power")}
    assert images_needed(drop, churn, **rest) == case["images_needed"]


def test_the_seeds_that_the_methods_promise() -> None:
    """A deviation of 0.1, two-sided 0.01, power 0.8: 16 seeds for 0.10 and 51 for 0.05."""
    assert models_needed(0.10, 0.1) == 16
    assert models_needed(0.05, 0.1) == 51
    assert models_needed(-0.10, 0.1) == 16
    assert models_needed(100.0, 0.01) == 2  # one model has no interval


def test_power_is_computed_side_by_side() -> None:
    """For a curve: many numbers of models at once; without an effect it is the level."""
    models = np.array([2, 5, 16, 1000])
    together = power_of_mean(0.1, 0.1, models)
    assert together == pytest.approx([float(power_of_mean(0.1, 0.1, one)) for one in models])
    assert together[-1] == pytest.approx(1.0)
    assert power_of_mean(0.0, 0.1, 12, 0.01) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("effect", "sd", "level", "power", "message"),
    [
        (0.1, 0.1, 0.99, 0.8, "write 0.01 for a 99 % interval"),
        (0.1, 0.1, 0.01, 1.0, "power 1 is not a chance"),
        (0.1, 0.1, 0.01, 0.005, "above the level 0.01"),
        (0.1, 0.0, 0.01, 0.8, "sd 0 is not"),
        (0.0, 0.1, 0.01, 0.8, "effect of 0"),
        (1e-9, 0.1, 0.01, 0.8, "more than 1,000,000 models"),
    ],
)
def test_impossible_questions_are_refused(
    effect: float, sd: float, level: float, power: float, message: str
) -> None:
    """With the number that makes them so."""
    with pytest.raises(StatsError, match=message):
        models_needed(effect, sd, level, power)
    with pytest.raises(StatsError, match="two is the least"):
        power_of_mean(0.1, 0.1, 1)


@pytest.mark.parametrize(
    ("drop", "churn", "margin", "message"),
    [
        (0.05, 0.1, 0.05, "not above the margin"),
        (0.2, 0.1, 0.0, "churn 0.1 is not possible"),
        (0.2, 1.1, 0.0, "churn 1.1 is not possible"),
        (0.2, 0.3, -0.1, "margin"),
    ],
)
def test_impossible_drops_are_refused(
    drop: float, churn: float, margin: float, message: str
) -> None:
    """A drop is above its margin and cannot exceed what changed."""
    with pytest.raises(StatsError, match=message):
        images_needed(drop, churn, margin=margin)


def test_images_needed_are_enough_when_simulated() -> None:
    """4,000 pairs of models with a true drop of 0.15 at churn 0.25: the z test sees 80 %."""
    drop, churn, margin = 0.15, 0.25, 0.05
    images = images_needed(drop, churn, margin=margin)
    lost, won = (churn + drop) / 2, (churn - drop) / 2
    counts = np.random.default_rng(5).multinomial(images, [lost, won, 1 - churn], 4000)
    seen = (counts[:, 0] - counts[:, 1]) / images
    changed = (counts[:, 0] + counts[:, 1]) / images
    z = (seen - margin) / np.sqrt((changed - margin**2) / images)
    assert np.mean(z > 1.6449) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize(("models", "samples"), [(10, 40), (20, 400)])
def test_planned_power_is_that_of_simulated_draws_of_models_and_samples(
    models: int, samples: int, one_sided: bool
) -> None:
    """Normal shifts of models, of samples and the rest, judged as slopes are."""
    draws, effect, level = Draws(0.02**2, 0.3**2, 0.4**2), 0.05, 0.05
    generator = np.random.default_rng(0)
    seen = 0
    for _ in range(1000):
        of_models, of_samples, rest = (
            np.sqrt(variance) * generator.standard_normal(shape)
            for variance, shape in zip(
                draws, [(1, models), (samples, 1), (samples, models)], strict=True
            )
        )
        found = crossed(effect + of_models + of_samples + rest)
        error, freedom = (float(each[0]) for each in found.mean_error)
        freedom = min(freedom, models - 1)
        reach = stats.t.isf(level if one_sided else level / 2, freedom) * error
        off = found.mean[0] - reach > 0
        seen += off or (not one_sided and found.mean[0] + reach < 0)
    planned = draws.power(effect, models, samples, level, one_sided=one_sided)
    assert seen / 1000 == pytest.approx(planned, abs=0.045)  # three simulation errors


def test_samples_that_do_not_vary_leave_the_power_of_a_mean() -> None:
    """As for these samples alone; and nothing that varies is seen for sure."""
    power = Draws(0.1**2, 0.0, 0.0).power(0.1, 16, 50, 0.01)
    assert power == pytest.approx(float(power_of_mean(0.1, 0.1, 16)))
    assert Draws(0.0, 0.0, 0.0).power(0.1, 16, 50, 0.01) == 1.0


@pytest.mark.parametrize(("drop", "by"), [(0.02, "samples"), (0.045, "models"), (0.15, "samples")])
def test_a_class_with_as_many_draws_as_it_needs_is_settled_four_times_in_five(
    drop: float, by: str
) -> None:
    """Losses at random, judged as classes are; with a fifth of the draws hardly ever."""
    shares = []
    for part in (1.0, 0.2):
        there = {"models": 10.0, "samples": 2000.0 if by == "models" else 100.0}
        parts = np.zeros(1), np.zeros(1), np.array([drop * (1 - drop)])
        needed = to_settle(
            np.array([drop]),
            parts,
            int(there["models"]),
            np.array([int(there["samples"])]),
            margin=0.05,
            error=0.05,
        )[("models", "samples").index(by), 0]
        there[by] = max(2.0, np.ceil(part * needed))
        shape, label = (int(there["samples"]), int(there["models"])), np.zeros(1, dtype=np.int64)
        generator = np.random.default_rng(0)
        settled = 0
        for _ in range(300):
            lost = (generator.random(shape) < drop).astype(np.float64)
            found = like_these(lost, np.repeat(label, shape[0]), 0.05, 0.05)
            settled += bool(found.upper[0] < 0.05 if drop < 0.05 else found.p[0] < 0.05)
        shares.append(settled / 300)
    assert shares[0] == pytest.approx(0.8, abs=0.12)
    assert shares[1] < 0.5
