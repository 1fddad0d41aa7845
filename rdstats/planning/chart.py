"""The chance to see an effect against the number of seeds."""

import itertools
from pathlib import Path
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from rdstats.charts.figure import Figure, to_png, to_svg
from rdstats.charts.theme import DASHED, of_rows
from rdstats.errors import StatsError
from rdstats.output.formats import write_whole
from rdstats.output.words import OK, records
from rdstats.planning.power import PILOT_LABELS
from rdstats.statistics.power import power_of_mean

PICTURES: Final = (".svg", ".png")
# Okabe and Ito (2008); dashes tell lines apart without colour.
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES: Final = ([1, 0], [8, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 4], [1, 3])


def is_picture(path: Path) -> bool:
    """Say whether a file's suffix asks for a picture."""
    return path.suffix.lower() in PICTURES


def write_power_curve(frame: pd.DataFrame, path: Path) -> Path:
    """Write the power curve of `seeds_needed` or `seeds_from_pilot` as svg or png; return its path.

    Raises:
        StatsError: No row has an effect and a deviation.
        OSError: The place cannot be written.
    """
    svg = to_svg(power_figure(frame))
    return write_whole(path, to_png(svg) if path.suffix.lower() == ".png" else svg.encode())


def power_figure(frame: pd.DataFrame) -> Figure:
    """Return power by formula, a line per row, from 2 seeds to a fifth more than any row needs.

    Args and errors are those of `write_power_curve`.
    """
    drawn = frame[frame["effect"].notna() & (frame["status"] == OK)]
    if drawn.empty:
        raise StatsError("there is no curve without an effect; give --effect 0.10")
    wanted, level = (float(frame[name].iloc[0]) for name in ("power_wanted", "level"))
    most = int(1.2 * max(drawn["models_needed"].max(), drawn["models"].max(), 10))
    models = np.unique(np.linspace(2, most, 120).astype(int))
    varying = [name for name in PILOT_LABELS if name in drawn and drawn[name].nunique() > 1]
    points, reached = [], {}
    for row in records(drawn):
        words = [_word(name, row[name]) for name in varying or ("sd",)]
        label = ", ".join([f"effect {row['effect']:g}", *words])
        power = power_of_mean(row["effect"], row["sd"], models, row["level"])
        enough = models[power >= wanted]
        reached[label] = f"{label}: {f'{enough[0]} seeds' if enough.size else 'never'}"
        curve = zip(models.tolist(), power.tolist(), strict=True)
        points += [{"label": label, "models": size, "power": chance} for size, chance in curve]
    labels = list(reached)
    lines = (
        of_rows(points)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("models:Q", title="seeds", scale=alt.Scale(nice=False)),
            y=alt.Y("power:Q", title="power", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("label:N", **_scale(labels, _COLOURS)),
            strokeDash=alt.StrokeDash("label:N", **_scale(labels, _DASHES)),
        )
    )
    reference = of_rows([{}]).mark_rule(**DASHED).encode(alt.YDatum(wanted))
    chart = alt.layer(reference, lines).properties(width=480, height=300)
    caption = (
        f"Chance that the {100 * (1 - level):g} % interval of the mean slope shows the effect, by "
        f"the noncentral t distribution. Dashed grey line: the wanted power, {wanted:g}."
    )
    alternative = f"{caption} {'; '.join(reached.values())}."
    return Figure("power", "Power against seeds", caption, alternative, chart)


def _word(name: str, value: object) -> str:
    return f"{name} {value:.3g}" if isinstance(value, float) else str(value)


def _scale(labels: list[str], values: tuple[Any, ...]) -> dict[str, Any]:
    """Return a channel's scale with a value per line, from the start again after the last."""
    used = list(itertools.islice(itertools.cycle(values), len(labels)))
    legend = alt.Legend(columns=1, symbolSize=300)
    return {"scale": alt.Scale(domain=labels, range=used), "sort": labels, "legend": legend}
