"""A long table, cut into the rows of each panel."""

import numpy as np
import pandas as pd

from rdstats.charts.panels import PanelKey, PanelTable

MP = PanelKey("s", "D", "M", "MP")


def slopes(*rows: tuple[str, float, str, float | None]) -> pd.DataFrame:
    """Return rows of method, ratio, stage and slope; all else is the same."""
    frame = pd.DataFrame(list(rows), columns=["method", "ratio", "stage", "alpha"])
    return frame.assign(study="s", dataset="D", architecture="M")


def test_rows_of_a_panel_rise_by_ratio_and_keep_their_order_within_one() -> None:
    """Also where stages of one ratio take turns; the control is not among them."""
    table = PanelTable(
        slopes(
            ("MP", 4.0, "finetuned", 1.0),
            ("MP", 2.0, "pruned", 2.0),
            ("UP", 2.0, "finetuned", 3.0),
            ("MP", 2.0, "finetuned", 4.0),
            ("MP", 2.0, "pruned", 5.0),
            ("MP", 1.0, "control", 6.0),
        )
    )
    assert table.rows(MP)["alpha"].tolist() == [2.0, 4.0, 5.0, 1.0]
    assert [row["alpha"] for row in table.records(MP)] == [2.0, 4.0, 5.0, 1.0]
    assert [row["alpha"] for row in table.controls(MP)] == [6.0]


def test_numbers_of_a_panel_stand_by_ratio_and_stage() -> None:
    """A row per row and a column per column asked for; a missing one is NaN."""
    table = PanelTable(
        slopes(
            ("MP", 2.0, "finetuned", 0.5),
            ("MP", 2.0, "finetuned", None),
            ("MP", 4.0, "finetuned", 1.5),
        )
    )
    found = table.numbers(MP, ["alpha", "ratio"])
    assert list(found) == [(2.0, "finetuned"), (4.0, "finetuned")]
    np.testing.assert_array_equal(found[2.0, "finetuned"], [[0.5, 2.0], [np.nan, 2.0]])
    np.testing.assert_array_equal(found[4.0, "finetuned"], [[1.5, 4.0]])


def test_a_panel_that_the_table_lacks_has_no_rows() -> None:
    """As in a figure of the paper that a study fills in part; an empty table has no panel."""
    for frame in (slopes(("UP", 2.0, "finetuned", 1.0)), slopes()):
        table = PanelTable(frame)
        assert table.rows(MP).empty
        assert table.controls(MP) == []
        assert table.records(MP) == []
        assert table.numbers(MP, ["alpha"]) == {}
