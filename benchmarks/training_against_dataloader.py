"""Time training LeNet5 on Fashion-MNIST beside a plain DataLoader loop, in one run.

    python benchmarks/training_against_dataloader.py [--epochs 3] [--root DIR]

Ours: `run_study` with one model per core, everything included (starting processes, reading the
files, validation each epoch, pruning, evaluation, writing the table).

The peer: what a ShrinkBench-style script does. torchvision's data set, transforms image by image
in as many DataLoader workers as there are cores, torch's own number of threads, evaluation on the
test set after each epoch, models one after another (so one is enough to know its speed).

Both train the same network with the same batch size and optimiser. Printed: machine, versions,
images trained a second of each, and as the last line their ratio.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
import torchvision
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import FashionMNIST

from data_contracts.errors import RdstatsError
from train_backend.architectures import build_architecture
from train_backend.datasets import DATASETS
from train_backend.datasets.folders import data_root
from train_backend.datasets.loading import load_dataset
from train_backend.engine import run_study
from train_backend.phases import Phase
from train_backend.processes import available_cores
from train_backend.recipes import BATCH_SIZE, MOMENTUM
from train_backend.study_files import study_from_tables

LEARNING_RATE = 0.01


def ours(root: Path, epochs: int) -> float:
    """Return images trained a second by `run_study`, a model per core, all included."""
    tables = {
        "study": {
            "name": "benchmark",
            "dataset": "Fashion-MNIST",
            "architecture": "LeNet5",
            "methods": ["MP"],
            "ratios": [2],
            "models": available_cores(),
            "control": False,
        }
    }
    study = study_from_tables(tables, default_name="benchmark")
    recipe = replace(
        study.recipe,
        training_phases=(Phase(epochs, LEARNING_RATE),),
        finetuning_phases=(Phase(1, LEARNING_RATE),),
    )
    study = replace(study, recipe=recipe)
    held_out = DATASETS["Fashion-MNIST"].train_images * recipe.validation_fraction
    images = (DATASETS["Fashion-MNIST"].train_images - held_out) * (epochs + 1) * study.models
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run_study(study, Path(folder), device="cpu", root=root)
        return images / (time.perf_counter() - start)


def dataloader_loop(root: Path, epochs: int) -> float:
    """Return images trained a second by the plain loop."""
    to_tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    workers = available_cores()
    training, test = (
        DataLoader(
            FashionMNIST(str(root), train=train, transform=to_tensor),
            batch_size=BATCH_SIZE,
            shuffle=train,
            num_workers=workers,
        )
        for train in (True, False)
    )
    model = build_architecture(
        "LeNet5",
        channels=1,
        classes=10,
        image_size=28,
        generator=torch.Generator().manual_seed(0),
    )
    optimizer = torch.optim.SGD(
        model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, nesterov=True
    )
    images = 0
    start = time.perf_counter()
    for _ in range(epochs):
        model.train()
        for batch, labels in training:
            optimizer.zero_grad()
            F.cross_entropy(model(batch), labels).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            images += len(labels)
        model.eval()
        with torch.no_grad():
            for batch, labels in test:
                model(batch).argmax(1).eq(labels).sum().item()
    return images / (time.perf_counter() - start)


def main() -> None:
    """Time both and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3, help="epochs before pruning")
    parser.add_argument("--root", type=Path, default=None, help="folder of the data sets")
    arguments = parser.parse_args()
    root = arguments.root or data_root()
    try:
        load_dataset(
            "Fashion-MNIST",
            root=root,
            device=torch.device("cpu"),
            split_generator=torch.Generator().manual_seed(0),
        )
    except RdstatsError as missing:
        sys.exit(str(missing))
    plain = dataloader_loop(root, max(1, arguments.epochs - 1))
    stacked = ours(root, arguments.epochs)
    print(f"{platform.platform()}, {available_cores()} cores, torch {torch.__version__},")
    print(f"torchvision {torchvision.__version__}; LeNet5 on Fashion-MNIST, images a second:")
    print(f"plain DataLoader loop {plain:,.0f}, run_study {stacked:,.0f}")
    print(f"ratio {stacked / plain:.1f}")


if __name__ == "__main__":
    main()
