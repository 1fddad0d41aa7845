"""Random streams: one per purpose, the same whenever it is asked for."""

from __future__ import annotations

import torch

from train_backend.training.streams import generator

SEED = 0xB25070BEC5A942A4


def draws(seed: int, study: str, model: int, purpose: str) -> list[int]:
    """Return the first draws of a stream."""
    stream = generator(seed, study, model, purpose)
    return torch.randint(1_000_000, (5,), generator=stream).tolist()


def test_the_same_arguments_give_the_same_draws() -> None:
    """Whatever was drawn in between."""
    first = draws(0, "study", 3, "split")
    draws(0, "study", 4, "split")
    assert draws(0, "study", 3, "split") == first


def test_another_seed_study_model_or_purpose_gives_other_draws() -> None:
    """No two streams of a study are the same."""
    streams = [
        draws(0, "study", 3, "split"),
        draws(1, "study", 3, "split"),
        draws(0, "study-2", 3, "split"),
        draws(0, "study", 4, "split"),
        draws(0, "study", 3, "initialisation"),
    ]
    assert len({tuple(stream) for stream in streams}) == 5


def test_where_one_argument_ends_and_the_next_begins_matters() -> None:
    """Model 1 of study "a1" is not model 11 of study "a"."""
    assert draws(0, "a1", 1, "split") != draws(0, "a", 11, "split")


def test_the_seed_is_the_start_of_a_sha256_that_anyone_can_compute() -> None:
    """In a shell: printf '[0, "study", 3, "split"]' | sha256sum begins with these 16 digits."""
    assert generator(0, "study", 3, "split").initial_seed() == SEED


def test_streams_leave_torchs_global_generator_alone() -> None:
    """Every draw comes from a generator that is passed in."""
    before = torch.random.get_rng_state()
    draws(0, "study", 3, "split")
    assert torch.equal(torch.random.get_rng_state(), before)
