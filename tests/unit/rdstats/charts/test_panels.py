"""Which conditions stand side by side, and a long table cut into the rows of each panel."""

import pandas as pd
import pytest

from rdstats.charts.panels import PanelKey, PanelTable, panel_groups


def design(*conditions: tuple[str, str, str, str, float, str]) -> pd.DataFrame:
    """Return rows that have nothing but a condition."""
    columns = ["study", "dataset", "architecture", "method", "ratio", "stage"]
    return pd.DataFrame(list(conditions), columns=columns)


@pytest.mark.parametrize(
    ("rows", "along", "title", "labels"),
    [
        (  # MP GP UP RP, then others by name
            [("s", "D", "M", p) for p in ("RP", "CHIP", "UP", "MP")],
            "method",
            "D, M: methods side by side",
            ["MP", "UP", "RP", "CHIP"],
        ),
        (  # Figures 2 and 6: ResNet-20 before ResNet-110, though each has a study of its own
            [(f"s{m}", "CIFAR-10", f"ResNet-{m}", "MP") for m in (110, 20, 56)],
            "architecture",
            "CIFAR-10, MP: architectures side by side",
            ["ResNet-20", "ResNet-56", "ResNet-110"],
        ),
        (  # Figures 3 and 7: every data set with its default architecture
            [("a", "MNIST", "LeNet5", "MP"), ("b", "CIFAR-10", "ResNet-56", "MP")],
            "dataset",
            "MP: data sets side by side",
            ["CIFAR-10 ResNet-56", "MNIST LeNet5"],
        ),
        (  # two studies are never pooled; their names tell them apart
            [("first", "D", "M1", "MP"), ("second", "D", "M1", "MP"), ("second", "D", "M2", "MP")],
            "architecture",
            "D, MP: architectures side by side",
            ["M1 first", "M1 second", "M2 second"],
        ),
    ],
)
def test_conditions_stand_side_by_side_as_in_the_paper(
    rows: list[tuple[str, str, str, str]], along: str, title: str, labels: list[str]
) -> None:
    """What differs is in the labels, in natural order or the paper's; the rest in the title."""
    frame = design(*[(*row, 2.0, "finetuned") for row in rows])
    (group,) = [one for one in panel_groups(frame) if one.along == along]
    assert group.title == title
    assert [label for _, label in group.panels] == labels


def test_the_control_is_no_panel_but_stands_beside_every_method() -> None:
    """A method's own control goes before the one that all share."""
    frame = design(
        ("s", "D", "M", "none", 1.0, "control"),
        ("s", "D", "M", "LTH", 1.0, "control"),
        ("s", "D", "M", "MP", 4.0, "finetuned"),
        ("s", "D", "M", "MP", 2.0, "finetuned"),
        ("s", "D", "M", "LTH", 2.0, "finetuned"),
    )
    (group,) = panel_groups(frame)
    (mp, _), (lth, _) = group.panels
    table = PanelTable(frame)
    assert table.rows(mp)["ratio"].tolist() == [2.0, 4.0]
    assert [row["method"] for row in table.controls(mp)] == ["none"]
    assert [row["method"] for row in table.controls(lth)] == ["LTH"]


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


def test_a_panel_that_the_table_lacks_has_no_rows() -> None:
    """As in a figure of the paper that a study fills in part; an empty table has no panel."""
    for frame in (slopes(("UP", 2.0, "finetuned", 1.0)), slopes()):
        table = PanelTable(frame)
        assert table.rows(MP).empty
        assert table.controls(MP) == []
        assert table.records(MP) == []
