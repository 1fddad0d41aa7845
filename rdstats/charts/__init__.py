"""Pictures of finished numbers: every figure a function from a table to an `alt.Chart`.

`rdstats.charts.drops(rdstats.classes(table)).properties(width=500)` is a chart as any other:
restyle it, combine it, or `save` it as svg, pdf or png.
"""

from rdstats.charts.files import save
from rdstats.charts.of_classes import confusion_change, drops, recalls
from rdstats.charts.of_power import power
from rdstats.charts.of_slopes import balances, intervals, slopes, tradeoff
from rdstats.charts.theme import DARK, LIGHT

__all__ = [
    *("DARK", "LIGHT", "balances", "confusion_change", "drops", "intervals", "power", "recalls"),
    *("save", "slopes", "tradeoff"),
]
