"""Seeds and test images needed, as people read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from rdstats.output.rounding import Row, records, rounded
from rdstats.output.shown import ShownTable
from rdstats.output.words import OK, ratio_text
from rdstats.planning.power import PILOT_LABELS

# Header, column, and how a cell reads; a column without a single number is left out.
_Cell = Callable[[Row], str]
_SEEDS: Final[Mapping[str, tuple[str, _Cell]]] = MappingProxyType(
    {
        "effect": ("effect", lambda row: _short(row["effect"])),
        "sd": ("sd", lambda row: rounded(row["sd"])),
        "seeds needed": ("models_needed", lambda row: rounded(row["models_needed"])),
        "cautious": ("models_cautious", lambda row: rounded(row["models_cautious"])),
        "seeds": ("models", lambda row: rounded(row["models"])),
        "power": ("power", lambda row: rounded(row["power"])),
        "simulated": ("power_simulated", lambda row: _with_error(row)),
        "smallest effect": ("smallest_effect", lambda row: rounded(row["smallest_effect"])),
        "pilot’s seeds": ("pilot_models", lambda row: rounded(row["pilot_models"])),
        "luck before": ("luck_before", lambda row: rounded(row["luck_before"])),
        "after": ("luck_after", lambda row: rounded(row["luck_after"])),
        "memory": ("memory", lambda row: rounded(row["memory"])),
        "status": ("status", lambda row: rounded(row["status"])),
    }
)
_IMAGES: Final = ("drop", "churn", "margin", "classes", "images_needed")


def shown_power(frame: pd.DataFrame) -> ShownTable:
    """Return the table of seeds, from `seeds_table` or `pilot_table`."""
    first = frame.iloc[0]
    caption = (
        f"Two-sided test at {first['level']:g}; power wanted {first['power_wanted']:g}. "
        "Power and the smallest effect are for the column seeds."
    )
    labels = [name for name in PILOT_LABELS if name in frame]
    varying = [name for name in labels if frame[name].nunique() > 1]
    constant = [name for name in labels if name not in varying]
    if labels:
        caption += (
            " Cautious: if the deviation is at its upper bound with 80 % confidence. Slope: "
            "class-mean by pseudo-values, paper a slope per model. Luck holds the noise of a "
            "finite test set too."
        )
    if constant:
        shared = ", ".join(f"{name} {_label(name, first[name])}" for name in constant)
        caption += f" All rows: {shared}."
    kept = {
        header: cell
        for header, (column, cell) in _SEEDS.items()
        if column in frame and frame[column].notna().any()
    }
    rows = tuple(
        (*(_label(name, row[name]) for name in varying), *(cell(row) for cell in kept.values()))
        for row in records(frame)
    )
    remarks = bool((frame["status"] != OK).any())
    return ShownTable("Seeds needed", caption, (*varying, *kept), rows, remarks)


def shown_images(frame: pd.DataFrame) -> ShownTable:
    """Return the table of test images, from `images_table`."""
    first = frame.iloc[0]
    caption = (
        f"Test images of the class, for one pair of models; one-sided test at {first['level']:g} "
        f"over the classes judged together, power wanted {first['power_wanted']:g}. Normal "
        "approximation for paired proportions."
    )
    rows = tuple(
        (*(_short(row[name]) for name in _IMAGES[:-1]), f"{row['images_needed']:,}", OK)
        for row in records(frame)
    )
    header = (*_IMAGES[:-1], "images needed", "status")
    return ShownTable("Test images needed", caption, header, rows, False)


def _short(value: object) -> str:
    """Return a number as it was typed."""
    return f"{value:g}" if isinstance(value, float) and value == value else rounded(value)


def _label(name: str, value: object) -> str:
    return ratio_text(float(str(value))) if name == "ratio" else str(value)


def _with_error(row: Row) -> str:
    share = rounded(row["power_simulated"])
    error = row["power_simulated_error"]
    return share if pd.isna(error) else f"{share} ± {rounded(error)}"
