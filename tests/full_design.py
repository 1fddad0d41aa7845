"""A recall table with the whole design of the paper: every condition of its tables and figures.

Four data sets, six architectures, four methods, ratios 2, 4, 6, 8, 10, 20 and 50, thirty models;
ten models of LTH to level 20 and fifteen of CHIP, on CIFAR-10 with ResNet-56. The numbers are
made: recall is drawn around accuracies and slopes that look like the paper's, so that every kind
of result occurs. Nothing here says what real networks do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_contracts.schema import RATIO_DECIMALS
from synthetic import table_of_counts

RESNETS = ("ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56", "ResNet-110")
METHODS = ("MP", "GP", "UP", "RP")
RATIOS = (2.0, 4.0, 6.0, 8.0, 10.0, 20.0, 50.0)
LTH_RATIOS = tuple(round(0.8**-level, RATIO_DECIMALS) for level in range(1, 21))
CHIP_RATIOS = (1.75, 3.33, 8.27, 19.11)
PARAMETERS = {
    "LeNet5": 60_074,
    "ResNet-20": 269_722,
    "ResNet-32": 464_154,
    "ResNet-44": 658_586,
    "ResNet-56": 853_018,
    "ResNet-110": 1_727_962,
}


@dataclass(frozen=True)
class _Images:
    """A data set: test samples per class, spread of mu, luck of a seed, accuracy."""

    name: str
    classes: int
    samples: int
    spread: float
    luck: float
    accuracy: float


IMAGES = {
    "MNIST": _Images("MNIST", 10, 1000, 0.005, 0.0015, 0.989),
    "Fashion-MNIST": _Images("Fashion-MNIST", 10, 1000, 0.10, 0.010, 0.899),
    "CIFAR-10": _Images("CIFAR-10", 10, 1000, 0.069, 0.012, 0.896),
    "CIFAR-100": _Images("CIFAR-100", 100, 100, 0.20, 0.060, 0.671),
}
PAPER_PAIRS = (
    ("MNIST", "LeNet5"),
    ("Fashion-MNIST", "LeNet5"),
    *(("CIFAR-10", resnet) for resnet in RESNETS),
    ("CIFAR-100", "ResNet-56"),
)


def full_design(
    *, models: int = 30, everywhere: bool = False, modern: bool = True, seed: int = 0
) -> pa.Table:
    """Return the recall table of everything the paper trained.

    LTH has at most ten of the models, CHIP fifteen; `modern` says whether the two are there. With
    `everywhere` every data set has every architecture, about 710,000 rows, instead of the eight
    pairs that the paper trained, about 155,000.
    """
    generator = np.random.default_rng(seed)
    pairs = (
        [(dataset, architecture) for dataset in IMAGES for architecture in PARAMETERS]
        if everywhere
        else PAPER_PAIRS
    )
    parts = [
        _study(generator, IMAGES[dataset], architecture, METHODS, RATIOS, models)
        for dataset, architecture in pairs
    ]
    if modern:
        cifar = IMAGES["CIFAR-10"]
        for method, ratios, most in (("LTH", LTH_RATIOS, 10), ("CHIP", CHIP_RATIOS, 15)):
            parts.append(
                _study(generator, cifar, "ResNet-56", (method,), ratios, min(models, most))
            )
    return pa.concat_tables(parts)


def _study(
    generator: np.random.Generator,
    images: _Images,
    architecture: str,
    methods: Sequence[str],
    ratios: Sequence[float],
    models: int,
) -> pa.Table:
    """Return one data set and architecture: baselines, a control, every method at every ratio."""
    # Evaluations of each model: 0 is the baseline, 1 the control, then method by method.
    method = np.array([0, 0, *np.repeat(np.arange(1, len(methods) + 1), len(ratios))])
    ratio = np.array([1.0, 1.0, *np.tile(ratios, len(methods))])
    slope, loss = _effects(("none", *methods), method, ratio, architecture)
    counts = _counts(generator, images, slope, loss, models)
    stages = ("baseline", "control", *("finetuned",) * (len(ratio) - 2))
    names = [("none", *methods)[place] for place in method]
    keys = zip(names, ratio.tolist(), stages, strict=True)
    correct = {
        (*key, f"m{model}"): own
        for key, of_models in zip(keys, counts, strict=True)
        for model, own in enumerate(of_models)
    }
    modern = "" if len(methods) > 1 else f"-{methods[0].lower()}"
    return table_of_counts(
        correct,
        n_samples=images.samples,
        study=f"{images.name}-{architecture}{modern}".lower(),
        dataset=images.name,
        architecture=architecture,
        parameters=PARAMETERS[architecture],
    )


def _effects(
    methods: Sequence[str],
    method: npt.NDArray[np.int64],
    ratio: npt.NDArray[np.float64],
    architecture: str,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the true slope, and the share of accuracy that is lost, of each evaluation."""
    depth = float(architecture.split("-")[1]) if "-" in architecture else 20.0
    strength = np.array([{"none": 0.0, "GP": 1.05, "UP": 0.8}.get(name, 1.0) for name in methods])
    shrunk = np.log2(ratio)
    slope = 1.0 + strength[method] * (20.0 / depth) ** 0.4 * (0.05 * shrunk**2 - 0.11 * shrunk)
    loss = strength[method] * 0.004 * np.maximum(shrunk - 1.5, 0.0) ** 2
    random = np.array([name == "RP" for name in methods])[method]
    return np.where(random, -0.2, slope), np.where(random, 0.5 + 0.05 * shrunk, loss)


def _counts(
    generator: np.random.Generator,
    images: _Images,
    slope: npt.NDArray[np.float64],
    loss: npt.NDArray[np.float64],
    models: int,
) -> npt.NDArray[np.int64]:
    """Return correct predictions, shape (evaluations, models, classes); half of luck is kept."""
    # A long lower tail, as recalls have: the best class is one spread above the mean.
    mu = np.log((np.arange(images.classes) + 0.5) / images.classes)
    mu = images.spread * (mu - mu.mean()) / mu.std(ddof=1)
    luck = generator.standard_normal((slope.size, models, images.classes))
    luck[1:] = 0.5 * luck[0] + np.sqrt(0.75) * luck[1:]
    accuracy = images.accuracy * (1.0 - loss)[:, None, None]
    recall = accuracy * (1.0 + slope[:, None, None] * mu + images.luck * luck)
    correct = np.clip(np.rint(images.samples * recall), 0, images.samples)
    return np.asarray(correct, dtype=np.int64)
