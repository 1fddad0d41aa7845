"""The verdict on one pair as people read it: a table, and sentences around it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from rdstats.statistics.class_verdicts import INCONCLUSIVE, NOT_TESTABLE, UNHARMED
from rdstats.statistics.paired_verdicts import FAIL, PASS
from rdstats.tables.check import Check
from rdstats.tables.records import Row, records
from rdstats.tables.rounding import MISSING, rounded
from rdstats.tables.shown import ShownTable, class_label
from rdstats.tables.wording import OK, listed

_OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        PASS: "pass: every class is shown to have lost less than {margin}",
        FAIL: "fail: harm is shown",
        INCONCLUSIVE: "inconclusive: no harm is shown, and not every class is cleared",
    }
)


def shown_check(check: Check) -> ShownTable:
    """Return the classes as texts, drops in points."""
    first = check.classes.iloc[0]
    judged = "drop" if first["quantity"] == "drop" else "excess drop"
    level = f"{100 * first['bounds_level']:.4g} % interval"
    cells: dict[str, Callable[[Row], str]] = {
        "class": class_label,
        "images": lambda row: f"{row['n_samples']:,}",
        "before": lambda row: percent(row["recall_before"]),
        "after": lambda row: percent(row["recall_after"]),
        judged: lambda row: points(row["drop" if judged == "drop" else "excess_drop"]),
        level: lambda row: f"{points(row['low'])} … {points(row['high'])}",
        "at most": lambda row: points(row["upper"]),
        "verdict": lambda row: str(row["verdict"]),
        "p, Holm": lambda row: rounded(row["p_adjusted"], "p"),
        "visible from": lambda row: points(row["smallest_visible_drop"]),
        "McNemar p": lambda row: rounded(row["mcnemar_p"], "p"),
        "status": lambda row: str(row["status"]),
    }
    rows = tuple(tuple(cell(row) for cell in cells.values()) for row in records(check.classes))
    remarks = bool((check.classes["status"] != OK).any())
    return ShownTable("Every class", bounds_caption(check), tuple(cells), rows, remarks)


def heading_lines(check: Check) -> tuple[str, ...]:
    """Return what was compared, and what happened to the model as a whole."""
    overall, first = check.overall, check.classes.iloc[0]
    how = "compared image by image" if overall["matched"] else "compared by recalls alone"
    classes = overall["n_classes"]
    excess = " beyond the drop of accuracy" if first["quantity"] == "excess" else ""
    whole = [
        f"accuracy {percent(overall['accuracy_before'])} → {percent(overall['accuracy_after'])}"
    ]
    if overall["alpha"] is None:
        whole.append(f"no slope ({overall['alpha_status']})")
    else:
        whole.append(f"slope {overall['alpha']:.2f}".replace("-", "−"))
    if overall["answers_changed"] is not None:
        whole.append(f"{percent(overall['answers_changed'])} of answers changed")
    elif overall["correctness_changed"] is not None:
        changed = percent(overall["correctness_changed"])
        whole.append(f"{changed} of images right in one model only")
    return (
        f"{overall['n_samples']:,} test images, {classes} class{'es' * (classes > 1)}, {how} · "
        f"margin {margin_words(check)}{excess}",
        " · ".join(whole),
    )


def summary_sentence(check: Check) -> str:
    """Return the verdicts in one sentence: "1 of 10 classes harmed beyond 3 points (8)...".

    Classes that are harmed are named, others counted.
    """
    classes, harmed = len(check.classes), check.harmed
    margin = margin_words(check)
    counts = {word: int((check.classes["verdict"] == word).sum()) for word in _OTHERS}
    if harmed:
        text = f"{len(harmed)} of {classes} classes harmed beyond {margin} ({listed(harmed)})"
    elif counts[UNHARMED] == classes:
        return f"Each of {classes} classes is unharmed: shown to have lost less than {margin}."
    else:
        text = f"None of {classes} classes is shown to be harmed beyond {margin}"
    rest = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{text}{', ' if harmed and rest else ': ' if rest else ''}{rest}."


def settling_sentence(check: Check) -> str:
    """Return how many images would settle the inconclusive class that needs fewest; or ""."""
    open_ = check.classes.dropna(subset=["images_that_settle"])
    if open_.empty:
        return ""
    row = records(open_.sort_values("images_that_settle", kind="stable"))[0]
    images = f"{round_up(row['images_that_settle']):,}"
    judged = "drop" if row["quantity"] == "drop" else "excess drop"
    more = " (and every other class in proportion)" if judged != "drop" else ""
    others = "; other open classes need more" * (len(open_) > 1)
    return (
        f"About {images} images of class {class_label(row)}{more} would settle it four times in "
        f"five, if its true {judged} and churn are those measured{others}."
    )


def visible_sentence(check: Check) -> str:
    """Return how small a drop could have been seen."""
    seen = check.classes["smallest_visible_drop"].dropna()
    if seen.empty:
        return "No class has enough images for any drop to be called harm."
    low, high = points(float(seen.min())), points(float(seen.max()))
    span = f"{low} points" if low == high else f"{low} to {high} points, by class,"
    return (
        f"With so many images a drop of {span} would have been called harm four times in "
        "five; a smaller one may be there unseen."
    )


def collapse_sentence(check: Check) -> str:
    """Return which classes are recalled less often than by guessing; or ""."""
    after = check.overall["collapsed_after"]
    if not after:
        return ""
    before = check.overall["collapsed_before"]
    already = f"; already so before: {listed(before)}" if before else ""
    return f"Recalled less often than by guessing: {listed(after)}{already}."


def gate_words(check: Check) -> str:
    """Return the gate's outcome in words."""
    return _OUTCOMES[check.gate].format(margin=margin_words(check))


def bounds_caption(check: Check) -> str:
    """Return how the numbers of the table are made."""
    first = check.classes.iloc[0]
    error = f"each bound one-sided at 1 − 0.05 / {first['family_size']}"
    if str(first["interval"]).endswith("conservative"):
        how = (
            "Newcombe's interval for independent proportions: conservative, because it cannot know "
            "which images are right in both"
        )
    else:
        how = "Tango's score interval for matched images"
    if first["quantity"] == "excess":
        how = f"made from every class's interval, {how}"
    return (
        f"Drops in points. Interval: {how}; {error}. At most: the class's own one-sided 95 % "
        "bound, on which unharmed rests. p: of a drop within the margin, Holm."
    )


def margin_words(check: Check) -> str:
    """Return the margin as "3 points"."""
    margin = 100 * float(check.overall["margin"])
    return f"{margin:g} point{'s' * (margin != 1)}"


def percent(share: float) -> str:
    """Return a share as "91.2 %"."""
    return f"{100 * share:.1f} %"


def points(share: float) -> str:
    """Return a difference of shares as points with a true minus sign."""
    if math.isnan(share):
        return MISSING
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def round_up(images: float) -> int:
    """Return a number of images with two digits that mean something, never fewer."""
    step: int = 10 ** max(int(math.log10(max(images, 1.0))) - 1, 0)
    return math.ceil(images / step) * step


_OTHERS: Final = (UNHARMED, INCONCLUSIVE, NOT_TESTABLE)
