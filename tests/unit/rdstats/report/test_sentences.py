"""The verdict in words: right about direction, whatever the numbers."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.output.words import records
from rdstats.report.sentences import (
    condition_sentence,
    detail_sentences,
    led,
    method_sentence,
    studied,
    summary_sentence,
)
from rdstats.statistics.verdicts import SCOPES

NAN = float("nan")
Row = dict[str, Any]


def row(slope: float, low: float, high: float, **columns: object) -> Row:
    """Return a condition with this class-mean slope; its verdict follows from the interval."""
    verdict = "<" if high < 1 else ">" if low > 1 else "?" if low == low else None
    inside = low > 0.9 and high < 1.1
    return {
        "method": "MP",
        "ratio": 10.0,
        "stage": "finetuned",
        "alpha_class_mean": slope,
        "alpha_like_these": slope,
        "class_mean_low": low,
        "class_mean_high": high,
        "class_mean_verdict": verdict,
        "equivalence": "equivalent" if inside else "inconclusive",
        "ci_level": 0.99,
        "delta": 0.10,
        "status": "ok",
        "alpha_mean": 1.1,
        "ci_low": 1.05,
        "ci_high": 1.15,
        "verdict": ">",
        "accuracy_before": 0.97,
        "accuracy_after": 0.951,
        "control_difference": NAN,
        "control_difference_low": NAN,
        "control_difference_high": NAN,
        "control_verdict": None,
        "warnings": "none",
        "balance_slope": NAN,
        "models_collapsed": 0,
        "models_evaluated": 30,
        "scope": "samples like these",
        "lead": "class-mean",
        "luck_over_spread": 0.2,
        **columns,
    }


CONTROL = row(1.01, 0.98, 1.04, method="none", ratio=1.0, stage="control")


WHERE = "MP at 10× (samples like these)"
INTERVAL = "(99 % interval 12 to 31 %)"
RELATIVE = ", relative to accuracy"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            row(0.8, 0.69, 0.88),
            f"gaps between classes narrowed by 20 % {INTERVAL}{RELATIVE}",
        ),
        (
            row(0.97, 0.95, 0.99),
            "gaps between classes narrowed by 3 % (99 % interval 1 to 5 %), within ±10 %, "
            "relative to accuracy",
        ),
        (
            row(1.01, 0.98, 1.04),
            "gaps between classes stayed as they were, within ±10 %: "
            "+1 % (99 % interval −2 to 4 %)",
        ),
        (
            row(1.05, 0.9, 1.2),
            "cannot tell whether gaps between classes widened or narrowed: "
            "+5 % (99 % interval −10 to 20 %)",
        ),
        (
            row(-0.3, -0.5, -0.1),
            "gaps between classes turned over, classes that were ahead fell behind: "
            "a slope of −0.30 (99 % interval −0.50 to −0.10)",
        ),
        (
            row(-0.1, -0.5, 0.3),
            "gaps between classes narrowed or turned over: "
            "a slope of −0.10 (99 % interval −0.50 to 0.30)",
        ),
        (
            row(5.0, 2.0, 8.0),
            "gaps between classes widened: a slope of 5.00 (99 % interval 2.00 to 8.00)",
        ),
        (
            row(-0.9, -4.0, 3.0),
            "cannot tell whether gaps between classes widened or narrowed, or turned over: "
            "a slope of −0.90 (99 % interval −4.00 to 3.00)",
        ),
        (row(1.2, NAN, NAN, status="why"), "class-mean slope 1.20, without an interval: why"),
        (row(NAN, NAN, NAN, status="why"), "no class-mean slope: why"),
    ],
)
def test_each_kind_of_outcome_has_its_words(condition: Row, words: str) -> None:
    """Without a control arm."""
    assert condition_sentence(condition) == f"{WHERE}: {words}."


def test_a_condition_that_was_never_fine_tuned_is_not_compared_with_the_control() -> None:
    """The control had training that it lacks."""
    pruned = row(1.21, 1.12, 1.31, stage="pruned", ratio=2.5)
    assert condition_sentence(pruned, CONTROL) == (
        "MP at 2.5×, before fine-tuning (samples like these): gaps between classes widened by "
        f"21 % {INTERVAL}, relative to accuracy."
    )


@given(
    st.floats(-60, 60), st.floats(0.001, 60), st.floats(0.001, 60), st.sampled_from([None, CONTROL])
)
def test_the_words_never_contradict_the_interval(
    slope: float, below: float, above: float, control: Row | None
) -> None:
    """Widened means above 1, narrowed or turned over below 1, turned over alone below 0."""
    low, high = slope - below, slope + above
    text = condition_sentence(row(slope, low, high), control)
    assert ("classes widened" in text and "cannot tell" not in text) == (low > 1)
    directed = "classes narrowed" in text or "classes turned over" in text
    narrower = low > -1 and high < 1
    assert (directed and "cannot tell" not in text) == (narrower or high < 0)
    assert ("fell behind" in text) == (high < 0)
    unclear = low <= 1 <= high or (low <= -1 and 0 <= high < 1)
    assert ("cannot tell" in text or "stayed as they were" in text) == unclear


def test_the_control_accuracy_paper_mode_and_warnings_follow_every_headline() -> None:
    """The paper's mean with its mark; what was lost in all; two seeds that are one model."""
    assert detail_sentences(row(1.2, 1.1, 1.3)) == (
        "Accuracy 0.970 → 0.951. Paper mode: mean α per model 1.10 (99 % interval 1.05 to 1.15), >."
    )
    less_control = {"control_difference": 0.19, "control_difference_low": 0.1}
    less_control |= {"control_difference_high": 0.28}
    doubled = "m0, m1 have the same counts before pruning"
    told = row(1.2, 1.1, 1.3, **less_control, control_verdict=">", warnings=doubled)
    text = detail_sentences(told)
    assert text.startswith(
        "Slope less the control's: 0.19 (99 % interval 0.10 to 0.28), >. Accuracy 0.970 → 0.951."
    )
    assert text.endswith(f" Take care: {doubled}.")
    without = row(NAN, NAN, NAN, alpha_mean=NAN, ci_low=NAN, ci_high=NAN, verdict=None)
    assert detail_sentences(without).endswith("Paper mode: no model has a slope.")


