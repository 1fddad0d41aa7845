"""Which classes paid, in words."""

from __future__ import annotations

import pandas as pd

from rdstats.pages.paid import paid_heading, paid_sentence


def classes_at(ratio: float, verdicts: str, *, names: bool = True) -> pd.DataFrame:
    """Rows of `classes_table`: a letter per class, h(armed), u(nharmed), i(nconclusive), n(ot)."""
    words = {"h": "harmed", "u": "unharmed", "i": "inconclusive", "n": "not testable"}
    return pd.DataFrame(
        {
            "stage": "finetuned",
            "ratio": ratio,
            "class_index": range(len(verdicts)),
            "class_name": [f"c{place}" if names else None for place in range(len(verdicts))],
            "verdict": [words[letter] for letter in verdicts],
            "margin": 0.05,
            "quantity": "drop",
            "drop": 0.3,
            "control": "subtracted",
        }
    )


def test_harmed_classes_are_named_at_their_ratio() -> None:
    """And the other ratios are told apart: cleared, undecided, not testable."""
    frames = [
        classes_at(2, "uuu"),
        classes_at(4, "uuu"),
        classes_at(10, "uiu"),
        classes_at(20, "hih"),
        classes_at(50, "nnn"),
    ]
    assert paid_sentence("MP", pd.concat(frames)) == (
        "MP: more than 5 points were lost by classes c0 and c2 at 20×; no class lost as much at "
        "2× and 4×; at 10× the data cannot clear every class; no class can be tested at 50× "
        "(largest mean drop: 30.0 points)."
    )


def test_one_class_is_a_class_and_many_are_counted() -> None:
    """Names help as long as they can be read."""
    one = paid_sentence("UP", classes_at(2, "uh", names=False))
    assert one == "UP: more than 5 points were lost by class 1 at 2×."
    assert "by 6 of 7 classes at 2×" in paid_sentence("UP", classes_at(2, "hhhhhhu"))


def test_where_no_class_paid_the_sentence_says_so() -> None:
    """With the margin in points."""
    assert paid_sentence("GP", classes_at(2, "uu")) == (
        "GP: no class lost more than 5 points at 2×."
    )


def test_the_heading_says_whether_the_control_is_taken_off() -> None:
    """A drop without a control holds what longer training did."""
    with_control = classes_at(2, "uu")
    assert paid_heading(with_control).endswith("less the control's")
    without = with_control.assign(control="the table has no control arm")
    assert "control" not in paid_heading(without)
