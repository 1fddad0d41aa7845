"""The verdict on one pair, on counts that can be checked by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rdstats.errors import StatsError
from rdstats.pairs.check import Check, check_recall_table
from rdstats.pairs.page import write_check
from rdstats.tables.classes import classes
from synthetic import before_after, recall_table, table_of_counts


def pair(before: list[int], after: list[int], n_samples: int | list[int] = 1000) -> pa.Table:
    """Return one model before and after; a class gains no image unless it has more right after."""
    return table_of_counts(before_after([before], [after]), n_samples=n_samples)


@pytest.fixture
def check() -> Check:
    """Three classes of 1,000 images: 120, 48 and 1 lost."""
    return check_recall_table(pair([800, 840, 980], [680, 792, 979]))


def test_counts_become_drops_and_verdicts(check: Check) -> None:
    """By hand: accuracy fell by 169 / 3000."""
    rows = check.classes
    assert rows["verdict"].tolist() == ["harmed", "inconclusive", "unharmed"]
    assert rows["drop"].tolist() == pytest.approx([0.12, 0.048, 0.001])
    assert rows["excess_drop"].tolist() == pytest.approx(
        [0.12 - 169 / 3000, 0.048 - 169 / 3000, 0.001 - 169 / 3000]
    )
    assert rows["lost"].tolist() == [120, 48, 1]
    assert rows["gained"].tolist() == [0, 0, 0]
    assert rows["mcnemar_p"].tolist() == pytest.approx([2**-119, 2**-47, 1.0])
    assert rows["churn"].tolist() == pytest.approx([0.12, 0.048, 0.001])
    assert (check.gate, check.exit_code) == ("fail", 1)
    assert check.harmed == ("class 0",)
    assert check.inconclusive == ("class 1",)
    assert check.unharmed == ("class 2",)


def test_the_columns_of_classes_come_first_and_in_their_order(check: Check) -> None:
    """The same columns for one pair of models as over several."""
    columns = classes(recall_table(models=2)).columns.tolist()
    shared = columns[columns.index("class_index") : columns.index("status") + 1]
    assert check.classes.columns[: len(shared)].tolist() == shared
    assert check.classes["models"].tolist() == [1, 1, 1]


def test_the_whole_model_is_described_beside_the_classes(check: Check) -> None:
    """Accuracy, churn, and the slope of this pair."""
    overall = check.overall
    assert overall["accuracy_before"] == pytest.approx(2620 / 3000)
    assert overall["accuracy_after"] == pytest.approx(2451 / 3000)
    assert overall["correctness_changed"] == pytest.approx(169 / 3000)
    assert overall["mcnemar_p"] == pytest.approx(2**-168)
    x = np.array([800, 840, 980]) / (2620 / 3) - 1
    y = np.array([680, 792, 979]) / (2451 / 3) - 1
    assert overall["alpha"] == pytest.approx((x @ y) / (x @ x))
    assert overall["alpha_status"] == "ok"
    flat = check_recall_table(pair([900, 900], [880, 890])).overall
    assert flat["alpha"] is None
    assert "every class has the same recall" in flat["alpha_status"]
    assert (overall["harmed"], overall["unharmed"], overall["inconclusive"]) == (1, 1, 1)


def test_the_gate_passes_only_if_every_class_is_cleared() -> None:
    """One class with few images is enough to leave it open; 1 / 20 is not above 0.05."""
    assert check_recall_table(pair([900, 950], [895, 950])).gate == "pass"
    few = check_recall_table(pair([900, 19, 20], [895, 19, 20], [1000, 19, 20]))
    assert few.classes["verdict"].tolist() == ["unharmed", "not testable", "inconclusive"]
    assert few.classes["status"].tolist() == [
        *("ok", "one sample of 19 is more than 5 points"),
        "cannot be cleared with fewer than 59 samples",
    ]
    assert few.classes["samples_to_clear"].tolist()[2] == 59
    assert math.isnan(few.classes["p"][1])
    assert (few.gate, few.exit_code) == ("inconclusive", 3)


def test_without_matched_images_newcombes_interval_is_wider() -> None:
    """The same counts, blunter; what changed image by image is not known."""
    table = pair([800, 840], [680, 792])
    matched, unmatched = check_recall_table(table), check_recall_table(table, matched=False)
    assert not unmatched.overall["matched"]
    assert unmatched.classes["interval"].tolist() == ["Newcombe, conservative"] * 2
    assert (unmatched.classes["low"] < matched.classes["low"]).all()
    assert (unmatched.classes["high"] > matched.classes["high"]).all()
    assert unmatched.classes[["lost", "mcnemar_p", "churn"]].isna().all(axis=None)
    assert unmatched.overall["correctness_changed"] is None


def test_the_excess_drop_can_be_judged_instead() -> None:
    """Every class loses 8 points: nobody loses more than the model as a whole."""
    table = pair([900, 800, 950], [820, 720, 870])
    assert check_recall_table(table).gate == "fail"
    excess = check_recall_table(table, quantity="excess")
    assert excess.gate == "pass"
    assert excess.classes["excess_drop"].tolist() == pytest.approx([0, 0, 0], abs=1e-12)


def test_a_class_never_recognised_is_never_unharmed() -> None:
    """Nothing was right before, so nothing can be lost: neither cleared nor harmed."""
    for options in ({}, {"matched": False}, {"relative_margin": 0.1}, {"quantity": "excess"}):
        found = check_recall_table(pair([0, 900], [0, 900]), **options)
        assert found.classes["verdict"].tolist() == ["not testable", "unharmed"]
        assert found.classes["status"][0] == "never recognised before"
        assert found.overall["never_recognised"] == ["class 0"]
        assert found.gate == "inconclusive"


def test_classes_have_margins_of_their_own() -> None:
    """Both lose 20 of 1,000: cleared at 5 points, harmed at half a point."""
    table = pair([900, 900], [880, 880])
    own = {"class 1": 0.005}
    found = check_recall_table(table, class_margins=own)
    assert found.classes["verdict"].tolist() == ["unharmed", "harmed"]
    assert found.classes["margin"].tolist() == [0.05, 0.005]
    assert found.overall["class_margins"] == own
    alone = check_recall_table(table, margin=0.005)  # the same tests, class by class
    assert found.classes["p"][1] == alone.classes["p"][1]
    assert found.classes["smallest_visible_drop"][1] == pytest.approx(
        alone.classes["smallest_visible_drop"][1]
    )
    with pytest.raises(StatsError, match=r"no class 'clas 1'.*did you mean 'class 1'"):
        check_recall_table(table, class_margins={"clas 1": 0.01})


def test_a_relative_margin_is_a_share_of_what_the_class_had() -> None:
    """40 of 1,000 are lost: a fortieth of one class, two thirds of the other."""
    table = pair([900, 60], [860, 20])
    assert check_recall_table(table, margin=0.1).gate == "pass"
    for matched in (True, False):
        found = check_recall_table(table, relative_margin=0.1, matched=matched)
        assert found.classes["verdict"].tolist() == ["unharmed", "harmed"]
        assert found.classes["relative_drop"].tolist() == pytest.approx([40 / 900, 2 / 3])
        assert found.overall["quantity"] == "relative"


def test_more_images_settle_what_is_open(check: Check) -> None:
    """With the images that are named, and the same shares, the verdict is no longer open."""
    images = check.classes["images_that_settle"]
    assert images.isna().tolist() == [True, False, True]
    n_samples = math.ceil(images[1])
    more = check_recall_table(pair([n_samples], [n_samples - round(0.048 * n_samples)], n_samples))
    assert more.classes["verdict"].tolist() == ["unharmed"]


def test_files_hold_the_whole_model_and_every_class(check: Check, tmp_path: Path) -> None:
    """Missing numbers are null in json; other suffixes hold the classes, whole numbers whole."""
    found = json.loads(write_check(check, tmp_path / "check.json").read_text())
    assert found["overall"]["gate"] == "fail"
    assert found["overall"]["before"]["stage"] == "baseline"
    assert [row["verdict"] for row in found["classes"]] == check.classes["verdict"].tolist()
    assert found["classes"][0]["images_that_settle"] is None
    assert write_check(check, tmp_path / "check.csv").read_text().count("\n") == 4
    text = write_check(check, tmp_path / "check.md").read_text()
    assert "| class | verdict | drop |" in text
    assert "12.0" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantity": "excess"}, "one class has no excess drop"),  # it would be 0 whatever is lost
        ({"margin": 0.0}, "margin 0 is not"),
        ({"margin": math.nan}, "margin nan is not"),
        ({"margin": 0.0005}, "no class can be tested: one sample of 1000 is more than the margin"),
        ({"class_margins": {"class 0": 2.0}}, "margin 2 of class 'class 0' is not"),
        ({"relative_margin": 0.001}, "one sample of 900 is more than the margin of 0.1 %"),
        ({"relative_margin": 0.1, "quantity": "excess"}, "choose one of the two"),
        ({"quantity": "loss"}, "unknown quantity 'loss'"),
    ],
)
def test_options_without_a_meaning_are_refused(options: dict[str, float], message: str) -> None:
    """With the value."""
    with pytest.raises(StatsError, match=message):
        check_recall_table(pair([900], [880]), **options)  # type: ignore[arg-type]
