"""What each setting that differs from the released code changes, on the digits.

    for study in base one-batch ...; do
      rdtrain run docs/studies/differences/$study.toml --out reports/differences/$study
    done
    python tests/paper_differences.py [reports/differences]

Prints the tables of docs/paper.md. All studies have the same name, so the same initial weights,
split and batch orders: differences are paired by model, "there" minus "here", with the half
width of their 95 % t interval.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

import rdstats

RATIOS = (2.0, 10.0, 50.0)

# What is changed, the study and method there, and those here.
COMPARISONS = (
    *(
        (f"UP read as {method}", ("base", method), ("base", "UP"))
        for method in ("GP", "GP-decayed", "UP-signed", "MP")
    ),
    *(("one gradient batch", ("one-batch", m), ("base", m)) for m in ("GP", "UP")),
    *(("epoch chosen on the test set", ("test-selection", m), ("base", m)) for m in ("MP", "UP")),
    *(("ShrinkBench's count", ("shrinkbench-ratio", m), ("base", m)) for m in ("MP", "RP")),
    *(("no weight decay", ("no-weight-decay", m), ("base", m)) for m in ("MP", "UP")),
    ("last phase only", ("last-phase", "MP"), ("two-phases", "MP")),
)


def main() -> None:
    """Print the three tables as Markdown."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "reports/differences")
    names = {name for _, *arms in COMPARISONS for name, _ in arms}
    slopes = {name: _slopes(folder / name / "recall.parquet") for name in sorted(names)}
    ratios = " | ".join(f"t = {ratio:g}" for ratio in RATIOS)
    shown = (("accuracy", "accuracy_after", 3), ("slope per model", "alpha", 2))
    for title, column, decimals in shown:
        print(f"| what is done there | method | {title}: {ratios} |")
        print("|---|---|---|---|---|")
        for what, there, here in COMPARISONS:
            cells = [
                _difference(slopes[there[0]], there[1], slopes[here[0]], here[1], ratio, column)
                for ratio in RATIOS
            ]
            texts = " | ".join(_text(*cell, decimals) for cell in cells)
            print(f"| {what} | {here[1]} | {texts} |")
        print()
    print(f"| realised ratio there | method | asked: {ratios} |")
    print("|---|---|---|---|---|")
    for what, (study, method), (_, name) in COMPARISONS:
        realised = _realised(folder / study / "recall.parquet", method)
        if any(
            abs(found / ratio - 1) > 0.01 for found, ratio in zip(realised, RATIOS, strict=True)
        ):
            print(f"| {what} | {name} | {' | '.join(f'{found:.2f}' for found in realised)} |")


def _realised(path: Path, method: str) -> list[float]:
    """Return the mean realised ratio at each asked one."""
    frame = rdstats.conditions(rdstats.read([str(path)]))
    rows = frame[frame["method"].eq(method) & frame["stage"].eq("finetuned")]
    return [float(rows[rows["ratio"].eq(ratio)]["realised_ratio"].iloc[0]) for ratio in RATIOS]


def _slopes(path: Path) -> pd.DataFrame:
    """Return a row per model and condition, fine-tuned."""
    frame = rdstats.slopes(rdstats.read([str(path)]))
    return frame[frame["stage"] == "finetuned"]


def _difference(
    there: pd.DataFrame, other: str, here: pd.DataFrame, method: str, ratio: float, column: str
) -> tuple[float, float, float, int]:
    """Return the mean here, the mean paired difference, its half width, and the models."""
    values = [
        frame[frame["method"].eq(name) & frame["ratio"].eq(ratio)].set_index("model")[column]
        for frame, name in ((here, method), (there, other))
    ]
    both = pd.concat(values, axis=1, keys=["here", "there"]).dropna()
    difference = (both["there"] - both["here"]).to_numpy()
    error = difference.std(ddof=1) / np.sqrt(difference.size)
    reach = float(stats.t.isf(0.025, difference.size - 1) * error)
    return float(both["here"].mean()), float(difference.mean()), reach, difference.size


def _text(here: float, difference: float, reach: float, models: int, decimals: int) -> str:
    """Return `0.955 −0.002 ± 0.004`, with the models where some have no slope."""
    sign = (
        "+" if round(difference, decimals) > 0 else "−" if round(difference, decimals) < 0 else ""
    )
    few = "" if models == 20 else f" ({models} models)"
    mean = f"{here:.{decimals}f}".replace("-", "−")
    return f"{mean} {sign}{abs(difference):.{decimals}f} ± {reach:.{decimals}f}{few}"


if __name__ == "__main__":
    main()
