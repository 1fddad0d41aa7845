"""The verdict on one pair as people read it: a table, and sentences around it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rdstats.output.shown import ShownTable, of_columns
from rdstats.output.words import (
    OK,
    per_cent,
    points,
    points_between,
    records,
    rounded,
    up_to_ten,
    urgency,
    worst_first,
)
from rdstats.paired.verdicts import FAIL, PASS
from rdstats.pairs.class_table import BETWEEN, NEVER_RECOGNISED, RELATIVE
from rdstats.statistics.verdicts import ERROR, HARMED, INCONCLUSIVE, NOT_TESTABLE, UNHARMED

if TYPE_CHECKING:
    from rdstats.pairs.check import Check

_ROSE: Final = 0.02  # of accuracy, from which the order is asked for
_LUCK: Final = 0.01  # and McNemar's p below which it is no luck
_WENT: Final = 5  # harmed classes whose new answers are named
_TOGETHER: Final = (
    "Chance of harm, and the drop drawn towards those of likely ones: by empirical Bayes over all "
    "{many}; suspect: of the suspects, at most 5 % are expected not to be harmed."
)
_OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        PASS: "pass: every {noun} is shown to have lost less than {limit}",
        FAIL: "fail: harm{beyond} is shown",
        INCONCLUSIVE: "inconclusive: no harm{beyond} is shown, and not every {noun} is cleared",
    }
)


def shown_check(check: Check, columns: str | None = None, *, worst: bool = False) -> ShownTable:
    """Return the classes as texts, drops in points, relative drops in per cent.

    Every class in its order, or the `worst` alone, the worst first, as a terminal shows them; with
    `columns` those of the frame, as `rdstats.output.shown.of_columns` has them.
    """
    judged = judged_words(check)
    level = check.classes["bounds_level"].iloc[0]
    own = bool(check.overall["class_margins"])
    flipped = bool(check.overall["matched"])
    named = check.overall["wrong_to_other_wrong"] is not None
    went = named and not check.overall["grouped_by"]
    together = check.overall["suspects"] is not None
    urgent = urgency(check.classes["verdict"], check.classes[judged.replace(" ", "_")])
    places, rest = worst_first(urgent) if worst else (list(range(len(urgent))), "")
    title, (caption, keys) = f"Every {noun(check)}", bounds_caption(check)
    if columns is not None:
        frame = check.classes.iloc[places]
        return of_columns(frame, ShownTable(title, caption, (), (), True, rest=rest), columns)[1]
    header = (
        *(noun(check), "verdict", judged, f"{_per_cent_below(level)} interval", "before", "after"),
        *("at most", *(("margin",) if own else ()), "samples", "p, Holm", "visible from"),
        *("McNemar p", *(("lost / gained",) if flipped else ())),
        *(("other wrong",) if named else ()),
        *(("went to",) if went else ()),
        *(("chance of harm", "drop, shrunk") if together else ()),
        "status",
    )
    rows = tuple(
        (
            check.labels[place],
            shown_verdict(row),
            points(row[judged.replace(" ", "_")]),
            points_between(row["low"], row["high"]),
            per_cent(row["recall_before"]),
            per_cent(row["recall_after"]),
            points(row["upper"]),
            *((points(row["margin"]),) if own else ()),
            f"{row['n_samples']:,}",
            rounded(row["p_adjusted"], "p"),
            points(row["smallest_visible_drop"]),
            rounded(row["mcnemar_p"], "p"),
            *((f"{row['lost']:.0f} / {row['gained']:.0f}",) if flipped else ()),
            *((f"{row['wrong_to_other_wrong']:.0f}",) if named else ()),
            *((row["went_to"],) if went else ()),
            *(_together(row) if together else ()),
            row["status"],
        )
        for place, row in zip(places, records(check.classes.iloc[places]), strict=True)
    )
    remarks = bool((check.classes["status"] != OK).any())
    return ShownTable(title, caption, header, rows, remarks, rest=rest, keys=keys)


def _per_cent_below(level: float) -> str:
    """Return a level below 1 as per cent, with digits enough not to read 100."""
    texts = (f"{100 * level:.{digits}g}" for digits in range(4, 18))
    return f"{next(text for text in texts if float(text) < 100)} %"


def _together(row: Mapping[str, Any]) -> tuple[str, str]:
    ends = points_between(row["drop_shrunk_low"], row["drop_shrunk_high"])
    suspect = ", suspect" if row["suspect"] else ""
    return f"{row['p_harm']:.2f}{suspect}", f"{points(row['drop_shrunk'])} ({ends})"


def heading_lines(check: Check) -> tuple[str, str]:
    """Return what was compared, and what happened to the model as a whole."""
    overall = check.overall
    how = "compared sample by sample" if overall["matched"] else "compared by recalls alone"
    if overall["clusters"]:
        how += f" in {overall['clusters']:,} clusters"
    before, after = per_cent(overall["accuracy_before"]), per_cent(overall["accuracy_after"])
    whole = [f"accuracy {before} → {after}"]
    if overall["grouped_by"]:
        whole.append(f"groups by {' × '.join(overall['grouped_by'])}")
    elif overall["alpha"] is None:
        whole.append(f"no slope ({overall['alpha_status']})")
    else:
        whole.append(f"slope {overall['alpha']:.2f}".replace("-", "−"))
    if overall["answers_changed"] is not None:
        whole.append(f"{per_cent(overall['answers_changed'])} of answers changed")
    elif overall["correctness_changed"] is not None:
        whole.append(
            f"{per_cent(overall['correctness_changed'])} of samples right in one model only"
        )
    return (
        f"{overall['n_samples']:,} test samples, {_classes(check, overall['n_classes'])}, {how} · "
        f"margin {limit_words(check)}",
        " · ".join(whole),
    )


def sentences(check: Check) -> list[str]:
    """Return what is found: the verdicts first, then what could not be seen, and collapse."""
    parts = (
        *(summary_sentence, decimals_sentence, suspects_sentence, groups_sentence, order_sentence),
        flips_sentence,
        *(settling_sentence, visible_sentence, collapse_sentence, independence_sentence),
    )
    return [sentence for part in parts if (sentence := part(check))]


def summary_sentence(check: Check) -> str:
    """Return the verdicts in one sentence: "1 of 10 classes harmed beyond 3 points (8)...".

    Of the excess drop: "harmed by more than 3 points beyond the drop of accuracy". Classes that
    are harmed are named, others counted.
    """
    classes, harmed, limit = len(check.classes), check.harmed, limit_words(check)
    one = noun(check)
    more = f"by more than {limit}" if is_excess(check) else f"beyond {limit}"
    counts = {word: check.overall[word] for word in (UNHARMED, INCONCLUSIVE, NOT_TESTABLE)}
    never, unit = check.overall["never_recognised"], "samples"
    too_small = check.classes["samples_to_clear"]
    if check.overall["clusters"]:
        too_small, unit = check.classes["clusters_to_clear"], "clusters"
    counts[INCONCLUSIVE] -= too_small.count()
    counts[NOT_TESTABLE] -= len(never)
    if harmed:
        text = f"{len(harmed):,} of {_classes(check, classes)} harmed {more} ({up_to_ten(harmed)})"
    elif counts[UNHARMED] == classes:
        all_of_them = f"The only {one}" if classes == 1 else f"Each of {_classes(check, classes)}"
        return f"{all_of_them} is unharmed: shown to have lost less than {limit}."
    elif classes == 1:
        text = f"The only {one} is not shown to be harmed {more}"
    else:
        text = f"None of {_classes(check, classes)} is shown to be harmed {more}"
    parts = [f"{count:,} {word}" for word, count in counts.items() if count]
    if too_small.count():
        low, high = (f"{each:,.0f}" for each in (too_small.min(), too_small.max()))
        span = low if low == high else f"{low} to {high}"
        parts.append(f"{too_small.count():,} that cannot be cleared with fewer than {span} {unit}")
    if never:
        parts.append(f"{len(never):,} {NEVER_RECOGNISED} ({up_to_ten(never)})")
    rest = ", ".join(parts)
    return f"{text}{', ' if harmed and rest else ': ' if rest else ''}{rest}."


def decimals_sentence(check: Check) -> str:
    """Return of which classes printed decimals do not tell; "" where every count is known."""
    if check.overall["counts"] != BETWEEN:
        return ""
    text = "The recalls' decimals leave several counts: a verdict holds for each of them"
    untold = check.overall["not_told"]
    if not untold:
        return f"{text}."
    return (
        f"{text}; of {up_to_ten(untold)} the decimals do not tell: print more of them, or give "
        "predictions."
    )


def suspects_sentence(check: Check) -> str:
    """Return what a hundred classes or more say together, and which are suspect; or ""."""
    overall = check.overall
    if overall["suspects"] is None:
        return ""
    low, high = (f"{100 * overall[f'share_harmed_{end}']:.1f}" for end in ("low", "high"))
    text = (
        f"An estimated {per_cent(overall['share_harmed'])} of {len(check.classes):,} "
        f"{_plural(check)} ({low} to {high} %) lost more than {limit_words(check)}; "
    )
    found = _suspects(check)
    if not found:
        return f"{text}which ones, these samples cannot tell at a false discovery rate of 5 %."
    verb = "is suspect" if len(found) == 1 else "are suspect"
    return (
        f"{text}{len(found):,} {verb} at a false discovery rate of 5 %: {up_to_ten(found)}. "
        "Suspects are for looking; the gate does not go by them."
    )


def _suspects(check: Check) -> list[str]:
    """Return the suspects by name, the likeliest first."""
    frame = check.classes.assign(label=check.labels)
    frame = frame[frame["suspect"].astype(bool)]
    order = frame.sort_values(["p_harm", "drop_shrunk"], ascending=False, kind="stable")
    return list(order["label"])


def groups_sentence(check: Check) -> str:
    """Return the verdicts on groups of classes, and on the classes of harmed ones; or ""."""
    if check.groups is None:
        return ""
    text = f"Of groups: {summary_sentence(check.groups)}"
    inside = check.classes["p_in_group"]
    if inside.notna().any():
        rows = zip(check.labels, check.classes["group"], inside < ERROR, strict=True)
        paid = [f"{label} ({group})" for label, group, harmed in rows if harmed]
        what = up_to_ten(paid) if paid else "none of them alone"
        text += f" In the harmed ones, each its own family, these are harmed: {what}."
    return text


def flips_sentence(check: Check) -> str:
    """Return how many answers flipped, by kind, and where those of harmed classes went; or ""."""
    overall = check.overall
    if not overall["matched"] or not (overall["right_to_wrong"] or overall["wrong_to_right"]):
        return ""
    text = (
        f"{overall['right_to_wrong']:,} answers went from right to wrong, "
        f"{overall['wrong_to_right']:,} from wrong to right"
    )
    other = overall["wrong_to_other_wrong"]
    if other is None:
        return f"{text}; how many from one wrong answer to another is not known."
    text += f", {other:,} from one wrong answer to another."
    rows = zip(check.labels, check.classes["verdict"], check.classes["went_to"], strict=True)
    harmed = [(label, to) for label, word, to in rows if word == HARMED]
    went = [f"{label} are answered {to}" for label, to in harmed if isinstance(to, str) and to]
    return f"{text} More samples of {'; of '.join(went[:_WENT])}." if went else text


def independence_sentence(check: Check) -> str:
    """Return what is supposed of the samples: that they are independent, or come in clusters."""
    if check.overall["clusters"]:
        return "The unit of every test is the cluster: samples of one may be lost together."
    if check.overall["wrong_to_other_wrong"] is None:
        return "Samples are taken as independent."
    return (
        "Samples are taken as independent; where some belong together (frames of a video, "
        "questions on one text), --cluster COLUMN makes those the unit."
    )


def shown_verdict(row: Mapping[str, Any]) -> str:
    """Return a class's verdict, or what keeps it from one: too few samples, or never recognised."""
    if NEVER_RECOGNISED in row["status"]:
        return NEVER_RECOGNISED
    needed = (row["samples_to_clear"], row["clusters_to_clear"])
    return str(row["verdict"]) if all(map(math.isnan, needed)) else "cannot be cleared"


