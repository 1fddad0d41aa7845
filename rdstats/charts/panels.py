"""Which conditions stand side by side in one figure: its panels.

The paper varies one thing at a time against the ratio: the method (Figures 1, 5, 9), the
architecture (2, 4, 6, 8, 10, 12) or the data set (3, 7, 11). A table is split the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from data_contracts.schema import NETWORK
from data_contracts.words import natural_key
from rdstats.output.words import Row, method_key, ratio_text, records

_PLURAL: Final[Mapping[str, str]] = MappingProxyType(
    {"method": "methods", "architecture": "architectures", "dataset": "data sets"}
)


class PanelKey(NamedTuple):
    """What the conditions of one panel share; they differ in ratio."""

    study: str
    dataset: str
    architecture: str
    method: str


@dataclass(frozen=True)
class PanelGroup:
    """The panels of one figure."""

    along: str  # what differs from panel to panel: `method`, `architecture` or `dataset`
    fixed: str  # what they share, for the title: "digits, LeNet5"
    panels: tuple[tuple[PanelKey, str], ...]  # key and label of each, in order
    ratios: tuple[float, ...] = ()  # those to show; else those of its rows

    @property
    def title(self) -> str:
        """Name the group: "digits, LeNet5: by method"."""
        return f"{self.fixed}: {_PLURAL[self.along]} side by side" if self.fixed else "All rows"


def panel_groups(conditions: pd.DataFrame) -> list[PanelGroup]:
    """Return the figures that a conditions table fills, the paper's first kind first.

    By method for every data set and architecture; by architecture for every data set and
    method with two or more; by data set for every method with two or more.
    """
    compressed = conditions[conditions["stage"] != "control"]
    columns = list(PanelKey._fields)
    keys = [PanelKey(*row) for row in compressed[columns].drop_duplicates().to_numpy().tolist()]
    groups: list[PanelGroup] = []
    for along, shared in (
        ("method", NETWORK),
        ("architecture", ("dataset", "method")),
        ("dataset", ("method",)),
    ):
        together: dict[tuple[str, ...], list[PanelKey]] = {}
        for key in keys:
            together.setdefault(tuple(getattr(key, name) for name in shared), []).append(key)
        for values in sorted(together, key=lambda names: [method_key(name) for name in names]):
            members = together[values]
            if along == "method" or len({getattr(key, along) for key in members}) > 1:
                groups.append(_group(along, members))
    return groups


def ratio_label(ratio: float) -> str:
    """Return a pruning ratio as text: `2×`, `2.5×`."""
    return f"{ratio_text(ratio)}×"


def _group(along: str, members: list[PanelKey]) -> PanelGroup:
    order = method_key if along == "method" else natural_key
    ordered = sorted(members, key=lambda key: (order(getattr(key, along)), *map(natural_key, key)))
    varying = [
        name
        for name in ("dataset", "architecture", "method", "study")
        if len({getattr(key, name) for key in ordered}) > 1
    ]
    # Two studies are told apart by name where the rest of a label would not do it.
    without = [name for name in varying if name != "study"]
    if len({tuple(getattr(key, name) for name in without) for key in ordered}) == len(ordered):
        varying = without
    first = ordered[0]
    shared = [
        str(getattr(first, name))
        for name in ("dataset", "architecture", "method")
        if name not in varying and name != along
    ]
    labels = [" ".join(getattr(key, name) for name in varying or [along]) for key in ordered]
    return PanelGroup(along, ", ".join(shared), tuple(zip(ordered, labels, strict=True)))


class PanelTable:
    """A table with the columns of a condition, and where in it each panel's rows stand.

    Attributes:
        frame: The table, which must not change any more.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._ratios = frame["ratio"].to_numpy()
        keys = [frame[name] for name in PanelKey._fields]
        by_panel = frame.groupby([*keys, frame["stage"] == "control"], sort=False)
        self._places: Mapping[Any, Any] = by_panel.indices

    def rows(self, key: PanelKey) -> pd.DataFrame:
        """Return the compressed rows of one panel, by rising ratio, as they stand in the table."""
        return self.frame.take(self._at(key, False))

    def records(self, key: PanelKey) -> list[Row]:
        """Return the same as records."""
        return [self._records[place] for place in self._at(key, False)]

    def controls(self, key: PanelKey) -> list[Row]:
        """Return the control rows beside one panel: its method's own, else those all share."""
        shared = key._replace(method="none")
        found = self._at(key if (*key, True) in self._places else shared, True)
        return [self._records[place] for place in found]

    @cached_property
    def _records(self) -> list[dict[str, Any]]:
        return records(self.frame)

    def _at(self, key: PanelKey, control: bool) -> npt.NDArray[np.intp]:
        places = self._places.get((*key, control), np.array([], dtype=np.intp))
        return np.asarray(places[np.argsort(self._ratios[places], kind="stable")])
