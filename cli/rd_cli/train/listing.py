"""The command `rdtrain list`: what a study can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rd_cli.train import options
from rd_cli.train.libraries import load_training_libraries


def list_registries(plugins: options.Plugins = None) -> None:
    """List the data sets, architectures, methods and recipes there are.

    Example: rdtrain list
    """
    load_training_libraries(plugins)
    from rd_cli.terminal import print_table
    from train_backend.data import DATASETS
    from train_backend.methods import METHODS
    from train_backend.models import ARCHITECTURES
    from train_backend.studies.recipes import RECIPES

    names = ("dataset", "architecture", "method", "recipe")
    registries: tuple[Mapping[str, Any], ...] = (DATASETS, ARCHITECTURES, METHODS, RECIPES)
    for what, entries in zip(names, registries, strict=True):
        rows = [(name, each.source, each.line) for name, each in entries.items()]
        print_table([what, "source", "what it is"], rows)
        print()
