"""Which classes paid: the verdicts per class in words, a sentence per method."""

import math
from typing import Final

import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from data_contracts.words import counted
from rdstats.charts.panels import ratio_label
from rdstats.output.words import NO_WARNING, class_label, reach, records
from rdstats.report.changes import joined, number
from rdstats.statistics.intervals import FEW_MODELS
from rdstats.statistics.verdicts import (
    ERROR,
    HARMED,
    INCONCLUSIVE,
    NOT_TESTABLE,
    THESE,
    UNHARMED,
)
from rdstats.tables.classes import SUBTRACTED

METHODS: Final = {
    "MP": "magnitude pruning",
    "GP": "gradient pruning",
    "UP": "undecayed pruning",
    "RP": "random pruning",
}
"""The paper's methods in full."""

_MOST_NAMES: Final = 5
"""More classes than this are counted, not named."""


def paid_heading(classes: pd.DataFrame) -> str:
    """Return what the sentences below it judge.

    Args:
        classes: As `classes` returns it.
    """
    compressed = classes[classes["stage"] != "control"]
    subtracted = (compressed["control"] == SUBTRACTED).all()
    less = ", less the control's" if subtracted else ""
    beyond = " beyond that of accuracy" if _is_excess(classes) else ""
    scope = reach(compressed["scope"])
    return f"Which classes paid: the drop of recall over models{beyond}{less} ({scope})"


def harm_sentence(classes: pd.DataFrame) -> str:
    """Return in how many conditions single classes paid, and where most did; "" without any.

    "In 2 of 15 conditions single classes are shown to have lost more than 5 points of recall, most
    of them with MP at 10× (4 of 10 classes). First to pay: with MP at 10× class shirt. Accuracy
    tells least with GP at 4×: it fell by 1.2 points, class shirt by 6.3." Of a hundred classes and
    more also: "At most an estimated 5.8 % of the classes (4.4 to 7.5 %) lost more than 5 points:
    with MP at 10×."

    Args:
        classes: As `classes` returns it; the control arm is not counted.
    """
    compressed = classes[classes["stage"] != "control"]
    return f"{_shown_harm(compressed)} {_share_sentence(compressed)}".strip()


def _share_sentence(compressed: pd.DataFrame) -> str:
    """Return the largest estimated share of classes beyond the margin, "" where none is known."""
    known = compressed.dropna(subset="share_harmed").sort_values("share_harmed", kind="stable")
    if known.empty:
        return ""
    row = known.iloc[-1]
    low, high = (f"{100 * row[f'share_harmed_{end}']:.1f}" for end in ("low", "high"))
    return (
        f"At most an estimated {100 * row['share_harmed']:.1f} % of the classes ({low} to "
        f"{high} %; these samples) lost more than {_margin(compressed)}: with {row['method']} at "
        f"{ratio_label(row['ratio'])}."
    )


def _shown_harm(compressed: pd.DataFrame) -> str:
    verdicts = compressed["verdict"]
    if (verdicts == NOT_TESTABLE).all():
        return ""
    amount = _margin(compressed, " of recall")
    subtracted = (compressed["control"] == SUBTRACTED).all()
    less = ", less what the control lost" if subtracted else ""
    scope = reach(compressed["scope"])
    if (verdicts == UNHARMED).all():
        both = ", with and without the control's change taken off" if subtracted else ""
        where = f"in every condition{both} ({scope}){_few(compressed)}"
        return f"Every class is shown to have lost less than {amount}, {where}."
    if not (verdicts == HARMED).any():
        text = f"No class is shown to have lost more than {amount}{less} ({scope})"
        return f"{text}; not every class is cleared."
    conditions = compressed.assign(classes=verdicts == HARMED).groupby(
        list(STAGED_CONDITION), sort=False
    )
    harmed = conditions["classes"].sum().reset_index()
    paid = int((harmed["classes"] > 0).sum())
    most = harmed.sort_values("classes", kind="stable").iloc[-1]
    of = len(compressed) // len(harmed)
    whole = int((harmed["classes"] == of).sum())
    where = f"in {whole} of them every class"
    if whole < 2:
        at = f"{most['method']} at {ratio_label(most['ratio'])}"
        where = f"most of them with {at} ({most['classes']} of {of} classes)"
    return (
        f"In {paid} of {counted(len(harmed), 'condition')} single classes are shown to have lost "
        f"more than {amount}{less} ({scope}), {where}. A family is the "
        f"classes of one condition: by chance at most {round(ERROR * len(harmed), 2):g} of these "
        f"{len(harmed)} would be expected.{_first_to_pay(compressed)}"
        f"{_hidden(compressed[verdicts == HARMED])}"
    )


