"""What each of the paper's figures shows, as data: panels in order, ratios, caption."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from rdstats.output.words import PAPER_METHODS
from rdstats.tables.designs import DEFAULT_ARCHITECTURES

RATIOS: Final = (2.0, 4.0, 10.0, 20.0, 50.0)
"""Section 6.1; a family of five intervals, so 99 % each."""

LOW_RATIOS: Final = (2.0, 4.0, 6.0, 8.0, 10.0)
"""Appendix E."""

RESNETS: Final = ("ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56", "ResNet-110")
_DATASETS: Final = ("MNIST", "Fashion-MNIST", "CIFAR-10", "CIFAR-100")
_CIFAR, _RESNET = "CIFAR-10", DEFAULT_ARCHITECTURES["CIFAR-10"]

Kind = Literal["slopes", "balances", "intervals", "tradeoff"]


class Cell(NamedTuple):
    """What one panel holds, at every ratio."""

    dataset: str
    architecture: str
    method: str


@dataclass(frozen=True)
class FigureDesign:
    """One figure of the paper.

    Attributes:
        number: As printed.
        kind: Boxplots, scatter plots, intervals or the tradeoff.
        caption: What the paper says of it.
        along: What differs from panel to panel.
        fixed: What the panels share, for the title.
        panels: What each panel holds, and its label.
        ratios: The ratios of every panel.
    """

    number: int
    kind: Kind
    caption: str
    along: str
    fixed: str
    panels: tuple[tuple[Cell, str], ...]
    ratios: tuple[float, ...]


class _Sweep(NamedTuple):
    """Panels that three figures share: what varies, its symbol, and the method if it is fixed."""

    along: str
    symbol: str
    given: str
    fixed: str
    panels: tuple[tuple[Cell, str], ...]


_BY_METHOD: Final = _Sweep(
    "method",
    "P",
    "",
    f"{_CIFAR}, {_RESNET}",
    tuple((Cell(_CIFAR, _RESNET, method), method) for method in PAPER_METHODS),
)
_BY_ARCHITECTURE: Final = {
    method: _Sweep(
        "architecture",
        "M",
        f" for P = {method}",
        f"{_CIFAR}, {method}",
        tuple((Cell(_CIFAR, resnet, method), resnet) for resnet in RESNETS),
    )
    for method in ("MP", "UP")
}
_BY_DATASET: Final = _Sweep(
    "dataset",
    "D",
    "",
    "MP",
    tuple((Cell(dataset, DEFAULT_ARCHITECTURES[dataset], "MP"), dataset) for dataset in _DATASETS),
)
_SWEEPS: Final = (_BY_METHOD, _BY_ARCHITECTURE["MP"], _BY_DATASET, _BY_ARCHITECTURE["UP"])


def _boxplots(number: int, sweep: _Sweep) -> FigureDesign:
    caption = (
        f"Boxplots of α(m) across m, at each t within each {sweep.symbol}{sweep.given}. Marks <, > "
        "or ? denote where 99 % CIs were below 1, above 1 or overlapped 1."
    )
    return _of_sweep(number, "slopes", caption, sweep)


def _balances(number: int, sweep: _Sweep) -> FigureDesign:
    caption = (
        "Scatterplot matrix of B̄(m) (x-axis) vs B̄ₜ(m) (y-axis), at several values of t (rows) "
        f"and {sweep.symbol} (columns){sweep.given}."
    )
    return _of_sweep(number, "balances", caption, sweep)


def _intervals(number: int, sweep: _Sweep) -> FigureDesign:
    caption = (
        f"99 % confidence intervals for α at each t within each {sweep.symbol}{sweep.given}, "
        f"associated with Figure {number - 8}."
    )
    return _of_sweep(number, "intervals", caption, sweep)


def _of_sweep(number: int, kind: Kind, caption: str, sweep: _Sweep) -> FigureDesign:
    return FigureDesign(number, kind, caption, sweep.along, sweep.fixed, sweep.panels, RATIOS)


# The text of Appendix E does not say which networks Figure 13 shows but that they are trained on
# CIFAR-10: here all five, with the two methods that the paper prunes all of them by.
_TRADEOFF: Final = FigureDesign(
    13,
    "tradeoff",
    "Mean accuracy and mean intensification with their standard errors, for models trained on "
    "CIFAR-10 and pruned with ratios 2, 4, 6, 8 and 10.",
    "architecture",
    _CIFAR,
    tuple(
        (Cell(_CIFAR, resnet, method), f"{resnet}, {method}")
        for method in ("MP", "UP")
        for resnet in RESNETS
    ),
    LOW_RATIOS,
)

PAPER_FIGURES: Final = (
    *(_boxplots(1 + place, sweep) for place, sweep in enumerate(_SWEEPS)),
    *(_balances(5 + place, sweep) for place, sweep in enumerate(_SWEEPS)),
    *(_intervals(9 + place, sweep) for place, sweep in enumerate(_SWEEPS)),
    _TRADEOFF,
)
"""Figures 1 to 13."""