def test_a_method_is_summed_up_over_its_ratios() -> None:
    """Where it widened comes first, with the most it did; no "gaps widened" without a direction.

    From -2 to 0.9 is none: gaps turned over and twice as wide, or narrowed by a tenth.
    """
    rows = [
        row(0.8, 0.7, 0.9, ratio=2.0),
        row(1.05, 0.9, 1.2, ratio=4.0),
        row(1.21, 1.12, 1.31, ratio=10.0),
        row(1.54, 1.4, 1.7, ratio=20.0),
        row(NAN, NAN, NAN, ratio=50.0),
    ]
    assert method_sentence("MP", rows) == (
        "MP (samples like these): gaps between classes widened at 10× and 20× (by up to 54 %) and "
        "narrowed at 2×; the data cannot tell at 4×; there is no verdict at 50×."
    )
    for unclear in (row(1.05, 0.9, 1.2), row(0.2, -2.0, 0.9)):
        assert method_sentence("MP", [unclear]) == (
            "MP (samples like these): the data cannot tell at 10× whether gaps between classes "
            "widened or narrowed."
        )


def test_the_summary_counts_every_compressed_condition_once() -> None:
    """The control arm is none of them."""
    rows = [row(1.2, 1.1, 1.3), row(1.3, 1.1, 1.5), row(1.0, 0.95, 1.05), CONTROL]
    assert summary_sentence(pd.DataFrame(rows)) == (
        "Of 3 conditions (samples like these), gaps between classes widened in 2 and stayed within "
        "±10 % in 1. A family is the ratios of one method: if no gap had changed, 0.03 of these 3 "
        "would be expected to show a change by chance."
    )
    assert summary_sentence(pd.DataFrame(rows[:1])).startswith(
        "Of 1 condition (samples like these), "
    )


def test_what_the_control_did_is_said_in_the_headline() -> None:
    """A change that the control shows too is not the pruning's; before fine-tuning it is none."""
    assert condition_sentence(row(1.21, 1.12, 1.31), CONTROL) == (
        f"{WHERE}: gaps between classes widened by 21 % {INTERVAL}, "
        "relative to accuracy; "
        "the unpruned control, trained as long, moved by +1 % (−2 to 4 %)."
    )
    assert "control" not in condition_sentence(row(1.2, 1.1, 1.3, stage="pruned"), CONTROL)
    explained = row(1.21, 1.12, 1.31, control_verdict="?")
    assert condition_sentence(explained, CONTROL).endswith(
        "moved by +1 % (−2 to 4 %), and less that the change may be nothing."
    )
    shown = row(1.21, 1.12, 1.31, control_verdict=">", ratio=20.0)
    assert summary_sentence(pd.DataFrame([explained, shown, CONTROL])) == (
        "Of 2 conditions (samples like these), gaps between classes widened in 2. A family is the "
        "ratios of one method: if no gap had changed, 0.02 of these 2 would be expected to show a "
        "change by chance, and as many to differ from the control. Less what the unpruned control "
        "did, 1 of these 2 changes may be nothing."
    )


