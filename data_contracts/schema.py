"""The recall table, version 1: its columns, its key and its closed vocabularies.

One row is one class of one evaluated model. docs/recall-table.md is the page for readers.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

VERSION: Final = "1.0"
METADATA_KEY: Final = b"rdstats"

STAGES: Final = ("baseline", "pruned", "finetuned", "control")
SPLITS: Final = ("test", "validation", "train")
SELECTED_ON: Final = ("validation", "test", "last")
COUNT_QUALITIES: Final = ("exact", "rounded")

UNPRUNED_METHOD: Final = "none"
UNPRUNED_RATIO: Final = 1.0
RATIO_DECIMALS: Final = 4

RECALL_TABLE: Final = pa.schema(
    [
        pa.field("study", pa.string(), nullable=False),
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("architecture", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("ratio", pa.float64(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("class_index", pa.int32(), nullable=False),
        pa.field("class_name", pa.string(), nullable=True),
        pa.field("n_samples", pa.int64(), nullable=False),
        pa.field("n_correct", pa.int64(), nullable=False),
        pa.field("n_predicted", pa.int64(), nullable=True),
        pa.field("n_both_correct", pa.int64(), nullable=True),
        pa.field("parameters", pa.int64(), nullable=True),
        pa.field("parameters_nonzero", pa.int64(), nullable=True),
        pa.field("split", pa.string(), nullable=False),
        pa.field("selected_on", pa.string(), nullable=True),
        pa.field("count_quality", pa.string(), nullable=False),
    ]
)

BLOCK: Final = ("study", "dataset")
"""What has the same classes and test samples in every row; no rule reaches beyond a block."""

NETWORK: Final = (*BLOCK, "architecture")
"""What models share before they are compressed; those of two networks are never compared."""

RATIO_FAMILY: Final = (*NETWORK, "method")
"""What the ratios of one family of intervals share."""

CONDITION: Final = (*RATIO_FAMILY, "ratio")
"""A condition (D, M, P, t) of a study, whatever its stage."""

STAGED_CONDITION: Final = (*CONDITION, "stage")
"""A condition before or after fine-tuning, or a control arm: its rows are its models."""

EVALUATED_MODEL: Final = (*STAGED_CONDITION, "model", "split")
"""The key of one evaluated model: its rows are its classes."""

KEY: Final = (*EVALUATED_MODEL, "class_index")
"""What makes a row unique, and the order in which rows are written."""

TRAINED_MODEL: Final = (*NETWORK, "model")
"""One trained network, with all its compressed versions."""

BASELINE_KEY: Final = (*TRAINED_MODEL, "split", "class_index")
"""What a row shares with the baseline row of the same model and class."""

TEST_SET: Final = ("study", "dataset", "split")
"""What rows evaluated on the same samples share."""

CLASS: Final = (*TEST_SET, "class_index")
"""One class of a test set."""

PLACE: Final = ("study", "dataset", "architecture", "split")
"""Where the models of a baseline are looked for."""
