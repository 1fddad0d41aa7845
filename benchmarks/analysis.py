"""Work on recall tables: slopes, conditions and verdicts beside a loop of library calls; reports.

The peer does what a notebook does: pandas joins each row to its baseline; then one call of
`statsmodels.OLS(...).fit()` per model and condition and one per condition for the pooled slope,
and one of `pingouin.ttest` per condition, and per condition and class (drops less the control's).
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from bench import Clock, Work

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

CLASSES = 100
SAMPLES = 100
PARAMETERS = 853_018
METHODS = ("MP", "GP", "UP", "RP")
RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)
DATASETS = ("CIFAR-100", "Food-101", "Caltech-101", "FGVC-Aircraft")
ARCHITECTURES = ("ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56")
CONDITIONS = (
    ("none", 1.0, "baseline"),
    ("none", 1.0, "control"),
    *((method, ratio, "finetuned") for method in METHODS for ratio in RATIOS),
)
STUDIES = tuple((dataset, name) for dataset in DATASETS for name in ARCHITECTURES)
CONDITION = ["study", "method", "ratio", "stage"]


def synthetic_table(rows: int, seed: int = 0, studies: int = len(STUDIES)) -> pa.Table:
    """Return a valid recall table of whole models with at least this many rows, shuffled."""
    from data_contracts import RECALL_TABLE

    generator = np.random.default_rng(seed)
    models = -(-rows // (studies * len(CONDITIONS) * CLASSES))
    shape = (studies, models, len(CONDITIONS), CLASSES)
    chance = generator.uniform(0.5, 0.9, (studies, 1, 1, CLASSES))
    luck = generator.normal(0.0, 0.02, (studies, models, 1, CLASSES))
    correct = generator.binomial(SAMPLES, np.clip(chance + luck, 0.0, 1.0), size=shape)
    both = np.minimum(correct, correct[:, :, :1]).ravel()
    order = generator.permutation(correct.size)
    study, model, condition, label = np.unravel_index(order, shape)
    ratio = np.array([each[1] for each in CONDITIONS])
    nonzero = np.rint(PARAMETERS / ratio).astype(np.int64)

    def text(values: list[str], codes: npt.NDArray[np.int64]) -> pa.Array:
        return pa.array(values).take(pa.array(codes))

    def same(value: str | int) -> pa.Array:
        return pa.repeat(pa.scalar(value), len(order))

    columns = {
        "study": text([f"{dataset} {name}" for dataset, name in STUDIES], study),
        "dataset": text([dataset for dataset, _ in STUDIES], study),
        "architecture": text([name for _, name in STUDIES], study),
        "method": text([each[0] for each in CONDITIONS], condition),
        "ratio": pa.array(ratio[condition]),
        "stage": text([each[2] for each in CONDITIONS], condition),
        "model": text([f"model-{number}" for number in range(models)], model),
        "class_index": pa.array(label.astype(np.int32)),
        "class_name": text([f"class {number}" for number in range(CLASSES)], label),
        "n_samples": same(SAMPLES),
        "n_correct": pa.array(correct.ravel()[order]),
        "n_predicted": pa.array(correct.ravel()[order]),
        "n_both_correct": pa.array(both[order]),
        "parameters": same(PARAMETERS),
        "parameters_nonzero": pa.array(nonzero[condition]),
        "split": same("test"),
        "selected_on": same("validation"),
        "count_quality": same("exact"),
    }
    return pa.table([columns[name] for name in RECALL_TABLE.names], schema=RECALL_TABLE)


def analyse(table: pa.Table) -> None:
    """Lay a table out once and make slopes, conditions and class verdicts of it."""
    import rdstats

    arrays = rdstats.as_arrays(table)
    for make in (rdstats.slopes, rdstats.conditions, rdstats.classes):
        make(arrays)


def write_arrow(table: pa.Table, path: Path) -> None:
    """Write a table as an Arrow file."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_arrow(path: Path) -> pa.Table:
    """Read an Arrow file whole."""
    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()


def million_rows(folder: Path) -> None:
    """Write a million rows, and one of their sixteen studies for the loop."""
    table = synthetic_table(1_000_000)
    write_arrow(table, folder / "recall.arrow")
    first = f"{DATASETS[0]} {ARCHITECTURES[0]}"
    write_arrow(table.filter(pa.compute.equal(table["study"], first)), folder / "part.arrow")


def analysis(folder: Path) -> str:
    """Analyse the table of the folder."""
    table = read_arrow(folder / "recall.arrow")
    analyse(table)
    return f"{table.num_rows:,} rows, {table.nbytes / 1e6:,.0f} MB in Arrow"