def test_collapsed_models_and_a_difference_to_the_control_are_in_the_sentence() -> None:
    """Where the slope itself cannot be told from 1, nowhere is it counted as not to be told."""
    less = {"control_difference": 0.2, "control_difference_low": 0.1, "control_verdict": ">"}
    found = row(1.05, 0.9, 1.2, models_collapsed=9, control_difference_high=0.3, **less)
    assert condition_sentence(found, CONTROL) == (
        f"{WHERE}: gaps between classes differ from the unpruned control's: slope less its 0.20 "
        "(99 % interval 0.10 to 0.30); alone the data cannot tell, +5 % (99 % interval −10 to "
        "20 %); 9 of 30 models collapsed."
    )
    beside = "gaps between classes differ from the unpruned control's"
    assert method_sentence("MP", [found]) == f"MP (samples like these): {beside} at 10×."
    summary = summary_sentence(pd.DataFrame([found, row(1.2, 1.1, 1.3), row(1.05, 0.9, 1.2)]))
    assert summary.startswith(
        "Of 3 conditions (samples like these), gaps between classes widened in 1; they differ from "
        "the unpruned control's in 1; the data cannot tell in 1."
    )


def test_a_change_in_per_cent_is_relative_to_accuracy_and_the_recalls_stand_beside_it() -> None:
    """Normalised gaps may widen while gaps of recall shrink with accuracy."""
    text = condition_sentence(row(1.21, 1.12, 1.31, balance_slope=0.9))
    assert text.endswith("relative to accuracy (of recalls alone: slope 0.90).")


def test_where_single_models_hold_much_luck_and_are_few_the_instrument_leads() -> None:
    """Its interval, verdict and words are the headline; the class-mean slope's are too short."""
    much = {"lead": "instrument", "luck_over_spread": 0.8, "alpha_instrument": 1.05}
    much |= {"instrument_low": 0.8, "instrument_high": 1.3}
    calm = {"alpha_instrument": 2.0, "instrument_low": 1.9, "instrument_high": 2.1}
    frame = pd.DataFrame([row(1.21, 1.12, 1.31, **much), row(1.21, 1.12, 1.31, **calm)])
    first, second = records(led(frame))
    assert (first["class_mean_verdict"], first["equivalence"]) == ("?", "inconclusive")
    assert condition_sentence(first) == (
        "MP at 10× (samples like these; by the instrument: luck of single models is 0.8 times the "
        "classes' spread): cannot tell whether gaps between classes widened or narrowed: +5 % "
        "(99 % interval −20 to 30 %)."
    )
    assert second["alpha_class_mean"] == 1.21


def test_the_slope_that_is_told_lies_in_the_middle_of_its_interval() -> None:
    """Undiluted by the test set for samples like these, and the control's difference with it."""
    less = {"control_difference": 0.1, "control_difference_low": 0.05}
    less |= {"control_difference_high": 0.25, "alpha_instrument": NAN}
    less |= {"instrument_low": NAN, "instrument_high": NAN, "alpha_like_these": 1.25}
    both = [row(1.21, 1.1, 1.4, scope=scope, **less) for scope in SCOPES]
    these, like_these = records(led(pd.DataFrame(both)))
    assert (these["alpha_class_mean"], these["control_difference"]) == (1.21, 0.1)
    assert like_these["alpha_class_mean"] == 1.25
    assert like_these["control_difference"] == pytest.approx(0.15)


def test_what_was_studied_is_said_first() -> None:
    """Networks, data set, test samples, methods and ratios, and whether there is a control."""
    place = {"study": "s", "dataset": "pets", "architecture": "cnn"}
    rows = [
        row(1.2, 1.1, 1.3, method=method, ratio=ratio, **place)
        for method in ("MP", "RP")
        for ratio in (10.0, 2.0)
    ]
    samples = {"pets": pd.Series([700, 800])}
    text = "30 cnn on pets (2 classes, 1,500 test samples), compressed by MP and RP at 2× to 10×"
    beside = "; beside them the same networks unpruned and trained as long"
    control = row(1.0, 0.9, 1.1, method="none", ratio=1.0, stage="control", **place)
    assert studied(pd.DataFrame(rows), samples, "test") == [f"{text}."]
    assert studied(pd.DataFrame([control, *rows]), samples, "test") == [f"{text}{beside}."]
