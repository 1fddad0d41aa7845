"""Class means, by hand."""

import pytest

from rdstats.tables.conditions import conditions_table
from rdstats.tables.slopes import class_means_table
from synthetic import baseline, table_of_counts

# Accuracy 0.8 everywhere before: balances +-0.25 and +-0.125. After: +-0.5 (0.75, 0.25) and 0.
COUNTS = {
    baseline("a"): (100, 60),
    baseline("b"): (90, 70),
    ("MP", 2.0, "finetuned", "a"): (75, 25),
    ("MP", 2.0, "finetuned", "b"): (50, 50),
}


def test_a_class_is_the_mean_of_its_models() -> None:
    """(0.25 + 0.125) / 2 before, (0.5 + 0) / 2 after; the line through them fits exactly."""
    table = table_of_counts(COUNTS)
    frame = class_means_table(table)
    assert frame["balance_before"].tolist() == pytest.approx([0.1875, -0.1875])
    assert frame["balance_after"].tolist() == pytest.approx([0.25, -0.25])
    assert frame["models"].tolist() == [2, 2]
    assert frame["class_name"].tolist() == ["class 0", "class 1"]
    assert conditions_table(table)["r_squared_class_mean"].tolist() == pytest.approx([1.0])


def test_a_model_without_balances_is_not_in_the_means() -> None:
    """A model that gets nothing right has no normalized balance; the count says so."""
    lost = {**COUNTS, baseline("c"): (100, 60), ("MP", 2.0, "finetuned", "c"): (0, 0)}
    frame = class_means_table(table_of_counts(lost))
    assert frame["balance_before"].tolist() == pytest.approx([0.1875, -0.1875])
    assert frame["models"].tolist() == [2, 2]
