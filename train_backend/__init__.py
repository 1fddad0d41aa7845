"""The training side: makes recall tables of pruned image classifiers.

`Recorder` is loaded when it is asked for, so that what needs it not does not wait for it. A study
starts at `train_backend.studies.files.read_study` and `train_backend.running.engine.run_study`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from train_backend.recorder import Recorder as Recorder

__all__ = ["Recorder"]


def __getattr__(name: str) -> object:
    if name == "Recorder":
        from train_backend.recorder import Recorder

        return Recorder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
