"""The tables and the picture of reports/README.md: `python tests/published_studies.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

import rdstats as rd
from rdstats.tables.reading import RecallArrays
from rdstats.tables.safe_ratios import safe_ratios_of

REPORTS = Path(__file__).parents[1] / "reports"
A, A_42, B = (
    REPORTS / name
    for name in (
        "fashion-mnist-lenet5",
        "fashion-mnist-lenet5-shrinkbench-ratio",
        "fashion-mnist-lenet5-decay",
    )
)
DIGITS = REPORTS / "digits-lenet5"
PAPER = {
    "accuracy": ["0.899"] + [""] * 6,
    "variance of recall": ["0.0099", "0.0098", "0.0088", "0.0088", "0.0115", "", "0.0416"],
}
"""Tables 10 and 11, Fashion-MNIST: before, 2x, 4x, 10x, 20x, a true 50x, the released code's."""


@cache
def arrays(folder: Path) -> RecallArrays:
    """Return a study with its answers, read once."""
    return rd.as_arrays(folder)


@cache
def classes(folder: Path) -> pd.DataFrame:
    """Return its verdicts per class."""
    return rd.classes(arrays(folder))


@cache
def conditions(folder: Path) -> pd.DataFrame:
    """Return its conditions."""
    return rd.conditions(arrays(folder))


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """Return a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def interval(row: pd.Series, value: str, low: str, high: str, digits: int = 2) -> str:
    """Return an estimate with its bounds."""
    return f"{row[value]:.{digits}f} ({row[low]:.{digits}f} to {row[high]:.{digits}f})"


def beside_the_paper() -> str:
    """Accuracy, variance of recall and slopes of Study A beside Tables 10 and 11."""
    pruned = [conditions(each).query("stage == 'finetuned'") for each in (A, A_42)]
    frame = pd.concat(pruned)
    columns = [f"{ratio:g}×" for ratio in frame["ratio"].iloc[:-1]]
    rows = [["realised ratio, ours", "1", *(f"{ratio:.2f}" for ratio in frame["realised_ratio"])]]
    for words, name in (("accuracy", "accuracy"), ("variance of recall", "recall_variance")):
        digits = 3 if name == "accuracy" else 4
        values = [frame[f"{name}_before"].iloc[0], *frame[f"{name}_after"]]
        rows.append([f"{words}, ours", *(f"{value:.{digits}f}" for value in values)])
        rows.append([f"{words}, paper", *PAPER[words]])
    rows.append(["mean α per model, ours", "", *(f"{alpha:.3f}" for alpha in frame["alpha_mean"])])
    return markdown(["", "before", *columns, "50×, ShrinkBench's count"], rows)


def safe_ratios() -> str:
    """How far each method can go in both studies, and who pays next."""
    rows = []
    for study, folder in (("A", A), ("B", B)):
        for _, row in safe_ratios_of(classes(folder)).iterrows():
            safe = f"{row['safe_ratio']:g}×" if row["safe_ratio"] == row["safe_ratio"] else "none"
            rows.append(
                [
                    *(study, row["method"], safe, f"{row['next_ratio']:g}×"),
                    *(row["harmed"] or "none", row["not_cleared"] or "none"),
                ]
            )
    return markdown(["study", "method", "safe up to", "next", "harmed there", "not cleared"], rows)


def shirts_that_paid() -> str:
    """What shirts lost at each ratio beside accuracy, less the control's."""
    rows = []
    for study, folder in (("A", A), ("B", B)):
        shirts = classes(folder).query("class_name == 'shirt' and stage == 'finetuned'")
        whole_models = conditions(folder).set_index(["method", "ratio"])
        for _, row in shirts.iterrows():
            if row["ratio"] not in (4.0, 10.0, 20.0):
                continue
            whole = whole_models.loc[row["method"], row["ratio"]]
            fell = 100 * (whole["accuracy_before"] - whole["accuracy_after"])
            lost, low, high = (100 * row[name] for name in ("drop", "low", "high"))
            rows.append(
                [
                    *(study, row["method"], f"{row['ratio']:g}×", f"{fell:.1f}"),
                    *(f"{lost:.1f} ({low:.1f} to {high:.1f})", row["verdict"]),
                ]
            )
    header = ["study", "method", "ratio", "accuracy fell", "shirts lost (99 % interval)", "verdict"]
    return markdown(header, rows)


