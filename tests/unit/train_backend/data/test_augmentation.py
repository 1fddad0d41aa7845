"""Random crops and flips: the vectorised gather against one image at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from train_backend.data import crop, draw_crops

IMAGES = torch.randn(200, 3, 8, 6, generator=torch.Generator().manual_seed(0))
BLACK = torch.tensor([-1.5, 0.25, 3.0])


def augment(images: Tensor, generator: torch.Generator, black: Tensor | None = None) -> Tensor:
    """Return images cropped and flipped as they are drawn."""
    return crop(images, draw_crops(len(images), generator), black)


def generator(seed: int = 1) -> torch.Generator:
    """Return a generator on the CPU."""
    return torch.Generator().manual_seed(seed)


def one_at_a_time(images: Tensor, draws: torch.Generator, black: Tensor) -> Tensor:
    """Return the same crops and flips from a loop that pads, cuts out and flips each image."""
    count, channels, height, width = images.shape
    down, right = torch.randint(0, 9, (2, count), generator=draws).tolist()
    flips = torch.randint(0, 2, (count,), generator=draws, dtype=torch.bool).tolist()
    results = []
    for image, top, left, flip in zip(images, down, right, flips, strict=True):
        padded = black.reshape(3, 1, 1).expand(channels, height + 8, width + 8).clone()
        padded[:, 4 : 4 + height, 4 : 4 + width] = image
        crop = padded[:, top : top + height, left : left + width]
        results.append(crop.flip(2) if flip else crop)
    return torch.stack(results)


def test_it_equals_cropping_and_flipping_each_image() -> None:
    """With black padding, and with the mean colour, 0, where none is given."""
    torch.testing.assert_close(
        augment(IMAGES, generator(), BLACK), one_at_a_time(IMAGES, generator(), BLACK)
    )
    assert torch.equal(
        augment(IMAGES, generator()), one_at_a_time(IMAGES, generator(), torch.zeros(3))
    )


def test_every_shift_and_both_directions_occur() -> None:
    """A single bright pixel in the middle lands on all 9 x 9 places, as often in either half."""
    bright = torch.zeros(5_000, 1, 9, 9)
    bright[:, :, 4, 4] = 1
    places = augment(bright, generator())[:, 0].sum(0)
    assert bool((places > 0).all())
    assert places.sum() == 5_000
    left_edge = torch.zeros(5_000, 1, 9, 9)
    left_edge[:, :, :, 1] = 1
    found = augment(left_edge, generator())[:, 0].amax(1)  # (5000, 9) columns
    share = (found[:, 5:].sum() / found.sum()).item()
    assert 0.4 < share < 0.6


def test_the_images_that_are_passed_in_stay_as_they_are() -> None:
    """A new tensor of the same shape and type."""
    before = IMAGES.clone()
    after = augment(IMAGES, generator())
    assert torch.equal(IMAGES, before)
    assert after.shape == IMAGES.shape
    assert after.dtype == IMAGES.dtype


def test_crops_come_from_the_generator_alone() -> None:
    """Same seed, same crops; another seed, others; the global generator is not used."""
    state = torch.random.get_rng_state()
    first, again = augment(IMAGES, generator(2)), augment(IMAGES, generator(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, augment(IMAGES, generator(3)))
    assert torch.equal(torch.random.get_rng_state(), state)
