"""Random crops and flips of a whole batch at once, on its device."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor

CROP_PADDING = 4


def draw_crops(count: int, generator: torch.Generator) -> Tensor:
    """Return how each of some images is moved.

    Args:
        count: How many images.
        generator: A generator on the CPU, so that every device sees the same crops.

    Returns:
        int64, shape (3, count): pixels down and right into the padded image, from 0 to 8, and
        1 where the image is flipped, else 0.
    """
    shifts = torch.randint(0, 2 * CROP_PADDING + 1, (2, count), generator=generator)
    flips = torch.randint(0, 2, (count,), generator=generator, dtype=torch.bool)
    return torch.cat([shifts, flips.long()[None]])


def crop(images: Tensor, crops: Tensor, black: Tensor | None = None) -> Tensor:
    """Return each image moved, and flipped, as it was drawn.

    Args:
        images: Normalised, shape (N, channels, height, width).
        crops: As `draw_crops` returns it, on the images' device.
        black: Value of the padding per channel, shape (channels,): `Dataset.black` pads with
            black as the released code does. None pads with 0, the mean colour.

    Returns:
        A new tensor of the same shape.
    """
    count, channels, height, width = images.shape
    device = images.device
    down, right, flipped = crops

    fill = torch.zeros(channels, device=device) if black is None else black
    shift = fill.reshape(1, -1, 1, 1)
    padded = F.pad(images - shift, [CROP_PADDING] * 4) + shift

    rows = down[:, None] + torch.arange(height, device=device)  # (N, height)
    columns = torch.arange(width, device=device).expand(count, width)
    columns = right[:, None] + torch.where(flipped[:, None] > 0, width - 1 - columns, columns)
    return padded[
        torch.arange(count, device=device)[:, None, None, None],
        torch.arange(channels, device=device)[None, :, None, None],
        rows[:, None, :, None],
        columns[:, None, None, :],
    ]
