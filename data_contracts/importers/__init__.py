"""Recall tables from files and arrays of other frameworks (docs/importing.md)."""

from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.evaluated import ClassCounts, Evaluated, SampleColumn
from data_contracts.importers.files import import_files
from data_contracts.importers.formats.registry import (
    IMPORTERS,
    PRESETS,
    Importer,
    evaluated_models,
    format_of,
    recognised,
)
from data_contracts.importers.in_memory import from_confusion, from_counts, from_predictions
from data_contracts.importers.pairing import in_our_order
from data_contracts.importers.recall_table import recall_table_of

__all__ = [
    "IMPORTERS",
    "PRESETS",
    "ClassCounts",
    "Described",
    "Evaluated",
    "ImportOptions",
    "Importer",
    "SampleColumn",
    "evaluated_models",
    "format_of",
    "from_confusion",
    "from_counts",
    "from_predictions",
    "import_files",
    "in_our_order",
    "recall_table_of",
    "recognised",
]
