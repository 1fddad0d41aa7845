"""Imported by the server that training processes are forked from: what reads published data sets.

A torchvision that does not fit its torch raises RuntimeError, which would end the server without
a word; the process that reads the data set tells it.
"""

from __future__ import annotations

from contextlib import suppress

with suppress(ImportError, RuntimeError):
    import torchvision.datasets  # noqa: F401 (for its modules, not its name)
