"""Every rule of the recall table, on one page; none loops over rows.

A rule is a function of the table's columns that yields the rows breaking it and why. The
decorator gives it the name and the meaning that docs/recall-table.md and every report use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

import numpy as np
import pyarrow as pa

from data_contracts.casting import conform
from data_contracts.columns import BoolArray, Columns, IntArray, Why, rounded_ratio
from data_contracts.errors import Violation
from data_contracts.schema import (
    BASELINE_KEY,
    CLASS,
    COUNT_QUALITIES,
    EVALUATED_MODEL,
    KEY,
    PLACE,
    RATIO_DECIMALS,
    RECALL_TABLE,
    SELECTED_ON,
    SPLITS,
    STAGES,
    TEST_SET,
    UNPRUNED_METHOD,
    UNPRUNED_RATIO,
)
from data_contracts.words import counted, listed

MOST_SAMPLES = 2**53
"""From here on not every whole number is a double, and counts would be rounded silently."""

Broken = Iterator[tuple[BoolArray, Why]]
"""Rows that break a rule, shape (rows,), and why; once per column where it speaks of several."""


@dataclass(frozen=True)
class Rule:
    """A rule of the recall table."""

    name: str  # as in docs/recall-table.md and in every report
    meaning: str  # what holds where it is kept, in one sentence
    needs: tuple[str, ...]  # columns without which it cannot be judged
    find: Callable[[Columns], Broken]  # yields the rows that break it

    def judge(self, columns: Columns) -> list[Violation]:
        """Return its violations: none, one, or one per column where it speaks of several."""
        return [
            violation
            for rows, why in self.find(columns)
            for violation in columns.violations_of(self.name, rows, why)
        ]


_rules: list[Rule] = []


def _rule(
    name: str, meaning: str, needs: tuple[str, ...] = ()
) -> Callable[[Callable[[Columns], Broken]], Rule]:
    """Make the rule of a function and put it among `RULES`, which keep the order of this page."""

    def made(find: Callable[[Columns], Broken]) -> Rule:
        _rules.append(Rule(name, meaning, needs, find))
        return _rules[-1]

    return made


# Rules that a row keeps or breaks by itself.


@_rule("no nulls", "Columns that may not be null hold a value in every row.")
def _no_nulls(columns: Columns) -> Broken:
    for field in RECALL_TABLE:
        if not field.nullable and field.name not in columns.missing:
            why = f"column {field.name!r} is null there, and every row needs its value"
            yield ~columns.valid(field.name), why


@_rule("no empty text", "Text columns that may not be null are not blank.")
def _no_empty_text(columns: Columns) -> Broken:
    for field in RECALL_TABLE:
        if pa.types.is_string(field.type) and not field.nullable | (field.name in columns.missing):
            blank = columns.rows_where(field.name, lambda text: not text.strip())
            yield blank, f"column {field.name!r} is empty there: a name cannot be empty"


def _unknown_words(columns: Columns, name: str, known: tuple[str, ...]) -> Broken:
    unknown = [text for text in columns.dictionary(name)[0].to_pylist() if text not in known]
    near = get_close_matches(unknown[0].strip().lower(), known, n=1) if unknown else []
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    why = f"{name} is {listed(unknown)}, but can only be {', '.join(known)}{hint}"
    yield columns.rows_where(name, lambda text: text not in known), why


for _name, _words in (
    ("stage", STAGES),
    ("split", SPLITS),
    ("selected_on", SELECTED_ON),
    ("count_quality", COUNT_QUALITIES),
):
    _rule(f"known {_name}", f"`{_name}` is one of {', '.join(_words)}.", (_name,))(
        partial(_unknown_words, name=_name, known=_words)
    )


@_rule("ratio in range", "`ratio` is finite and at least 1.", ("ratio",))
def _ratio_in_range(columns: Columns) -> Broken:
    ratio = columns.ratio()
    broken = columns.valid("ratio") & ~(np.isfinite(ratio) & (ratio >= 1))
    yield (
        broken,
        f"ratio is {listed(ratio[broken].tolist())}, but parameters before / after compression "
        "is at least 1: write 1 / density, or 1 / (1 - sparsity)",
    )


@_rule("ratio rounded", "`ratio` has at most 4 decimals.", ("ratio",))
def _ratio_rounded(columns: Columns) -> Broken:
    ratio = columns.ratio()
    broken = np.isfinite(ratio) & (ratio != rounded_ratio(ratio))
    yield (
        broken,
        f"ratio is {listed(ratio[broken].tolist())}: round it to {RATIO_DECIMALS} decimals, so "
        "that the same ratio is the same number in every file",
    )


@_rule(
    "method of stage",
    "Baseline rows have method `none`; pruned and finetuned rows have another.",
    ("method", "stage"),
)
def _method_of_stage(columns: Columns) -> Broken:
    unpruned = columns.rows_where("method", lambda text: text == UNPRUNED_METHOD)
    baseline = columns.rows_where("stage", lambda text: text == "baseline")
    compressed = columns.rows_where("stage", lambda text: text in {"pruned", "finetuned"})
    yield (
        baseline & ~unpruned & columns.valid("method"),
        f"a baseline row is the unpruned model's: its method is {UNPRUNED_METHOD!r}",
    )
    yield (
        compressed & unpruned,
        f"method {UNPRUNED_METHOD!r} is the unpruned model's: name the method of the compressed "
        "model, or set stage to baseline or control",
    )


@_rule("ratio of stage", "Baseline and control rows have ratio 1.", ("ratio", "stage"))
def _ratio_of_stage(columns: Columns) -> Broken:
    unpruned = columns.rows_where("stage", lambda text: text in {"baseline", "control"})
    yield (
        unpruned & columns.valid("ratio") & (columns.ratio() != UNPRUNED_RATIO),
        "baseline and control rows are the unpruned model's: their ratio is 1",
    )


@_rule(
    "counts in range",
    "1 ≤ `n_samples` ≤ 2⁵³, 0 ≤ `n_correct` ≤ `n_samples`, `n_correct` ≤ `n_predicted` ≤ 2⁵³, "
    "`parameters` ≥ 1, 0 ≤ `parameters_nonzero` ≤ `parameters`.",
)
def _counts_in_range(columns: Columns) -> Broken:
    few = "; leave out classes without test samples"
    yield from _outside(columns, "n_samples", 1, MOST_SAMPLES, few)
    yield from _outside(columns, "n_correct", 0, "n_samples", _per_cent(columns))
    yield from _outside(columns, "n_predicted", "n_correct", MOST_SAMPLES)
    yield from _outside(columns, "parameters", 1, None)
    yield from _outside(columns, "parameters_nonzero", 0, "parameters")


def _outside(
    columns: Columns, name: str, low: str | int, high: str | int | None, remedy: str = ""
) -> Broken:
    """Yield the rows in which a count is below or above its bounds: numbers, or other columns."""
    limits = [bound for bound in (low, high) if isinstance(bound, str)]
    if not columns.missing.isdisjoint([name, *limits]):
        return
    values = columns.integers(name)
    outside: BoolArray = values < (columns.integers(low) if isinstance(low, str) else low)
    if high is not None:
        outside |= values > (columns.integers(high) if isinstance(high, str) else high)
    for needed in (name, *limits):
        outside &= columns.valid(needed)

    def why(row: int) -> str:
        found = " and ".join(f"{limit} is {columns.value(limit, row)}" for limit in limits)
        where = f" where {found}" if found else ""
        few = isinstance(high, int) and columns.integers(name)[row] <= high
        must = f"{low} or more" if high is None or few else f"between {low} and {high}"
        return f"{name} is {columns.value(name, row)}{where}: it must be {must}{remedy}"

    yield outside, why


def _per_cent(columns: Columns) -> str:
    """Say that n_correct may be recalls in per cent, where no value speaks against it."""
    correct = columns.integers("n_correct")
    if (correct > columns.integers("n_samples")).any() and correct.max() <= 100:
        return "; if it is a recall in per cent, store the count of correct samples instead"
    return ""


# Rules about one evaluated model: its key, its network, its predictions.


@_rule("unique key", "No two rows share a key.", KEY)
def _unique_key(columns: Columns) -> Broken:
    codes = columns.coded(*KEY).codes

    def why(row: int) -> str:
        one, other = (
            columns.broken_row(int(each)) for each in np.flatnonzero(codes == codes[row])[:2]
        )
        return (
            f"{one.place} and {other.place} have the same key, but a class of an evaluated model "
            "has one row: is the same table there twice, or do two studies or two models share a "
            "name?"
        )

    yield np.bincount(codes)[codes] > 1, why


@_rule(
    "one network per model",
    "All rows of an evaluated model have the same `parameters`, `parameters_nonzero` and "
    "`selected_on`.",
    EVALUATED_MODEL,
)
def _one_network(columns: Columns) -> Broken:
    models = columns.coded(*EVALUATED_MODEL)
    first = models.first_rows()[models.codes]
    for name in ("parameters", "parameters_nonzero", "selected_on"):
        if name not in columns.missing:
            positions = columns.dictionary(name)[1]
            why = f"{name} is a fact about the whole network: all rows of a model have the same"
            yield positions != positions[first], why


@_rule(
    "predictions within samples",
    "Over the classes of an evaluated model, Σ `n_predicted` ≤ Σ `n_samples`.",
    (*EVALUATED_MODEL, "n_predicted", "n_samples"),
)
def _predictions_within_samples(columns: Columns) -> Broken:
    models = columns.coded(*EVALUATED_MODEL).codes
    predicted = np.bincount(models, weights=columns.integers("n_predicted"))
    samples = np.bincount(models, weights=columns.integers("n_samples"))
    too_many = predicted > samples
    too_many[models[~columns.valid("n_samples")]] = False  # their sum is not known
    yield (
        too_many[models],
        lambda row: (
            f"n_predicted of {_model_name(columns, row)} adds up to "
            f"{predicted[models[row]]:,.0f}, its n_samples to {samples[models[row]]:,.0f}: a "
            "sample is predicted as one class at most"
        ),
    )


# Rules about the classes of a test set: which they are, their samples, their names.


@_rule(
    "classes without gaps",
    "Within a study, data set and split, `class_index` is 0 … C − 1 without gaps.",
    CLASS,
)
def _classes_without_gaps(columns: Columns) -> Broken:
    groups = columns.coded(*TEST_SET)
    first = columns.coded(*CLASS).first_rows()
    first = first[columns.valid("class_index")[first]]
    index, group = columns.integers("class_index")[first], groups.codes[first]
    classes = np.bincount(group, minlength=groups.size)
    broken = np.zeros(groups.size, dtype=np.bool_)
    broken[group[(index < 0) | (index >= classes[group])]] = True

    def why(row: int) -> str:
        there = np.sort(index[group == groups.codes[row]])
        lacking = np.setdiff1d(np.arange(len(there)), there)
        return (
            f"the classes of {columns.value('dataset', row)!r} are numbered {there[0]} to "
            f"{there[-1]} without {listed(lacking.tolist())}: number them 0 to {len(there) - 1}"
        )

    yield broken[groups.codes], why


@_rule(
    "same classes",
    "Within a study, data set and split, every evaluated model has the same classes.",
    KEY,
)
def _same_classes(columns: Columns) -> Broken:
    """Find models that lack a class most others have, or have one most others lack."""
    groups = columns.coded(*TEST_SET)
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
    broken = short[models.codes] | ~usual[cells.codes]

    def why(row: int) -> str:
        index = columns.integers("class_index")
        own = index[(models.codes == models.codes[row]) & columns.valid("class_index")]
        shared = index[cells.first_rows()[usual & (group_of_cell == groups.codes[row])]]
        lacks, adds = np.setdiff1d(shared, own), np.setdiff1d(own, shared)
        parts = [f"lacks class {listed(lacks.tolist())}"] if len(lacks) else []
        parts += [f"has class {listed(adds.tolist())} besides"] if len(adds) else []
        return (
            "every model of a data set and split has the same classes, but "
            f"{_model_name(columns, row)} {' and '.join(parts)}{_others(models.codes[broken])}"
        )

    yield broken, why


@_rule(
    "same supports",
    "Within a study, data set and split, `n_samples` of a class is the same in every row.",
    (*KEY, "n_samples"),
)
def _same_supports(columns: Columns) -> Broken:
    """Find rows whose number of samples is not what most rows of the class have."""
    cells = columns.coded(*CLASS)
    sizes = columns.coded(*CLASS, "n_samples")
    if sizes.size == cells.size:
        return
    first = sizes.first_rows()
    cell_of_size = cells.codes[first]
    rows_of_size = np.where(columns.valid("n_samples")[first], np.bincount(sizes.codes), 0)
    # Sizes sort by class, then by n_samples: of equally frequent ones the larger comes last.
    order = np.lexsort((np.arange(sizes.size), rows_of_size, cell_of_size))
    usual = np.empty(cells.size, dtype=np.int64)
    usual[cell_of_size[order]] = order
    broken = (sizes.codes != usual[cells.codes]) & columns.valid("n_samples")

    def why(row: int) -> str:
        most = columns.value("n_samples", int(first[usual[cells.codes[row]]]))
        odd = columns.coded(*EVALUATED_MODEL).codes[broken]
        return (
            f"{_model_name(columns, row)} has n_samples {columns.value('n_samples', row)} for "
            f"class {columns.value('class_index', row)} where others of its data set and split "
            f"have {most}: all models are evaluated on the same samples{_others(odd)}"
        )

    yield broken, why


@_rule(
    "one name per class",
    "Within a study and data set, a class has one `class_name`, or none.",
    ("study", "dataset", "class_index", "class_name"),
)
def _one_name_per_class(columns: Columns) -> Broken:
    named = np.flatnonzero(columns.valid("class_name"))[::-1]
    classes = columns.coded("study", "dataset", "class_index")
    texts, names = columns.dictionary("class_name")
    name_of_class = np.full(classes.size, -1, dtype=np.int64)
    name_of_class[classes.codes[named]] = names[named]  # the first row's, which is written last
    yield (
        columns.valid("class_name") & (names != name_of_class[classes.codes]),
        lambda row: (
            f"class {columns.value('class_index', row)} is called "
            f"{columns.value('class_name', row)!r} there and "
            f"{texts[int(name_of_class[classes.codes[row]])].as_py()!r} elsewhere: are the "
            "classes in the same order?"
        ),
    )


# Rules that hold a row against the baseline row of the same model and class.


@_rule(
    "both correct in range",
    "`n_both_correct` exceeds neither `n_correct` nor the baseline's, and is at least their "
    "sum less `n_samples`; a baseline row's is its `n_correct`, or null.",
    (*BASELINE_KEY, "stage", "n_correct", "n_both_correct", "n_samples"),
)
def _both_correct_in_range(columns: Columns) -> Broken:
    both, correct = columns.integers("n_both_correct"), columns.integers("n_correct")
    base = columns.baseline_rows(BASELINE_KEY)
    has_base = (base >= 0) & columns.valid("n_correct")[base]
    base_correct = np.where(has_base, correct[base], correct)
    # Of n samples, a right before and b right after, at least a + b - n are right in both.
    least = np.where(has_base, correct + base_correct - columns.integers("n_samples"), 0)
    least = np.where(columns.valid("n_samples"), np.maximum(least, 0), 0)
    least = np.where(base == np.arange(columns.rows), correct, least)
    outside = (both < least) | (both > np.minimum(correct, base_correct))

    def why(row: int) -> str:
        counts = f"n_correct is {correct[row]}"
        if has_base[row]:
            samples = columns.value("n_samples", row)
            counts += f" and the baseline's {base_correct[row]} of {samples}"
        return (
            f"n_both_correct is {both[row]} where {counts}: it counts the samples right in both, "
            "so it exceeds neither, is at least their sum less n_samples, and is n_correct in a "
            "baseline row"
        )

    yield outside & columns.valid("n_both_correct") & columns.valid("n_correct"), why


RULES: tuple[Rule, ...] = tuple(_rules)


@_rule(
    "baseline present",
    "In the tables of an analysis, every other row has its baseline row.",
    (*BASELINE_KEY, "stage"),
)
def _baseline_present(columns: Columns) -> Broken:
    broken = columns.baseline_rows(BASELINE_KEY) < 0

    def why(row: int) -> str:
        places = columns.coded(*PLACE).codes
        here = broken & (places == places[row])
        _, rows = np.unique(columns.coded("model").codes[here], return_index=True)
        models = [columns.value("model", int(first)) for first in np.flatnonzero(here)[rows]]
        place = ", ".join(f"{name} {columns.value(name, row)!r}" for name in PLACE)
        elsewhere = len(np.unique(places[broken])) - 1
        more = f", nor in {counted(elsewhere, 'other such place')}" if elsewhere else ""
        return (
            f"no baseline rows for model{'s' if len(models) > 1 else ''} "
            f"{listed(models, shown=10)} ({place}){more}: give the table of the unpruned models "
            "too, under the same names"
        )

    yield broken, why


def violations(table: pa.Table) -> list[Violation]:
    """Return every broken rule of a recall table, or of what may become one; rows count from 0.

    Columns that are missing or of another type are reported as `cast_to_contract` would; the
    rules that need them are then not judged, all others are. That compressed rows have their
    baseline rows is not judged here: see `baseline_violations`.

    Example:
        >>> import rdstats as rd, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> counts = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> place = counts.column_names.index("n_correct")
        >>> wrong = counts.set_column(place, "n_correct", [[101, 70]])
        >>> [broken.rule for broken in dc.violations(wrong)]
        ['counts in range']
    """
    conformed = conform(table)
    return [*conformed.violations, *judge(conformed.table, conformed.missing)]


def judge(
    table: pa.Table, missing: frozenset[str] = frozenset(), files: Sequence[tuple[str, int]] = ()
) -> list[Violation]:
    """Return every broken rule of a table that is under the contract's schema.

    Rules that need one of the `missing` columns, nulls that could not be read, are not judged.
    `files` are the name and number of rows of each file that the table was read from.
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
    of the union of the tables given to an analysis, under the contract's schema.

    Example:
        >>> import rdstats as rd, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> of |= {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> counts = rd.from_counts([100, 100], [90, 70], **of)
        >>> [broken.rows for broken in dc.baseline_violations(counts)]
        [2]
    """
    return _baseline_present.judge(Columns(table))


def _model_name(columns: Columns, row: int) -> str:
    """Return what the evaluated model of a row is called in a sentence."""
    value = {name: columns.value(name, row) for name in EVALUATED_MODEL}
    condition = (
        "" if value["method"] == UNPRUNED_METHOD else f"{value['method']} at {value['ratio']}, "
    )
    return f"model {value['model']!r} ({value['architecture']}, {condition}{value['stage']})"


def _others(models: IntArray) -> str:
    """Return how many evaluated models there are beside the one named, as an end of a sentence."""
    count = len(np.unique(models)) - 1
    return f"; so for {counted(count, 'other evaluated model')}" if count else ""
