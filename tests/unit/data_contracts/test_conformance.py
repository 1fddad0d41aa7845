"""The conformance files that other producers test themselves with say what they claim."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from conformance import FOLDER, broken_tables, file_of, good_tables, schema
from data_contracts import RULES, baseline_violations, read_recall_table, violations

BROKEN = broken_tables()


@pytest.mark.parametrize("name", good_tables())
def test_a_good_file_is_read(name: str) -> None:
    """With all columns, and with those alone that may not be null."""
    assert read_recall_table(FOLDER / "good" / f"{name}.parquet").num_rows == 4


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_file_breaks_the_rule_of_its_name_and_no_other(rule: str) -> None:
    """As it is committed, which is as the script makes it."""
    table = pq.read_table(FOLDER / file_of(rule))
    assert table.equals(BROKEN[rule])
    found = violations(table) or baseline_violations(table)
    assert {violation.rule for violation in found} == {rule}


def test_every_rule_has_a_file() -> None:
    """But `known columns`, which is a writer's."""
    by_itself = {"columns present", "types", "at least one row", "baseline present"}
    assert set(BROKEN) == {rule.name for rule in RULES} | by_itself


def test_the_machine_readable_schema_is_the_one_that_is_enforced() -> None:
    """docs/conformance/schema.json, made again by `python tests/conformance.py`."""
    assert json.loads((FOLDER / "schema.json").read_text(encoding="utf-8")) == schema()
