"""The chance to see an effect against the number of seeds."""

from pathlib import Path
from typing import Any, Final

import altair as alt
import pandas as pd

from rdstats.charts.figure import Figure, to_png, to_svg
from rdstats.charts.theme import DASHED, of_rows
from rdstats.output.formats import write_whole
from rdstats.output.rounding import records
from rdstats.planning.power import power_curves

PICTURES: Final = (".svg", ".png")
_WIDTH: Final = 480
_HEIGHT: Final = 300
# Okabe and Ito (2008); dashes tell lines apart without colour.
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES: Final = ([1, 0], [8, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 4], [1, 3])


def is_picture(path: Path) -> bool:
    """Say whether a file's suffix asks for a picture."""
    return path.suffix.lower() in PICTURES


def write_power_curve(frame: pd.DataFrame, path: Path) -> Path:
    """Write the power curve of `seeds_table` or `pilot_table` as svg or png; return its path.

    Raises:
        StatsError: No row has an effect and a deviation.
        OSError: The place cannot be written.
    """
    svg = to_svg(power_figure(frame))
    return write_whole(path, to_png(svg) if path.suffix.lower() == ".png" else svg.encode())


def power_figure(frame: pd.DataFrame) -> Figure:
    """Return power against seeds, a line per row with an effect, by formula.

    Args:
        frame: As `seeds_table` or `pilot_table` returns it.

    Raises:
        StatsError: No row has an effect and a deviation.
    """
    curves = power_curves(frame)
    labels = list(dict.fromkeys(curves["label"]))
    wanted = float(curves["power_wanted"].iloc[0])
    level = float(frame["level"].iloc[0])
    lines = (
        of_rows(records(curves))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("models:Q", title="seeds", scale=alt.Scale(nice=False)),
            y=alt.Y("power:Q", title="power", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("label:N", **_scale(labels, _COLOURS)),
            strokeDash=alt.StrokeDash("label:N", **_scale(labels, _DASHES)),
        )
    )
    reference = of_rows([{}]).mark_rule(**DASHED).encode(alt.YDatum(wanted))
    chart = alt.layer(reference, lines).properties(width=_WIDTH, height=_HEIGHT)
    caption = (
        f"Chance that the {100 * (1 - level):g} % interval of the mean slope shows the effect, by "
        f"the noncentral t distribution. Dashed grey line: the wanted power, {wanted:g}."
    )
    return Figure(
        "power",
        "Power against seeds",
        caption,
        f"{caption} {_in_words(curves, wanted)}",
        chart,
    )


def _scale(labels: list[str], values: tuple[Any, ...]) -> dict[str, Any]:
    """Return a channel's scale with a value per line, from the start again after the last."""
    used = [values[place % len(values)] for place in range(len(labels))]
    legend = alt.Legend(columns=1, symbolSize=300)
    return {"scale": alt.Scale(domain=labels, range=used), "sort": labels, "legend": legend}


def _in_words(curves: pd.DataFrame, wanted: float) -> str:
    """Return where each line reaches the wanted power."""
    found = []
    for label, curve in curves.groupby("label", sort=False):
        reached = curve.loc[curve["power"] >= wanted, "models"]
        found.append(f"{label}: {reached.min()} seeds" if len(reached) else f"{label}: never")
    return f"{'; '.join(found)}."
