"""What a rule is: a name, the columns it needs, and a function that finds the rows breaking it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pyarrow as pa

from data_contracts.casting import conform
from data_contracts.columns import (
    BoolArray,
    Columns,
    IntArray,
    listed,
    model_name,
    others,
    rounded_ratio,
)
from data_contracts.rows import BrokenRow, Violation
from data_contracts.schema import (
    BASELINE_KEY,
    COUNT_QUALITIES,
    EVALUATED_MODEL,
    KEY,
    RATIO_DECIMALS,
    RECALL_TABLE,
    SELECTED_ON,
    SPLITS,
    STAGES,
    UNPRUNED_METHOD,
    UNPRUNED_RATIO,
)


@dataclass(frozen=True)
class Rule:
    """A rule of the recall table.

    Attributes:
        name: As in docs/recall-table.md and in every report.
        meaning: What holds where the rule is kept, in one sentence.
        needs: Columns without which it cannot be judged.
        judge: Returns its violations: none, one, or one per column where it speaks of several.
    """

    name: str
    meaning: str
    needs: tuple[str, ...]
    judge: Callable[[Columns], list[Violation]]


REQUIRED = tuple(field.name for field in RECALL_TABLE if not field.nullable)
REQUIRED_TEXT = tuple(
    name for name in REQUIRED if pa.types.is_string(RECALL_TABLE.field(name).type)
)


def _no_nulls(columns: Columns) -> list[Violation]:
    return [
        violation
        for name in REQUIRED
        if name not in columns.missing
        for violation in columns.violation(
            "no nulls",
            ~columns.valid(name),
            f"column {name!r} is null there, and every row needs its value",
        )
    ]


def _no_empty_text(columns: Columns) -> list[Violation]:
    found = []
    for name in REQUIRED_TEXT:
        if name not in columns.missing:
            broken = _rows_where(columns, name, lambda text: not text.strip())
            why = f"column {name!r} is empty there: a name cannot be empty"
            found += columns.violation("no empty text", broken, why)
    return found


def _known(name: str, known: tuple[str, ...]) -> Rule:
    """Return the rule that a column holds one of the known words (or null, where it may)."""
    rule = f"known {name}"

    def judge(columns: Columns) -> list[Violation]:
        broken = _rows_where(columns, name, lambda text: text not in known)
        if not broken.any():
            return []
        unknown = [text for text in columns.dictionary(name)[0].to_pylist() if text not in known]
        near = get_close_matches(unknown[0].strip().lower(), known, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        why = f"{name} is {listed(unknown)}, but can only be {', '.join(known)}{hint}"
        return columns.violation(rule, broken, why)

    return Rule(rule, f"`{name}` is one of {', '.join(known)}.", (name,), judge)


def _ratio_in_range(columns: Columns) -> list[Violation]:
    ratio = columns.ratio()
    broken = columns.valid("ratio") & ~(np.isfinite(ratio) & (ratio >= 1))
    why = (
        f"ratio is {listed(ratio[broken].tolist())}, but parameters before / after compression "
        "is at least 1: write 1 / density, or 1 / (1 - sparsity)"
    )
    return columns.violation("ratio in range", broken, why)


def _ratio_rounded(columns: Columns) -> list[Violation]:
    ratio = columns.ratio()
    broken = np.isfinite(ratio) & (ratio != rounded_ratio(ratio))
    why = (
        f"ratio is {listed(ratio[broken].tolist())}: round it to {RATIO_DECIMALS} decimals, so "
        "that the same ratio is the same number in every file"
    )
    return columns.violation("ratio rounded", broken, why)


def _method_of_stage(columns: Columns) -> list[Violation]:
    none = _rows_where(columns, "method", lambda text: text == UNPRUNED_METHOD)
    baseline = _rows_where(columns, "stage", lambda text: text == "baseline")
    compressed = _rows_where(columns, "stage", lambda text: text in {"pruned", "finetuned"})
    return [
        *columns.violation(
            "method of stage",
            baseline & ~none & columns.valid("method"),
            f"a baseline row is the unpruned model's: its method is {UNPRUNED_METHOD!r}",
        ),
        *columns.violation(
            "method of stage",
            compressed & none,
            f"method {UNPRUNED_METHOD!r} is the unpruned model's: name the method of the "
            "compressed model, or set stage to baseline or control",
        ),
    ]


def _ratio_of_stage(columns: Columns) -> list[Violation]:
    unpruned = _rows_where(columns, "stage", lambda text: text in {"baseline", "control"})
    broken = unpruned & columns.valid("ratio") & (columns.ratio() != UNPRUNED_RATIO)
    why = "baseline and control rows are the unpruned model's: their ratio is 1"
    return columns.violation("ratio of stage", broken, why)


def _counts_in_range(columns: Columns) -> list[Violation]:
    def broken(name: str, low: str | int, high: str | None, remedy: str = "") -> list[Violation]:
        needs = [name, *(bound for bound in (low, high) if isinstance(bound, str))]
        if not columns.missing.isdisjoint(needs):
            return []
        values = columns.integers(name)
        valid = np.logical_and.reduce([columns.valid(other) for other in needs])
        least = columns.integers(low) if isinstance(low, str) else low
        outside: BoolArray = values < least
        if high is not None:
            outside = outside | (values > columns.integers(high))
        outside &= valid
        if not outside.any():
            return []
        row = int(np.flatnonzero(outside)[0])
        bounds = [f"{other} is {columns.value(other, row)}" for other in needs[1:]]
        beside = f" where {' and '.join(bounds)}" if bounds else ""
        limits = f"{low} or more" if high is None else f"between {low} and {high}"
        why = f"{name} is {columns.value(name, row)}{beside}: it must be {limits}{remedy}"
        return columns.violation("counts in range", outside, why)

    return [
        *broken("n_samples", 1, None, "; leave out classes without test samples"),
        *broken("n_correct", 0, "n_samples", _per_cent(columns)),
        *broken("n_predicted", "n_correct", None),
        *broken("parameters", 1, None),
        *broken("parameters_nonzero", 0, "parameters"),
    ]


def _per_cent(columns: Columns) -> str:
    """Say that n_correct may be recalls in per cent, where no value speaks against it."""
    correct = columns.integers("n_correct")
    if (correct > columns.integers("n_samples")).any() and correct.max() <= 100:
        return "; if it is a recall in per cent, store the count of correct samples instead"
    return ""


def _rows_where(columns: Columns, name: str, holds: Callable[[str], bool]) -> BoolArray:
    """Return the rows whose text fulfils `holds`, asked once per distinct text; never nulls."""
    values, positions = columns.dictionary(name)
    verdicts = np.array([*(holds(text) for text in values.to_pylist()), False])
    rows: BoolArray = verdicts[positions]
    return rows


ROW_RULES: tuple[Rule, ...] = (
    Rule("no nulls", "Columns that may not be null hold a value in every row.", (), _no_nulls),
    Rule("no empty text", "Text columns that may not be null are not blank.", (), _no_empty_text),
    _known("stage", STAGES),
    _known("split", SPLITS),
    _known("selected_on", SELECTED_ON),
    _known("count_quality", COUNT_QUALITIES),
    Rule("ratio in range", "`ratio` is finite and at least 1.", ("ratio",), _ratio_in_range),
    Rule("ratio rounded", "`ratio` has at most 4 decimals.", ("ratio",), _ratio_rounded),
    Rule(
        "method of stage",
        "Baseline rows have method `none`; pruned and finetuned rows have another.",
        ("method", "stage"),
        _method_of_stage,
    ),
    Rule(
        "ratio of stage",
        "Baseline and control rows have ratio 1.",
        ("ratio", "stage"),
        _ratio_of_stage,
    ),
    Rule(
        "counts in range",
        "`n_samples` ≥ 1, 0 ≤ `n_correct` ≤ `n_samples`, `n_predicted` ≥ `n_correct`, "
        "`parameters` ≥ 1, 0 ≤ `parameters_nonzero` ≤ `parameters`.",
        (),
        _counts_in_range,
    ),
)


DATASET_SPLIT = ("study", "dataset", "split")
CLASS = (*DATASET_SPLIT, "class_index")


def _classes_without_gaps(columns: Columns) -> list[Violation]:
    groups = columns.coded(*DATASET_SPLIT)
    cells = columns.coded(*CLASS)
    first = cells.first_rows()
    first = first[columns.valid("class_index")[first]]
    index, group = columns.integers("class_index")[first], groups.codes[first]
    classes = np.bincount(group, minlength=groups.size)
    outside = (index < 0) | (index >= classes[group])
    broken = np.zeros(groups.size, dtype=np.bool_)
    broken[group[outside]] = True
    if not broken.any():
        return []
    example = int(group[outside][0])
    there = np.sort(index[group == example])
    lacking = np.setdiff1d(np.arange(len(there)), there)
    name = columns.value("dataset", int(first[group == example][0]))
    why = (
        f"the classes of {name!r} are numbered {there[0]} to {there[-1]} without "
        f"{listed(lacking.tolist())}: number them 0 to {len(there) - 1}"
    )
    return columns.violation("classes without gaps", broken[groups.codes], why)


def _same_classes(columns: Columns) -> list[Violation]:
    """Find models that lack a class most others have, or have one most others lack."""
    groups = columns.coded(*DATASET_SPLIT)
    cells = columns.coded(*CLASS)
    models = columns.coded(*EVALUATED_MODEL)
    once = columns.coded(*KEY).first_rows()
    group_of_model = groups.codes[models.first_rows()]
    group_of_cell = groups.codes[cells.first_rows()]
    models_of_group = np.bincount(group_of_model, minlength=groups.size)
    models_with_cell = np.bincount(cells.codes[once], minlength=cells.size)
    usual = 2 * models_with_cell >= models_of_group[group_of_cell]
    usual_of_group = np.bincount(group_of_cell[usual], minlength=groups.size)
    kept = once[usual[cells.codes[once]]]
    usual_of_model = np.bincount(models.codes[kept], minlength=models.size)
    short = usual_of_model < usual_of_group[group_of_model]
    extra = ~usual[cells.codes]
    broken = short[models.codes] | extra
    if not broken.any():
        return []
    row = int(np.flatnonzero(broken)[0])
    index = columns.integers("class_index")
    own = index[(models.codes == models.codes[row]) & columns.valid("class_index")]
    shared = index[cells.first_rows()[usual & (group_of_cell == groups.codes[row])]]
    lacks, adds = np.setdiff1d(shared, own), np.setdiff1d(own, shared)
    parts = [f"lacks class {listed(lacks.tolist())}"] if len(lacks) else []
    parts += [f"has class {listed(adds.tolist())} besides"] if len(adds) else []
    why = (
        f"every model of a data set and split has the same classes, but {model_name(columns, row)} "
        f"{' and '.join(parts)}{others(models.codes[broken])}"
    )
    return columns.violation("same classes", broken, why)


def _same_supports(columns: Columns) -> list[Violation]:
    """Find rows whose number of samples is not what most rows of the class have."""
    cells = columns.coded(*CLASS)
    sizes = columns.coded(*CLASS, "n_samples")
    if sizes.size == cells.size:
        return []
    first = sizes.first_rows()
    cell_of_size = cells.codes[first]
    rows_of_size = np.where(columns.valid("n_samples")[first], np.bincount(sizes.codes), 0)
    # Sizes sort by class, then by n_samples: of equally frequent ones the larger comes last.
    order = np.lexsort((np.arange(sizes.size), rows_of_size, cell_of_size))
    usual = np.empty(cells.size, dtype=np.int64)
    usual[cell_of_size[order]] = order
    broken = (sizes.codes != usual[cells.codes]) & columns.valid("n_samples")
    if not broken.any():
        return []
    row = int(np.flatnonzero(broken)[0])
    most = columns.value("n_samples", int(first[usual[cells.codes[row]]]))
    odd = columns.coded(*EVALUATED_MODEL).codes[broken]
    why = (
        f"{model_name(columns, row)} has n_samples {columns.value('n_samples', row)} for class "
        f"{columns.value('class_index', row)} where others of its data set and split have "
        f"{most}: all models are evaluated on the same samples{others(odd)}"
    )
    return columns.violation("same supports", broken, why)


def _one_name_per_class(columns: Columns) -> list[Violation]:
    named = np.flatnonzero(columns.valid("class_name"))
    classes = columns.coded("study", "dataset", "class_index")
    names = columns.dictionary("class_name")[1]
    name_of_class = np.full(classes.size, -1, dtype=np.int64)
    name_of_class[classes.codes[named[::-1]]] = names[named[::-1]]
    broken = columns.valid("class_name") & (names != name_of_class[classes.codes])
    if not broken.any():
        return []
    row = int(np.flatnonzero(broken)[0])
    usual = columns.dictionary("class_name")[0][int(name_of_class[classes.codes[row]])]
    why = (
        f"class {columns.value('class_index', row)} is called "
        f"{columns.value('class_name', row)!r} there and {usual.as_py()!r} elsewhere: "
        "are the classes in the same order?"
    )
    return columns.violation("one name per class", broken, why)


CLASS_RULES: tuple[Rule, ...] = (
    Rule(
        "classes without gaps",
        "Within a study, data set and split, `class_index` is 0 … C − 1 without gaps.",
        CLASS,
        _classes_without_gaps,
    ),
    Rule(
        "same classes",
        "Within a study, data set and split, every evaluated model has the same classes.",
        KEY,
        _same_classes,
    ),
    Rule(
        "same supports",
        "Within a study, data set and split, `n_samples` of a class is the same in every row.",
        (*KEY, "n_samples"),
        _same_supports,
    ),
    Rule(
        "one name per class",
        "Within a study and data set, a class has one `class_name`, or none.",
        ("study", "dataset", "class_index", "class_name"),
        _one_name_per_class,
    ),
)


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


PLACE = ("study", "dataset", "architecture", "split")


def _both_correct_in_range(columns: Columns) -> list[Violation]:
    both, correct = columns.integers("n_both_correct"), columns.integers("n_correct")
    judged = columns.valid("n_both_correct") & columns.valid("n_correct")
    base = _baseline_row(columns)
    has_base = (base >= 0) & columns.valid("n_correct")[base]
    base_correct = np.where(has_base, correct[base], correct)
    # Of n samples, a right before and b right after, at least a + b - n are right in both.
    least = np.where(has_base, correct + base_correct - columns.integers("n_samples"), 0)
    least = np.where(columns.valid("n_samples"), np.maximum(least, 0), 0)
    least = np.where(base == np.arange(columns.rows), correct, least)
    broken = judged & ((both < least) | (both > np.minimum(correct, base_correct)))
    if not broken.any():
        return []
    row = int(np.flatnonzero(broken)[0])
    beside = f"n_correct is {correct[row]}"
    if has_base[row]:
        beside += f" and the baseline's {base_correct[row]} of {columns.value('n_samples', row)}"
    why = (
        f"n_both_correct is {both[row]} where {beside}: it counts the samples right in both, so "
        "it exceeds neither, is at least their sum less n_samples, and is n_correct in a "
        "baseline row"
    )
    return columns.violation("both correct in range", broken, why)


def baseline_present(columns: Columns) -> list[Violation]:
    """Return the rows that are no baseline and have none (`baseline_violations`)."""
    broken = _baseline_row(columns) < 0
    if not broken.any():
        return []
    row = int(np.flatnonzero(broken)[0])
    places = columns.coded(*PLACE).codes
    here = broken & (places == places[row])
    _, rows = np.unique(columns.coded("model").codes[here], return_index=True)
    models = [columns.value("model", int(first)) for first in np.flatnonzero(here)[rows]]
    elsewhere = len(np.unique(places[broken])) - 1
    why = (
        f"no baseline rows for model{'s' if len(models) > 1 else ''} {listed(models, shown=10)} "
        f"({', '.join(f'{name} {columns.value(name, row)!r}' for name in PLACE)})"
        + (
            f", nor in {elsewhere} other such place{'s' if elsewhere > 1 else ''}"
            if elsewhere
            else ""
        )
        + ": give the table of the unpruned models too, under the same names"
    )
    return columns.violation("baseline present", broken, why)


def _baseline_row(columns: Columns) -> IntArray:
    """Return for each row the row of its baseline, -1 where there is none, shape (rows,)."""
    pairs = columns.coded(*BASELINE_KEY)
    values, positions = columns.dictionary("stage")
    stages = values.to_pylist()
    found = np.full(pairs.size, -1, dtype=np.int64)
    if "baseline" in stages:
        rows = np.flatnonzero(positions == stages.index("baseline"))
        found[pairs.codes[rows]] = rows
    return found[pairs.codes]


BASELINE_RULES: tuple[Rule, ...] = (
    Rule(
        "both correct in range",
        "`n_both_correct` exceeds neither `n_correct` nor the baseline's, and is at least their "
        "sum less `n_samples`; a baseline row's is its `n_correct`, or null.",
        (*BASELINE_KEY, "stage", "n_correct", "n_both_correct", "n_samples"),
        _both_correct_in_range,
    ),
)


__all__ = ["BrokenRow", "Violation", "baseline_violations", "judge", "violations"]

RULES: tuple[Rule, ...] = (*ROW_RULES, *MODEL_RULES, *CLASS_RULES, *BASELINE_RULES)


def violations(table: pa.Table) -> list[Violation]:
    """Return every broken rule of the recall table, or an empty list.

    Columns that are missing or of another type are reported as `cast_to_contract` would; the
    rules that need them are then not judged, all others are. That compressed rows have their
    baseline rows is not judged here: see `baseline_violations`.

    Args:
        table: A recall table, or what may become one. Rows are counted from 0.
    """
    conformed = conform(table)
    return [*conformed.violations, *judge(conformed.table, conformed.missing)]


def judge(
    table: pa.Table,
    missing: frozenset[str] = frozenset(),
    files: Sequence[tuple[str, int]] = (),
) -> list[Violation]:
    """Return every broken rule of a table that is under the contract's schema.

    Args:
        table: Columns, order and types as in `RECALL_TABLE`.
        missing: Columns that hold nulls because they could not be read; rules that need one
            of them are not judged.
        files: The name and number of rows of each file that the table was read from.
    """
    if table.num_rows == 0:
        return [Violation("at least one row", 0, (), "the table has no rows")]
    columns = Columns(table, missing, files)
    return [
        violation
        for rule in RULES
        if missing.isdisjoint(rule.needs)
        for violation in rule.judge(columns)
    ]


def baseline_violations(table: pa.Table) -> list[Violation]:
    """Return what is missing if a compressed or control row has no baseline row.

    The baseline row of a row has the same study, data set, architecture, model, split and
    class, and stage `baseline`. One file may hold the compressed rows alone, so this is asked
    of the union of the tables given to an analysis.

    Args:
        table: The union, under the contract's schema.
    """
    return baseline_present(Columns(table))
