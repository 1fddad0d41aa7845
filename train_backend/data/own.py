"""A data set of a plug-in: tensors, or samples that a DataLoader reads while they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_all_start_methods
from typing import Any, cast

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from train_backend.data.dataset import Dataset, ImageSet
from train_backend.data.facts import DATASETS
from train_backend.data.splits import stratified_split
from train_backend.errors import TrainError

Loader = DataLoader[Any]
START_METHODS = get_all_start_methods()


def _reader(loader: Loader, workers: int, **batches: Any) -> Loader:
    """Return what reads the samples of a loader in other batches."""
    return DataLoader(
        loader.dataset,
        num_workers=workers,
        collate_fn=loader.collate_fn,
        # Started otherwise, workers outlive a killed run, and know no class of a plug-in.
        multiprocessing_context="fork" if workers and "fork" in START_METHODS else None,
        **batches,
    )


class Streamed:
    """Inputs of some samples of a DataLoader's data set, read when they are indexed by row.

    It stands where a tensor of all inputs would; `in_batches` reads either. Batches and their
    order are ours; the workers and the collating of samples are the loader's.
    """

    def __init__(self, loader: Loader, rows: Tensor, device: torch.device) -> None:
        self._loader, self._rows, self.device = loader, rows, device
        self._ahead: Iterator[tuple[Tensor, Tensor, bool]] = iter(())

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._rows)

    def __getitem__(self, rows: Tensor) -> Tensor:
        """Return the inputs of some samples: those read ahead, if it is their turn."""
        expected, inputs, is_last = next(self._ahead, (None, None, True))
        if is_last or expected is not rows:
            self._ahead = iter(())  # which ends its workers
        if expected is rows and inputs is not None:
            return inputs
        return next(self._read([rows], workers=0))

    def expect(self, order: Sequence[Tensor]) -> None:
        """Read ahead what will be asked for, batch by batch, in this order."""
        is_last = [False] * (len(order) - 1) + [True]
        self._ahead = zip(order, self._read(order, self._loader.num_workers), is_last, strict=True)

    def split(self, size: int) -> Iterator[Tensor]:
        """Yield all inputs in their order, in batches."""
        return self._read(torch.split(torch.arange(len(self)), size), self._loader.num_workers)

    def _read(self, order: Sequence[Tensor], workers: int) -> Iterator[Tensor]:
        rows_of_batches = [self._rows[rows.cpu()].tolist() for rows in order]
        batches = _reader(self._loader, workers, batch_sampler=rows_of_batches)
        try:
            for inputs, _ in batches:
                yield inputs.to(self.device)
        except RuntimeError as error:
            if not str(error).startswith("DataLoader worker"):  # else it has died
                raise
            raise TrainError(
                "a worker that reads samples was ended from outside (is the memory full?): what is "
                "done is kept, the same command goes on"
            ) from error


def in_batches(inputs: Tensor | Streamed, size: int) -> Iterator[Tensor]:
    """Yield inputs in their order, in batches, whether they lie ready or are streamed."""
    if isinstance(inputs, Streamed):
        return inputs.split(size)
    return iter(torch.split(inputs, size))


@dataclass(frozen=True)
class Part:
    """Training or test samples of a plug-in, the shape of one, and labels, int64 on the CPU."""

    inputs: Tensor | Loader
    labels: Tensor
    shape: tuple[int, ...]

    def of(self, rows: Tensor, device: torch.device) -> ImageSet:
        """Return some samples on a device, or streamed there."""
        if isinstance(self.inputs, Tensor):
            return ImageSet(self.inputs[rows].to(device), self.labels[rows].to(device))
        # No tensor, but it is indexed, split and counted like one.
        streamed = cast("Tensor", Streamed(self.inputs, rows, device))
        return ImageSet(streamed, self.labels[rows].to(device))


def open_own(name: str) -> None:
    """Read a plug-in's data set, once in a process, and enter its sizes in `DATASETS`.

    Nothing is done for one that is built in.

    Raises:
        TrainError: It fails, or is not as `plugins.dataset` says; the line names it.
    """
    facts = DATASETS[name]
    if facts.read is None or facts.parts is not None:
        return
    train, test, names = facts.read()
    DATASETS[name] = replace(
        facts,
        class_names=names,
        channels=train.shape[0] if train.shape else 1,
        size=train.shape[-1] if len(train.shape) > 1 else 1,
        train_images_of_classes=tuple(torch.bincount(train.labels).tolist()),
        test_images=len(test.labels),
        parts=(train, test),
    )


def checked(answer: object) -> tuple[Part, Part, tuple[str, ...]]:
    """Return training and test part and class names of what a plug-in gave.

    Raises:
        TrainError: Something does not fit; the text goes on after a name.
    """
    if not isinstance(answer, tuple) or len(answer) != 3:
        raise TrainError("it must return three things: train, test, class_names")
    train, test, names = _part("train", answer[0]), _part("test", answer[1]), tuple(answer[2])
    if len(names) < 2 or not all(isinstance(each, str) for each in names):
        raise TrainError("class_names must be two names or more, in the order of the labels")
    if train.shape != test.shape:
        raise TrainError(f"a training sample has shape {train.shape}, a test sample {test.shape}")
    for what, part in ("train", train), ("test", test):
        found = torch.unique(part.labels).tolist()
        if found != list(range(len(names))):
            raise TrainError(f"the labels of {what} are {found[:20]}, not 0 to {len(names) - 1}")
    return train, test, names


def _part(what: str, given: Any) -> Part:
    if isinstance(given, DataLoader):
        if not hasattr(given.dataset, "__len__"):
            raise TrainError(f"the data set behind {what} has no length: samples need a number")
        sample, _ = given.collate_fn([given.dataset[0]])
        return Part(given, _labels(given), tuple(sample.shape[1:]))
    inputs, labels = given
    if not isinstance(inputs, Tensor) or inputs.dtype != torch.float32:
        raise TrainError(f"the inputs of {what} must be a float32 tensor, as the network sees them")
    labels = torch.as_tensor(labels)
    if labels.shape != inputs.shape[:1] or labels.is_floating_point():
        raise TrainError(f"the labels of {what} must be whole numbers, one a sample")
    return Part(inputs, labels.to("cpu", torch.int64), tuple(inputs.shape[1:]))


def _labels(loader: Loader) -> Tensor:
    """Return all labels: the data set's `targets`, as torchvision's have, else by reading it."""
    targets = getattr(loader.dataset, "targets", None)
    if targets is not None:
        return torch.as_tensor(targets, dtype=torch.int64)
    every = _reader(loader, loader.num_workers, batch_size=loader.batch_size or 1)
    return torch.cat([torch.as_tensor(labels) for _, labels in every]).to(torch.int64)


def load_own(
    name: str, device: torch.device, validation_fraction: float, split_generator: torch.Generator
) -> Dataset | None:
    """Return a plug-in's data set, split; None if `name` is built in. Errors of `open_own`."""
    open_own(name)
    facts = DATASETS[name]
    if facts.parts is None:
        return None
    train, test = facts.parts
    kept, held_out = stratified_split(train.labels, validation_fraction, split_generator)
    return Dataset(
        name=name,
        class_names=facts.class_names,
        train=train.of(kept, device),
        validation=train.of(held_out, device),
        test=test.of(torch.arange(len(test.labels)), device),
        black=torch.zeros(facts.channels, device=device),
    )
