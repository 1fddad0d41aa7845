"""The files of docs/conformance, for producers in other languages: `python tests/conformance.py`.

A small good table, the same in its leanest form, and one file per rule with a single thing wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts import (
    COUNT_QUALITIES,
    KEY,
    PREDICTION_TABLE,
    RECALL_TABLE,
    RULES,
    SELECTED_ON,
    SPLITS,
    STAGES,
    VERSION,
)

FOLDER = Path(__file__).parents[1] / "docs" / "conformance"
_WORDS = {"stage": STAGES, "split": SPLITS, "selected_on": SELECTED_ON}
_WORDS["count_quality"] = COUNT_QUALITIES

_SHARED = {"study": "example", "dataset": "Pets", "architecture": "my-cnn", "model": "seed-0"}
_SHARED |= {"split": "test", "selected_on": "validation", "count_quality": "exact"}
_BEFORE = {"method": "none", "ratio": 1.0, "stage": "baseline", "parameters_nonzero": 1000}
_AFTER = {"method": "MP", "ratio": 4.0, "stage": "finetuned", "parameters_nonzero": 250}
_CLASSES = ((0, "cat", 100, 90), (1, "dog", 80, 70))


def good_rows() -> list[dict[str, Any]]:
    """Return two classes of one model, before and after: rows 0 and 1, rows 2 and 3."""
    return [
        _SHARED
        | version
        | {"class_index": index, "class_name": name, "n_samples": samples, "parameters": 1000}
        | {"n_correct": correct - lost, "n_predicted": correct - lost + 2}
        | {"n_both_correct": correct - lost}
        for version, lost in ((_BEFORE, 0), (_AFTER, 5))
        for index, name, samples, correct in _CLASSES
    ]


def _changed(changes: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | changes.get(number, {}) for number, row in enumerate(good_rows())]


def broken_tables() -> dict[str, pa.Table]:
    """Return a table by the name of the one rule that it breaks."""
    rows = good_rows()
    changed: dict[str, dict[int, dict[str, Any]]] = {
        "no nulls": {2: {"n_samples": None}},
        "no empty text": {key: {"study": " "} for key in range(4)},
        "known stage": {key: {"stage": "fine-tuned"} for key in (2, 3)},
        "known split": {key: {"split": "holdout"} for key in range(4)},
        "known selected_on": {key: {"selected_on": "best"} for key in range(4)},
        "known count_quality": {1: {"count_quality": "about"}},
        "ratio in range": {key: {"ratio": 0.25} for key in (2, 3)},
        "ratio rounded": {key: {"ratio": 1.953125} for key in (2, 3)},
        "method of stage": {key: {"method": "none"} for key in (2, 3)},
        "ratio of stage": {key: {"ratio": 2.0} for key in (0, 1)},
        "counts in range": {3: {"n_correct": 81, "n_predicted": 90, "n_both_correct": None}},
        "one network per model": {3: {"parameters": 1001}},
        "predictions within samples": {3: {"n_predicted": 150}},
        "classes without gaps": {1: {"class_index": 2}, 3: {"class_index": 2}},
        "same supports": {3: {"n_samples": 90}},
        "one name per class": {3: {"class_name": "wolf"}},
        "both correct in range": {3: {"n_both_correct": 66}},
    }
    tables = {rule: _changed(changes) for rule, changes in changed.items()}
    tables["unique key"] = [*rows, rows[3]]
    tables["same classes"] = rows[:3]
    tables["baseline present"] = rows[2:]
    tables["at least one row"] = []
    made = {rule: pa.Table.from_pylist(each, schema=_nullable()) for rule, each in tables.items()}
    good = pa.Table.from_pylist(rows, schema=_nullable())
    made["columns present"] = good.drop_columns(["n_samples"])
    recalls = pa.array([row["n_correct"] / row["n_samples"] for row in rows])
    made["types"] = good.set_column(good.schema.get_field_index("n_correct"), "n_correct", recalls)
    return made


def good_tables() -> dict[str, pa.Table]:
    """Return the tables that every reader must take."""
    whole = pa.Table.from_pylist(good_rows(), schema=_nullable())
    lean = whole.select([field.name for field in RECALL_TABLE if not field.nullable])
    return {"whole": whole, "lean": lean}


def _nullable() -> pa.Schema:
    return pa.schema([pa.field(each.name, each.type) for each in RECALL_TABLE])


def schema() -> dict[str, Any]:
    """Return both tables as JSON: columns, key, closed vocabularies and rules."""
    return {
        "recall_table": {
            "version": VERSION,
            "columns": [_column(field) for field in RECALL_TABLE],
            "key": list(KEY),
            "rules": [{"name": rule.name, "holds": rule.meaning} for rule in RULES],
        },
        "prediction_table": {"columns": [_column(field) for field in PREDICTION_TABLE]},
    }


def _column(field: pa.Field) -> dict[str, Any]:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    known = {"values": list(_WORDS[field.name])} if field.name in _WORDS else {}
    return {"name": field.name, "type": str(kind), "nullable": field.nullable, **known}


def file_of(rule: str) -> str:
    """Return the name of the file that breaks a rule."""
    return f"broken/{rule.replace(' ', '-')}.parquet"


def main() -> None:
    """Write every file again."""
    for name in ("good", "broken"):
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
    for name, table in good_tables().items():
        pq.write_table(table, FOLDER / "good" / f"{name}.parquet")
    for rule, table in broken_tables().items():
        pq.write_table(table, FOLDER / file_of(rule))
    text = json.dumps(schema(), indent=1) + "\n"
    (FOLDER / "schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
