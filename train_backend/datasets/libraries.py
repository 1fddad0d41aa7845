"""Which library reads a data set: imported once, before processes are forked."""

from __future__ import annotations

from train_backend.datasets.layouts import LAYOUTS


def library_of(name: str) -> str:
    """Return the module whose import takes most of the time of reading a data set first.

    A second or two of every process: `python -X importtime -c "import torchvision.datasets"`.
    """
    is_published = name in LAYOUTS
    return "train_backend.datasets.preloaded_torchvision" if is_published else "sklearn.datasets"
