"""Time scores and masks of 30 models beside ShrinkBench-style numpy masks, in one run.

    python benchmarks/masks_against_shrinkbench.py [--models 30] [--one-thread]

30 LeNet5, MP, GP, UP and RP, each at 2, 4, 10, 20 and 50: 600 masks. Gradients come from one
mini-batch of 128 images of noise on both sides (speed does not depend on what is on them).

Ours: one gradient a model, one order of the scores a method, cut at every ratio. As in a study
there is a process per core, of one thread, which does a model after the other.

The peer does what ShrinkBench does (Blalock et al. 2020, `pruning/` and `strategies/`), written
anew: every mask is an experiment of its own, with its own copy of the weights in numpy and its own
gradient by autograd, a quantile of the concatenated scores, and masks of floats by comparison.
RP draws per weight. torch's own number of threads.

With `--one-thread` both have one process of one thread, and processor time is counted, which other
work on the machine hardly changes.

They take turns, all models each, after one turn that is not counted. Printed: machine and
versions, milliseconds a model of both (median over turns), and as the last line the ratio of these
medians.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib import metadata
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from machine import machine
from torch import Tensor, nn

from data_contracts.cores import available_cores
from train_backend.methods.gradients import data_loss_gradients
from train_backend.methods.masks import kept_count, masks_at, prunable_parameters
from train_backend.methods.scores import SCORES
from train_backend.models import build_architecture
from train_backend.studies.recipes import BATCH_SIZE
from train_backend.training.devices import repeatable

METHODS = ("MP", "GP", "UP", "RP")
RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)
WEIGHT_DECAY = 5e-3
TURNS = 5

Arrays = dict[str, npt.NDArray[np.float32]]


def ours(model: nn.Module, images: Tensor, labels: Tensor) -> list[dict[str, Tensor]]:
    """Return the masks of every method and ratio."""
    stream = torch.Generator().manual_seed(0)
    gradients = data_loss_gradients(
        model, images, labels, batch_size=BATCH_SIZE, batches=None, generator=stream
    )
    keeps = [kept_count(model, ratio) for ratio in RATIOS]
    masks = []
    for method in METHODS:
        scores = SCORES[method].scores(model, gradients, WEIGHT_DECAY, stream)
        masks += masks_at(scores, keeps)
    return masks


def shrinkbench_style(model: nn.Module, images: Tensor, labels: Tensor) -> list[Arrays]:
    """Return the same by the peer."""
    draws = np.random.default_rng(0)
    masks = []
    for method in METHODS:
        for ratio in RATIOS:
            weights = {
                name: value.detach().numpy().copy()
                for name, value in prunable_parameters(model).items()
            }
            total = sum(parameter.numel() for parameter in model.parameters())
            prunable = sum(value.size for value in weights.values())
            fraction = (total / ratio - (total - prunable)) / prunable
            if method == "RP":
                masks.append(
                    {
                        name: draws.choice([0.0, 1.0], p=[1 - fraction, fraction], size=value.shape)
                        for name, value in weights.items()
                    }
                )
                continue
            scores = peer_scores(method, model, weights, images, labels)
            flat = np.concatenate([score.flatten() for score in scores.values()])
            threshold = np.quantile(flat, 1 - fraction)
            masks.append({name: peer_mask(score, threshold) for name, score in scores.items()})
    return masks


def peer_scores(
    method: str, model: nn.Module, weights: Arrays, images: Tensor, labels: Tensor
) -> Arrays:
    """Return a method's scores; what needs gradients computes them."""
    if method == "MP":
        return {name: np.abs(value) for name, value in weights.items()}
    F.cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]
    gradients = {
        name: value.grad.detach().numpy().copy()  # type: ignore[union-attr]
        for name, value in prunable_parameters(model).items()
    }
    model.zero_grad()
    decay = WEIGHT_DECAY if method == "UP" else 0.0
    return {
        name: np.abs(-value * gradients[name] + decay * value**2) for name, value in weights.items()
    }


def peer_mask(score: npt.NDArray[np.float32], threshold: float) -> npt.NDArray[np.float32]:
    """Return 0 between minus the threshold and the threshold, else 1."""
    mask = np.ones_like(score)
    mask[np.logical_and(score < threshold, score > -threshold)] = 0
    return mask


@cache
def lenet5(number: int) -> tuple[nn.Module, Tensor, Tensor]:
    """Return a model, and a mini-batch of noise with labels."""
    draws = torch.Generator().manual_seed(number)
    model = build_architecture("LeNet5", channels=1, classes=10, image_size=28, generator=draws)
    images = torch.randn(BATCH_SIZE, 1, 28, 28, generator=draws)
    return model, images, torch.randint(10, (BATCH_SIZE,), generator=draws)


def ours_of(number: int) -> int:
    """Make the masks of a model by ours, as a process of a study does; return how many."""
    with repeatable(torch.device("cpu")):
        return len(ours(*lenet5(number)))


def get_ready(models: int) -> None:
    """Build the models and compile: that is the training's, which comes before any mask."""
    for number in range(models):
        ours_of(number)


def seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return how long some work takes."""
    start = clock()
    work()
    return clock() - start


def main() -> None:
    """Time both in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=30, help="how many")
    parser.add_argument("--one-thread", action="store_true", help="both; processor time")
    options = parser.parse_args()
    print(
        machine(
            torch=torch.__version__, numpy=np.__version__, llvmlite=metadata.version("llvmlite")
        )
    )
    numbers, clock = range(options.models), time.perf_counter
    processes = 1 if options.one_thread else available_cores()
    if options.one_thread:
        torch.set_num_threads(1)
        clock = time.process_time
    get_ready(options.models)
    here, there = [], []
    with ProcessPoolExecutor(processes, get_context("spawn"), get_ready, (options.models,)) as pool:
        everywhere = map if options.one_thread else pool.map
        for turn in range(TURNS + 1):
            one = seconds(lambda: list(everywhere(ours_of, numbers)), clock)
            other = seconds(lambda: [shrinkbench_style(*lenet5(each)) for each in numbers], clock)
            if turn:
                here.append(1000 * one / options.models)
                there.append(1000 * other / options.models)
    one, other = statistics.median(here), statistics.median(there)
    print(
        f"{options.models} models, {len(METHODS)} methods, {len(RATIOS)} ratios, "
        f"{processes} processes here, {torch.get_num_threads()} threads there; "
        "milliseconds a model:"
    )
    print(f"ShrinkBench-style {other:.1f}, masks_at {one:.1f}")
    print(f"ratio {other / one:.1f}")


if __name__ == "__main__":
    main()