def _first_to_pay(compressed: pd.DataFrame) -> str:
    """Return the classes that each method harms first, going up; "" for several networks."""
    if compressed[["study", "dataset", "architecture"]].drop_duplicates().shape[0] > 1:
        return ""
    first = []
    for method, rows in compressed.groupby("method", sort=False):
        harmed = rows[rows["verdict"] == HARMED]
        if len(harmed):
            ratio = harmed["ratio"].min()
            who = _harmed(rows[rows["ratio"] == ratio])
            first.append(f"with {method} at {ratio_label(ratio)} {who}")
    return f" First to pay: {'; '.join(first)}."


def _hidden(harmed: pd.DataFrame) -> str:
    """Return where accuracy tells least of a harmed class: it lost the smallest share of that."""
    if _is_excess(harmed):
        return ""
    row = harmed.iloc[int((harmed["excess_drop"] / harmed["drop"]).argmax())]
    fell, lost = 100 * (row["drop"] - row["excess_drop"]), 100 * row["drop"]
    accuracy = f"it fell by {number(fell, 1)}" if fell > 0 else f"it rose by {number(-fell, 1)}"
    return (
        f" Accuracy tells least with {row['method']} at {ratio_label(row['ratio'])}: {accuracy} "
        f"points, class {class_label(row['class_name'], row['class_index'])} fell by "
        f"{number(lost, 1)}."
    )


def _few(classes: pd.DataFrame) -> str:
    """Return a warning beside what two or three models clear, "" where there are more."""
    least = int(classes["models"].min())
    return f"; take care, {counted(least, 'model')} say little" if least < FEW_MODELS else ""


def safe_sentences(safe: pd.DataFrame) -> list[str]:
    """Return how far each method can go, a sentence each, and how much that is worth.

    "On average over 30 models, magnitude pruning (MP) at the tested ratios up to 10× is shown to
    cost no class 5 points, with and without the control's change taken off (95 % for this method
    alone; samples like these). At 20×, class shirt is not cleared. One model ships, not a mean: at
    10× the next one may lose up to 4.5 points of class coat (95 % for each class alone; these
    samples)."

    Args:
        safe: As `safe_ratios_of` returns it.
    """
    sentences = []
    place = ["study", "dataset", "architecture"]
    several = len(safe[place].drop_duplicates()) > 1
    for row in records(safe):
        where = f" of {row['study']} ({row['dataset']}, {row['architecture']})" if several else ""
        name = f"{METHODS[row['method']]} ({row['method']})" if row["method"] in METHODS else ""
        who = f"On average over {counted(row['models'], 'model')}{where}, {name or row['method']}"
        before = " before fine-tuning" if row["stage"] == "pruned" else ""
        beyond = " beyond accuracy's drop" if row["quantity"] == "excess" else ""
        points = f"{100 * row['margin']:g} points{beyond}"
        worth = f"(95 % for this method alone; {row['scope']})"
        if math.isnan(row["safe_ratio"]):
            first = ratio_label(row["next_ratio"])
            spared = f"is not shown to spare every class {points}, even at {first}"
            text = f"{who}{before} {spared} {worth}."
        else:
            subtracted = row["control"] == SUBTRACTED
            both = ", with and without the control's change taken off" if subtracted else ""
            text = (
                f"{who}{before} at the tested ratios up to {ratio_label(row['safe_ratio'])} is "
                f"shown to cost no class {points}{both} {worth}."
            )
        if not math.isnan(row["next_ratio"]):
            parts = [
                f"{_named(names.split(', '), row['family_size'])} {verb}"
                for names, (one, many) in (
                    (row["harmed"], ("is harmed", "are harmed")),
                    (row["not_cleared"], ("is not cleared", "are not cleared")),
                )
                if names
                for verb in [many if ", " in names else one]
            ]
            text += f" At {ratio_label(row['next_ratio'])}, {joined(parts)}."
        if not math.isnan(row["safe_ratio"]):
            most = f"{number(100 * row['next_model_upper'], 1)} points{beyond}"
            text += (
                f" One model ships, not a mean: at {ratio_label(row['safe_ratio'])} the next one "
                f"may lose up to {most} of class {row['next_model_class']} (95 % for each class "
                f"alone; {THESE})."
            )
        if row["warnings"] != NO_WARNING:
            text += f" Take care: {row['warnings']}."
        sentences.append(text)
    if len(sentences) > 1:
        sentences.append(f"These are {len(sentences)} statements, each with an error of its own.")
    return sentences


