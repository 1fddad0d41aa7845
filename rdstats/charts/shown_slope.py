"""Which of the two slopes a figure shows: alpha per model as in the paper, or of class means."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from rdstats.tables.compare import SLOPES
from rdstats.tables.selection import known_value

SlopeName = Literal["paper", "class-mean"]
"""The values of `--slope`."""


@dataclass(frozen=True)
class ShownSlope:
    """How figures call a slope, and the columns in which its numbers stand."""

    name: str  # in legends
    symbol: str  # in the panels of scatter plots
    of_model: str  # the column of `slopes` with one value per model
    of_model_name: str  # what that is, for axes
    mean: str  # the column of `conditions` with the mean of them; so are those below
    mean_name: str  # what that is, for axes
    low: str  # lower bound of its interval
    high: str  # upper bound
    verdict: str  # the mark
    line: str  # slope of the line in scatter plots
    r_squared: str  # uncentred r squared of that line


PER_MODEL: Final = ShownSlope(
    name="α per model (paper mode)",
    symbol="α",
    of_model="alpha",
    of_model_name="slope α of a model",
    mean="alpha_mean",
    mean_name="mean slope α",
    low="ci_low",
    high="ci_high",
    verdict="verdict",
    line="alpha_pooled",
    r_squared="r_squared_pooled",
)
CLASS_MEAN: Final = ShownSlope(
    name="class-mean slope",
    symbol="α_cm",
    of_model="pseudo_value",
    of_model_name="pseudo-value of a model",
    mean="alpha_class_mean",
    mean_name="class-mean slope",
    low="class_mean_low",
    high="class_mean_high",
    verdict="class_mean_verdict",
    line="alpha_class_mean",
    r_squared="r_squared_class_mean",
)
_BY_NAME: Final[Mapping[str, ShownSlope]] = MappingProxyType(
    dict(zip(SLOPES, (PER_MODEL, CLASS_MEAN), strict=True))
)


def shown_slope(name: str) -> ShownSlope:
    """Return the slope that `--slope` names.

    Raises:
        StatsError: The name is neither `paper` nor `class-mean`.
    """
    known_value("slope", name, SLOPES)
    return _BY_NAME[name]
