"""What of a recall table is analysed: the common options of commands, and the rows they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_contracts.schema import CONDITION, NETWORK, RATIO_DECIMALS, RATIO_FAMILY, SPLITS
from rdstats.errors import StatsError
from rdstats.output.words import column_key, ratio_text, up_to_ten
from rdstats.statistics.arrays import BoolArray
from rdstats.tables.counts import ConditionKey, Counts

COMPRESSED_STAGES = ("finetuned", "pruned")
METRICS = ("recall", "precision", "f_score")
AVERAGES = ("micro", "macro")


@dataclass(frozen=True)
class Selection:
    """Which conditions, by which measure.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> len(rd.slopes(table, rd.Selection(where=(("ratio", "4"),), average="macro")))
        1
    """

    # Pairs (column, value) that must all hold for a compressed condition; its baseline and control
    # always come along, and the interval's family does not shrink.
    where: tuple[tuple[str, str], ...] = ()
    split: str = "test"  # or `validation`, `train`
    stage: str | None = None  # `finetuned` or `pruned`; None: fine-tuned where a condition has it
    metric: str = "recall"  # or `precision`, `f_score` (Section 4)
    average: str = "micro"  # accuracy over samples; or `macro`, the mean recall of classes

    def __post_init__(self) -> None:
        known_value("split", self.split, SPLITS)
        known_value("metric", self.metric, METRICS)
        known_value("average", self.average, AVERAGES)
        if self.stage is not None:
            known_value("stage", self.stage, COMPRESSED_STAGES)
        for column, value in self.where:
            known_value("where column", column, CONDITION)
            if column == "ratio":
                read_ratio(value)

    def values_of(self, column: str) -> tuple[str | float, ...]:
        """Return the values that `where` asks of a column, ratios as numbers."""
        return tuple(
            read_ratio(value) if column == "ratio" else value
            for name, value in self.where
            if name == column
        )

    @property
    def where_text(self) -> str:
        """The options as they were typed."""
        return " ".join(f"--where {column}={value}" for column, value in self.where)


def known_value(what: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a value outside a closed vocabulary."""
    if value not in known:
        raise StatsError(f"unknown {what} {value!r}; known: {', '.join(known)}")


def read_ratio(text: str) -> float:
    """Read a ratio as a number, rounded as the recall table rounds it."""
    try:
        return round(float(text), RATIO_DECIMALS)
    except (ValueError, OverflowError):
        raise StatsError(
            f"where ratio={text}: a ratio is a number, the parameters before over after; "
            "write for example ratio=10"
        ) from None


EVERYTHING = Selection()


def designed(counts: Sequence[Counts], selection: Selection) -> list[ConditionKey]:
    """Return every compressed condition that satisfies the selection apart from its ratios.

    Looking at one ratio alone does not change which methods or architectures are a family.
    """
    stages = COMPRESSED_STAGES if selection.stage is None else (selection.stage,)
    keys = [
        key
        for each in counts
        for key in each.conditions_of(
            _satisfying(each, selection, except_for="ratio") & each.having("stage", *stages)
        )
    ]
    study, dataset = column_key("study"), column_key("dataset")
    return sorted(keys, key=lambda key: (study(key.study), dataset(key.dataset)))


def family_sizes(counts: Counts) -> Counter[tuple[str, str, str, str]]:
    """Return how many pruning ratios a network has with each method in the whole table.

    Method none stands for the control that all methods share: it is read beside each of them,
    so it takes the largest of their families.
    """
    compressed = counts.conditions_of(counts.having("stage", *COMPRESSED_STAGES))
    sizes = Counter(key[:-1] for key in compressed)
    for (study, dataset, architecture, _), size in list(sizes.items()):
        shared = (study, dataset, architecture, "none")
        sizes[shared] = max(sizes[shared], size)
    return sizes


def selected_rows(counts: Counts, selection: Selection) -> BoolArray:
    """Say which evaluated models are selected: compressed ones, and their controls.

    Raises:
        StatsError: A condition has some models only pruned and others fine-tuned.
    """
    compressed = _at_stage(counts, _satisfying(counts, selection), selection.stage)
    control = counts.having("stage", "control")
    if selection.where:  # those of the selected networks that all methods share, or of the method
        network, arm = counts.keys(*NETWORK), counts.keys(*RATIO_FAMILY)
        shared = counts.having("method", "none") & np.isin(network, network[compressed])
        control &= shared | np.isin(arm, arm[compressed])
    return compressed | control


def _satisfying(counts: Counts, selection: Selection, except_for: str = "") -> BoolArray:
    """Say of each evaluated model whether it is compressed and all of `where` holds."""
    holds = counts.having("stage", *COMPRESSED_STAGES)
    for column in CONDITION:
        for value in selection.values_of(column) if column != except_for else ():
            holds &= counts.having(column, value)
    return holds


def _at_stage(counts: Counts, compressed: BoolArray, stage: str | None) -> BoolArray:
    """Keep one stage per condition: the asked one, else fine-tuned where there is any."""
    if stage is not None:
        return compressed & counts.having("stage", stage)
    finetuned = compressed & counts.having("stage", "finetuned")
    pruned = compressed & counts.having("stage", "pruned")
    if not pruned.any():
        return finetuned
    condition, model = counts.keys(*CONDITION), counts.keys(*CONDITION, "model")
    settled = np.isin(condition, condition[finetuned])
    mixed = pruned & settled & ~np.isin(model, model[finetuned])
    if mixed.any():
        rows = np.flatnonzero(mixed & (condition == condition[np.argmax(mixed)]))
        models = up_to_ten([counts.name("model", row) for row in rows.tolist()])
        raise StatsError(
            f"{counts.conditions_of(rows[:1])[0].label} has models that are only pruned ({models}) "
            "beside fine-tuned ones, and stages are never mixed; choose with --stage finetuned or "
            "--stage pruned"
        )
    return finetuned | (pruned & ~settled)


def refuse_unknown_values(counts: Sequence[Counts], selection: Selection) -> None:
    """Refuse a value of `where` that no compressed condition of the table has."""
    for column, text in selection.where:
        known = {
            each.names[column][code]
            for each in counts
            for code in np.unique(each.codes[column][each.having("stage", *COMPRESSED_STAGES)])
        }
        if not known >= set(selection.values_of(column)):
            values = sorted(known, key=column_key(column))
            texts = [ratio_text(v) if isinstance(v, float) else v for v in values]
            raise StatsError(
                f"no compressed condition has {column} {text}; known: {', '.join(texts)}"
            )


def nothing_left(selection: Selection) -> StatsError:
    """Return the error that says why there is nothing to analyse."""
    split = f"of split {selection.split}"
    if selection.where:
        stage = f" at stage {selection.stage}" if selection.stage else ""
        return StatsError(
            f"no compressed condition {split}{stage} satisfies {selection.where_text} at once, "
            "though each value occurs; leave one out"
        )
    if selection.stage:
        return StatsError(
            f"no condition {split} is at stage {selection.stage}; leave --stage out to take "
            "what there is"
        )
    return StatsError(
        f"the table has baselines only {split}, no compressed model and no control; "
        "add the tables that hold the compressed ones"
    )
