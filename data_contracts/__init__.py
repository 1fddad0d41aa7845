"""The recall table: what passes between training and statistics (docs/recall-table.md)."""

from data_contracts.casting import cast_to_contract
from data_contracts.errors import ContractError, RdstatsError
from data_contracts.provenance import Provenance
from data_contracts.reading import (
    count_rows,
    read_provenance,
    read_recall_blocks,
    read_recall_table,
)
from data_contracts.rows import BrokenRow, Violation
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
    "RECALL_TABLE",
    "RULES",
    "SELECTED_ON",
    "SPLITS",
    "STAGES",
    "VERSION",
    "BrokenRow",
    "ContractError",
    "Provenance",
    "RdstatsError",
    "Violation",
    "baseline_violations",
    "cast_to_contract",
    "count_rows",
    "read_provenance",
    "read_recall_blocks",
    "read_recall_table",
    "violations",
    "write_recall_table",
]
