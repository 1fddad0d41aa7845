"""What happened to the gaps between classes, in words: by condition, by method, in all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from data_contracts.words import counted
from rdstats.charts.panels import ratio_label
from rdstats.output.words import NO_WARNING, Row, reach, records
from rdstats.report.changes import Change, joined, number, percents
from rdstats.statistics.intervals import equivalences, marks
from rdstats.statistics.verdicts import LIKE_THESE
from rdstats.tables.conditions import INSTRUMENT

WIDENED: Final = "widened"
NARROWED: Final = "narrowed"
TURNED: Final = "turned"
SAME: Final = "same"
UNCLEAR: Final = "unclear"
UNDEFINED: Final = "undefined"
BESIDE: Final = "beside the control"
_GAPS: Final = "gaps between classes"
_BESIDE: Final = f"{_GAPS} differ from the unpruned control's"
_CANNOT_TELL: Final = "cannot tell whether gaps between classes widened or narrowed"


def studied(
    conditions: pd.DataFrame, samples: "Mapping[str, pd.Series[int]]", split: str
) -> list[str]:
    """Return what was compressed and how, a sentence per study, data set and architecture.

    "30 LeNet5 on digits (10 classes, 900 test samples), compressed by MP and RP at 2× to 50×;
    beside them the same networks unpruned and trained as long."

    Args:
        conditions: As `conditions` returns it.
        samples: Of each class, by data set.
        split: Of which split they are.
    """
    sentences = []
    for (_, dataset, architecture), rows in conditions.groupby(
        ["study", "dataset", "architecture"], sort=False
    ):
        compressed = rows[rows["stage"] != "control"]
        ratios = [ratio_label(ratio) for ratio in sorted(set(compressed["ratio"]))]
        of_class = samples[str(dataset)]
        control = "; beside them the same networks unpruned and trained as long"
        sentences.append(
            f"{rows['models_evaluated'].max():.0f} {architecture} on {dataset} ({len(of_class)} "
            f"classes, {of_class.sum():,} {split} samples), compressed by "
            f"{joined(list(dict.fromkeys(compressed['method'])))} at "
            f"{' to '.join(dict.fromkeys((ratios[0], ratios[-1])))}"
            f"{control * (len(compressed) < len(rows))}."
        )
    return sentences


def led(conditions: pd.DataFrame) -> pd.DataFrame:
    """Return conditions with the slopes that sentences tell, in the columns of the class-mean one.

    For samples like these it is the one around which its interval lies, undiluted by the finite
    test set, and so is its difference to the control. Where the instrument leads it is the
    instrument's: with much luck and few models intervals of the class-mean slope are too short
    (docs/simulation.md).
    """
    frame = conditions.copy()
    beyond = frame["scope"] == LIKE_THESE
    frame.loc[beyond, "alpha_class_mean"] = frame["alpha_like_these"]
    middle = (frame["control_difference_low"] + frame["control_difference_high"]) / 2.0
    frame.loc[beyond, "control_difference"] = middle
    here = frame["lead"] == INSTRUMENT
    for name in ("low", "high"):
        frame.loc[here, f"class_mean_{name}"] = frame[f"instrument_{name}"]
    frame.loc[here, "alpha_class_mean"] = frame["alpha_instrument"]
    low, high = (frame.loc[here, f"class_mean_{name}"].to_numpy() for name in ("low", "high"))
    frame.loc[here, "class_mean_verdict"] = marks(low, high)
    frame.loc[here, "equivalence"] = equivalences(low, high, margin=float(frame["delta"].iloc[0]))
    return frame


def outcome(row: Row) -> str:
    """Return how the gaps of a condition changed, one of the words above."""
    verdict = row["class_mean_verdict"]
    if not isinstance(verdict, str):
        return UNDEFINED
    if verdict == "?":
        return SAME if row["equivalence"] == "equivalent" else UNCLEAR
    if verdict == ">":
        return WIDENED
    if row["class_mean_high"] < 0:
        return TURNED
    # A slope of -1 or less is gaps as wide as before or wider, turned over.
    return NARROWED if row["class_mean_low"] > -1 else UNCLEAR


def told_as(row: Row) -> str:
    """Return `outcome`, or `BESIDE` where only the difference to the control is shown."""
    found = outcome(row)
    beside = found == UNCLEAR and row["control_verdict"] in ("<", ">")
    return BESIDE if beside else found


def class_mean_change(row: Row) -> Change:
    """Return the class-mean slope of a condition, the headline."""
    return Change(
        row["alpha_class_mean"], row["class_mean_low"], row["class_mean_high"], row["ci_level"]
    )


def condition_sentence(row: Row, control: Row | None = None) -> str:
    """Return what happened to the gaps between classes in one condition.

    "MP at 10× (samples like these): gaps between classes widened by 21 % (99 % interval 12 to
    31 %); the unpruned control, trained as long, moved by +1 % (−2 to 4 %)."

    Args:
        row: The condition.
        control: Its control arm, told where the condition has a direction; not where it was
            never fine-tuned, because then the control had training that the condition lacks.
    """
    before = ", before fine-tuning" if row["stage"] == "pruned" else ""
    lead = ""
    if row["lead"] == INSTRUMENT:
        luck = number(row["luck_over_spread"], 1)
        lead = f"; by the instrument: luck of single models is {luck} times the classes' spread"
    where = f"{row['method']} at {ratio_label(row['ratio'])}{before} ({row['scope']}{lead})"
    text = f"{where}: {_finding(row)}"
    directed = row["class_mean_verdict"] in ("<", ">")
    if control is not None and directed and row["stage"] == "finetuned":
        moved = class_mean_change(control).signed(named=False)
        text += f"; the unpruned control, trained as long, moved by {moved}"
        if row["control_verdict"] == "?":
            text += ", and less that the change may be nothing"
    if row["models_collapsed"]:
        text += f"; {row['models_collapsed']:.0f} of {row['models_evaluated']:.0f} models collapsed"
    return f"{text}."


def _finding(row: Row) -> str:
    """Return what a class-mean slope and its verdict say."""
    change, found = class_mean_change(row), told_as(row)
    if not change.is_defined:
        return f"no class-mean slope: {row['status']}"
    if found == UNDEFINED:
        return f"class-mean slope {change.as_slope()}, without an interval: {row['status']}"
    within = f", within ±{100 * row['delta']:g} %" if row["equivalence"] == "equivalent" else ""
    if found in (WIDENED, NARROWED) and change.reads_as_percent:
        beside = ""
        if row["balance_slope"] == row["balance_slope"]:
            beside = f" (of recalls alone: slope {number(row['balance_slope'], 2)})"
        amount = f"{change.amount()}{within}"
        return f"gaps between classes {found} by {amount}, relative to accuracy{beside}"
    if found == BESIDE:
        less = _less_control(row).as_slope()
        return f"{_BESIDE}: slope less its {less}; alone the data cannot tell, {change.signed()}"
    turned = change.slope < 0
    words = {
        WIDENED: "gaps between classes widened",
        NARROWED: f"gaps between classes narrowed{' or turned over' * turned}",
        TURNED: "gaps between classes turned over, classes that were ahead fell behind",
        SAME: f"gaps between classes stayed as they were{within}",
        UNCLEAR: f"{_CANNOT_TELL}{', or turned over' * turned}",
    }
    return f"{words[found]}: {change.signed()}"


def control_sentence(control: Row) -> str:
    """Return what longer training alone did to the gaps."""
    change = class_mean_change(control)
    what = f"moved by {change.signed()}"
    if not change.is_defined:
        what = f"has no class-mean slope: {control['status']}"
    return f"The unpruned control, trained as long, {what} ({control['scope']})."


def _less_control(row: Row) -> Change:
    bounds = row["control_difference_low"], row["control_difference_high"]
    return Change(row["control_difference"], *bounds, row["ci_level"])


def detail_sentences(row: Row) -> str:
    """Return what is read after a headline: the control's difference, accuracies, paper mode.

    Paper mode is the mean of the slopes per model, with its mark.
    """
    level = row["ci_level"]
    less_control = _less_control(row)
    text = ""
    if less_control.has_interval and told_as(row) != BESIDE:
        mark = row["control_verdict"]
        text = f"Slope less the control's: {less_control.as_slope()}, {mark}. "
    accuracies = f"{number(row['accuracy_before'], 3)} → {number(row['accuracy_after'], 3)}"
    per_model = Change(row["alpha_mean"], row["ci_low"], row["ci_high"], level)
    paper = "Paper mode: no model has a slope."
    if per_model.is_defined:
        mark = f", {row['verdict']}" if isinstance(row["verdict"], str) else ""
        paper = f"Paper mode: mean α per model {per_model.as_slope()}{mark}."
    warnings = "" if row["warnings"] == NO_WARNING else f" Take care: {row['warnings']}."
    return f"{text}Accuracy {accuracies}. {paper}{warnings}"


def method_sentence(method: str, rows: Sequence[Row]) -> str:
    """Return what one method did at each ratio.

    "MP (samples like these): gaps between classes widened at 10× and 50× (by up to 54 %) and
    narrowed at 2×; the data cannot tell at 4×."

    Args:
        method: Its name.
        rows: Its conditions on one data set and architecture, by rising ratio.
    """
    at: dict[str, list[Row]] = {}
    for row in rows:
        at.setdefault(told_as(row), []).append(row)
    places = {}
    for kind, found in at.items():
        ratios = joined([ratio_label(row["ratio"]) for row in found])
        places[kind] = f"at {ratios}{_most(found) if kind == WIDENED else ''}"
    scope = reach(row["scope"] for row in rows)
    return f"{method} ({scope}): {_outcomes(places, rows[0]['delta'])}."


def _most(widened: Sequence[Row]) -> str:
    """Return by how much gaps widened at most, where that reads well."""
    changes = [class_mean_change(row) for row in widened]
    if not all(change.reads_as_percent for change in changes):
        return ""
    most = percents([max(change.slope for change in changes) - 1.0])[0]
    return f" (by {'up to ' if len(changes) > 1 else ''}{most} %)"


def summary_sentence(conditions: pd.DataFrame) -> str:
    """Return how many conditions ended how; the control arm is not counted.

    Says too how many of the changes may be no more than what the control did.

    Args:
        conditions: As `conditions` returns it.
    """
    rows = records(conditions[conditions["stage"] != "control"])
    counts = Counter(map(told_as, rows))
    places = {kind: f"in {count}" for kind, count in counts.items()}
    known = f"Of {counted(len(rows), 'condition')} ({reach(row['scope'] for row in rows)})"
    text = f"{known}, {_outcomes(places, rows[0]['delta'])}."
    tested = [1.0 - row["ci_level"] for row in rows if outcome(row) != UNDEFINED]
    if len(tested) > 1:
        chance = f"{round(sum(tested), 2):g} of these {len(tested)}"
        and_control = any(isinstance(row["control_verdict"], str) for row in rows)
        text += (
            f" A family is the ratios of one method: if no gap had changed, {chance} would be "
            "expected to show a change by chance"
            f"{', and as many to differ from the control' * and_control}."
        )
    directed = [row for row in rows if outcome(row) in (WIDENED, NARROWED, TURNED)]
    maybe = sum(row["control_verdict"] == "?" for row in directed)
    if maybe:
        several = f"{maybe} of these {len(directed)} changes"
        changes = several if len(directed) > 1 else "that change"
        text += f" Less what the unpruned control did, {changes} may be nothing."
    return text


def _outcomes(places: Mapping[str, str], delta: float) -> str:
    """Return what happened where: "gaps between classes widened in 5; cannot tell in 10"."""
    words = {
        WIDENED: "widened",
        NARROWED: "narrowed",
        TURNED: "turned over",
        SAME: f"stayed within ±{100 * delta:g} %",
    }
    moved = [f"{verb} {places[kind]}" for kind, verb in words.items() if kind in places]
    parts = [f"gaps between classes {joined(moved)}"] if moved else []
    if BESIDE in places:
        parts.append(f"{_BESIDE if not moved else _BESIDE.replace(_GAPS, 'they')} {places[BESIDE]}")
    if UNCLEAR in places:
        what = "" if parts else " whether gaps between classes widened or narrowed"
        parts.append(f"the data cannot tell {places[UNCLEAR]}{what}")
    if UNDEFINED in places:
        parts.append(f"there is no verdict {places[UNDEFINED]}")
    return "; ".join(parts)


def collapsed_conditions(conditions: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions in which classes collapsed, R_t < 1/C, and which models did.

    Args:
        conditions: As `conditions` returns it.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition; those without any
            collapsed class are left out.
        models: Models evaluated there.
        models_affected: Of them, with at least one collapsed class.
        classes_collapsed: Mean number of collapsed classes, over all its models.
        classes: Classes of the data set.
        collapsed_models: Those with half of their classes or more collapsed, by name.
    """
    affected = conditions[conditions["models_with_collapse"] > 0].drop(columns="models")
    names = {"models_evaluated": "models", "models_with_collapse": "models_affected"}
    columns = (*STAGED_CONDITION, *names.values(), "classes_collapsed", "classes")
    return affected.rename(columns=names)[[*columns, "collapsed_models"]].reset_index(drop=True)


def collapse_sentence(collapsed: pd.DataFrame, conditions: pd.DataFrame) -> str:
    """Return how many conditions lost classes, and where most.

    Args:
        collapsed: As `collapsed_conditions` returns it.
        conditions: As `conditions` returns it; the control arms are counted too.
    """
    if (conditions["classes"] < 2).all():
        return "There is one class only: none can be missed for another."
    if not len(collapsed):
        return "No model recalls any class less often than guessing would."
    worst = collapsed.sort_values("classes_collapsed", ascending=False, kind="stable").iloc[0]
    control = worst["stage"] == "control"
    name = "the control" if control else f"{worst['method']} at {ratio_label(worst['ratio'])}"
    return (
        f"In {len(collapsed)} of {len(conditions)} conditions some models recall classes less "
        f"often than guessing would (R < 1/C); most in {name}, on average "
        f"{worst['classes_collapsed']:.1f} of {worst['classes']} classes."
    )
