"""Channels taken out of a ResNet: which stay, and the smaller network that is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from train_backend.errors import TrainError
from train_backend.models.resnet import STAGE_CHANNELS, BasicBlock, ResNet

Sparsities = tuple[float, ...]
"""Share of the channels removed: of the stem, of the outputs of stages 1 and 2, then of every
inner convolution (the first of each block), in their order. As released for CHIP."""


@dataclass(frozen=True)
class Channels:
    """The channels that stay, each a sorted int64 tensor on the CPU.

    Attributes:
        stem: Of the first convolution.
        stages: Of the block outputs, one set per stage: what a shortcut adds must be the same
            channel on both sides.
        inner: Of the first convolution of each block, per stage.
    """

    stem: Tensor
    stages: tuple[Tensor, ...]
    inner: tuple[tuple[Tensor, ...], ...]


def full_sparsities(sparsities: Sequence[float], blocks: int, what: str) -> Sparsities:
    """Return a sparsity per convolution, from that or from one per stage.

    Args:
        sparsities: 3 + 3 `blocks` numbers, or 6: stem, the outputs of stages 1 and 2, and the
            inner convolutions of stages 1, 2 and 3.
        blocks: Blocks of a stage.
        what: The architecture, for errors, which are those of `check_sparsities`.
    """
    stages = len(STAGE_CHANNELS)
    each = tuple(sparsities)
    if len(each) == 2 * stages:
        each = each[:stages] + tuple(s for s in each[stages:] for _ in range(blocks))
    check_sparsities(each, blocks, what)
    return each


def check_sparsities(sparsities: Sparsities, blocks: int, what: str) -> None:
    """Raise TrainError unless there is a possible sparsity, in full, for every convolution.

    None may be outside [0, 1), nor so high that nothing stays.
    """
    stages = len(STAGE_CHANNELS)
    if len(sparsities) != stages * (1 + blocks):
        raise TrainError(
            f"a list of {len(sparsities)} sparsities does not fit {what}: it needs "
            f"{stages * (1 + blocks)} (the stem, the outputs of stages 1 and 2, "
            f"{stages * blocks} inner convolutions), or 6 (the same with one for all inner "
            "convolutions of a stage)"
        )
    for sparsity, (_, width) in zip(sparsities, _maps_and_widths(blocks), strict=True):
        if not 0 <= sparsity < 1:
            raise TrainError(
                f"sparsity {sparsity:g} is impossible: it is the share of the channels that is "
                "removed, from 0 to below 1"
            )
        if kept_channels(width, sparsity) == 0:
            raise TrainError(
                f"sparsity {sparsity:g} leaves none of the {width} channels of a convolution: "
                f"{1 - 1 / width:g} is the most"
            )


def _maps_and_widths(blocks: int) -> list[tuple[tuple[str, ...], int]]:
    """Return for each sparsity the maps whose channels it is of, and how many those are.

    Maps have the names of `channel_independence.network_independence`. The blocks of a stage
    share the channels of their outputs; the last stage's, which the classifier reads, stay.
    """
    outputs = [
        (tuple(f"{stage}.{index}.output" for index in range(blocks)), width)
        for stage, width in enumerate(STAGE_CHANNELS[:-1])
    ]
    inner = [
        ((f"{stage}.{index}.inner",), width)
        for stage, width in enumerate(STAGE_CHANNELS)
        for index in range(blocks)
    ]
    return [(("stem",), STAGE_CHANNELS[0]), *outputs, *inner]


def kept_widths(sparsities: Sparsities) -> tuple[int, ...]:
    """Return how many channels each sparsity leaves."""
    layers = _maps_and_widths(_blocks(sparsities))
    return tuple(
        kept_channels(width, sparsity)
        for sparsity, (_, width) in zip(sparsities, layers, strict=True)
    )


def maps_needed(lists: Iterable[Sparsities]) -> frozenset[str]:
    """Return the maps whose scores choose channels for any of some lists of sparsities."""
    return frozenset(
        name
        for sparsities in lists
        for sparsity, (names, _) in zip(
            sparsities, _maps_and_widths(_blocks(sparsities)), strict=True
        )
        if sparsity > 0
        for name in names
    )


def _blocks(sparsities: Sparsities) -> int:
    return len(sparsities) // len(STAGE_CHANNELS) - 1


def kept_channels(channels: int, sparsity: float) -> int:
    """Return int(C (1 - s)), the number of channels that stay, as released for CHIP."""
    return int(channels * (1 - sparsity))


def choose_channels(independence: Mapping[str, Tensor], sparsities: Sparsities) -> Channels:
    """Return the channels of highest independence; of equal ones the earlier stays.

    # Differs from the paper: the authors of CHIP choose the output channels of each block by
    # themselves, so that a shortcut adds one channel to another. Here a stage keeps one set, by
    # the mean over its block outputs.

    `independence` holds the maps in `maps_needed`, at least; sparsities are in full.
    """
    stages, blocks = len(STAGE_CHANNELS), _blocks(sparsities)

    def best(names: tuple[str, ...], width: int, sparsity: float) -> Tensor:
        if sparsity == 0:
            return torch.arange(width)
        scores = torch.stack([independence[name] for name in names]).mean(dim=0)
        order = torch.sort(scores, descending=True, stable=True).indices
        return order[: kept_channels(width, sparsity)].sort().values

    kept = [
        best(names, width, sparsity)
        for sparsity, (names, width) in zip(sparsities, _maps_and_widths(blocks), strict=True)
    ]
    inner = kept[stages:]
    return Channels(
        stem=kept[0],
        stages=(*kept[1:stages], torch.arange(STAGE_CHANNELS[-1])),
        inner=tuple(tuple(inner[stage * blocks :][:blocks]) for stage in range(stages)),
    )


def remove_channels(model: ResNet, channels: Channels) -> ResNet:
    """Return a smaller copy of a network that computes what it would with the channels at zero.

    Weights and batch-norm state of what stays are carried over, nothing is drawn. A shortcut
    takes each channel from where option A would: channel c of stage 1 is c + 8 of stage 2, and
    a position whose channel is gone gets nothing.

    # Differs from the paper: the authors of CHIP start batch norm anew.
    """
    smaller = deepcopy(model)
    smaller.convolution = _convolution(model.convolution, None, channels.stem)
    smaller.norm = _norm(model.norm, channels.stem)
    given, width_given = channels.stem, STAGE_CHANNELS[0]
    for stage, (blocks, width) in enumerate(zip(smaller.blocks(), STAGE_CHANNELS, strict=True)):
        kept = channels.stages[stage]
        for block, inner in zip(blocks, channels.inner[stage], strict=True):
            block.convolution1 = _convolution(block.convolution1, given, inner)
            block.norm1 = _norm(block.norm1, inner)
            block.convolution2 = _convolution(block.convolution2, inner, kept)
            block.norm2 = _norm(block.norm2, kept)
            block.sources = _sources(block, given, kept, (width - width_given) // 2)
            given, width_given = kept, width
    return smaller


def pruned_parameters(sparsities: Sparsities, image_channels: int, classes: int) -> int:
    """Return how many parameters a ResNet has left, by arithmetic alone."""
    stages, blocks = len(STAGE_CHANNELS), _blocks(sparsities)
    stem, *outputs = kept_widths(sparsities)[:stages]
    outputs.append(STAGE_CHANNELS[-1])
    inner = kept_widths(sparsities)[stages:]
    total, given = 9 * image_channels * stem + 2 * stem, stem
    for number, middle in enumerate(inner):
        output = outputs[number // blocks]
        # Two 3x3 convolutions, each followed by a batch norm of two parameters a channel.
        total += 9 * middle * (given + output) + 2 * (middle + output)
        given = output
    return total + (given + 1) * classes


def _convolution(old: nn.Conv2d, inputs: Tensor | None, outputs: Tensor) -> nn.Conv2d:
    weight = old.weight.detach()
    weight = weight[outputs.to(weight.device)]
    if inputs is not None:
        weight = weight[:, inputs.to(weight.device)]
    new = nn.Conv2d(
        weight.shape[1],
        weight.shape[0],
        kernel_size=3,
        stride=old.stride,  # type: ignore[arg-type]
        padding=1,
        bias=False,
        device="meta",  # nothing is drawn
    )
    # In the memory format of the old weight: an index keeps it, a new tensor would not.
    new.weight = nn.Parameter(weight.clone(memory_format=torch.preserve_format))
    return new.train(old.training)


def _norm(old: nn.BatchNorm2d, kept: Tensor) -> nn.BatchNorm2d:
    new = nn.BatchNorm2d(len(kept), device=old.weight.device, dtype=old.weight.dtype)
    state = {
        name: value[kept.to(value.device)] if value.dim() else value
        for name, value in old.state_dict().items()
    }
    new.load_state_dict(state)
    return new.train(old.training)


def _sources(block: BasicBlock, given: Tensor, kept: Tensor, shift: int) -> Tensor | None:
    """Return `BasicBlock.sources`, None where the shortcut passes every channel on as it is.

    Args:
        block: Whose shortcut.
        given: Channels of its input that stay, by their number in the whole network.
        kept: The same of its output.
        shift: How far option A moves a channel.
    """
    if block.stride == 1 and torch.equal(given, kept):
        return None
    position = {int(channel) + shift: index for index, channel in enumerate(given)}
    sources = [position.get(int(channel), len(given)) for channel in kept]
    return torch.tensor(sources, device=block.norm2.weight.device)