def analysis_by_loop(folder: Path) -> tuple[float, float]:
    """Do the same to a sixteenth of it by plain loops over its groups."""
    import pandas as pd
    import pingouin
    import statsmodels.api as sm

    warnings.simplefilter("ignore")  # pingouin warns call by call where values are equal
    clock = Clock()
    frame = read_arrow(folder / "part.arrow").to_pandas()
    run = ["study", "model"]
    frame["recall"] = frame["n_correct"] / frame["n_samples"]
    accuracy = frame.groupby([*run, "method", "ratio", "stage"])["n_correct"].transform("mean")
    frame["balance"] = frame["n_correct"] / accuracy - 1.0
    baseline = frame[frame["stage"] == "baseline"][[*run, "class_index", "recall", "balance"]]
    both = frame[frame["stage"] != "baseline"].merge(
        baseline, on=[*run, "class_index"], suffixes=("", "_before")
    )
    both["drop"] = both["recall_before"] - both["recall"]
    control = both[both["stage"] == "control"][[*run, "class_index", "drop"]]
    both = both.merge(control, on=[*run, "class_index"], suffixes=("", "_control"))
    alphas = {
        key: sm.OLS(group["balance"], group["balance_before"]).fit().params.iloc[0]
        for key, group in both.groupby([*CONDITION, "model"])
    }
    for _, group in both.groupby(CONDITION):
        sm.OLS(group["balance"], group["balance_before"]).fit().params.iloc[0]
    slopes = pd.Series(alphas).rename_axis([*CONDITION, "model"])
    for _, values in slopes.groupby(CONDITION):
        pingouin.ttest(values, 1.0, confidence=0.99)
    for _, group in both.groupby([*CONDITION, "class_index"]):
        pingouin.ttest(group["drop"] - group["drop_control"], 0.05, alternative="greater")
    return clock.seconds()


def twenty_parts(folder: Path) -> None:
    """Write ten million rows as a folder of twenty studies."""
    from data_contracts import Provenance, write_recall_table

    for number in range(20):
        table = synthetic_table(500_000, seed=number, studies=1)
        name = pa.repeat(pa.scalar(f"study {number}"), table.num_rows)
        table = table.set_column(0, "study", name)
        write_recall_table(table, folder / f"{number}.parquet", Provenance())


def conditions_of_parts(folder: Path, rows_at_once: int | None = None) -> None:
    """Make the table of conditions, study by study as so many rows are, or all at once."""
    import rdstats
    from rdstats.tables import reading

    reading.ROWS_AT_ONCE = rows_at_once or reading.ROWS_AT_ONCE
    rdstats.conditions(folder)


def full_design(folder: Path) -> None:
    """Write the table of the paper's whole design: 156,100 rows."""
    from data_contracts import Provenance, write_recall_table
    from full_design import full_design as made

    write_recall_table(made(), folder / "recall.parquet", Provenance(producer="benchmark"))


def pages(folder: Path, name: str) -> str:
    """Write its report or the paper's tables and figures, by the function of that name."""
    import rdstats

    page = getattr(rdstats, name)(folder / "recall.parquet", folder / name)
    return f"{len(list(page.parent.iterdir()))} files, page {page.stat().st_size / 1e6:.1f} MB"


def scatters_by_hand(folder: Path) -> None:
    """Draw a scatter of balances per network, method and ratio by matplotlib, and save it."""
    import matplotlib as mpl
    import pandas as pd

    mpl.use("svg")
    import matplotlib.pyplot as plt

    frame = pd.read_parquet(folder / "recall.parquet")
    place = ["dataset", "architecture"]
    accuracy = frame.groupby([*place, "model", "method", "ratio", "stage"])["n_correct"]
    frame["balance"] = frame["n_correct"] / accuracy.transform("mean") - 1.0
    keys = [*place, "model", "class_index"]
    baseline = frame[frame["stage"] == "baseline"][[*keys, "balance"]]
    both = frame[frame["stage"] == "finetuned"].merge(baseline, on=keys, suffixes=("", "_before"))
    for number, (name, group) in enumerate(both.groupby([*place, "method", "ratio"])):
        figure, axes = plt.subplots(figsize=(4, 4))
        for label, points in group.groupby("class_index"):
            axes.plot(points["balance_before"], points["balance"], ".", label=label)
        axes.set(title=str(name), xlabel="balance before", ylabel="balance after")
        figure.savefig(folder / f"{number}.svg")
        plt.close(figure)


WORKS = {
    "analysis": Work(
        "slopes, conditions and class verdicts of a million rows",
        "a loop of statsmodels and pingouin calls, timed on a sixteenth and scaled",
        million_rows,
        analysis,
        analysis_by_loop,
        scale=16,
    ),
    "large": Work(
        "the same of ten million rows",
        "none",
        lambda folder: write_arrow(synthetic_table(10_000_000), folder / "recall.arrow"),
        analysis,
        rounds=1,
    ),
    "parts": Work(
        "`rdstats conditions` of ten million rows in twenty files, study by study",
        "the same, all at once",
        twenty_parts,
        conditions_of_parts,
        lambda folder: conditions_of_parts(folder, sys.maxsize),
        rounds=1,
    ),
    "report": Work(
        "`rdstats report` of the paper's full design, 156,100 rows",
        "matplotlib: its scatters alone, one file each",
        full_design,
        lambda folder: pages(folder, "write_report"),
        scatters_by_hand,
    ),
    "paper": Work(
        "`rdstats paper` of the same: 13 tables, 13 figures",
        "none",
        full_design,
        lambda folder: pages(folder, "write_paper"),
    ),
}