def slopes() -> str:
    """Class-mean slopes and their differences to the control's, ratios up to 20."""
    rows = []
    for study, folder in (("A", A), ("B", B)):
        frame = conditions(folder).query("ratio <= 20")
        for _, row in frame.iterrows():
            less = ""
            if row["stage"] != "control":
                less = interval(
                    row,
                    "control_difference",
                    "control_difference_low",
                    "control_difference_high",
                )
            rows.append(
                [
                    *(study, "control" if row["stage"] == "control" else row["method"]),
                    "" if row["stage"] == "control" else f"{row['ratio']:g}×",
                    interval(row, "alpha_like_these", "class_mean_low", "class_mean_high"),
                    less,
                ]
            )
    return markdown(["study", "method", "ratio", "class-mean slope", "less the control's"], rows)


def components() -> str:
    """What makes the loss of shirts at 20x uncertain, and what more of each would leave."""
    rows = []
    for study, folder in (("A", A), ("B", B)):
        frame = classes(folder).query("class_name == 'shirt' and ratio == 20")
        for _, row in frame.iterrows():
            of_models = row["variance_models"] / row["models"]
            of_samples = row["variance_samples"] / row["n_samples"]
            of_rest = row["variance_rest"] / (row["models"] * row["n_samples"])
            errors = (of_models + of_samples + of_rest, of_samples, of_models)
            shares = (f"{100 * variance**0.5:.2f}" for variance in errors)
            rows.append([study, row["method"], *shares])
    header = ["study", "method", "standard error, points", "with ever more seeds"]
    return markdown([*header, "with ever more images"], rows)


