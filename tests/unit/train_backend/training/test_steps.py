"""Steps of an epoch: what is drawn for each."""

from __future__ import annotations

import torch

from small_studies import two_blobs
from train_backend.data import crop, draw_crops
from train_backend.training.steps import draw_steps, seen

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
