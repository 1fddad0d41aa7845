"""The rules about the classes of a data set: which they are, their samples, their names."""

from __future__ import annotations

import numpy as np

from data_contracts.columns import Columns
from data_contracts.rule import Rule
from data_contracts.schema import EVALUATED_MODEL, KEY
from data_contracts.violation import Violation
from data_contracts.wording import listed, model_name, others

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
