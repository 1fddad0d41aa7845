"""Recall tables from files and arrays of other frameworks (docs/importing.md)."""

from data_contracts.importers.assembling import recall_table_of
from data_contracts.importers.class_counts import ClassCounts
from data_contracts.importers.described import Described
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.files import import_files
from data_contracts.importers.memory import from_confusion, from_counts, from_predictions
from data_contracts.importers.options import ImportOptions
from data_contracts.importers.registry import IMPORTERS, PRESETS, Importer

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
