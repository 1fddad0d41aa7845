"""Architectures by name."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from train_backend.errors import TrainError
from train_backend.models import ARCHITECTURES, build_architecture


@pytest.mark.parametrize("name", [n for n in ARCHITECTURES if n != "ResNet-110"])
def test_every_architecture_reads_digits_and_names_its_classifier(name: str) -> None:
    """Logits for each image and class; `classifier` is the last linear layer."""
    generator = torch.Generator().manual_seed(0)
    model = build_architecture(name, channels=1, classes=7, image_size=28, generator=generator)
    assert model.eval()(torch.zeros(2, 1, 28, 28)).shape == (2, 7)
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    assert model.classifier is linear[-1]


def test_an_unknown_architecture_is_answered_with_the_nearest_name() -> None:
    """The error tells what was typed and what was probably meant."""
    with pytest.raises(TrainError, match=r"no architecture 'ResNet20'.*'ResNet-20'"):
        build_architecture(
            "ResNet20", channels=3, classes=10, image_size=32, generator=torch.Generator()
        )


def test_every_architecture_says_what_it_is_and_where_it_is_described() -> None:
    """`rdtrain list` prints a line and a source each."""
    for architecture in ARCHITECTURES.values():
        assert architecture.line
        assert architecture.source
        assert "\n" not in architecture.line + architecture.source
