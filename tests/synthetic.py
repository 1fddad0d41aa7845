"""Recall tables made on purpose: known slopes, known noise, or counts written by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.prediction_table import cast_predictions
from data_contracts.schema import RECALL_TABLE

PARAMETERS = 60_074
Counts = npt.NDArray[np.int64]
# Who was evaluated: method, ratio, stage, model. The baseline is ("none", 1.0, "baseline", model).
Evaluation = tuple[str, float, str, str]


def baseline(model: str) -> Evaluation:
    """The unpruned evaluation of `model`."""
    return ("none", 1.0, "baseline", model)


def before_after(
    before: Sequence[Sequence[int]], after: Sequence[Sequence[int]], *, ratio: float = 2.0
) -> dict[Evaluation, Sequence[int]]:
    """Return the counts of models m0, m1, ... by class: as trained, and pruned by MP."""
    counts = {baseline(f"m{place}"): row for place, row in enumerate(before)}
    return counts | {("MP", ratio, "finetuned", f"m{n}"): row for n, row in enumerate(after)}


def table_of_counts(
    n_correct: Mapping[Evaluation, Sequence[int] | Counts],
    *,
    n_samples: int | Sequence[int] | Counts = 100,
    n_predicted: Mapping[Evaluation, Sequence[int]] | None = None,
    study: str = "synthetic",
    dataset: str = "digits",
    architecture: str = "LeNet5",
    split: str = "test",
    parameters: int = PARAMETERS,
) -> pa.Table:
    """Return a recall table with exactly these correct predictions of class 0, 1, ...

    `n_samples` are the test samples of every class, or of each. Where `n_predicted` does not have
    an evaluation's predictions of each class, its wrong samples are spread evenly over the classes.
    """
    correct = np.array(list(n_correct.values()), dtype=np.int64)  # (evaluations, classes)
    before = np.array([n_correct.get(baseline(key[3]), own) for key, own in n_correct.items()])
    evaluations, classes = correct.shape
    samples = np.broadcast_to(np.asarray(n_samples, dtype=np.int64), correct.shape)
    wrong = (samples - correct).sum(axis=1, keepdims=True)
    predicted = correct + wrong // classes + (np.arange(classes) < wrong % classes)
    for evaluation, of_class in (n_predicted or {}).items():
        predicted[list(n_correct).index(evaluation)] = of_class
    labels = pd.DataFrame(list(n_correct), columns=["method", "ratio", "stage", "model"])
    rows = labels.loc[labels.index.repeat(classes)]
    rows = rows.assign(
        study=study,
        dataset=dataset,
        architecture=architecture,
        class_index=np.tile(np.arange(classes), evaluations),
        class_name=[f"class {index}" for index in range(classes)] * evaluations,
        n_samples=samples.ravel(),
        n_correct=correct.ravel(),
        n_predicted=predicted.ravel(),
        n_both_correct=np.minimum(correct, before).ravel(),
        parameters=parameters,
        parameters_nonzero=np.rint(parameters / rows["ratio"]).astype(np.int64),
        split=split,
        selected_on="validation",
        count_quality="exact",
    )
    return pa.table({name: rows[name] for name in RECALL_TABLE.names}, schema=RECALL_TABLE)


def recall_table(
    *,
    study: str = "synthetic",
    dataset: str = "digits",
    architecture: str = "LeNet5",
    methods: Sequence[str] = ("MP",),
    ratios: Sequence[float] = (2.0, 4.0, 10.0, 20.0, 50.0),
    models: int = 5,
    classes: int = 10,
    samples_per_class: int = 100,
    slope_by_ratio: Mapping[float, float] | Mapping[tuple[str, float], float] | None = None,
    luck: float = 0.01,
    memory: float = 0.3,
    control: bool = True,
    stages: Sequence[str] = ("finetuned",),
    seed: int = 0,
) -> pa.Table:
    """Return a valid recall table from the model of METHODS.md, Section 2.

    The normalized balance of class c is mu_c plus the luck of this seed (its standard deviation is
    `luck`); compression multiplies mu_c by the true slope and keeps the share `memory` of the luck.
    Counts are rounded. The mu are evenly spaced, with a standard deviation of 0.069. The true
    slope, by ratio or by (method, ratio), rises from below 1 at ratio 2 through 1 at ratio 4 by
    default. The control is the unpruned model with the same extra training, at slope 1.
    """
    generator = np.random.default_rng(seed)
    mu = np.linspace(-1.0, 1.0, classes) if classes > 1 else np.zeros(1)
    if classes > 1:
        mu *= 0.069 / mu.std(ddof=1)
    luck_before = generator.standard_normal((models, classes))

    def counts(accuracy: float, slope: float, kept: float) -> Counts:
        fresh = generator.standard_normal((models, classes))
        noise = kept * luck_before + math.sqrt(1.0 - kept**2) * fresh
        recall = accuracy * (1.0 + slope * mu + luck * noise)
        correct = np.rint(samples_per_class * recall).astype(np.int64)
        return np.clip(correct, 0, samples_per_class)

    def slope_of(method: str, ratio: float) -> float:
        if slope_by_ratio is None:
            return 1.0 + 0.15 * math.log2(ratio / 4.0)
        slopes: dict[object, float] = dict(slope_by_ratio.items())
        return slopes[ratio] if ratio in slopes else slopes[method, ratio]

    n_correct: dict[Evaluation, Counts] = {}
    for model, correct in enumerate(counts(0.80, 1.0, 1.0)):
        n_correct[baseline(f"m{model}")] = correct
    for method in methods:
        for ratio in ratios:
            for stage in stages:
                accuracy = 0.80 - 0.002 * ratio - (0.05 if stage == "pruned" else 0.0)
                for model, correct in enumerate(counts(accuracy, slope_of(method, ratio), memory)):
                    n_correct[method, float(ratio), stage, f"m{model}"] = correct
    if control:
        for model, correct in enumerate(counts(0.80, 1.0, memory)):
            n_correct["none", 1.0, "control", f"m{model}"] = correct
    return table_of_counts(
        n_correct,
        n_samples=samples_per_class,
        study=study,
        dataset=dataset,
        architecture=architecture,
    )


def without(table: pa.Table, **labels: str | float) -> pa.Table:
    """Return the table without the rows that have all these labels."""
    gone = pa.chunked_array([pa.array([True] * table.num_rows)])
    for column, value in labels.items():
        gone = pc.and_(gone, pc.equal(table[column], value))
    return table.filter(pc.invert(gone))


def with_column(table: pa.Table, name: str, values: object) -> pa.Table:
    """Return the table with other values in a column, one for all rows or a list."""
    position = table.schema.get_field_index(name)
    values = values if isinstance(values, list) else [values] * table.num_rows
    field = table.schema.field(name)
    return table.set_column(position, field, pa.array(values, field.type))


_CONDITIONS = [("none", 1.0, "baseline"), ("none", 1.0, "control")]
_CONDITIONS += [("MP", ratio, "finetuned") for ratio in (2.0, 4.0)]


def predictions(*, lost: float, shared: bool, models: int = 8, samples: int = 150) -> pa.Table:
    """A study of two classes; at 4x the first loses a share of its samples, shared by all models.

    Or each model loses others. Everything else changes by luck of single models alone.
    """
    draws = np.random.default_rng(0)
    label = np.repeat([0, 1], samples)
    subgroup = (draws.random(2 * samples) < lost) & (label == 0)
    rows = []
    for model in range(models):
        before = draws.random(2 * samples) < 0.95
        mine = subgroup if shared else draws.permutation(subgroup[:samples])
        mine = np.concatenate([mine[:samples], np.zeros(samples, dtype=bool)])
        for method, ratio, stage in _CONDITIONS:
            right = before ^ (draws.random(2 * samples) < 0.01 * (stage != "baseline"))
            if ratio == 4.0:
                right &= ~mine
            rows.append(
                pd.DataFrame(
                    {
                        "study": "s",
                        "dataset": "d",
                        "architecture": "a",
                        "method": method,
                        "ratio": ratio,
                        "stage": stage,
                        "model": f"m{model}",
                        "split": "test",
                        "sample": np.arange(2 * samples),
                        "class_index": label,
                        "correct": right,
                    }
                )
            )
    return cast_predictions(pa.Table.from_pandas(pd.concat(rows), preserve_index=False), "made")
