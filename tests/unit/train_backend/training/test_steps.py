"""Steps of an epoch: what is drawn for each, and where someone looks at the model."""

from __future__ import annotations

import torch

from small_studies import two_blobs
from train_backend.data import crop, draw_crops
from train_backend.training.steps import Step, draw_steps, seen, until

ROWS = [torch.tensor([4, 2, 0]), torch.tensor([3, 1])]


def test_a_step_without_crops_sees_its_rows_as_they_are() -> None:
    """Images and labels 4, 2 and 0, at the first rate."""
    data = two_blobs()
    first, second = draw_steps(ROWS, [0.1, 0.2], None)
    part = seen(data, first)
    assert torch.equal(part.images, data.train.images[[4, 2, 0]])
    assert torch.equal(part.labels, data.train.labels[[4, 2, 0]])
    assert (first.rate, second.rate, second.crops) == (0.1, 0.2, None)


def test_crops_are_drawn_batch_by_batch() -> None:
    """The same images as if each batch were cropped when its turn comes."""
    data, stream = two_blobs(), torch.Generator().manual_seed(1)
    for step in draw_steps(ROWS, [0.1, 0.1], torch.Generator().manual_seed(1)):
        images = data.train.images[step.rows]
        assert torch.equal(
            seen(data, step).images, crop(images, draw_crops(len(images), stream), data.black)
        )


def test_runs_end_where_someone_looks() -> None:
    """After 2 and 3 of 5 steps; what lies outside ends no run."""
    steps = [Step(float(number), ROWS[0]) for number in range(5)]
    runs = list(until(steps, [3, 2, 2, 0, -4, 5, 9]))
    assert [taken for taken, _ in runs] == [2, 3, 5]
    assert [[step.rate for step in run] for _, run in runs] == [[0, 1], [2], [3, 4]]


def test_without_stops_there_is_one_run() -> None:
    """All steps."""
    steps = [Step(0.1, rows) for rows in ROWS]
    assert list(until(steps, [])) == [(2, steps)]
