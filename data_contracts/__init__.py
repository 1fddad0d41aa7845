"""The recall table: what passes between training and statistics (docs/recall-table.md)."""

from data_contracts.casting import cast_to_contract
from data_contracts.errors import BrokenRow, ContractError, RdstatsError, Violation
from data_contracts.prediction_files import read_prediction_table, write_prediction_table
from data_contracts.prediction_table import (
    PREDICTION_TABLE,
    Predictions,
    count_disagreements,
    recall_table_from,
)
from data_contracts.provenance import Provenance
from data_contracts.reading import (
    count_rows,
    read_provenance,
    read_recall_blocks,
    read_recall_table,
)
from data_contracts.rules import RULES, baseline_violations, violations
from data_contracts.schema import (
    COUNT_QUALITIES,
    KEY,
    METADATA_KEY,
    RECALL_TABLE,
    SELECTED_ON,
    SPLITS,
    STAGES,
    VERSION,
)
from data_contracts.writing import write_recall_table

__all__ = [
    "COUNT_QUALITIES",
    "KEY",
    "METADATA_KEY",
    "PREDICTION_TABLE",
    "RECALL_TABLE",
    "RULES",
    "SELECTED_ON",
    "SPLITS",
    "STAGES",
    "VERSION",
    "BrokenRow",
    "ContractError",
    "Predictions",
    "Provenance",
    "RdstatsError",
    "Violation",
    "baseline_violations",
    "cast_to_contract",
    "count_disagreements",
    "count_rows",
    "read_prediction_table",
    "read_provenance",
    "read_recall_blocks",
    "read_recall_table",
    "recall_table_from",
    "violations",
    "write_prediction_table",
    "write_recall_table",
]
