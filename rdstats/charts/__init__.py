"""Pictures of finished numbers: every figure a function from a table to an `alt.Chart`.

`rdstats.charts.drops(rdstats.classes(table)).properties(title="mine")` is a chart as any other:
restyle it, combine it, or `save` it as svg, pdf or png.
"""

from rdstats.charts.files import save
from rdstats.charts.of_classes import confusion_change, drops, recalls
from rdstats.charts.of_power import power
from rdstats.charts.of_slopes import (
    VERDICT_WORDS,
    balances,
    intervals,
    slopes,
    tradeoff,
    variance,
    with_lines,
    with_marks,
)
from rdstats.charts.theme import DARK, LIGHT

__all__ = [
    "DARK",
    "LIGHT",
    "VERDICT_WORDS",
    "balances",
    "confusion_change",
    "drops",
    "intervals",
    "power",
    "recalls",
    "save",
    "slopes",
    "tradeoff",
    "variance",
    "with_lines",
    "with_marks",
]
