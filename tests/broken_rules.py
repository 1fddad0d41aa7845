"""What a table breaks, for the tests of the rules."""

from __future__ import annotations

import pyarrow as pa

from data_contracts import Violation, violations


def broken(table: pa.Table, rule: str) -> Violation:
    """Return the one violation of a rule."""
    (found,) = [each for each in violations(table) if each.rule == rule]
    return found
