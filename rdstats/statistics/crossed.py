"""Means over models and samples that are both draws: what holds for samples like these.

Every model answers the same samples, so the luck of the sampled ones is shared by all models and
more models do not average it away. Models and samples are crossed random effects.

Sources: Dorfman, Berbaum and Metz 1992; Obuchowski and Rockette 1995; Gallas et al. 2007;
Miller 2024.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import FloatArray, IntArray
from rdstats.statistics.intervals import FEW_MODELS

FEW_FOR_SLOPES: float = np.inf
"""With Satterthwaite's degrees of freedom 95 % intervals of a slope hold 92.6 % of five models, and
94 % of ten and thirty."""

LOST: float = 1.0
"""What a sample contributes that every model had right before and wrong after."""


class MeanError(NamedTuple):
    """Standard error of an estimate over models and samples, and its degrees of freedom."""

    error: FloatArray
    degrees_of_freedom: FloatArray


def mean_error(
    of_models: FloatArray,
    of_samples: FloatArray,
    of_both: FloatArray,
    samples: IntArray,
    models: float,
    few: float = FEW_MODELS,
) -> MeanError:
    """Return the error of an estimate that models and samples of several classes vary.

    V = max(V_m, V_i, V_m + V_i - V_b), V_i and V_b summed over the classes. Degrees of freedom are
    those of the part that is chosen, of sums Satterthwaite's; of fewer than `few` models M - 1 at
    most. (Where V_m is small by chance, Satterthwaite's are many: with three models and 1,000
    samples a class, families of ten at the margin would be called harmed in 13 %.)

    Args:
        of_models: V_m, variance of the estimate by models, shape (...).
        of_samples: What the samples of each class add to V_i, shape (..., classes).
        of_both: What neither explains, counted in both of them, shape (..., classes).
        samples: Samples of each class, shape (..., classes).
        models: Number of models, or 1 more than the degrees of freedom of V_m.
        few: `FEW_FOR_SLOPES` where V_m is the jackknife's of a slope.

    Checked against R: anova(lm(d ~ sample + model)) for one class.
    """
    own: FloatArray = samples - np.float64(1.0)
    by_samples, by_both = (np.asarray(each.sum(axis=-1)) for each in (of_samples, of_both))
    freedom = np.stack(
        [
            np.full(by_samples.shape, models - 1.0),
            _freedom(by_samples, of_samples**2 / own, own),
            _freedom(by_both, of_both**2 / (own * (models - 1.0)), own * (models - 1.0)),
        ]
    )
    both = of_models + by_samples - by_both
    spread = of_models**2 / freedom[0] + by_samples**2 / freedom[1] + by_both**2 / freedom[2]
    of_sum = np.where(spread > 0, both**2 / np.where(spread > 0, spread, 1.0), freedom[1])
    variance = np.stack([by_samples, of_models, both])
    largest = variance.argmax(axis=0)[np.newaxis]
    degrees = np.take_along_axis(np.stack([freedom[1], freedom[0], of_sum]), largest, axis=0)[0]
    if models < few:
        degrees = np.minimum(degrees, models - 1.0)
    return MeanError(np.sqrt(np.take_along_axis(variance, largest, axis=0)[0]), degrees)


def _freedom(whole: FloatArray, spread: FloatArray, own: FloatArray) -> FloatArray:
    """Return Satterthwaite's degrees of freedom of a sum of variances, the least where it is 0."""
    total = np.asarray(spread.sum(axis=-1))
    least = np.broadcast_to(own, spread.shape).min(axis=-1)
    return np.where(total > 0, whole**2 / np.where(total > 0, total, 1.0), least)