def settling_sentence(check: Check) -> str:
    """Return how many samples would settle the inconclusive class that needs fewest; or ""."""
    images = check.classes["images_that_settle"]
    if images.isna().all():
        return ""
    first, *rest = (check.labels[place] for place in np.flatnonzero(images == images.min()))
    more, supposed, one = "", "drops", noun(check)
    if is_excess(check):
        more = f" (and every other {one} in proportion)"
    elif check.overall["matched"]:
        supposed = "shares of lost and gained samples"
    else:
        supposed = "recalls"
    if rest:
        of = f"of each of the {_plural(check)} {up_to_ten([first, *rest])}{more} would settle them"
    else:
        of = f"of {one} {first}{more} would settle it"
    others = f"; other open {_plural(check)} need more" if images.count() > 1 + len(rest) else ""
    return (
        f"About {round_up(images.min()):,} samples {of} four times in five, if the true {supposed} "
        f"are those measured{others}."
    )


def visible_sentence(check: Check) -> str:
    """Return how small a drop could have been seen."""
    seen = check.classes["smallest_visible_drop"].dropna()
    if seen.empty:
        return f"No {noun(check)} has enough samples for any drop to be called harm."
    low, high = points(float(seen.min())), points(float(seen.max()))
    unit = "% of its recall" if is_relative(check) else "points"
    span = f"{low} {unit}" if low == high else f"{low} to {high} {unit}, by {noun(check)},"
    return (
        f"With so many samples a drop of {span}{beyond_words(check)} would have been called harm "
        "four times in five; a smaller one may be there unseen."
    )


