"""Several models of one architecture trained side by side: one call of each layer for all.

For devices that a small network alone cannot fill. Each model runs its own experiment, with its
own images, order, masks and selected epoch, in turns with the others (`turns.Turns`). Where they
are about to take steps they meet: their weights are stacked, and `torch.func.vmap` turns each
layer into one over the stack (grouped convolutions, batched products). A sum over models is taken
nowhere, so each is trained as if alone, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn
from torch.func import functional_call, vmap

from train_backend.datasets import Dataset
from train_backend.descent import Descent, TorchDescent, descent_of, sum_of_losses
from train_backend.graphs import stepper
from train_backend.optimizers import Sgd
from train_backend.precision import reduced
from train_backend.recipes import Recipe
from train_backend.steps import Step, seen
from train_backend.turns import Company, Turns


@dataclass(frozen=True)
class Seat:
    """The place of one model among those that train side by side.

    Attributes:
        turns: What all of them share.
        number: Of this one, from 0.
    """

    turns: Turns
    number: int

    def descent_of(
        self, model: nn.Module, dataset: Dataset, recipe: Recipe, masks: Mapping[str, Tensor] | None
    ) -> Descent:
        """Return what trains this model; with the others, where torch trains it.

        As `descent.descent_of`, and called by all models alike. Kernels train one model after
        another: one fills a core. Of the others those train together that have the same layers
        and equally many images; networks that CHIP has made differently small train alone.
        """
        alone = descent_of(model, dataset, recipe, masks)
        if not isinstance(alone, TorchDescent):
            return alone
        trainee = Trainee(model, dataset, recipe, masks or {}, alone)
        found = self.turns.meet(self.number, self.turns.everyone, trainee, self._descents)
        return cast("Descent", found)

    def _descents(self, trainees: list[Trainee]) -> list[Descent]:
        """Return a descent for each of all models, stacked with those of its kind."""
        kinds: dict[object, list[int]] = {}
        for number, trainee in enumerate(trainees):
            kinds.setdefault(trainee.kind, []).append(number)
        descents: list[Descent] = [trainee.alone for trainee in trainees]
        for company in kinds.values():
            if len(company) > 1:
                stack = Stack([trainees[number] for number in company])
                for number in company:
                    descents[number] = StackedDescent(
                        stack, Seat(self.turns, number), tuple(company)
                    )
        return descents


@dataclass(frozen=True)
class Trainee:
    """A model that is about to be trained, and all that is its own.

    Attributes:
        model: Trained in place.
        dataset: Its training images are learnt.
        recipe: Momentum, weight decay and precision.
        masks: True where a weight stays.
        alone: What trains it without the others.
    """

    model: nn.Module
    dataset: Dataset
    recipe: Recipe
    masks: Mapping[str, Tensor]
    alone: Descent

    @property
    def kind(self) -> object:
        """Return what models of a stack have in common."""
        shapes = tuple((name, each.shape) for name, each in self.model.state_dict().items())
        return type(self.model), shapes, len(self.dataset.train), self.recipe


class Stack:
    """Some models of one kind that are trained together."""

    def __init__(self, trainees: Sequence[Trainee]) -> None:
        device = trainees[0].dataset.train.labels.device
        self._stepper = stepper(StackedStep(trainees), device)

    def take(self, runs: list[Sequence[Step]], check: Callable[[], None]) -> list[Tensor]:
        """Take as many steps of every model; return per model the sum of its images' losses.

        Args:
            runs: The steps of each model, as many, at the same rates, of as many images.
            check: Called before every step; raises to end all.
        """
        steps = runs[0]
        sizes = [len(step.rows) for step in steps]
        kinds = zip(*([*_in_a_row(run)] for run in runs), strict=True)
        # All at once: a stack of the rows of each step would be a launch for each.
        split = [torch.split(torch.stack(each), sizes, dim=-1) for each in kinds]

        def checked() -> Iterator[tuple[float, tuple[Tensor, ...]]]:
            for step, *draws in zip(steps, *split, strict=True):
                check()
                yield step.rate, tuple(draws)

        return list(sum_of_losses(self._stepper.take(checked()), steps))


class StackedStep:
    """One step of all models of a stack; call it again and again.

    The models' own parameters and buffers become views of the stack: each step is a step of
    every model, and whoever evaluates, masks or copies a model sees it as it is.
    """

    def __init__(self, trainees: Sequence[Trainee]) -> None:
        models = [trainee.model for trainee in trainees]
        self._datasets = [trainee.dataset for trainee in trainees]
        self._precision = trainees[0].recipe.precision
        self._parameters = {
            name: stacked.requires_grad_()
            for name, stacked in _stacked([dict(model.named_parameters()) for model in models])
        }
        self._buffers = dict(_stacked([dict(model.named_buffers()) for model in models]))
        self._dropped = _dropped(trainees)
        # Layers without numbers: those are given in every call.
        self._form = deepcopy(models[0]).to("meta").train()
        self._optimizer = Sgd.of(trainees[0].recipe, self._parameters.values())

    def __call__(self, rate: float, draws: tuple[Tensor, ...]) -> Tensor:
        """Take a step at a learning rate; return the mean losses before it, shape (models,).

        Args:
            rate: The learning rate of all.
            draws: As `Step.draws`, with one more dimension in front: the models.
        """
        parts = [
            seen(dataset, own)
            for dataset, *own in zip(
                self._datasets, *(draw.unbind() for draw in draws), strict=True
            )
        ]
        images = torch.stack([part.images for part in parts])
        labels = torch.stack([part.labels for part in parts])
        with reduced(images.device, self._precision):
            logits = self.logits(images)
        losses = F.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), reduction="none")
        each = losses.view(labels.shape).mean(dim=1)
        # No weight is in two models' losses: the gradient of the sum is each model's own.
        self._optimizer.descend(each.sum(), rate)
        with torch.no_grad():
            for name, where in self._dropped.items():
                self._parameters[name].masked_fill_(where, 0.0)
        return each.detach()

    def logits(self, images: Tensor) -> Tensor:
        """Return the logits of every model on its own images, in training mode.

        Args:
            images: Shape (models, N, channels, height, width).
        """

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], some: Tensor) -> Tensor:
            logits: Tensor = functional_call(self._form, (parameters, buffers), (some,))
            return logits

        logits: Tensor = vmap(one)(self._parameters, self._buffers, images)
        return logits


class StackedDescent:
    """One model of a stack: its steps are taken when all of the stack are about to take theirs."""

    def __init__(self, stack: Stack, seat: Seat, company: Company) -> None:
        self._stack, self._seat, self._company = stack, seat, company

    def take(self, steps: Sequence[Step]) -> Tensor:
        """Take some steps; return the sum over their images of the losses before each step."""
        seat = self._seat
        together = partial(self._stack.take, check=seat.turns.check)
        return cast("Tensor", seat.turns.meet(seat.number, self._company, steps, together))


def _in_a_row(steps: Sequence[Step]) -> Iterator[Tensor]:
    """Yield each kind of draws of all steps in a row: rows, and crops if there are any."""
    for each in zip(*(step.draws for step in steps), strict=True):
        yield torch.cat(each, dim=-1)


def _stacked(models: Sequence[dict[str, Tensor]]) -> list[tuple[str, Tensor]]:
    """Return tensors of the same name side by side, and make each model's own a view of them."""
    every = []
    for name in models[0]:
        tensors = [model[name] for model in models]
        stacked = torch.stack([tensor.detach() for tensor in tensors])
        for tensor, view in zip(tensors, stacked, strict=True):
            tensor.data = view
        every.append((name, stacked))
    return every


def _dropped(trainees: Sequence[Trainee]) -> dict[str, Tensor]:
    """Return where weights stay zero, stacked, for every parameter that any model masks."""
    names = dict.fromkeys(name for trainee in trainees for name in trainee.masks)
    return {
        name: torch.stack(
            [
                ~trainee.masks[name]
                if name in trainee.masks
                else torch.zeros_like(trainee.model.get_parameter(name), dtype=torch.bool)
                for trainee in trainees
            ]
        )
        for name in names
    }
