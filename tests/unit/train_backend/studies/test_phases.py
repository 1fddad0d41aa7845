"""Phases: the learning rate of every step."""

from __future__ import annotations

import math

import pytest
import torch

from small_studies import small_recipe, two_blobs
from train_backend.errors import TrainError
from train_backend.models import build_architecture
from train_backend.studies.recipes import Phase, steps_per_epoch
from train_backend.training.loop import Draws, train


def test_a_plain_phase_has_one_rate() -> None:
    """Whatever the epoch and the step, exactly."""
    phase = Phase(3, 0.1)
    assert {phase.rate(epoch, step, 7) for epoch in range(3) for step in range(7)} == {0.1}


def test_the_warm_up_rises_in_a_straight_line_step_by_step() -> None:
    """Two epochs of four steps: an eighth more at each, then the rate itself."""
    phase = Phase(4, 0.8, warmup_epochs=2)
    rates = [phase.rate(epoch, step, 4) for epoch in range(3) for step in range(4)]
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, *[0.8] * 5])


def test_the_cosine_falls_from_the_rate_to_nearly_nothing() -> None:
    """Five epochs, one of warm-up: then (1 + cos(pi e / 4)) / 2 for e = 0, 1, 2, 3."""
    phase = Phase(5, 1.0, warmup_epochs=1, curve="cosine")
    rates = [phase.rate(epoch, 0, 10) for epoch in range(1, 5)]
    half = math.sqrt(0.5) / 2
    assert rates == pytest.approx([1.0, 0.5 + half, 0.5, 0.5 - half])


def released(epoch: int, step: int, steps: int) -> float:
    """Return the rate as `adjust_learning_rate` of the code released for CHIP computes it."""
    rate = 0.5 * 0.01 * (1 + math.cos(math.pi * (epoch - 5) / (400 - 5)))
    return rate * float(1 + step + epoch * steps) / (5.0 * steps) if epoch < 5 else rate


@pytest.mark.parametrize("epoch", [0, 4, 5, 6, 200, 399])
def test_chips_schedule_is_that_of_its_released_code(epoch: int) -> None:
    """400 epochs, rate 0.01, five warm-up epochs, cosine; 176 steps an epoch."""
    phase = Phase(400, 0.01, warmup_epochs=5, curve="cosine")
    for step in (0, 100, 175):
        assert phase.rate(epoch, step, 176) == pytest.approx(released(epoch, step, 176))


def test_a_phase_of_warm_up_alone_is_refused() -> None:
    """No epoch would have the rate that was asked for."""
    with pytest.raises(TrainError, match="a phase of 5 epochs cannot have 5 warm-up epochs"):
        Phase(5, 0.1, warmup_epochs=5)


def states(first_step: int, keep_after: tuple[int, ...], start: dict[int, object]) -> dict:  # type: ignore[type-arg]
    """Train LeNet5 on 64 images, two epochs of four steps, from a state or from the start."""
    recipe = small_recipe(batch_size=16, selection="last")
    draws = torch.Generator().manual_seed(0)
    model = build_architecture("LeNet5", channels=1, classes=2, image_size=10, generator=draws)
    if start:
        model.load_state_dict(start[first_step])  # type: ignore[arg-type]
    order = Draws(torch.Generator().manual_seed(1), torch.Generator().manual_seed(2))
    return train(
        model,
        two_blobs(),
        (Phase(1, 0.1), Phase(1, 0.01)),
        recipe,
        order,
        first_step=first_step,
        keep_after=keep_after,
    )


def test_the_weights_after_any_step_are_kept() -> None:
    """Before the first, within an epoch, after the last; each another network."""
    kept = states(0, (0, 3, 8), {})
    assert list(kept) == [0, 3, 8]
    first, third, last = (state["linear2.weight"] for state in kept.values())
    assert not torch.equal(first, third)
    assert not torch.equal(third, last)


def test_training_from_a_step_on_takes_the_schedule_from_there() -> None:
    """From step 6 of 8 two steps at the second phase's rate are left: they move little."""
    kept = states(0, (4, 6, 8), {})
    late = states(6, (6, 8), kept)
    early = states(4, (4, 8), kept)
    assert torch.equal(late[6]["linear2.weight"], kept[6]["linear2.weight"])

    def moved(run: dict[int, dict[str, torch.Tensor]], start: int) -> float:
        return float((run[8]["linear2.weight"] - run[start]["linear2.weight"]).abs().max())

    assert 0 < moved(late, 6) < moved(early, 4)


def test_an_epoch_has_as_many_steps_as_batches() -> None:
    """45,000 images in batches of 128: 352, the last of 72."""
    assert steps_per_epoch(45_000, 128) == 352
    assert steps_per_epoch(128, 128) == 1
