"""The verdict on one pair out of a recall table, on counts that can be checked by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from data_contracts.schema import RECALL_TABLE
from rdstats.errors import StatsError
from rdstats.pairs.check import Check, check_models, check_recall_table
from rdstats.pairs.page import write_check
from rdstats.pairs.words import (
    bounds_caption,
    collapse_sentence,
    gate_words,
    heading_lines,
    points,
    round_up,
    settling_sentence,
    shown_check,
    summary_sentence,
    visible_sentence,
)
from rdstats.tables.classes import classes_table
from synthetic import baseline, recall_table, table_of_counts

AFTER = ("MP", 2.0, "finetuned", "m")


def pair(before: list[int], after: list[int], n_samples: int | list[int] = 1000) -> pa.Table:
    """Return one model before and after; a class gains no image unless it has more right after."""
    return table_of_counts({baseline("m"): before, AFTER: after}, n_samples=n_samples)


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
    assert (check.gate, check.exit_code, check.harmed) == ("fail", 1, ("class 0",))
    assert check.named("unharmed") == ("class 2",)


def test_the_columns_of_classes_come_first_and_in_their_order(check: Check) -> None:
    """DESIGN: the same columns for one pair of models."""
    columns = classes_table(recall_table(models=2)).columns.tolist()
    shared = columns[columns.index("class_index") : columns.index("status") + 1]
    assert check.classes.columns[: len(shared)].tolist() == shared
    assert check.classes["models"].tolist() == [1, 1, 1]


def test_the_whole_model_is_described_beside_the_classes(check: Check) -> None:
    """Accuracy, churn, and a slope that is said to be of one pair."""
    overall = check.overall
    assert overall["accuracy_before"] == pytest.approx(2620 / 3000)
    assert overall["accuracy_after"] == pytest.approx(2451 / 3000)
    assert overall["correctness_changed"] == pytest.approx(169 / 3000)
    assert overall["mcnemar_p"] == pytest.approx(2**-168)
    x = np.array([800, 840, 980]) / (2620 / 3) - 1
    y = np.array([680, 792, 979]) / (2451 / 3) - 1
    assert overall["alpha"] == pytest.approx((x @ y) / (x @ x))
    assert overall["alpha_status"] == "ok"
    assert "one pair" in overall["caveat"]
    assert (overall["harmed"], overall["unharmed"], overall["inconclusive"]) == (1, 1, 1)


def test_a_flat_baseline_has_no_slope_and_says_why() -> None:
    """Every class is right equally often before."""
    overall = check_recall_table(pair([900, 900], [880, 890])).overall
    assert overall["alpha"] is None
    assert "every class has the same recall" in overall["alpha_status"]
    assert "no slope" in heading_lines(check_recall_table(pair([900, 900], [880, 890])))[1]


def test_the_gate_passes_only_if_every_class_is_cleared() -> None:
    """One class with few images is enough to leave it open."""
    assert check_recall_table(pair([900, 950], [895, 950])).gate == "pass"
    few = check_recall_table(pair([900, 19], [895, 19], [1000, 19]))
    assert few.classes["verdict"].tolist() == ["unharmed", "not testable"]
    assert few.classes["status"].tolist() == ["ok", "one image of 19 is more than 5 points"]
    assert math.isnan(few.classes["p"][1])
    assert (few.gate, few.exit_code) == ("inconclusive", 3)


def test_one_image_may_be_just_the_margin() -> None:
    """1 / 20 is not above 0.05."""
    assert check_recall_table(pair([20], [20], 20)).classes["verdict"].tolist() == ["inconclusive"]


def test_without_matched_images_newcombes_interval_is_wider() -> None:
    """The same counts, blunter; what changed image by image is not known."""
    table = pair([800, 840], [680, 792])
    matched, unmatched = check_recall_table(table), check_recall_table(table, matched=False)
    assert not unmatched.overall["matched"]
    assert unmatched.classes["interval"].tolist() == ["Newcombe, conservative"] * 2
    assert (unmatched.classes["low"] < matched.classes["low"]).all()
    assert (unmatched.classes["high"] > matched.classes["high"]).all()
    assert unmatched.classes["lost"].isna().all()
    assert unmatched.overall["correctness_changed"] is None
    assert "conservative" in bounds_caption(unmatched)


def test_the_excess_drop_can_be_judged_instead() -> None:
    """Every class loses 8 points: nobody loses more than the model as a whole."""
    table = pair([900, 800, 950], [820, 720, 870])
    assert check_recall_table(table).gate == "fail"
    excess = check_recall_table(table, quantity="excess")
    assert excess.gate == "pass"
    assert excess.classes["excess_drop"].tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    assert "beyond the drop of accuracy" in heading_lines(excess)[0]


def test_every_sentence_about_the_excess_drop_says_beyond_what() -> None:
    """Each class loses 50 points: nobody lost "less than 5 points"."""
    excess = check_recall_table(pair([900, 800, 950], [400, 300, 450]), quantity="excess")
    beyond = "5 points beyond the drop of accuracy"
    assert excess.gate == "pass"
    assert gate_words(excess) == (
        f"pass: every class is shown to have lost less than {beyond}; accuracy fell by 50.0 "
        "points, which it does not look at"
    )
    assert summary_sentence(excess) == (
        f"Each of 3 classes is unharmed: shown to have lost less than {beyond}."
    )
    assert "points beyond the drop of accuracy would have been called harm" in (
        visible_sentence(excess)
    )
    assert bounds_caption(excess).startswith("Excess drops, beyond the drop of accuracy, in points")
    harmed = check_recall_table(pair([900, 800], [400, 850]), quantity="excess")
    assert summary_sentence(harmed).startswith(f"1 of 2 classes harmed by more than {beyond}")
    assert gate_words(harmed) == (
        "fail: harm beyond the drop of accuracy is shown; accuracy fell by 22.5 points, which it "
        "does not look at"
    )
    better = check_recall_table(pair([400, 300], [900, 800]), quantity="excess")
    assert "accuracy rose by 50.0 points" in gate_words(better)


def test_the_excess_drop_of_one_class_is_refused() -> None:
    """It would be 0 whatever the class lost."""
    with pytest.raises(StatsError, match="one class has no excess drop"):
        check_recall_table(pair([900], [400]), quantity="excess")


def test_captions_say_what_is_not_adjusted_and_what_may_look_like_a_contradiction() -> None:
    """McNemar's p stands beside Holm's; the interval may lie above the margin undecided."""
    caption = bounds_caption(check_recall_table(pair([900, 900], [895, 899])))
    assert caption.endswith("McNemar p: of no drop at all, not adjusted.")
    assert "may lie just above the margin while the class is inconclusive" in caption


def test_the_smallest_visible_drop_keeps_the_gains_of_the_class() -> None:
    """100 images a class, ten classes, a margin of 5: the more is gained, the less is visible."""
    truth, nothing = np.repeat(np.arange(10), 100), np.tile(np.arange(100), 10)
    before = np.where(nothing < 10, (truth + 1) % 10, truth)  # the first ten of each are wrong
    seen = []
    for gained in (0, 4, 10):
        after = np.where(nothing < 10 - gained, (truth + 1) % 10, truth)
        check = check_models(truth, before, after)
        assert check.classes["gained"].tolist() == [gained] * 10
        seen.append(check.classes["smallest_visible_drop"][0])
    assert seen == pytest.approx([0.167, 0.233, 0.283], abs=5e-4)


def test_with_100_images_drops_of_17_points_stay_unseen() -> None:
    """METHODS: 20 to 30 points at 100 images a class; here nothing at all was gained."""
    check = check_recall_table(pair([90] * 10, [80] * 10, 100))
    assert "a drop of 16.7 points would" in visible_sentence(check)


def test_classes_without_any_change_need_59_images_each() -> None:
    """0.95^59 is the first below 0.05; of two open classes alike, none "needs more"."""
    check = check_recall_table(pair([50, 55, 1000], [50, 55, 1000], [50, 55, 1000]))
    assert check.classes["images_that_settle"].tolist()[:2] == [59.0, 59.0]
    assert settling_sentence(check) == (
        "About 59 images of each of the classes class 0, class 1 would settle them four times in "
        "five, if the true shares of lost and gained images are those measured."
    )
    unlike = check_recall_table(pair([50, 55], [49, 55], [50, 55]))
    assert "of class class 1 would" in settling_sentence(unlike)
    assert settling_sentence(unlike).endswith("; other open classes need more.")


def test_more_images_settle_what_is_open(check: Check) -> None:
    """With the images that are named, and the same shares, the verdict is no longer open."""
    images = check.classes["images_that_settle"]
    assert images.isna().tolist() == [True, False, True]
    n_samples = round_up(images[1])
    assert "class 1" in settling_sentence(check)
    more = check_recall_table(pair([n_samples], [n_samples - round(0.048 * n_samples)], n_samples))
    assert more.classes["verdict"].tolist() == ["unharmed"]


def test_a_drop_of_just_the_margin_is_settled_by_no_number_of_images() -> None:
    """50 of 1,000."""
    check = check_recall_table(pair([900, 900], [850, 900]))
    assert check.classes["images_that_settle"].isna().all()
    assert settling_sentence(check) == ""


def test_collapsed_classes_are_named() -> None:
    """Less often than by guessing, 1 / 2; one of them already before."""
    check = check_recall_table(pair([990, 300], [100, 310]))
    assert check.overall["collapsed_before"] == ["class 1"]
    assert check.overall["collapsed_after"] == ["class 0", "class 1"]
    assert collapse_sentence(check) == (
        "Recalled less often than by guessing: class 0, class 1; already so before: class 1."
    )


def test_sentences_say_what_the_numbers_say(check: Check) -> None:
    """Word for word."""
    assert heading_lines(check) == (
        "3,000 test images, 3 classes, compared image by image · margin 5 points",
        "accuracy 87.3 % → 81.7 % · slope 1.68 · 5.6 % of images right in one model only",
    )
    assert summary_sentence(check) == (
        "1 of 3 classes harmed beyond 5 points (class 0), 1 unharmed, 1 inconclusive."
    )
    assert gate_words(check) == "fail: harm is shown"
    assert summary_sentence(check_recall_table(pair([900], [850]), margin=0.01)).startswith(
        "1 of 1 class"
    )
    unharmed = check_recall_table(pair([900, 900], [895, 899]))
    assert summary_sentence(unharmed) == (
        "Each of 2 classes is unharmed: shown to have lost less than 5 points."
    )
    assert summary_sentence(check_recall_table(pair([900], [895]))) == (
        "The only class is unharmed: shown to have lost less than 5 points."
    )
    assert summary_sentence(check_recall_table(pair([900], [852]))) == (
        "The only class is not shown to be harmed beyond 5 points: 1 inconclusive."
    )
    neither = check_recall_table(pair([900, 900], [852, 852]))
    assert summary_sentence(neither) == (
        "None of 2 classes is shown to be harmed beyond 5 points: 2 inconclusive."
    )


def test_the_shown_table_holds_points_with_a_true_minus(check: Check) -> None:
    """One row per class."""
    shown = shown_check(check)
    assert [row[0] for row in shown.rows] == ["class 0", "class 1", "class 2"]
    assert shown.rows[0][shown.header.index("drop")] == "12.0"
    assert points(-0.0123) == "−1.2"
    assert points(-0.0001) == "0.0"
    assert points(math.nan) == "–"


@pytest.mark.parametrize(("images", "rounded"), [(7, 7), (99, 99), (431, 440), (1900, 1900)])
def test_images_are_rounded_up_to_two_digits(images: float, rounded: int) -> None:
    """Never fewer than needed."""
    assert round_up(images) == rounded


def test_json_holds_the_whole_model_and_every_class(check: Check, tmp_path: Path) -> None:
    """Missing numbers are null; other suffixes hold the classes."""
    found = json.loads(write_check(check, tmp_path / "check.json").read_text())
    assert found["overall"]["gate"] == "fail"
    assert found["overall"]["before"]["stage"] == "baseline"
    assert [row["verdict"] for row in found["classes"]] == check.classes["verdict"].tolist()
    assert found["classes"][0]["images_that_settle"] is None
    assert write_check(check, tmp_path / "check.csv").read_text().count("\n") == 4


def test_images_are_whole_numbers_for_readers(check: Check, tmp_path: Path) -> None:
    """120 lost, not 120.000."""
    text = write_check(check, tmp_path / "check.md").read_text()
    assert "| 120 |" in text
    assert "120.000" not in text


def test_one_pair_is_found_in_a_table_of_many() -> None:
    """The unpruned version of the same model stands before, unless another is named."""
    table = recall_table(models=2, ratios=(2.0, 10.0))
    found = check_recall_table(table, after={"method": "MP", "ratio": "10.0", "model": "m1"})
    assert found.overall["after"]["ratio"] == 10.0
    assert found.overall["before"]["stage"] == "baseline"
    assert found.overall["before"]["model"] == "m1"
    assert found.overall["matched"]
    other = check_recall_table(
        table,
        before={"method": "MP", "ratio": "2", "model": "m1"},
        after={"method": "MP", "ratio": "10", "model": "m1"},
    )
    assert other.overall["before"]["ratio"] == 2.0
    assert not other.overall["matched"]  # n_both_correct is against the baseline


def test_two_unpruned_models_can_be_compared() -> None:
    """Asked for by stage; their images are not matched in a recall table."""
    table = recall_table(models=2)
    found = check_recall_table(
        table,
        before={"model": "m0", "stage": "baseline"},
        after={"model": "m1", "stage": "baseline"},
    )
    assert (found.overall["before"]["model"], found.overall["after"]["model"]) == ("m0", "m1")
    assert not found.overall["matched"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "choose with --after COLUMN=VALUE"),
        ({"after": {"model": "m9"}}, "no evaluated model has --after model=m9"),
        ({"after": {"colour": "red"}}, "unknown --after column 'colour'"),
        ({"after": {"ratio": "ten"}}, "a ratio is a number"),
        ({"after": {"model": "m0", "ratio": "2"}, "before": {"model": "m9"}}, "--before model=m9"),
        ({"margin": 0.0}, "margin 0 is not"),
        ({"margin": math.nan}, "margin nan is not"),
        ({"margin": 0.001}, "no class can be tested: one image of 100 is more than the margin"),
        ({"quantity": "loss"}, "unknown quantity 'loss'"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_one_line(
    options: dict[str, Any], message: str
) -> None:
    """Who was meant, and what to type."""
    table = recall_table(models=2, ratios=(2.0,))
    if "margin" in options:
        options = {"after": {"model": "m0", "method": "MP"}, **options}
    with pytest.raises(StatsError, match=message.replace("(", r"\(")):
        check_recall_table(table, **options)


def test_a_model_without_its_baseline_is_refused() -> None:
    """Nothing stands before it."""
    table = table_of_counts({AFTER: [90, 80]})
    with pytest.raises(StatsError, match="no baseline"):
        check_recall_table(table)


def test_other_classes_or_samples_are_refused() -> None:
    """Two test sets cannot be compared class by class."""
    table = table_of_counts({baseline("m"): [90, 80], AFTER: [90, 80]})
    shorter = table.slice(0, 3)
    with pytest.raises(StatsError, match="do not have the same classes"):
        check_recall_table(shorter)
    place = RECALL_TABLE.get_field_index("n_samples")
    more = table.set_column(place, RECALL_TABLE.field(place), pa.array([100, 100, 101, 100]))
    with pytest.raises(StatsError, match="class 0 has 100 samples before and 101 after"):
        check_recall_table(more)


def test_rounded_counts_are_remarked() -> None:
    """In the status of every class."""
    table = pair([900], [890])
    place = RECALL_TABLE.get_field_index("count_quality")
    rounded = table.set_column(place, RECALL_TABLE.field(place), pa.array(["exact", "rounded"]))
    check = check_recall_table(rounded)
    assert check.classes["status"].tolist() == ["counts recovered from rounded recalls"]
    assert check.overall["counts"] == "rounded"
