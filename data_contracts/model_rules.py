"""The rules about one evaluated model: its key, its network, its predictions."""

from __future__ import annotations

import numpy as np

from data_contracts.columns import Columns
from data_contracts.rule import Rule
from data_contracts.schema import EVALUATED_MODEL, KEY
from data_contracts.violation import Violation
from data_contracts.wording import model_name


def _unique_key(columns: Columns) -> list[Violation]:
    key = columns.coded(*KEY)
    if key.size == columns.rows:
        return []
    repeated = np.bincount(key.codes)[key.codes] > 1
    first = key.codes[np.flatnonzero(repeated)[0]]
    one, other = (columns.broken_row(int(row)) for row in np.flatnonzero(key.codes == first)[:2])
    why = (
        f"{one.place} and {other.place} have the same key, but a class of an evaluated model has "
        "one row: is the same table there twice, or do two studies or two models share a name?"
    )
    return columns.violation("unique key", repeated, why)


def _one_network(columns: Columns) -> list[Violation]:
    models = columns.coded(*EVALUATED_MODEL)
    first = models.first_rows()[models.codes]
    found = []
    for name in ("parameters", "parameters_nonzero", "selected_on"):
        if name not in columns.missing:
            positions = columns.dictionary(name)[1]
            why = f"{name} is a fact about the whole network: all rows of a model have the same"
            found += columns.violation("one network per model", positions != positions[first], why)
    return found


def _predictions_within_samples(columns: Columns) -> list[Violation]:
    models = columns.coded(*EVALUATED_MODEL)
    predicted = np.bincount(models.codes, weights=columns.integers("n_predicted"))
    samples = np.bincount(models.codes, weights=columns.integers("n_samples"))
    too_many = predicted > samples
    too_many[models.codes[~columns.valid("n_samples")]] = False  # their sum is not known
    broken = too_many[models.codes]
    if not broken.any():
        return []
    row = int(np.flatnonzero(broken)[0])
    model = models.codes[row]
    why = (
        f"n_predicted of {model_name(columns, row)} adds up to {predicted[model]:,.0f}, its "
        f"n_samples to {samples[model]:,.0f}: a sample is predicted as one class at most"
    )
    return columns.violation("predictions within samples", broken, why)


MODEL_RULES: tuple[Rule, ...] = (
    Rule("unique key", "No two rows share a key.", KEY, _unique_key),
    Rule(
        "one network per model",
        "All rows of an evaluated model have the same `parameters`, `parameters_nonzero` and "
        "`selected_on`.",
        EVALUATED_MODEL,
        _one_network,
    ),
    Rule(
        "predictions within samples",
        "Over the classes of an evaluated model, Σ `n_predicted` ≤ Σ `n_samples`.",
        (*EVALUATED_MODEL, "n_predicted", "n_samples"),
        _predictions_within_samples,
    ),
)
