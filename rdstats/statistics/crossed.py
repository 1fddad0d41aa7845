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

LOST: float = 1.0
"""What a sample contributes that every model had right before and wrong after."""


class Crossed(NamedTuple):
    """A mean over samples and models for each class, and how it varies; shape (classes,).

    Attributes:
        mean: Mean of the differences.
        samples: Number of samples n.
        models: Number of models M, the same for all classes.
        ms_samples: Mean square of samples, M sum_i (D_i. - D)**2 / (n - 1).
        ms_models: Mean square of models, n sum_m (D_.m - D)**2 / (M - 1).
        ms_rest: Mean square of what neither explains, of (n - 1)(M - 1) degrees of freedom.
    """

    mean: FloatArray
    samples: IntArray
    models: int
    ms_samples: FloatArray
    ms_models: FloatArray
    ms_rest: FloatArray

    @property
    def standard_error(self) -> FloatArray:
        """Of the mean: sqrt(max(MS_i, MS_m, MS_i + MS_m - MS_r) / (n M))."""
        return np.asarray(np.sqrt(self._mean_square.max(axis=0) / (self.samples * self.models)))

    @property
    def degrees_of_freedom(self) -> FloatArray:
        """Of the standard error: the chosen mean square's own, Satterthwaite's for their sum."""
        of_samples, of_models = self.samples - 1.0, self.models - 1.0
        both = self.ms_samples + self.ms_models - self.ms_rest
        spread = (
            self.ms_samples**2 / of_samples
            + self.ms_models**2 / of_models
            + self.ms_rest**2 / (of_samples * of_models)
        )
        of_sum = np.divide(both**2, spread, out=of_samples.copy(), where=spread > 0)
        own = np.stack([of_samples, np.full_like(of_samples, of_models), of_sum])
        largest = self._mean_square.argmax(axis=0)
        return np.asarray(np.take_along_axis(own, largest[np.newaxis], axis=0)[0])

    @property
    def components(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Variances of one draw: of models, of samples, and of the rest; never below 0."""
        models = (self.ms_models - self.ms_rest) / self.samples
        samples = (self.ms_samples - self.ms_rest) / self.models
        return np.maximum(models, 0), np.maximum(samples, 0), self.ms_rest

    @property
    def _mean_square(self) -> FloatArray:
        both = self.ms_samples + self.ms_models - self.ms_rest
        return np.stack([self.ms_samples, self.ms_models, both])


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
    between_models = samples * ((of_models - mean[:, np.newaxis]) ** 2).sum(axis=1)
    rest = differences - of_models[classes] - of_samples[:, np.newaxis]
    within = np.bincount(classes, weights=(rest**2).sum(axis=1))
    return Crossed(
        mean,
        samples,
        models,
        between_samples / (samples - 1),
        between_models / (models - 1),
        within / ((samples - 1) * (models - 1)),
    )


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


def upper_bounds(differences: FloatArray, classes: IntArray, level: float) -> FloatArray:
    """Return one-sided upper bounds of the mean difference of each class, shape (classes,).

    For samples like these, and with one pseudo-sample that every model lost.
    """
    found = crossed(*with_pseudo_sample(differences, classes, LOST))
    quantile = stats.t.ppf(level, found.degrees_of_freedom)
    return np.asarray(found.mean + quantile * found.standard_error)


def p_of_drop_at_most(differences: FloatArray, classes: IntArray, margin: float) -> FloatArray:
    """Return one-sided p of H_0: mean difference <= margin, for each class, shape (classes,).

    For samples like these, and with one pseudo-sample that every model gained.
    """
    found = crossed(*with_pseudo_sample(differences, classes, -LOST))
    error = found.standard_error
    distance = found.mean - margin
    z = np.divide(distance, error, out=np.where(distance > 0, np.inf, -np.inf), where=error > 0)
    return np.asarray(stats.t.sf(z, found.degrees_of_freedom))
