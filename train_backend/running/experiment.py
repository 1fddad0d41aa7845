"""One model: trained once; each way of compressing it starts from there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from train_backend.data import load_dataset
from train_backend.models.initialization import seeded
from train_backend.parameters import parameter_counts
from train_backend.running.checkpoints import Checkpoints, packed
from train_backend.running.parts import Finished, digest_of, packed_classes
from train_backend.studies.conditions import Condition
from train_backend.studies.recipes import Phase, Recipe, training_steps
from train_backend.studies.study import Study, build_network
from train_backend.studies.weights import load_weights
from train_backend.studies.workload import Progress, Work, silent
from train_backend.training.devices import memory_format, on_device
from train_backend.training.evaluation import counts_per_class, predict
from train_backend.training.loop import Draws, Epoch, State, train
from train_backend.training.streams import generator

DENSE, HISTORY = "dense", "history"


@dataclass(frozen=True)
class Dense:
    """The unpruned model, trained: where every way of compressing starts. Nobody changes it.

    Its weights are those of the selected epoch; `states` those after the steps that LTH asks for.
    """

    network: nn.Module
    predicted: Tensor
    states: dict[int, State]
    history: tuple[Epoch, ...]


class Experiment:
    """One model m of a study on a device: what all ways of compressing it share.

    Holds the data, and knows how the study trains and evaluates. Call it under
    `devices.repeatable`. Checkpoints lie in `out`, the study's folder; None keeps none.

    Raises:
        TrainError: The data set is missing.
    """

    def __init__(
        self,
        study: Study,
        model: int,
        *,
        device: torch.device,
        root: Path | None = None,
        out: Path | None = None,
        progress: Progress = silent,
    ) -> None:
        self.study, self.model, self.device, self.progress = study, model, device, progress
        # With the settings of LTH, if there are any: they say which steps' weights are kept.
        digest = digest_of(study, model, Condition(DENSE, "none" if study.lth is None else "LTH"))
        self.checkpoints = Checkpoints(out, f"{model}-{digest}")
        self.dataset = load_dataset(
            study.dataset,
            root=root,
            device=device,
            split_generator=self.stream("split"),
            validation_fraction=study.recipe.validation_fraction,
            padding=study.padding,
            layout=memory_format(device, study.architecture),
        )

    def stream(self, purpose: str) -> torch.Generator:
        """Return the random stream of one purpose of this model."""
        return generator(self.study.seed, self.study.name, self.model, purpose)

    def dense(self) -> Dense:
        """Return the unpruned model: given, from its checkpoint, or built and trained.

        Raises:
            Diverged: It has diverged.
        """
        steps = self._steps_to_keep()
        network = build_network(self.study, self.stream("initialisation"))
        if self.study.weights:
            load_weights(self.study.weights, self.model, network)
        network = on_device(network, self.device, self.study.architecture)
        if self.study.weights:
            return Dense(network, predict(network, self.dataset.test.images), {}, ())
        kept = self.checkpoints.load(DENSE, self.device)
        if kept is None:
            phases = self.study.recipe.training_phases
            epochs: list[Epoch] = []
            states = self.train(network, phases, "training", keep_after=steps, history=epochs)
            kept = {HISTORY: _as_tensor(epochs)} | _under("selected", network.state_dict())
            for step, state in states.items():
                kept |= _under(str(step), state)
            self.checkpoints.save(DENSE, kept)
        else:
            network.load_state_dict(_part(kept, "selected"))
            states = {step: _part(kept, str(step)) for step in steps}
        predicted = predict(network, self.dataset.test.images)
        return Dense(network, predicted, states, _epochs(kept[HISTORY]))

    def _steps_to_keep(self) -> tuple[int, ...]:
        """Return the steps of dense training after which LTH needs the weights."""
        study = self.study
        if study.lth is None:
            return ()
        return study.lth.rewind_step, training_steps(study.dataset, study.recipe)

    def train(
        self,
        network: nn.Module,
        phases: tuple[Phase, ...],
        what: str,
        *,
        recipe: Recipe | None = None,
        **others: Any,
    ) -> dict[int, State]:
        """Train a network in place with random streams that `what` names, as `loop.train` does.

        Of the study's recipe, if there is no other. Raises Diverged as that does.
        """
        draws = Draws(self.stream(f"batch order, {what}"), self.stream(f"crops, {what}"))
        recipe = recipe or self.study.recipe
        with seeded(self.stream(f"forward, {what}")):  # dropout, of a plug-in's network
            return train(
                network, self.dataset, phases, recipe, draws, progress=self.progress, **others
            )

    def lost(self, conditions: Iterable[Condition], why: object) -> Iterator[Finished]:
        """Yield that conditions have diverged, and how."""
        for condition in conditions:
            yield Finished(self.model, condition, diverged=str(why))

    def evaluate(
        self,
        network: nn.Module,
        dense: Dense,
        condition: Condition,
        history: Iterable[Epoch] = (),
        *,
        is_counted: bool = True,
    ) -> Finished:
        """Return what a network answers on the test images, and counts; history as it is given.

        `parameters` are those of the whole network, also where channels have been removed from
        this one; then `parameters_nonzero` are those it has left, or None unless `is_counted`.
        """
        test = self.dataset.test
        predicted = predict(network, test.images)
        self.progress(Work(evaluation=len(test)))
        classes = len(self.dataset.class_names)
        return Finished(
            self.model,
            condition,
            counts_per_class(predicted, dense.predicted, test.labels, classes=classes),
            parameters=parameter_counts(dense.network)[0],
            parameters_nonzero=parameter_counts(network)[1] if is_counted else None,
            answers=packed_classes(predicted),
            labels=packed_classes(test.labels) if condition.stage == "baseline" else "",
            history=tuple(history),
            weights=packed(network.state_dict()) if self.study.keep_weights else None,
        )


def _as_tensor(epochs: Iterable[Epoch]) -> Tensor:
    return torch.tensor(list(json.dumps(list(epochs)).encode()), dtype=torch.uint8)


def _epochs(kept: Tensor) -> tuple[Epoch, ...]:
    return tuple(Epoch(*each) for each in json.loads(bytes(kept.tolist())))


def _under(name: str, state: State) -> dict[str, Tensor]:
    return {f"{name}/{key}": value for key, value in state.items()}


def _part(tensors: dict[str, Tensor], name: str) -> State:
    """Return the state that lies under a name."""
    start = f"{name}/"
    return {key.removeprefix(start): v for key, v in tensors.items() if key.startswith(start)}