class Crossed(NamedTuple):
    """Means over samples for each class, and how they vary; first axis (classes,).

    Attributes:
        of_models: Mean of each model, shape (classes, models).
        samples: Number of samples n.
        ms_samples: Mean square of samples, M sum_i (D_i. - D)**2 / (n - 1).
        ms_rest: Mean square of what neither explains, of (n - 1)(M - 1) degrees of freedom.
    """

    of_models: FloatArray
    samples: IntArray
    ms_samples: FloatArray
    ms_rest: FloatArray

    @property
    def models(self) -> int:
        """Number of models M."""
        return int(self.of_models.shape[-1])

    @property
    def mean(self) -> FloatArray:
        """Mean of the differences."""
        return np.asarray(self.of_models.mean(axis=-1))

    @property
    def ms_models(self) -> FloatArray:
        """Mean square of models, n sum_m (D_.m - D)**2 / (M - 1)."""
        return np.asarray(self.samples * self.of_models.var(axis=-1, ddof=1))

    @property
    def parts(self) -> tuple[FloatArray, FloatArray]:
        """What samples and what neither adds to the variance of the mean: MS / (n M)."""
        size = self.samples * self.models
        return self.ms_samples / size, self.ms_rest / size

    @property
    def shared(self) -> FloatArray:
        """Variance of the mean by samples that all models share, (MS_i - MS_r) / (n M), from 0."""
        of_samples, of_both = self.parts
        return np.maximum(of_samples - of_both, 0.0)

    @property
    def mean_error(self) -> MeanError:
        """Of the mean: sqrt(max(MS_i, MS_m, MS_i + MS_m - MS_r) / (n M))."""
        of_models = self.of_models.var(axis=-1, ddof=1) / self.models
        of_samples, of_both = (part[:, np.newaxis] for part in self.parts)
        samples = self.samples[:, np.newaxis]
        return mean_error(np.asarray(of_models), of_samples, of_both, samples, self.models)

    @property
    def components(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Variances of one draw: of models, of samples, and of the rest; never below 0."""
        models = (self.ms_models - self.ms_rest) / self.samples
        samples = (self.ms_samples - self.ms_rest) / self.models
        return np.maximum(models, 0), np.maximum(samples, 0), self.ms_rest


def crossed(differences: FloatArray, classes: IntArray | None = None) -> Crossed:
    """Return the mean of each class over its samples and all models, with its mean squares.

    Args:
        differences: D_im, what model m lost on sample i, shape (samples, models); two models and
            two samples of each class at least.
        classes: Class of each sample as 0, 1, 2 ..., shape (samples,); None for one class.

    Checked against R: anova(lm(d ~ sample + model)).
    """
    count, models = differences.shape
    classes = np.zeros(count, dtype=np.int64) if classes is None else classes
    samples = np.bincount(classes)
    of_class = np.zeros((len(samples), models))
    np.add.at(of_class, classes, differences)
    of_models = of_class / samples[:, np.newaxis]
    mean = of_models.mean(axis=1)
    of_samples = differences.mean(axis=1) - mean[classes]
    between_samples = models * np.bincount(classes, weights=of_samples**2)
    rest = differences - of_models[classes] - of_samples[:, np.newaxis]
    within = np.bincount(classes, weights=(rest**2).sum(axis=1))
    return Crossed(
        of_models, samples, between_samples / (samples - 1), within / ((samples - 1) * (models - 1))
    )


def sample_variance(values: FloatArray, classes: IntArray) -> FloatArray:
    """Return the variance of each class's mean of one value a sample, shape (classes,)."""
    samples = np.bincount(classes)
    apart = values - (np.bincount(classes, weights=values) / samples)[classes]
    return np.asarray(np.bincount(classes, weights=apart**2) / ((samples - 1) * samples))


def with_pseudo_sample(
    differences: FloatArray, classes: IntArray, lost: float
) -> tuple[FloatArray, IntArray]:
    """Return the differences with one sample more in every class, lost by every model.

    Few samples say little of a small subgroup that none of them is of: without it, a class at the
    margin whose losses all lie in a few samples would be cleared far too often.

    Args:
        differences: Shape (samples, models).
        classes: Class of each sample, shape (samples,).
        lost: 1 for upper bounds, -1 for lower ones.
    """
    count = int(classes.max()) + 1
    more = np.full((count, differences.shape[1]), lost)
    return np.vstack([differences, more]), np.concatenate([classes, np.arange(count)])


class LikeThese(NamedTuple):
    """What holds for samples like these, of each class; shape (classes,)."""

    low: FloatArray  # bounds, each one-sided at 1 - error / classes
    high: FloatArray
    upper: FloatArray  # one-sided at 1 - error
    p: FloatArray  # one-sided, of H_0 mean <= margin
    error: FloatArray  # standard error, without a pseudo-sample
    degrees_of_freedom: FloatArray


def like_these(
    differences: FloatArray,
    classes: IntArray,
    margin: float,
    error: float,
    weights: FloatArray | None = None,
) -> LikeThese:
    """Return bounds and p of what each class lost, for samples like these.

    Upper bounds have one pseudo-sample that every model lost, lower ones and p one that every
    model gained (`with_pseudo_sample`).

    Args:
        differences: D_im, shape (samples, models).
        classes: Class of each sample, shape (samples,).
        margin: The largest loss that does not matter.
        error: Of each upper bound and, divided by the classes, of the others.
        weights: a_ck where sum_k a_ck D_k is judged, D_k the mean of class k, shape (classes,
            classes); None for each class's own mean.
    """
    plain = crossed(differences, classes)
    estimates = [
        _weighted(plain, crossed(*with_pseudo_sample(differences, classes, lost)), weights)
        for lost in (-LOST, LOST)
    ]
    (below, lower), (above, upper) = estimates
    _, own = _weighted(plain, plain, weights)
    reach = error / len(plain.samples)
    z = np.divide(
        below - margin,
        lower.error,
        out=np.where(below > margin, np.inf, -np.inf),
        where=lower.error > 0,
    )
    return LikeThese(
        below - stats.t.isf(reach, lower.degrees_of_freedom) * lower.error,
        above + stats.t.isf(reach, upper.degrees_of_freedom) * upper.error,
        above + stats.t.isf(error, upper.degrees_of_freedom) * upper.error,
        np.asarray(stats.t.sf(z, lower.degrees_of_freedom)),
        own.error,
        own.degrees_of_freedom,
    )


def _weighted(
    plain: Crossed, own: Crossed, weights: FloatArray | None
) -> tuple[FloatArray, MeanError]:
    """Return what is judged of each class and its error; the class itself as `own` has it."""
    if weights is None:
        return own.mean, own.mean_error
    diagonal = np.diag(weights)
    of_models = weights @ plain.of_models
    of_models += diagonal[:, np.newaxis] * (own.of_models - plain.of_models)
    of_samples, of_both = (weights**2 * part for part in plain.parts)
    for part, mine in zip((of_samples, of_both), own.parts, strict=True):
        np.fill_diagonal(part, diagonal**2 * mine)
    variance = np.asarray(of_models.var(axis=-1, ddof=1) / plain.models)
    samples = np.where(np.eye(len(diagonal), dtype=bool), own.samples, plain.samples)
    found = mean_error(variance, of_samples, of_both, samples, plain.models)
    return np.asarray(of_models.mean(axis=-1)), found


def stand_in(
    drops: FloatArray, churn: FloatArray, samples: IntArray, margin: float, error: float
) -> LikeThese:
    """Return what `like_these` does where nobody knows which samples changed, only how many.

    se**2 = s**2 / M + mean over models of (churn - drop**2) / (n - 1), with M - 1 degrees of
    freedom, and the same pseudo-samples. The luck of samples is counted as if no two models shared
    it and once more as if all did: conservative.

    Args:
        drops: Of each model and class, shape (models, classes).
        churn: Share of samples that changed, at most, likewise.
        samples: Samples of each class, shape (classes,).
        margin: The largest loss that does not matter.
        error: As of `like_these`.
    """
    models, classes = drops.shape
    more = samples + 1

    def with_one(lost: float) -> tuple[FloatArray, FloatArray]:
        drop = (samples * drops + lost) / more
        changed = (samples * churn + 1.0) / more
        of_samples = ((changed - drop**2) / (more - 1)).mean(axis=0)
        return drop.mean(axis=0), np.sqrt(drop.var(axis=0, ddof=1) / models + of_samples)

    (below, lower), (above, upper) = with_one(-LOST), with_one(LOST)
    reach, own = (float(stats.t.isf(each, models - 1)) for each in (error / classes, error))
    plain = ((churn - drops**2) / (samples - 1)).mean(axis=0) + drops.var(axis=0, ddof=1) / models
    return LikeThese(
        below - reach * lower,
        above + reach * upper,
        above + own * upper,
        np.asarray(stats.t.sf((below - margin) / lower, models - 1)),
        np.sqrt(plain),
        np.full(classes, models - 1.0),
    )
