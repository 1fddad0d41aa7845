"""The residual networks of He et al. for 32x32 images, with option-A shortcuts."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

STAGE_CHANNELS = 16, 32, 64


class BasicBlock(nn.Module):
    """relu(shortcut(x) + bn(conv(relu(bn(conv(x)))))), the shortcut without parameters.

    Attributes:
        sources: Where channels have been removed (`channel_pruning`): for each channel of the
            output the channel of the input that the shortcut adds to it, or the number of
            input channels for none; int64, shape (channels out,). None in a whole network.
    """

    sources: Tensor | None

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.stride = 1 if channels_in == channels_out else 2
        self.added_channels = channels_out - channels_in
        self.convolution1 = nn.Conv2d(
            channels_in, channels_out, kernel_size=3, stride=self.stride, padding=1, bias=False
        )
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.convolution2 = nn.Conv2d(
            channels_out, channels_out, kernel_size=3, padding=1, bias=False
        )
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.register_buffer("sources", None)

    def forward(self, images: Tensor) -> Tensor:
        """Return the block's output: (N, C, H, W), or (N, 2C, H/2, W/2) where a stage begins."""
        hidden = F.relu(self.norm1(self.convolution1(images)))
        return F.relu(self.norm2(self.convolution2(hidden)) + self.shortcut(images))

    def shortcut(self, images: Tensor) -> Tensor:
        """Return every second pixel, with zero channels before and after (option A)."""
        if self.sources is not None:
            strided = images[:, :, :: self.stride, :: self.stride]
            # The channel of zeros behind the last one is what stands for "none".
            return F.pad(strided, (0, 0, 0, 0, 0, 1)).index_select(1, self.sources)
        if self.stride == 1:
            return images
        before = self.added_channels // 2
        after = self.added_channels - before
        return F.pad(images[:, :, ::2, ::2], (0, 0, 0, 0, before, after))


class ResNet(nn.Module):
    """A 3x3 convolution, three stages of `blocks` basic blocks each, pooling, the classifier.

    Parameters for three channels and 10 classes (Table 6 of He et al. rounds them):

    | name       | blocks a stage | parameters |
    |------------|----------------|------------|
    | ResNet-20  | 3              | 269,722    |
    | ResNet-32  | 5              | 464,154    |
    | ResNet-44  | 7              | 658,586    |
    | ResNet-56  | 9              | 853,018    |
    | ResNet-110 | 18             | 1,727,962  |
    """

    def __init__(self, *, blocks: int, channels: int, classes: int) -> None:
        super().__init__()
        width = STAGE_CHANNELS[0]
        self.convolution = nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        stages = []
        for stage_width in STAGE_CHANNELS:
            stage = [BasicBlock(width, stage_width)]
            stage += [BasicBlock(stage_width, stage_width) for _ in range(blocks - 1)]
            stages.append(nn.Sequential(*stage))
            width = stage_width
        self.stages = nn.Sequential(*stages)
        self.classifier = nn.Linear(width, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits, shape (images, classes)."""
        hidden = F.relu(self.norm(self.convolution(images)))
        hidden = self.stages(hidden)  # 32 -> 32 -> 16 -> 8
        logits: Tensor = self.classifier(hidden.mean(dim=(2, 3)))
        return logits

    def blocks(self) -> list[list[BasicBlock]]:
        """Return the blocks of each stage."""
        return [
            [block for block in stage.children() if isinstance(block, BasicBlock)]
            for stage in self.stages.children()
        ]
