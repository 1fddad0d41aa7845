"""Channel independence: how much a channel's map adds to those of the others (CHIP)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.errors import Diverged
from train_backend.models.resnet import ResNet

IMAGES_AT_ONCE = 32
"""Images whose maps are held at a time: ResNet-56 makes 3 MB of them for each image."""


def channel_independence(maps: Tensor) -> Tensor:
    """Return the independence of every channel of every image's map.

    With A the map of one image as a matrix, channels x (height width), channel j has

        ||A||_* - ||A with row j zeroed||_*,

    the nuclear norm ||.||_* being the sum of singular values. Those are the square roots of the
    eigenvalues of the Gram matrix A A^T, and to zero row j of A is to zero row and column j of
    it: channels x channels instead of channels x pixels, for all j at once.

    Args:
        maps: After the activation, shape (images, channels, height, width).

    Returns:
        float64 on the CPU, shape (images, channels), from 0 to the norm of the row.

    Source: Sui et al. 2021, equation 4. Checked against: torch.linalg.svdvals of A itself.
    """
    # On the CPU: not every device has float64, and eigenvalues of many small matrices are slow
    # on a GPU.
    rows = maps.flatten(2).cpu().to(torch.float64)
    gram = rows @ rows.transpose(1, 2)
    channels = gram.shape[1]
    without = gram.unsqueeze(1).repeat(1, channels, 1, 1)
    each = torch.arange(channels)
    without[:, each, each, :] = 0.0
    without[:, each, :, each] = 0.0
    return _nuclear_norm(gram).unsqueeze(1) - _nuclear_norm(without)


def _nuclear_norm(gram: Tensor) -> Tensor:
    """Return the sum of singular values of each A, from A A^T; rounding may leave one below 0."""
    eigenvalues: Tensor = torch.linalg.eigvalsh(gram)
    return eigenvalues.clamp(min=0.0).sqrt().sum(dim=-1)


def network_independence(
    model: ResNet,
    images: Tensor,
    names: Collection[str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Tensor]:
    """Return the mean independence of the channels of post-activation maps of a ResNet.

    # Differs from the paper: the authors of CHIP draw other augmented images for each layer;
    # here all layers see the same images, as they are.

    Args:
        model: The unpruned network; it is put into evaluation mode.
        images: Shape (images, channels, height, width), at least one.
        names: Of the maps; None for all. They are called `stem`, and per block
            `STAGE.BLOCK.inner` and `STAGE.BLOCK.output`, counted from 0.
        progress: Told how many images have just been scored.

    Returns:
        By the name of a map a float64 tensor on the CPU, shape (channels,).

    Raises:
        Diverged: A map is not finite.
    """
    model.eval()
    sums: dict[str, Tensor] = {}
    with torch.inference_mode(), _maps_of(model, names) as maps:
        for some in torch.split(images, IMAGES_AT_ONCE):
            model(some)
            for name, one in maps:
                if not bool(torch.isfinite(one).all()):
                    raise Diverged(f"has diverged: the map {name} of the network is not finite")
                total = channel_independence(one).sum(dim=0)
                sums[name] = sums[name] + total if name in sums else total
            maps.clear()
            progress(len(some))
    return {name: total / len(images) for name, total in sums.items()}


@contextmanager
def _maps_of(model: ResNet, names: Collection[str] | None) -> Iterator[list[tuple[str, Tensor]]]:
    """Collect these post-activation maps (None: all) of the forward passes made within."""
    maps: list[tuple[str, Tensor]] = []

    def after_relu(name: str) -> Callable[[nn.Module, Sequence[Tensor], Tensor], None]:
        def hook(_module: nn.Module, _given: Sequence[Tensor], output: Tensor) -> None:
            maps.append((name, F.relu(output)))

        return hook

    with ExitStack() as hooks:

        def watch(module: nn.Module, name: str) -> None:
            if names is None or name in names:
                hooks.callback(module.register_forward_hook(after_relu(name)).remove)

        watch(model.norm, "stem")
        for stage, blocks in enumerate(model.blocks()):
            for index, block in enumerate(blocks):
                watch(block.norm1, f"{stage}.{index}.inner")
                watch(block, f"{stage}.{index}.output")  # its ReLU is the last it does
        yield maps
