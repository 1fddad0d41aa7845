"""The command `rdtrain list`: what a study can name."""

from __future__ import annotations

from rd_cli.train.libraries import load_training_libraries


def list_registries() -> None:
    """List the data sets, architectures, methods and recipes there are.

    Example: rdtrain list
    """
    load_training_libraries()
    from rd_cli.terminal import print_table
    from train_backend.data import DATASETS
    from train_backend.methods import METHODS
    from train_backend.models import ARCHITECTURES
    from train_backend.studies.recipes import RECIPES

    entries = {
        "dataset": [(name, each.source, each.line) for name, each in DATASETS.items()],
        "architecture": [(name, each.source, each.line) for name, each in ARCHITECTURES.items()],
        "method": [(name, each.source, each.line) for name, each in METHODS.items()],
        "recipe": [(name, each.source, each.line) for name, each in RECIPES.items()],
    }
    for what, rows in entries.items():
        print_table([what, "source", "what it is"], rows)
        print()
