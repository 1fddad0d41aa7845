"""What does the units of a run: this machine's processes or a cluster's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from train_backend.units import Unit

Tell = Callable[[float, int], None]
"""Told the cost and the models done by now, when there are more and now and then."""


class Workers(Protocol):
    """Does units; ready to begin."""

    def __call__(self, units: Sequence[Unit], out: Path, tell: Tell, /) -> None:
        """Do every unit and write its part in the study's folder `out`.

        Raises:
            TrainError: A unit failed, with its own word, or a process or machine died.
        """
