"""What of a recall table is analysed: the common options of every command."""

from __future__ import annotations

from dataclasses import dataclass

from data_contracts.schema import CONDITION, RATIO_DECIMALS, SPLITS
from rdstats.errors import StatsError

COMPRESSED_STAGES = ("finetuned", "pruned")
METRICS = ("recall", "precision", "f_score")
AVERAGES = ("micro", "macro")


@dataclass(frozen=True)
class Selection:
    """Which conditions, by which measure.

    Attributes:
        where: Pairs (column, value) that must all hold for a compressed condition; its baseline
            and control always come along, and the interval's family does not shrink.
        split: `test`, `validation` or `train`.
        stage: `finetuned` or `pruned`; None takes `finetuned` where a condition has it.
        metric: `recall`, `precision` or `f_score` (Section 4).
        average: What accuracy is: `micro`, over samples, or `macro`, the mean recall of classes.
    """

    where: tuple[tuple[str, str], ...] = ()
    split: str = "test"
    stage: str | None = None
    metric: str = "recall"
    average: str = "micro"

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
    except ValueError:
        raise StatsError(
            f"where ratio={text}: a ratio is a number, the parameters before over after; "
            "write for example ratio=10"
        ) from None


EVERYTHING = Selection()
