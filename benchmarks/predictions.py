"""Work on files of answers: a check of a pair, an import, a prediction table of a whole study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
from analysis import read_arrow, write_arrow
from bench import Work

PIECE = 1_000_000
ACCURACY = 0.8


# rdstats check, 50,000 samples in 1,000 classes: the size of ImageNet's validation set.


def two_models(folder: Path) -> None:
    """Write the answers of two models to the same samples; they differ in some 8 %."""
    draws = np.random.default_rng(1)
    truth = draws.integers(0, 1_000, 50_000)
    right = draws.random(truth.size) < ACCURACY
    before = np.where(right, truth, draws.integers(0, 1_000, truth.size))
    flipped = draws.random(truth.size) < 0.08
    after = np.where(flipped, draws.choice(truth, truth.size), before)
    for name, answer in (("before.csv", before), ("after.csv", after)):
        columns = {"id": np.arange(truth.size), "y_true": truth, "y_pred": answer}
        pa_csv.write_csv(pa.table(columns), folder / name)


def check(folder: Path) -> None:
    """Run the command that a user types."""
    from typer.testing import CliRunner

    from rd_cli.stats.app import app

    files = [str(folder / name) for name in ("before.csv", "after.csv")]
    CliRunner().invoke(app, ["check", *files], catch_exceptions=False)


def check_by_hand(folder: Path) -> int:
    """Count by pandas, then one exact McNemar test a class by statsmodels, and Holm."""
    import pandas as pd
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.multitest import multipletests

    before, after = (pd.read_csv(folder / name) for name in ("before.csv", "after.csv"))
    both = before.merge(after, on=["id", "y_true"])
    one, other = both["y_true"] == both["y_pred_x"], both["y_true"] == both["y_pred_y"]
    both["one"], both["other"] = one, other
    p = []
    for _, samples in both.groupby("y_true"):
        table = pd.crosstab(samples["one"], samples["other"])
        table = table.reindex(index=[False, True], columns=[False, True], fill_value=0)
        p.append(mcnemar(table).pvalue)
    return int(multipletests(p, method="holm")[0].sum())


# rdstats import, 50 million rows.


def one_large_file(folder: Path) -> None:
    """Write 50 million rows of 100 classes, a million at a time."""
    draws = np.random.default_rng(0)
    schema = pa.schema([("y_true", pa.int64()), ("y_pred", pa.int64())])
    with pa_csv.CSVWriter(folder / "predictions.csv", schema) as writer:
        for _ in range(50):
            truth = draws.integers(0, 100, PIECE)
            right = draws.random(PIECE) < ACCURACY
            answer = np.where(right, truth, draws.integers(0, 100, PIECE))
            writer.write_table(pa.table([truth, answer], schema=schema))


def import_it(folder: Path) -> int:
    """Count them as a recall table."""
    from data_contracts.importers import Described, ImportOptions, import_files

    about = Described(study="s", dataset="d", architecture="a", model="m", ratio=1.0)
    options = ImportOptions(described=about)
    table = import_files("predictions", [folder / "predictions.csv"], options=options)
    return sum(table["n_correct"].to_pylist())


def import_by_pandas(folder: Path) -> int:
    """Count them by the two lines that most people would write."""
    import pandas as pd

    rows = pd.read_csv(folder / "predictions.csv")
    correct = rows[rows["y_true"] == rows["y_pred"]].groupby("y_true").size()
    return int(correct.sum())


# A prediction table: 30 models under 27 conditions answer 10,000 samples of 10 classes.

MODELS, CONDITIONS, SAMPLES, CLASSES = 30, 27, 10_000, 10


def answers() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the true classes, and answers of shape (models, conditions, samples).

    Made-up scores: about 90 % are right, two seeds differ in 8 % of the samples, and a compressed
    model differs from its own unpruned version in 2 to 10 %.
    """
    generator = np.random.default_rng(0)
    true = generator.integers(0, CLASSES, SAMPLES)
    scores = generator.normal(size=(SAMPLES, CLASSES))
    lead = generator.choice([1.0, 3.5, 6.0, 8.0], SAMPLES, p=[0.12, 0.2, 0.3, 0.38])
    scores[np.arange(SAMPLES), true] += lead
    found = np.empty((MODELS, CONDITIONS, SAMPLES), dtype=np.int64)
    for model in range(MODELS):
        luck = generator.normal(0, 0.5, scores.shape)
        for condition in range(CONDITIONS):
            damage = generator.normal(0, 0.15 + 0.9 * (condition / CONDITIONS) ** 3, scores.shape)
            found[model, condition] = (scores + luck + damage).argmax(axis=1)
    return true, found


def write_answers(folder: Path) -> None:
    """Write them as columns of an Arrow file, as a training loop has them."""
    true, predicted = answers()
    ratios = (2, 4, 10, 20, 50)
    methods = [(name, ratio) for name in ("MP", "GP", "UP", "RP", "LTH") for ratio in ratios]
    conditions = [("none", 1, "baseline"), ("none", 1, "control")]
    conditions += [(method, ratio, "finetuned") for method, ratio in methods]
    condition = np.tile(np.repeat(np.arange(CONDITIONS), SAMPLES), MODELS)
    truth = np.tile(true, MODELS * CONDITIONS)

    def words(values: list[str], codes: npt.NDArray[np.int64]) -> pa.DictionaryArray:
        return pa.array(values).dictionary_encode().take(pa.array(codes))

    once = np.zeros(predicted.size, dtype=np.int64)
    of_model = np.repeat(np.arange(MODELS), CONDITIONS * SAMPLES)
    columns: dict[str, Any] = {name: words(["made up"], once) for name in ("study", "dataset")}
    columns |= {
        "architecture": words(["made up"], once),
        "method": words([each[0] for each in conditions], condition),
        "ratio": np.array([float(each[1]) for each in conditions])[condition],
        "stage": words([each[2] for each in conditions], condition),
        "model": words([f"seed-{model}" for model in range(MODELS)], of_model),
        "split": words(["test"], once),
        "sample": np.tile(np.arange(SAMPLES), MODELS * CONDITIONS),
        "class_index": truth,
        "predicted_index": predicted.ravel(),
        "correct": predicted.ravel() == truth,
    }
    write_arrow(pa.table(columns), folder / "answers.arrow")


def prediction_table(folder: Path) -> str:
    """Write the prediction table, and read it again."""
    from data_contracts import Predictions, Provenance, read_prediction_table
    from data_contracts.prediction_files import write_prediction_table

    path = folder / "predictions.parquet"
    table = read_arrow(folder / "answers.arrow")
    write_prediction_table(Predictions(table), path, Provenance(producer="benchmark"))
    read_prediction_table(path)
    return f"{table.num_rows:,} rows, {path.stat().st_size / 1e6:.2f} MB"


WORKS = {
    "check": Work(
        "`rdstats check`: 50,000 samples in 1,000 classes",
        "pandas and a loop of statsmodels' exact McNemar tests",
        two_models,
        check,
        check_by_hand,
    ),
    "import": Work(
        "50 million rows of csv to counts per class",
        "pandas, `read_csv` and `groupby`",
        one_large_file,
        import_it,
        import_by_pandas,
    ),
    "predictions": Work(
        "a prediction table of 30 models under 27 conditions: written, read, every rule checked",
        "none",
        write_answers,
        prediction_table,
    ),
}