def order_sentence(check: Check) -> str:
    """Return a question where accuracy rose as compression hardly makes it rise; or ""."""
    rose, p = -float(check.overall["accuracy_drop"]), check.overall["mcnemar_p"]
    if rose < _ROSE or (p is not None and p >= _LUCK):
        return ""
    return f"Accuracy rose by {points(rose)} points: is the order right, the model before first?"


def collapse_sentence(check: Check) -> str:
    """Return which classes are recalled less often than by guessing; or ""."""
    before, after = check.overall["collapsed_before"], check.overall["collapsed_after"]
    if not after:
        return ""
    already = f"; already so before: {up_to_ten(before)}" if before else ""
    return f"Recalled less often than by guessing: {up_to_ten(after)}{already}."


def gate_words(check: Check) -> str:
    """Return the gate's outcome in words.

    Of the excess drop with the drop of accuracy, which that gate does not look at.
    """
    outcome = _OUTCOMES[check.gate].format(
        noun=noun(check), limit=limit_words(check), beyond=beyond_words(check)
    )
    if not is_excess(check):
        return outcome
    drop = float(check.overall["accuracy_drop"])
    moved = "rose" if drop < 0 else "fell"
    return f"{outcome}; accuracy {moved} by {points(abs(drop))} points, which it does not look at"


