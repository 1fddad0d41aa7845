"""Every method that a study can name: the one-shot scores, the lottery ticket, and CHIP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from train_backend.methods.scores import SCORES

LTH = "LTH"
LTH_RANDOM = "LTH-random"
CHIP = "CHIP"


@dataclass(frozen=True)
class Method:
    """One method by name: what it does, in one line, and where it comes from.

    Attributes:
        prune: What a plug-in registered, see `plugins.method`; None for what is built in.
        finetune: Whether fine-tuning follows.
    """

    line: str
    source: str
    prune: Callable[..., Any] | None = None
    finetune: bool = True


METHODS: dict[str, Method] = {
    **{name: Method(score.line, score.source) for name, score in SCORES.items()},
    LTH: Method(
        line="lottery ticket: level by level the smallest 20 % of the weights go, the others are "
        "rewound and trained again",
        source="Table 12; Frankle and Carbin 2019",
    ),
    LTH_RANDOM: Method(
        line="beside LTH: as many weights of each layer, drawn at random, trained alike",
        source="the branch randomly_prune of open_lth",
    ),
    CHIP: Method(
        line="channel independence: channels whose maps add least are removed, the network gets "
        "smaller",
        source="Table 13; Sui et al. 2021",
    ),
}
