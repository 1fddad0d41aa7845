"""How much memory loading a data set takes, beside the size of its float32 tensors.

    python benchmarks/memory_of_data_sets.py [NAME ...]

Each data set is loaded as a model of a study loads it, in a process of its own, without a study's
padding. `tensors` is what stays; `peak` the most that loading took above what the libraries had,
by getrusage; `libraries` what was there before, most of it shared between the processes of a run.
A data set whose files are not on this machine is noise of its size.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
from contextlib import nullcontext
from importlib import import_module
from unittest.mock import patch

import torch

from train_backend.data import check_present, dataset_facts, load_dataset, loading
from train_backend.data.dataset import Pixels
from train_backend.errors import TrainError
from train_backend.running.local import library_of

MIB = 2**20


def peak() -> float:
    """Return the most memory that this process has had, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / MIB if sys.platform == "darwin" else most / 1024


def noise(name: str) -> Pixels:
    """Return bytes in the shape of a data set."""
    facts, draws = dataset_facts(name), torch.Generator().manual_seed(0)
    parts = []
    for count in (facts.train_images, facts.test_images):
        shape = count, facts.channels, facts.size, facts.size
        parts.append(torch.randint(256, shape, dtype=torch.uint8, generator=draws))
        parts.append(torch.arange(count) % facts.classes)
    return Pixels(*parts)


def loaded(name: str) -> tuple[float, float, float, bool]:
    """Return MiB of the tensors, of the peak above the libraries, of these, and whether noise."""
    import_module(library_of(name))
    before, is_noise = peak(), False
    try:
        check_present(name, None)
    except TrainError:
        is_noise = True
    split = torch.Generator().manual_seed(0)
    read = patch.object(loading, "read_pixels", lambda *_: noise(name))
    with read if is_noise else nullcontext():
        data = load_dataset(name, root=None, device=torch.device("cpu"), split_generator=split)
    parts = data.train, data.validation, data.test
    tensors = sum(part.images.nbytes + part.labels.nbytes for part in parts) / MIB
    return tensors, peak() - before, before, is_noise


def main() -> None:
    """Print a line per data set."""
    for name in sys.argv[1:] or ["digits", "Fashion-MNIST", "CIFAR-10"]:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            tensors, most, before, is_noise = process.apply(loaded, (name,))
        print(
            f"{name}{' (noise)' if is_noise else ''}: tensors {tensors:.0f} MiB, peak "
            f"{most:.0f} MiB ({most / tensors:.2f} times), libraries {before:.0f} MiB"
        )


if __name__ == "__main__":
    main()