def paid_sentence(method: str, classes: pd.DataFrame) -> str:
    """Return which classes one method harmed at each ratio.

    "MP: more than 5 points were lost by classes 1 and 8 at 20×; no class lost as much at 2× and
    4×; at 10× the data cannot clear every class."

    Args:
        method: Its name.
        classes: Its rows of `classes` on one data set and architecture.
    """
    at: dict[str, list[str]] = {}
    judged = "excess_drop" if _is_excess(classes) else "drop"
    untested = -math.inf  # the largest drop where no class has a test
    for ratio, rows in classes.groupby("ratio"):
        place, found = ratio_label(float(str(ratio))), set(rows["verdict"])
        if HARMED in found:
            at.setdefault(HARMED, []).append(f"by {_harmed(rows)} at {place}")
            continue
        kind = found.pop() if len(found) == 1 else INCONCLUSIVE
        at.setdefault(kind, []).append(place)
        if kind == NOT_TESTABLE:
            untested = max(untested, float(rows[judged].max()))
    margin = f"more than {_margin(classes)}"
    parts = [f"{margin} were lost {joined(at[HARMED])}"] if HARMED in at else []
    if UNHARMED in at:
        amount = "as much" if parts else margin
        cleared = classes[classes["verdict"] == UNHARMED]
        parts.append(f"no class lost {amount} at {joined(at[UNHARMED])}{_few(cleared)}")
    if INCONCLUSIVE in at:
        parts.append(f"at {joined(at[INCONCLUSIVE])} the data cannot clear every class")
    if NOT_TESTABLE in at:
        drop = f" (largest mean {judged.replace('_', ' ')}: {100 * untested:.1f} points)"
        known = drop if math.isfinite(untested) else ""
        parts.append(f"no class can be tested at {joined(at[NOT_TESTABLE])}{known}")
    return f"{method}: {'; '.join(parts)}."


def _is_excess(classes: pd.DataFrame) -> bool:
    return not (classes["quantity"] == "drop").all()


def _margin(classes: pd.DataFrame, of_recall: str = "") -> str:
    """Return the margin as an amount: `5 points beyond the drop of accuracy`."""
    beyond = " beyond the drop of accuracy" if _is_excess(classes) else ""
    return f"{100 * float(classes['margin'].iloc[0]):g} points{of_recall}{beyond}"


def _harmed(rows: pd.DataFrame) -> str:
    """Return which classes of a condition are harmed, by name or how many."""
    harmed = rows[rows["verdict"] == HARMED]
    names = list(map(class_label, harmed["class_name"], harmed["class_index"]))
    return _named(names, len(rows))


def _named(names: list[str], classes: int) -> str:
    if len(names) > _MOST_NAMES:
        return f"{len(names)} of {classes} classes"
    return f"{'class' if len(names) == 1 else 'classes'} {joined(names)}"
