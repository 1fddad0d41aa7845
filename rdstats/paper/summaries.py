"""Tables 10 to 13 and the numbers of Appendix G as data: which mean, of which condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rdstats.output.words import ratio_text
from rdstats.paper.places import (
    BEFORE,
    CHIP_RATIOS,
    LTH_LEVELS,
    RATIOS,
    RESNETS,
    Place,
    Subject,
    short,
)


@dataclass(frozen=True)
class Cell:
    """One number of a summary table.

    Attributes:
        row: Label of its row in `published_tables.csv`.
        column: Label of its column there.
        place: The condition; at ratio `BEFORE` the unpruned models of those conditions.
        measure: What of it, a name in `rdstats.tables.paper.measured.MEASURES`.
        decimals: As many as the paper prints.
    """

    row: str
    column: str
    place: Place
    measure: str
    decimals: int


@dataclass(frozen=True)
class SummaryTable:
    """A table of means.

    Attributes:
        name: Its number in the paper, or G.
        caption: What it holds.
        headings: Headings of the label columns, then of the cells.
        rows: For each row its labels and its cells; None where the paper prints a dash.
        models: Models that the printed numbers are over.
        tolerance: Relative difference up to which a ratio of the table counts as the printed.
        bold_above_first: Whether cells above the first of their row are bold (Table 11).
    """

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Cell | None, ...]], ...]
    models: int = 30
    tolerance: float = 0.0
    bold_above_first: bool = False


_TABLE_10 = (
    Subject("MNIST", "LeNet5", "MP"),
    Subject("Fashion-MNIST", "LeNet5", "MP"),
    *(Subject("CIFAR-10", resnet, m) for resnet in RESNETS[:3] for m in ("MP", "UP")),
    *(Subject("CIFAR-10", "ResNet-56", method) for method in ("MP", "GP", "UP", "RP")),
    *(Subject("CIFAR-100", "ResNet-56", method) for method in ("MP", "UP")),
    *(Subject("CIFAR-10", "ResNet-110", method) for method in ("MP", "UP")),
)
_TABLE_11 = (
    *(Subject("CIFAR-10", f"ResNet-{depth}", "MP") for depth in (20, 32, 44, 110)),
    Subject("CIFAR-100", "ResNet-56", "MP"),
    Subject("Fashion-MNIST", "LeNet5", "MP"),
    Subject("MNIST", "LeNet5", "MP"),
    *(Subject("CIFAR-10", "ResNet-56", method) for method in ("MP", "GP", "UP", "RP")),
)
_LTH = Subject("CIFAR-10", "ResNet-56", "LTH")
_CHIP = Subject("CIFAR-10", "ResNet-56", "CHIP")
_G = Place("CIFAR-10", "ResNet-32", "MP", 20.0)


def _accuracy_row(subject: Subject) -> tuple[tuple[str, ...], tuple[Cell | None, ...]]:
    labels = (short(subject.architecture), short(subject.dataset), subject.method)
    cell = Cell(" / ".join(labels), "accuracy", subject.at(BEFORE), "accuracy before", 3)
    return labels, (cell,)


def _variance_row(subject: Subject) -> tuple[tuple[str, ...], tuple[Cell | None, ...]]:
    trained = f"{short(subject.dataset)} @ {short(subject.architecture)}"
    row = f"{trained} -> {subject.method}"
    before = Cell(row, "Before", subject.at(BEFORE), "variance of recall before", 4)
    after = (
        Cell(row, f"Ratio {ratio_text(ratio)}", subject.at(ratio), "variance of recall after", 4)
        for ratio in RATIOS
    )
    return (f"{trained} → {subject.method}",), (before, *after)


def _lth_row(level: int) -> tuple[tuple[str, ...], tuple[Cell | None, ...]]:
    row, place = f"level {level}", _LTH.at(LTH_LEVELS[level - 1])
    return (str(level),), (
        Cell(row, "Pruning ratio", place, "pruning ratio", 2),
        Cell(row, "Accuracy", place, "accuracy after", 3),
        Cell(row, "Intensification", place, "slope", 3),
    )


def _chip_row(ratio: float) -> tuple[tuple[str, ...], tuple[Cell | None, ...]]:
    row, place = f"ratio {ratio:.2f}", _CHIP.at(ratio)
    return (f"{ratio:.2f}",), (
        Cell(row, "Accuracy", place, "accuracy after", 3),
        Cell(row, "Intensification", place, "slope", 3),
    )


def _appendix_row(measure: str, decimals: int) -> tuple[tuple[str, ...], tuple[Cell | None, ...]]:
    return (measure,), (Cell("ResNet-32 / CIFAR-10 / MP / t=20", measure, _G, measure, decimals),)


SUMMARY_TABLES: Final = (
    SummaryTable(
        "10",
        "Mean accuracy before pruning of the models of each set of experiments",
        ("Model", "Dataset", "Pruning algorithm", "Accuracy"),
        tuple(_accuracy_row(subject) for subject in _TABLE_10),
    ),
    SummaryTable(
        "11",
        "Mean over models of the variance of recall across classes, before and after pruning; "
        "bold where it grew",
        ("Model", "Before", *(f"Ratio {ratio_text(ratio)}" for ratio in RATIOS)),
        tuple(_variance_row(subject) for subject in _TABLE_11),
        bold_above_first=True,
    ),
    SummaryTable(
        "12",
        "Accuracy and intensification at each level of LTH, ResNet-56 on CIFAR-10; the pruning "
        "ratio counts prunable weights",
        ("Level", "Pruning ratio", "Accuracy", "Intensification"),
        (
            (
                ("0",),
                (
                    Cell("level 0", "Pruning ratio", _LTH.at(BEFORE), "pruning ratio before", 2),
                    Cell("level 0", "Accuracy", _LTH.at(BEFORE), "accuracy before", 3),
                    None,
                ),
            ),
            *(_lth_row(level) for level in range(1, 21)),
        ),
        models=10,
        tolerance=0.01,
    ),
    SummaryTable(
        "13",
        "Accuracy and intensification at each pruning ratio of CHIP, ResNet-56 on CIFAR-10",
        ("Pruning ratio", "Accuracy", "Intensification"),
        (
            (
                ("1.00",),
                (Cell("ratio 1.00", "Accuracy", _CHIP.at(BEFORE), "accuracy before", 3), None),
            ),
            *(_chip_row(ratio) for ratio in CHIP_RATIOS),
        ),
        models=15,
        tolerance=0.07,  # asked 3.33, the method's sparsities reach 3.54
    ),
    SummaryTable(
        "G",
        "Slopes against mean intensification ratios, ResNet-32 on CIFAR-10, MP, t = 20 "
        "(Appendix G)",
        ("Quantity", "Value"),
        tuple(
            _appendix_row(measure, decimals)
            for measure, decimals in (
                ("pooled slope", 3),
                ("mean of per-model slopes", 1),
                ("standard deviation of per-model slopes", 1),
                ("minimum of per-model slopes", 1),
                ("maximum of per-model slopes", 1),
                ("mean of per-model mean intensification ratios", 1),
                ("standard deviation of per-model mean intensification ratios", 1),
                ("minimum of per-model mean intensification ratios", 1),
                ("maximum of per-model mean intensification ratios", 1),
            )
        ),
    ),
)
