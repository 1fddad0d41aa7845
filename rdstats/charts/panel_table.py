"""A long table, cut once into the rows of each panel: a report asks hundreds of times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from rdstats.charts.panels import PanelGroup, PanelKey
from rdstats.tables.records import Row, records

Positions = npt.NDArray[np.intp]
FloatArray = npt.NDArray[np.float64]


class PanelTable:
    """Any table with the columns of a condition, and where in it each panel's rows stand.

    Attributes:
        frame: The table, which must not change any more.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._conditions: dict[PanelKey, dict[tuple[float, str], Positions]] = {}
        self._controls: dict[PanelKey, Positions] = {}
        self._numbers: dict[str, FloatArray] = {}
        names = [*PanelKey._fields, "stage", "ratio"]
        found = frame.groupby(names, sort=False).indices if len(frame) else {}
        for condition, rows in found.items():
            *values, stage, ratio = cast("tuple[Any, ...]", condition)
            key, places = PanelKey(*values), np.asarray(rows, dtype=np.intp)
            if stage == "control":
                before = self._controls.get(key, places[:0])
                self._controls[key] = np.sort(np.concatenate([before, places]))
            else:
                self._conditions.setdefault(key, {})[ratio, stage] = places

    def rows(self, key: PanelKey) -> pd.DataFrame:
        """Return the compressed rows of one panel, by rising ratio, as they stand in the table."""
        return self.frame.take(self._places(key))

    def records(self, key: PanelKey) -> list[Row]:
        """Return the same as records."""
        return [self._records[place] for place in self._places(key)]

    def controls(self, key: PanelKey) -> pd.DataFrame:
        """Return the control rows beside one panel: its method's own, else those all share."""
        return self.frame.take(self._control_places(key))

    def control_records(self, key: PanelKey) -> list[Row]:
        """Return the same as records."""
        return [self._records[place] for place in self._control_places(key)]

    def numbers(self, key: PanelKey, columns: Sequence[str]) -> dict[tuple[float, str], FloatArray]:
        """Return columns of one panel's rows by ratio and stage, missing ones as NaN.

        Returns:
            Arrays of shape (rows, columns), rows as they stand in the table.
        """
        of_key = self._conditions.get(key, {})
        values = [self._column(name) for name in columns]
        return {
            condition: np.stack([column[places] for column in values], axis=1)
            for condition, places in of_key.items()
        }

    @cached_property
    def _records(self) -> list[Row]:
        return list(records(self.frame))

    def _column(self, name: str) -> FloatArray:
        if name not in self._numbers:
            column = self.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
            self._numbers[name] = column
        return self._numbers[name]

    def _places(self, key: PanelKey) -> Positions:
        by_ratio: dict[float, list[Positions]] = {}
        for (ratio, _), places in self._conditions.get(key, {}).items():
            by_ratio.setdefault(ratio, []).append(places)
        return _joined([np.sort(_joined(by_ratio[ratio])) for ratio in sorted(by_ratio)])

    def _control_places(self, key: PanelKey) -> Positions:
        own = self._controls.get(key)
        shared = self._controls.get(key._replace(method="none"))
        return own if own is not None else shared if shared is not None else _joined([])


Table = pd.DataFrame | PanelTable
"""What figures take: a table, or the same cut already, where many are made of one."""


def panel_table(table: Table) -> PanelTable:
    """Return a table cut into panels."""
    return table if isinstance(table, PanelTable) else PanelTable(table)


def ratio_rows(
    conditions: PanelTable, key: PanelKey, group: PanelGroup
) -> list[tuple[float, Row | None]]:
    """Return the ratios of one panel, each with its condition; None where there are no rows."""
    rows = {float(row["ratio"]): row for row in conditions.records(key)}
    return [(ratio, rows.get(ratio)) for ratio in group.ratios or rows]


def _joined(parts: Sequence[Positions]) -> Positions:
    return np.concatenate(parts) if parts else np.array([], dtype=np.intp)
