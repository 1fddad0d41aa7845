"""What is said of one pair, word for word."""

from __future__ import annotations

import math

import pytest

from rdstats.output.words import points
from rdstats.pairs.check import Check, check_recall_table
from rdstats.pairs.words import (
    bounds_caption,
    collapse_sentence,
    gate_words,
    heading_lines,
    limit_words,
    round_up,
    sentences,
    settling_sentence,
    shown_check,
    summary_sentence,
    visible_sentence,
)
from synthetic import before_after, table_of_counts


def judged(
    before: list[int], after: list[int], n_samples: int | list[int] = 1000, quantity: str = "drop"
) -> Check:
    """Return the verdict on one model before and after."""
    table = table_of_counts(before_after([before], [after]), n_samples=n_samples)
    return check_recall_table(table, quantity=quantity)


@pytest.fixture
def check() -> Check:
    """Three classes of 1,000 images: 120, 48 and 1 lost."""
    return judged([800, 840, 980], [680, 792, 979])


def test_heading_verdicts_and_gate(check: Check) -> None:
    """What was compared, what is found, what a pipeline does."""
    assert heading_lines(check) == (
        "3,000 test samples, 3 classes, compared sample by sample · margin 5 points",
        "accuracy 87.3 % → 81.7 % · slope 1.68 · 5.6 % of samples right in one model only",
    )
    assert sentences(check)[0] == summary_sentence(check)
    assert gate_words(check) == "fail: harm is shown"
    assert "no slope" in heading_lines(judged([900, 900], [880, 890]))[1]


def test_the_verdicts_in_one_sentence(check: Check) -> None:
    """Harmed classes by name, others counted."""
    limit = "5 points"
    for found, sentence in (
        (check, f"1 of 3 classes harmed beyond {limit} (class 0), 1 unharmed, 1 inconclusive."),
        (judged([900], [800]), f"1 of 1 class harmed beyond {limit} (class 0)."),
        (
            judged([900, 900], [895, 899]),
            f"Each of 2 classes is unharmed: shown to have lost less than {limit}.",
        ),
        (
            judged([900], [895]),
            f"The only class is unharmed: shown to have lost less than {limit}.",
        ),
        (
            judged([900], [852]),
            f"The only class is not shown to be harmed beyond {limit}: 1 inconclusive.",
        ),
        (
            judged([900, 900], [852, 852]),
            f"None of 2 classes is shown to be harmed beyond {limit}: 2 inconclusive.",
        ),
    ):
        assert summary_sentence(found) == sentence


def test_what_keeps_a_class_from_a_verdict_is_said_in_its_place() -> None:
    """Too few samples for the margin even without any change, and nothing right before."""
    found = judged([20, 0, 1000], [20, 0, 1000], [20, 100, 1000])
    assert summary_sentence(found) == (
        "None of 3 classes is shown to be harmed beyond 5 points: 1 unharmed, 1 that cannot be "
        "cleared with fewer than 59 samples, 1 never recognised before (class 1)."
    )
    shown = shown_check(found)
    assert [row[shown.header.index("verdict")] for row in shown.rows] == [
        *("cannot be cleared", "never recognised before", "unharmed")
    ]


def test_margins_of_single_classes_and_relative_ones_are_named() -> None:
    """In the limit, and as a column where they differ."""
    table = table_of_counts(before_after([[900, 900]], [[880, 880]]), n_samples=1000)
    own = check_recall_table(table, class_margins={"class 1": 0.01})
    assert limit_words(own) == "5 points (1 for class 1)"
    assert "margin" in shown_check(own).header
    relative = check_recall_table(table, relative_margin=0.1)
    assert limit_words(relative) == "10 % of its recall"
    assert "relative drop" in shown_check(relative).header


def test_every_sentence_about_the_excess_drop_says_beyond_what() -> None:
    """Each class loses 50 points: nobody lost "less than 5 points"."""
    excess = judged([900, 800, 950], [400, 300, 450], quantity="excess")
    beyond = "5 points beyond the drop of accuracy"
    assert heading_lines(excess)[0].endswith(beyond)
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
    assert bounds_caption(excess)[0].startswith(
        "Excess drops, beyond the drop of accuracy, in points"
    )
    harmed = judged([900, 800], [400, 850], quantity="excess")
    assert summary_sentence(harmed).startswith(f"1 of 2 classes harmed by more than {beyond}")
    assert gate_words(harmed) == (
        "fail: harm beyond the drop of accuracy is shown; accuracy fell by 22.5 points, which it "
        "does not look at"
    )
    better = judged([400, 300], [900, 800], quantity="excess")
    assert "accuracy rose by 50.0 points" in gate_words(better)


def test_classes_without_any_change_need_59_images_each() -> None:
    """0.95^59 is the first below 0.05; of two open classes alike, none "needs more"."""
    assert settling_sentence(judged([50, 55, 1000], [50, 55, 1000], [50, 55, 1000])) == (
        "About 59 samples of each of the classes class 0, class 1 would settle them four times in "
        "five, if the true shares of lost and gained samples are those measured."
    )
    unlike = settling_sentence(judged([50, 55], [49, 55], [50, 55]))
    assert "of class class 1 would" in unlike
    assert unlike.endswith("; other open classes need more.")


def test_what_could_not_be_seen_and_what_collapsed() -> None:
    """50 of 1,000 is just the margin; with 100 images 17 points stay unseen; 1 / 2 is guessing."""
    assert settling_sentence(judged([900, 900], [850, 900])) == ""
    assert "a drop of 16.7 points would" in visible_sentence(judged([90] * 10, [80] * 10, 100))
    assert collapse_sentence(judged([990, 300], [100, 310])) == (
        "Recalled less often than by guessing: class 0, class 1; already so before: class 1."
    )


def test_the_table_holds_points_with_a_true_minus(check: Check) -> None:
    """One row per class."""
    shown = shown_check(check)
    assert [row[0] for row in shown.rows] == ["class 0", "class 1", "class 2"]
    assert shown.rows[0][shown.header.index("drop")] == "12.0"
    assert [points(share) for share in (-0.0123, -0.0001, math.nan)] == ["−1.2", "0.0", "–"]
    assert [round_up(images) for images in (7, 99, 431, 1900)] == [7, 99, 440, 1900]
