"""Which library reads a data set: worth importing once, before processes are forked."""

from __future__ import annotations

from train_backend.datasets.layouts import LAYOUTS


def library_of(name: str) -> str:
    """Return the module whose import takes most of the time of reading a data set first.

    torchvision takes 2 s of a core and 90 MiB, scikit-learn 1 s and 70 MiB.
    """
    return "torchvision.datasets" if name in LAYOUTS else "sklearn.datasets"
