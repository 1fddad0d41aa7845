"""Which classes paid, in words."""

from __future__ import annotations

import pandas as pd

from rdstats.report.classes import harm_sentence, paid_heading, paid_sentence


def classes_at(ratio: float, verdicts: str, *, names: bool = True) -> pd.DataFrame:
    """Rows of `classes`: a letter per class, h(armed), u(nharmed), i(nconclusive), n(ot)."""
    words = {"h": "harmed", "u": "unharmed", "i": "inconclusive", "n": "not testable"}
    frame = pd.DataFrame({"verdict": [words[letter] for letter in verdicts]})
    frame["class_index"] = range(len(verdicts))
    frame["class_name"] = [f"c{place}" if names else None for place in range(len(verdicts))]
    frame = frame.assign(study="s", dataset="d", architecture="a", method="MP", ratio=ratio)
    frame = frame.assign(stage="finetuned", margin=0.05, quantity="drop", drop=0.3, excess_drop=0.1)
    frame = frame.assign(share_harmed=None, share_harmed_low=None, share_harmed_high=None)
    return frame.assign(control="subtracted", models=30, scope="samples like these")


def test_harmed_classes_are_named_at_their_ratio() -> None:
    """And the other ratios are told apart: cleared, undecided, not testable."""
    verdicts = {2: "uuu", 4: "uuu", 10: "uiu", 20: "hih", 50: "nnn"}
    frames = [classes_at(*each) for each in verdicts.items()]
    assert paid_sentence("MP", pd.concat(frames)) == (
        "MP: more than 5 points were lost by classes c0 and c2 at 20×; no class lost as much at "
        "2× and 4×; at 10× the data cannot clear every class; no class can be tested at 50× "
        "(largest mean drop: 30.0 points)."
    )


def test_one_class_is_a_class_and_many_are_counted() -> None:
    """Names help as long as they can be read; without any harm the margin is told."""
    one = paid_sentence("UP", classes_at(2, "uh", names=False))
    assert one == "UP: more than 5 points were lost by class 1 at 2×."
    assert "by 6 of 7 classes at 2×" in paid_sentence("UP", classes_at(2, "hhhhhhu"))
    none = paid_sentence("GP", classes_at(2, "uu"))
    assert none == "GP: no class lost more than 5 points at 2×."


def test_the_page_begins_with_where_single_classes_paid() -> None:
    """How many conditions, the one in which most classes did, and where accuracy hid it."""
    hidden = classes_at(10, "uhi").assign(excess_drop=0.28)
    frames = [classes_at(2, "uuu"), hidden, classes_at(20, "hih")]
    assert harm_sentence(pd.concat(frames)) == (
        "In 2 of 3 conditions single classes are shown to have lost more than 5 points of recall, "
        "less what the control lost (samples like these), most of them with MP at 20× (2 of 3 "
        "classes). A family is the classes of one condition: by chance at most 0.15 of these 3 "
        "would be expected. First to pay: with MP at 10× class c1. Accuracy tells least with MP "
        "at 10×: it fell by 2.0 points, class c1 fell by 30.0."
    )


def test_where_none_is_shown_to_have_paid_it_says_whether_all_are_cleared() -> None:
    """No harm shown is not the same as shown harmless; untestable classes say nothing."""
    cleared = harm_sentence(pd.concat([classes_at(2, "uu"), classes_at(4, "uu")]))
    assert cleared.startswith("Every class is shown to have lost less than 5 points of recall, in")
    open_ones = harm_sentence(pd.concat([classes_at(2, "uu"), classes_at(4, "ui")]))
    assert open_ones.endswith(
        "what the control lost (samples like these); not every class is cleared."
    )
    assert harm_sentence(classes_at(2, "nn")) == ""


def test_what_two_or_three_models_clear_comes_with_a_warning() -> None:
    """Beside the word itself, not only in a column."""
    few = classes_at(2, "uu").assign(models=3)
    assert harm_sentence(few).endswith("(samples like these); take care, 3 models say little.")
    assert paid_sentence("GP", few).endswith("at 2×; take care, 3 models say little.")


def test_excess_drops_are_said_to_be_beyond_the_drop_of_accuracy() -> None:
    """A class may lose fifty points with all others and have no excess drop at all."""
    rows = classes_at(2, "uh").assign(quantity="excess", excess_drop=0.3)
    assert "5 points of recall beyond the drop of accuracy" in harm_sentence(rows)
    assert "more than 5 points beyond the drop of accuracy" in paid_sentence("MP", rows)
    heading = "Which classes paid: the drop of recall over models beyond that of accuracy"
    assert paid_heading(rows) == f"{heading}, less the control's (samples like these)"
    alone = rows.assign(control="the table has no control arm")
    assert paid_heading(alone) == f"{heading} (samples like these)"


def test_of_many_classes_the_largest_estimated_share_is_told() -> None:
    """With where it is, and how sure."""
    shares = {"share_harmed": 0.058, "share_harmed_low": 0.044, "share_harmed_high": 0.0751}
    few, most = classes_at(2, "uu"), classes_at(20, "ui").assign(**shares)
    told = harm_sentence(pd.concat([most, few.assign(**shares | {"share_harmed": 0.01})]))
    assert told.endswith(
        "At most an estimated 5.8 % of the classes (4.4 to 7.5 %; these samples) lost more than 5 "
        "points: with MP at 20×."
    )