@cache
def both_scopes(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return verdicts per class for these samples alone, and for samples like these."""
    these = rd.classes(arrays(folder), scope="these samples")
    return these.query("stage != 'control'"), classes(folder).query("stage != 'control'")


def scopes() -> str:
    """Verdicts for these images alone, as they once were, and for images like these."""
    rows = []
    for study, folder in (("A", A), ("B", B), ("digits", DIGITS)):
        these, like = both_scopes(folder)
        kinds = these["verdict"] + " → " + like["verdict"]
        changed = kinds[these["verdict"] != like["verdict"]].value_counts()
        wider = (like["high"] - like["low"]) / (these["high"] - these["low"])
        slopes_of = (conditions(folder), rd.conditions(folder / "recall.parquet"))
        widths = [f["class_mean_high"] - f["class_mean_low"] for f in slopes_of]
        rows.append(
            [
                *(study, f"{like['n_samples'].mean():,.0f}", str(len(like))),
                "; ".join(f"{n} {kind}" for kind, n in changed.items()) or "none",
                f"{wider.median():.2f} (at most {wider.max():.1f})",
                f"{(widths[0] / widths[1]).median():.2f}",
            ]
        )
    header = ["study", "images a class", "verdicts", "changed", "bounds wider by", "slopes by"]
    return markdown(header, rows)


def methods() -> str:
    """Study B's tests between methods, slopes per model as in Tables 8 and 9."""
    frame = rd.compare(arrays(B), "method", slope="paper")
    rows = []
    for _, row in frame[~frame["comparison"].str.contains("RP")].iterrows():
        p = f"{row['p_adjusted']:.3f}" if row["p_adjusted"] >= 0.001 else "< 0.001"
        ratio = row["group"].split("t = ")[1]
        rows.append([f"{ratio}×", row["comparison"], f"{row['difference']:.3f}", p])
    return markdown(["ratio", "methods", "difference of slopes", "p"], rows[:-3])


def table_3() -> str:
    """Study A's tests between consecutive ratios beside Table 3's column Fashion."""
    ours = rd.compare(arrays(A), "ratio", slope="paper")
    printed = ["1.000", "0.700", "0.001", "< 0.001"]
    rows = []
    for (_, row), p in zip(ours.iterrows(), printed, strict=True):
        told = f"{row['p_adjusted']:.3f}" if row["p_adjusted"] >= 0.001 else "< 0.001"
        rows.append([row["comparison"], told, p])
    return markdown(["ratios", "p, ours", "p, paper"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "beside the paper": beside_the_paper,
    "table 3": table_3,
    "components": components,
    "methods": methods,
    "safe ratios": safe_ratios,
    "scopes": scopes,
    "shirts": shirts_that_paid,
    "slopes": slopes,
}


def phrases() -> list[str]:
    """Return what the sentences between the tables say in numbers, made again."""

    def mean(folder: Path, name: str) -> str:
        values = rd.slopes(folder).drop_duplicates("model")[name]
        return f"{values.mean():.4f} ± {values.std() / len(values) ** 0.5:.4f}"

    other = REPORTS / "fashion-mnist-all-images-selected-on-test"
    frame = conditions(A).query("stage == 'finetuned'")
    alphas = (f"{alpha:.2f}" for alpha in frame["alpha_mean"].iloc[:2])
    difference = rd.compare(arrays(B), "method", slope="paper", pairs=[("MP", "UP")])
    shirts = classes(A).query("class_name == 'shirt' and ratio == 20")["drop"].item()
    collapsed = conditions(B).query("method == 'RP' and ratio == 20")["models_collapsed"].item()
    numbers = {8: "eight", 7: "seven"}
    shirt = classes(A).query("class_name == 'shirt' and ratio == 20").iloc[0]
    images = 10_000
    reach = (0.05 - shirt["drop"]) / (1.645 + 0.842)  # cleared four times in five
    left = reach**2 - shirt["variance_samples"] / images
    seeds = (shirt["variance_models"] + shirt["variance_rest"] / images) / left
    these, like = both_scopes(B)
    changed = like[these["verdict"] != like["verdict"]]
    names = [f"{row.class_name}s at {row.ratio:g}×" for row in changed.itertuples()]
    moved = zip(*(safe_ratios_of(each)["safe_ratio"] for each in both_scopes(DIGITS)), strict=True)
    safe = [f"{before:g}× to {after:g}×" for before, after in moved]
    return [
        f"({' and '.join(names)}, both by random pruning)",
        f"from {safe[0]} by magnitude, from {safe[1]} by gradient and from {safe[2]} by undecayed",
        f"Accuracy before pruning is {mean(other, 'accuracy_before')} where",
        f"and {mean(A, 'accuracy_before')} here",
        f"it is {mean(A, 'recall_variance_before')} beside 0.0099",
        f"({' and '.join(alphas)} at 2× and 4×)",
        f"about {frame['retrain_reference'].iloc[0]:.3f} beside its first training",
        f"its slope is larger by {-difference['difference'].iloc[3]:.2f}",
        f"estimated {numbers[round(50 - 1000 * shirts)]} tenths of a point below the margin",
        f"some {round(seeds, -1):.0f} seeds and {images:,} shirts",
        f"(at 20× {numbers[int(collapsed)]} of its thirty networks have collapsed)",
    ]


def first_sentence() -> str:
    """Return how far Study A goes, as the first screen of the README has it."""
    (row,) = safe_ratios_of(classes(A)).to_dict("records")
    return (
        f"On average over {row['models']} models, magnitude pruning at ratios up to "
        f"{row['safe_ratio']:g}× is shown to cost no class of Fashion-MNIST five points of recall; "
        f"at {row['next_ratio']:g}× {row['not_cleared']}s are not cleared (?)"
    )


PLACE = "<!-- {} -->\n\n{}\n\n<!-- end -->"


def written(text: str) -> str:
    """Return a page with every table made again."""
    for name, make in TABLES.items():
        found = re.compile(re.escape(f"<!-- {name} -->") + r".*?<!-- end -->", re.DOTALL)
        text, times = found.subn(lambda _, n=name, m=make: PLACE.format(n, m()), text)  # type: ignore[misc]
        if times != 1:
            raise ValueError(f"the page has {times} places for the table {name!r}")
    return text


def picture() -> Any:
    """Return what each class lost at each ratio in Study A, less the control's, with verdicts."""
    marks = {"harmed": "▼", "unharmed": "", "inconclusive": "?", "not testable": "–"}
    frame = classes(A).query("stage == 'finetuned'")
    rows = pd.DataFrame(
        {
            "class": frame["class_name"],
            "ratio": [f"{ratio:g}×" for ratio in frame["ratio"]],
            "lost": 100 * frame["drop"],
            "told": [
                f"{round(100 * drop)} {marks[verdict]}"
                for drop, verdict in zip(frame["drop"], frame["verdict"], strict=True)
            ],
        }
    )
    order = frame.query("ratio == 20").sort_values("drop", ascending=False)["class_name"].tolist()
    ratios = list(dict.fromkeys(rows["ratio"]))
    base = alt.Chart(rows).encode(
        x=alt.X("ratio:O", title="parameters before / after", sort=ratios).axis(labelAngle=0),
        y=alt.Y("class:N", title=None, sort=order),
    )
    colour = alt.Color("lost:Q", title="points of recall lost").scale(
        scheme="yelloworangered", domain=[0, 20], clamp=True
    )
    light = alt.condition("datum.lost > 12", alt.value("white"), alt.value("black"))
    squares = base.mark_rect(stroke="white").encode(color=colour)
    words = base.mark_text().encode(text="told:N", color=light)
    return alt.layer(squares, words, width=360, height=260)


if __name__ == "__main__":
    page = REPORTS / "README.md"
    page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")
    picture().save(A / "drops.svg")
