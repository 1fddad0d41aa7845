"""Work of the backend: training on Fashion-MNIST, and masks, beside ShrinkBench-style loops.

The peers do what ShrinkBench does (Blalock et al. 2020), written anew. Training: torchvision's data
set, ToTensor and Normalize image by image in as many DataLoader workers as there are cores, loss
and top-1 and top-5 hits read after every batch, a pass over the test set and a checkpoint after
every epoch. Masks: every mask is an experiment of its own, with its own copy of the weights in
numpy and its own gradient by autograd, a quantile of the concatenated scores, and masks of floats.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analysis import METHODS, RATIOS
from bench import Clock, Work

MODELS, EPOCHS, LATER = 8, 30, 15
PEER_EPOCHS = 1
MASKED_MODELS = 30
WEIGHT_DECAY = 5e-3


def study(folder: Path) -> str:
    """Run a study of eight LeNet5 by the recipe as described: 30 epochs, MP to 2, 15 more."""
    from shutil import rmtree

    from train_backend.running.engine import run_study
    from train_backend.studies.files import study_from_tables

    settings = {"dataset": "Fashion-MNIST", "architecture": "LeNet5", "methods": ["MP"]}
    settings |= {"ratios": [2], "models": MODELS, "control": False}
    made = study_from_tables({"study": settings}, default_name="benchmark")
    rmtree(folder / "study", ignore_errors=True)
    run_study(made, folder / "study", device="cpu")
    return f"{MODELS} models, {MODELS * (EPOCHS + LATER)} epochs of 54,000 images"


def study_by_loop(folder: Path) -> tuple[float, float]:
    """Train one model for an epoch of all 60,000 images."""
    import torch
    import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
    from torch.utils.data import DataLoader
    from torchvision import transforms
    from torchvision.datasets import FashionMNIST

    from data_contracts.limits import available_cores
    from train_backend.data.files import data_root
    from train_backend.models import build_architecture

    prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    loaders = [
        DataLoader(
            FashionMNIST(str(data_root()), train=train, transform=prepare),
            batch_size=128,
            shuffle=train,
            num_workers=available_cores(),
        )
        for train in (True, False)
    ]
    generator = torch.Generator().manual_seed(0)
    model = build_architecture("LeNet5", channels=1, classes=10, image_size=28, generator=generator)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    clock = Clock()
    for _ in range(PEER_EPOCHS):
        for training, loader in zip((True, False), loaders, strict=True):
            model.train(training)
            total = hits = hits_of_5 = 0.0
            for images, labels in loader:
                with torch.set_grad_enabled(training):
                    logits = model(images)
                    loss = F.cross_entropy(logits, labels)
                if training:
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    optimizer.zero_grad()
                right = logits.topk(5).indices.eq(labels[:, None])
                total += loss.item()
                hits += right[:, :1].sum().item()
                hits_of_5 += right.sum().item()
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(state, folder / "checkpoint.pt")
    return clock.seconds()


def _lenet5(number: int):  # type: ignore[no-untyped-def]  # torch is imported late
    import torch

    from train_backend.models import build_architecture

    draws = torch.Generator().manual_seed(number)
    model = build_architecture("LeNet5", channels=1, classes=10, image_size=28, generator=draws)
    images = torch.randn(128, 1, 28, 28, generator=draws)
    return model, images, torch.randint(10, (128,), generator=draws)


def second_time(make: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds of something that was done before, by one thread.

    What the first time imports and compiles is there already when masks are made in a study.
    """
    import torch

    from train_backend.training.devices import repeatable

    torch.set_num_threads(1)
    with repeatable(torch.device("cpu")):
        make()
        clock = Clock()
        make()
        return clock.seconds()


def masks() -> None:
    """Make 600 masks: a gradient for each model, an order of the scores for each method."""
    import torch

    from train_backend.methods.gradients import data_loss_gradients
    from train_backend.methods.masks import kept_count, masks_at
    from train_backend.methods.scores import SCORES

    for number in range(MASKED_MODELS):
        model, images, labels = _lenet5(number)
        stream = torch.Generator().manual_seed(0)
        gradients = data_loss_gradients(
            model, images, labels, batch_size=128, batches=None, generator=stream
        )
        keeps = [kept_count(model, ratio) for ratio in RATIOS]
        for method in METHODS:
            masks_at(SCORES[method].scores(model, gradients, WEIGHT_DECAY, stream), keeps)


def masks_by_hand() -> None:
    """Make the same 600, each as an experiment of its own."""
    import numpy as np
    import torch.nn.functional as F  # noqa: N812

    from train_backend.methods.masks import prunable_parameters

    draws = np.random.default_rng(0)
    for number in range(MASKED_MODELS):
        model, images, labels = _lenet5(number)
        total = sum(parameter.numel() for parameter in model.parameters())
        for method in METHODS:
            for ratio in RATIOS:
                parameters = prunable_parameters(model)
                weights = {name: each.detach().numpy().copy() for name, each in parameters.items()}
                prunable = sum(value.size for value in weights.values())
                fraction = (total / ratio - (total - prunable)) / prunable
                if method == "RP":
                    for value in weights.values():
                        draws.choice([0.0, 1.0], p=[1 - fraction, fraction], size=value.shape)
                    continue
                scores = {name: np.abs(value) for name, value in weights.items()}
                if method != "MP":
                    loss = F.cross_entropy(model(images), labels)
                    loss.backward()  # type: ignore[no-untyped-call]
                    decay = WEIGHT_DECAY if method == "UP" else 0.0
                    for name, parameter in parameters.items():
                        gradient = parameter.grad.detach().numpy()  # type: ignore[union-attr]
                        value = weights[name]
                        scores[name] = np.abs(-value * gradient + decay * value**2)
                    model.zero_grad()
                flat = np.concatenate([score.flatten() for score in scores.values()])
                threshold = np.quantile(flat, 1 - fraction)
                for score in scores.values():
                    mask = np.ones_like(score)
                    mask[np.logical_and(score < threshold, score > -threshold)] = 0


WORKS = {
    "study": Work(
        f"`rdtrain`: {MODELS} LeNet5 on Fashion-MNIST, full recipe, pruned and fine-tuned",
        "a ShrinkBench-style loop, timed on one epoch and scaled",
        lambda _: None,
        study,
        study_by_loop,
        scale=MODELS * (EPOCHS + LATER) * 54_000 / 60_000 / PEER_EPOCHS,
        rounds=1,
        clock_alone=True,
    ),
    "masks": Work(
        "600 masks: 30 models, four methods, five ratios; one thread, without starting",
        "ShrinkBench-style masks in numpy",
        lambda _: None,
        lambda _: second_time(masks),
        lambda _: second_time(masks_by_hand),
    ),
}
