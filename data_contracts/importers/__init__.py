"""Recall tables from files and arrays of other frameworks (docs/importing.md)."""

from data_contracts.importers.counts import ClassCounts, Evaluated, recall_table_of
from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.files import import_files
from data_contracts.importers.formats.registry import IMPORTERS, PRESETS, Importer
from data_contracts.importers.in_memory import from_confusion, from_counts, from_predictions

__all__ = [
    "IMPORTERS",
    "PRESETS",
    "ClassCounts",
    "Described",
    "Evaluated",
    "ImportOptions",
    "Importer",
    "from_confusion",
    "from_counts",
    "from_predictions",
    "import_files",
    "recall_table_of",
]
