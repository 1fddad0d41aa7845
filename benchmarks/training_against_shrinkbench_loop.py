"""Time training LeNet5 on Fashion-MNIST beside a ShrinkBench-style loop, in one run.

    python benchmarks/training_against_shrinkbench_loop.py [--models 8] [--root DIR]

Ours: `run_study` with the full recipe "as described" (30 epochs, MP to 2, 15 epochs more), all
included: starting processes, compiling, reading the files, validation each epoch, pruning,
evaluation, writing the table. A process per core.

The peer does what ShrinkBench's training does (Blalock et al. 2020, `experiment/train.py`),
written anew: torchvision's data set, ToTensor and Normalize image by image in as many DataLoader
workers as there are cores, torch's own number of threads, loss and top-1 and top-5 hits read after
every batch, a pass over the test set and a checkpoint after every epoch, models one after another
(so that a few epochs of one are enough to know its speed; the first, which starts the workers,
is included as every epoch starts them).

Same network, batch size and optimiser. Printed: machine and versions, images trained a second of
both, ours as a share of the machine's rate of float32 matrix products (a process per core; 1.2
million operations an image, those of torch's layers), and as the last line the ratio.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
import torchvision
from machine import machine
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import FashionMNIST

from data_contracts.cores import available_cores
from data_contracts.errors import RdstatsError
from train_backend.data import DATASETS
from train_backend.data.files import data_root
from train_backend.data.loading import load_dataset
from train_backend.models import build_architecture
from train_backend.running.engine import run_study
from train_backend.studies.files import study_from_tables
from train_backend.studies.recipes import BATCH_SIZE, LENET5_LEARNING_RATE, MOMENTUM, Phase

OPERATIONS = 1.2e6
"""Of an image trained: two for each of the 200 thousand products of LeNet5 (convolutions 36,504
and 104,544, linear layers 48,000, 10,080 and 840), three times: forward, to inputs, to weights."""

SIDE = 1024  # of the matrices whose product is timed


def ours(root: Path, models: int, epochs: int) -> float:
    """Return images trained a second by `run_study`, all included."""
    tables = {
        "study": {
            "name": "benchmark",
            "dataset": "Fashion-MNIST",
            "architecture": "LeNet5",
            "methods": ["MP"],
            "ratios": [2],
            "models": models,
            "control": False,
        }
    }
    study = study_from_tables(tables, default_name="benchmark")
    recipe = replace(
        study.recipe,
        training_phases=(Phase(epochs, LENET5_LEARNING_RATE),),
        finetuning_phases=(Phase(max(1, epochs // 2), LENET5_LEARNING_RATE),),
    )
    study = replace(study, recipe=recipe)
    published = DATASETS["Fashion-MNIST"].train_images
    passes = recipe.training_epochs + recipe.finetuning_epochs
    images = round(published * (1 - recipe.validation_fraction)) * passes * models
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run_study(study, Path(folder), device="cpu", root=root)
        return images / (time.perf_counter() - start)


def shrinkbench_style(root: Path, epochs: int) -> float:
    """Return images trained a second by the peer."""
    prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    training, test = (
        DataLoader(
            FashionMNIST(str(root), train=train, transform=prepare),
            batch_size=BATCH_SIZE,
            shuffle=train,
            num_workers=available_cores(),
        )
        for train in (True, False)
    )
    generator = torch.Generator().manual_seed(0)
    model = build_architecture("LeNet5", channels=1, classes=10, image_size=28, generator=generator)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=LENET5_LEARNING_RATE, momentum=MOMENTUM, nesterov=True
    )
    start = time.perf_counter()
    for epoch in range(epochs):
        model.train()
        one_pass(model, training, optimizer)
        model.eval()
        with torch.no_grad():
            one_pass(model, test, None)
        with tempfile.TemporaryDirectory() as folder:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(state, Path(folder) / f"checkpoint-{epoch}.pt")
    return epochs * DATASETS["Fashion-MNIST"].train_images / (time.perf_counter() - start)


def one_pass(
    model: torch.nn.Module, loader: DataLoader[object], optimizer: torch.optim.Optimizer | None
) -> tuple[float, float, float]:
    """Go through the images once, training if there is an optimiser; return loss and hits."""
    total, hits, hits_of_5 = 0.0, 0.0, 0.0
    for images, labels in loader:
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        if optimizer is not None:
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            optimizer.zero_grad()
        right = logits.topk(5).indices.eq(labels[:, None])
        total += loss.item()
        hits += right[:, :1].sum().item()
        hits_of_5 += right.sum().item()
    return total, hits, hits_of_5


def products_a_second(_: int) -> float:
    """Return float32 operations a second of this process: the fastest of ten matrix products."""
    torch.set_num_threads(1)
    one, other = torch.randn(2, SIDE, SIDE)
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        one @ other
        seconds.append(time.perf_counter() - start)
    return 2 * SIDE**3 / min(seconds)


def main() -> None:
    """Time both and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=8, help="models of the study")
    parser.add_argument("--epochs", type=int, default=30, help="before pruning; half after it")
    parser.add_argument("--peer-epochs", type=int, default=2, help="epochs of the peer")
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
        sys.exit(
            f"{missing}\nThe Debian package dataset-fashion-mnist holds them: "
            "rdtrain data Fashion-MNIST --from /usr/share/datasets/fashion-mnist"
        )
    print(
        machine(
            torch=torch.__version__,
            torchvision=torchvision.__version__,
            llvmlite=metadata.version("llvmlite"),
        )
    )
    cores = available_cores()
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        rate = sum(pool.map(products_a_second, range(cores)))
    print(f"float32 matrix products    {rate / 1e9:8.1f} thousand million operations a second")
    peer = shrinkbench_style(root, arguments.peer_epochs)
    print(f"ShrinkBench-style loop     {peer:8,.0f} images a second")
    here = ours(root, arguments.models, arguments.epochs)
    share = here * OPERATIONS / rate
    print(f"run_study, {arguments.models} models        {here:8,.0f} images a second", end="")
    print(f", {share:.0%} of the rate of matrix products")
    print(f"ratio {here / peer:.1f}")


if __name__ == "__main__":
    main()