def bounds_caption(check: Check) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return where the numbers of the table come from, and how some of its columns are read."""
    if check.overall["matched"]:
        how = "Tango's score interval for matched samples"
        caution = (
            " It may lie just above the margin while the verdict is inconclusive: the verdict is "
            "by the exact p."
        )
    else:
        how = (
            "Newcombe's interval for independent proportions: conservative, because it cannot know "
            "which samples are right in both"
        )
        caution = ""
    if check.overall["clusters"]:
        how, caution = "by the jackknife over clusters", ""
    what, of, unit = "Drops", "a drop", "points"
    if is_relative(check):
        what, of, unit = "Relative drops, 1 − after / before,", "a relative drop", "per cent"
        if check.overall["matched"] and not check.overall["clusters"]:
            how = "Nam and Blackwelder's score interval for matched samples"
    if is_excess(check):
        what, of = "Excess drops, beyond the drop of accuracy,", "an excess drop"
        how, caution = f"made from every {noun(check)}'s interval, {how}", ""
    caption = (
        f"{what} in {unit}. Interval: {how}; each bound one-sided at 1 − 0.05 / "
        f"{len(check.classes):,}.{caution}"
    )
    keys = {
        "at most": f"At most: the {noun(check)}'s own one-sided 95 % bound, on which unharmed "
        "rests.",
        "p, Holm": f"p: of {of} within the margin, Holm.",
        "McNemar p": "McNemar p: of no drop at all, not adjusted.",
    }
    if check.overall["suspects"] is not None:
        keys["chance of harm"] = _TOGETHER.format(many=_plural(check))
    return caption, tuple(keys.items())


def is_excess(check: Check) -> bool:
    """Say whether the excess drop is judged, and not the drop."""
    return bool(check.overall["quantity"] == "excess")


def beyond_words(check: Check) -> str:
    """Return " beyond the drop of accuracy" where the excess drop is judged, else nothing."""
    return " beyond the drop of accuracy" if is_excess(check) else ""


def is_relative(check: Check) -> bool:
    """Say whether the margin is a share of a class's recall."""
    return bool(check.overall["quantity"] == RELATIVE)


def judged_words(check: Check) -> str:
    """Return what is judged: "drop", "excess drop" or "relative drop"."""
    kind = check.overall["quantity"]
    return "drop" if kind == "drop" else f"{kind} drop"


def limit_words(check: Check) -> str:
    """Return the margin: "3 points", "3 points beyond the drop of accuracy", "3 % of its recall".

    Margins of single classes follow: "3 points (1 for pedestrian)".
    """
    margin, own = 100 * float(check.overall["margin"]), check.overall["class_margins"]
    unit = " % of its recall" if is_relative(check) else f" point{'s' * (margin != 1)}"
    single = up_to_ten([f"{100 * each:g} for {name}" for name, each in own.items()])
    return f"{margin:g}{unit}{beyond_words(check)}{f' ({single})' if own else ''}"


def noun(check: Check) -> str:
    """Return what is judged one by one: "class", or "group" where samples are grouped."""
    return "group" if check.overall["grouped_by"] else "class"


def _plural(check: Check) -> str:
    return "groups" if check.overall["grouped_by"] else "classes"


def _classes(check: Check, count: int) -> str:
    return f"{count:,} {noun(check) if count == 1 else _plural(check)}"


def round_up(images: float) -> int:
    """Return a number of samples with two digits that mean something, never fewer."""
    step: int = 10 ** max(int(math.log10(max(images, 1.0))) - 1, 0)
    return math.ceil(images / step) * step
