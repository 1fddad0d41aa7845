"""Loading torch and the rest of the training side: late, and whole or not at all."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from rd_cli.edge import complain


def load_training_libraries(plugins: Sequence[Path] | None = None) -> None:
    """Import what takes seconds, once; Ctrl-C or SIGTERM meanwhile end the process with a word.

    Then the files of plug-ins are run.

    Raises:
        TrainError: The extra `train` is not installed; a plug-in cannot be read or fails.
    """
    missing = [name for name in ("torch", "sklearn", "safetensors") if find_spec(name) is None]
    if missing:
        from train_backend.errors import TrainError

        raise TrainError(
            f"training needs {', '.join(missing)}, which this Python does not have: "
            'type `pip install "rdstats[train]"`'
        )
    # Torch swallows a Ctrl-C that falls into its import of numpy and goes on with half of it.
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each, handler in handlers.items():
        if handler is not signal.SIG_IGN:
            signal.signal(each, _stop_at_once)
    try:
        import_module("train_backend.running.engine")
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
    if plugins:
        from train_backend.plugins import read_plugins

        read_plugins(plugins)


def _stop_at_once(number: int, _frame: object) -> NoReturn:
    complain("rdtrain", "stopped before it began")
    os._exit(128 + number)
