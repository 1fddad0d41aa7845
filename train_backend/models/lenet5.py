"""LeNet5 as the authors of the paper adapted it."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.errors import TrainError

SMALLEST_IMAGE = 10  # 10 -> conv 8 -> pool 4 -> conv 2 -> pool 1


class LeNet5(nn.Module):
    """Two convolutions and three linear layers, ReLU, 2x2 max pooling (Section 6.1).

    Parameters on 28x28 images of one channel, 10 classes:

    | layer         | weights | biases |
    |---------------|---------|--------|
    | `convolution1`| 54      | 6      |
    | `convolution2`| 864     | 16     |
    | `linear1`     | 48,000  | 120    |
    | `linear2`     | 10,080  | 84     |
    | `classifier`  | 840     | 10     |

    60,074 together: 58,998 prunable weights, 226 biases before the classifier,
    850 in the classifier.
    """

    def __init__(self, *, channels: int, classes: int, image_size: int) -> None:
        if image_size < SMALLEST_IMAGE:
            raise TrainError(
                f"LeNet5 cannot read {image_size}x{image_size} images: its two convolutions and "
                f"poolings need at least {SMALLEST_IMAGE}x{SMALLEST_IMAGE}; pad the images"
            )
        super().__init__()
        side = ((image_size - 2) // 2 - 2) // 2
        self.convolution1 = nn.Conv2d(channels, 6, kernel_size=3)
        self.convolution2 = nn.Conv2d(6, 16, kernel_size=3)
        self.linear1 = nn.Linear(16 * side * side, 120)
        self.linear2 = nn.Linear(120, 84)
        self.classifier = nn.Linear(84, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits, shape (images, classes)."""
        hidden = F.max_pool2d(F.relu(self.convolution1(images)), 2)  # 28 -> 26 -> 13
        hidden = F.max_pool2d(F.relu(self.convolution2(hidden)), 2)  # 13 -> 11 -> 5
        hidden = F.relu(self.linear1(hidden.flatten(1)))
        hidden = F.relu(self.linear2(hidden))
        logits: Tensor = self.classifier(hidden)
        return logits
