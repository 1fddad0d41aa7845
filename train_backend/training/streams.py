"""Random streams: every draw of a study comes from a generator that is named here."""

from __future__ import annotations

import hashlib
import json

import torch

SEED_POLICY = (
    "each draw has its own CPU generator, seeded with the first 8 bytes of "
    "sha256(JSON [seed, study, model, purpose])"
)


def generator(seed: int, study: str, model: int, purpose: str) -> torch.Generator:
    """Return the generator of one purpose of one model, the same in whatever order it is asked.

    Streams of other models and other purposes are independent, so that a model's counts do not
    depend on which models, methods or ratios are trained beside it or before it.

    Returns:
        A generator on the CPU, whatever the device: every device sees the same draws.
    """
    key = json.dumps([seed, study, model, purpose]).encode()
    digest = hashlib.sha256(key).digest()
    # torch's Mersenne Twister takes the lower 32 bits of a seed. Two of the 50 streams of one of
    # 30 models share them with chance 3e-4; two of the same purpose with chance 1e-7.
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big"))
