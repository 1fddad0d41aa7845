"""The points of the scatter plots."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from rdstats.tables.selection import Selection
from rdstats.tables.slopes import balances_table
from references import cases, table_of
from synthetic import baseline, recall_table, table_of_counts


def test_a_row_is_a_class_of_a_model_before_and_after() -> None:
    """The worked example: 1/8 to 1/6 for class 0, the opposite for class 1, both at I = 4/3."""
    counts = {baseline("m0"): [90, 70], ("MP", 2.0, "finetuned", "m0"): [70, 50]}
    frame = balances_table(table_of_counts(counts))
    assert frame["class_index"].tolist() == [0, 1]
    assert frame["class_name"].tolist() == ["class 0", "class 1"]
    assert frame["balance_before"].tolist() == pytest.approx([1 / 8, -1 / 8])
    assert frame["balance_after"].tolist() == pytest.approx([1 / 6, -1 / 6])
    assert frame["recall_before"].tolist() == pytest.approx([0.9, 0.7])
    assert frame["recall_after"].tolist() == pytest.approx([0.7, 0.5])
    assert frame["intensification_ratio"].tolist() == pytest.approx([4 / 3, 4 / 3])


@pytest.mark.parametrize("case", cases("conditions")[:2])
def test_a_line_through_the_points_is_the_pooled_slope_of_r(case: dict[str, float]) -> None:
    """What a chart shows and what its caption says come from the same points."""
    frame = balances_table(table_of(case, ratios=(2.0,)))
    x, y = frame["balance_before"].to_numpy(), frame["balance_after"].to_numpy()
    assert (x @ y) / (x @ x) == pytest.approx(case["alpha_pooled"])


def test_every_class_of_every_condition_is_there() -> None:
    """Three models, ten classes, two ratios and the control."""
    frame = balances_table(recall_table(models=3, ratios=(2.0, 4.0)))
    assert len(frame) == 3 * 10 * 3
    assert frame.groupby(["stage", "ratio", "model"]).size().unique().tolist() == [10]
    assert np.isfinite(frame["balance_after"]).all()


def test_data_sets_with_different_classes_stand_in_one_frame() -> None:
    """Ten classes of one, a hundred of the other, and only the asked ratio."""
    tables = [
        recall_table(dataset="CIFAR-10", models=2),
        recall_table(dataset="CIFAR-100", models=2, classes=100),
    ]
    selection = Selection(where=(("ratio", "4"),))
    frame = balances_table(pa.concat_tables(tables), selection)
    compressed = frame[frame["stage"] == "finetuned"]
    assert compressed.groupby("dataset").size().to_dict() == {"CIFAR-10": 20, "CIFAR-100": 200}
