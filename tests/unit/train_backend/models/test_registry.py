"""Architectures by name."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from train_backend.models import ARCHITECTURES, build_architecture


@pytest.mark.parametrize("name", [n for n in ARCHITECTURES if n != "ResNet-110"])
def test_every_architecture_reads_digits_and_names_its_classifier(name: str) -> None:
    """Logits for each image and class; `classifier` is the last linear layer."""
    generator = torch.Generator().manual_seed(0)
    model = build_architecture(name, channels=1, classes=7, image_size=28, generator=generator)
    assert model.eval()(torch.zeros(2, 1, 28, 28)).shape == (2, 7)
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    assert model.classifier is linear[-1]
