"""The chance to see an effect against the number of seeds."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from rdstats.charts.files import SUFFIXES, save
from rdstats.charts.of_power import power
from rdstats.errors import StatsError
from rdstats.output.words import OK, records
from rdstats.planning.power import PILOT_LABELS
from rdstats.statistics.power import power_of_mean

PICTURES: Final = tuple(f".{suffix}" for suffix in SUFFIXES)


def is_picture(path: Path) -> bool:
    """Say whether a file's suffix asks for a picture."""
    return path.suffix.lower() in PICTURES


def write_power_curve(frame: pd.DataFrame, path: Path) -> Path:
    """Write the power curve of `seeds_needed` or `seeds_from_pilot`; return its path.

    Raises:
        StatsError: No row has an effect and a deviation.
        OSError: The place cannot be written.
    """
    return save(power(power_curves(frame), float(frame["power_wanted"].iloc[0])), path)


def power_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Return power by formula, a curve per row, from 2 seeds to a fifth more than any row needs.

    Columns are label, models and power. Args and errors are those of `write_power_curve`.
    """
    drawn = frame[frame["effect"].notna() & (frame["status"] == OK)]
    if drawn.empty:
        raise StatsError("there is no curve without an effect; give --effect 0.10")
    most = int(1.2 * max(drawn["models_needed"].max(), drawn["models"].max(), 10))
    models = np.unique(np.linspace(2, most, 120).astype(int))
    varying = [name for name in PILOT_LABELS if name in drawn and drawn[name].nunique() > 1]
    curves = []
    for row in records(drawn):
        words = [_word(name, row[name]) for name in varying or ("sd",)]
        label = ", ".join([f"effect {row['effect']:g}", *words])
        chance = power_of_mean(row["effect"], row["sd"], models, row["level"])
        curves.append(pd.DataFrame({"label": label, "models": models, "power": chance}))
    return pd.concat(curves, ignore_index=True)


def _word(name: str, value: object) -> str:
    return f"{name} {value:.3g}" if isinstance(value, float) else str(value)
