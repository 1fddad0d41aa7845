"""Size of a prediction table of a whole study, and the seconds to write and to read it.

30 models under 27 conditions answer 10,000 samples of 10 classes; answers come from made-up
scores, so that about 90 % are right, two seeds differ in 8 % and a compressed model differs from
its own unpruned version in 2 to 10 %.

    python benchmarks/prediction_table_size.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from data_contracts import Provenance
from data_contracts.prediction_files import read_prediction_table, write_prediction_table
from data_contracts.prediction_table import Predictions

MODELS, CONDITIONS, SAMPLES, CLASSES = 30, 27, 10_000, 10


def answers(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the true classes, and the answers of shape (models, conditions, samples)."""
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


def table_of(true: np.ndarray, predicted: np.ndarray) -> pa.Table:
    """Return the answers as a prediction table: baseline, control, five methods, five ratios."""
    conditions = [("none", 1.0, "baseline"), ("none", 1.0, "control")]
    conditions += [
        (method, ratio, "finetuned")
        for method in ("MP", "GP", "UP", "RP", "LTH")
        for ratio in (2.0, 4.0, 10.0, 20.0, 50.0)
    ]
    rows = predicted.size
    condition = np.tile(np.repeat(np.arange(CONDITIONS), SAMPLES), MODELS)

    def words(values: list[str], codes: np.ndarray) -> pa.DictionaryArray:
        return pa.array(values).dictionary_encode().take(pa.array(codes))

    once = np.zeros(rows, dtype=np.int64)
    true_of_row = np.tile(true, MODELS * CONDITIONS)
    return pa.table(
        {
            "study": words(["made up"], once),
            "dataset": words(["made up"], once),
            "architecture": words(["made up"], once),
            "method": words([each[0] for each in conditions], condition),
            "ratio": np.array([each[1] for each in conditions])[condition],
            "stage": words([each[2] for each in conditions], condition),
            "model": words(
                [f"seed-{model}" for model in range(MODELS)],
                np.repeat(np.arange(MODELS), CONDITIONS * SAMPLES),
            ),
            "split": words(["test"], once),
            "sample": np.tile(np.arange(SAMPLES), MODELS * CONDITIONS),
            "class_index": true_of_row,
            "predicted_index": predicted.ravel(),
            "correct": predicted.ravel() == true_of_row,
        }
    )


def main() -> None:
    """Print size and seconds."""
    true, predicted = answers(np.random.default_rng(0))
    table = table_of(true, predicted)
    print(f"accuracy before {(predicted[:, 0] == true).mean():.3f}")
    print(
        f"answers that two seeds give otherwise {(predicted[1, 0] != predicted[0, 0]).mean():.3f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.parquet"
        start = time.process_time()
        write_prediction_table(Predictions(table), path, Provenance(producer="benchmark"))
        print(
            f"{table.num_rows:,} rows: {path.stat().st_size / 1e6:.2f} MB, written in "
            f"{time.process_time() - start:.1f} processor seconds"
        )
        start = time.process_time()
        read_prediction_table(path)
        print(f"read and checked in {time.process_time() - start:.1f} processor seconds")


if __name__ == "__main__":
    main()
