"""Which conditions stand side by side in one figure: its panels.

The paper varies one thing at a time against the ratio: the method (Figures 1, 5, 9), the
architecture (2, 4, 6, 8, 10, 12) or the data set (3, 7, 11). A table is split the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import pandas as pd

from data_contracts.natural_order import natural_key
from rdstats.tables.order import method_key, ratio_text

_PLURAL: Final[Mapping[str, str]] = MappingProxyType(
    {"method": "methods", "architecture": "architectures", "dataset": "data sets"}
)
_MOST_IN_A_ROW: Final = 5
ABSENT: Final = "none"
"""What stands under a ratio of which the table has no rows."""


class PanelKey(NamedTuple):
    """What the conditions of one panel share; they differ in ratio."""

    study: str
    dataset: str
    architecture: str
    method: str


@dataclass(frozen=True)
class PanelGroup:
    """The panels of one figure.

    Attributes:
        along: What differs from panel to panel: `method`, `architecture` or `dataset`.
        fixed: What they share, for the title: "digits, LeNet5".
        panels: Key and label of each panel, in order.
        ratios: The ratios that every panel has a place for; empty for those that it has rows of.
    """

    along: str
    fixed: str
    panels: tuple[tuple[PanelKey, str], ...]
    ratios: tuple[float, ...] = ()

    @property
    def title(self) -> str:
        """Name the group: "digits, LeNet5: by method"."""
        return f"{self.fixed}: {_PLURAL[self.along]} side by side" if self.fixed else "All rows"

    @property
    def panels_per_row(self) -> int:
        """How many panels stand in a row: up to five, else four or five with fewer gaps."""
        panels = len(self.panels)
        if panels <= _MOST_IN_A_ROW:
            return panels
        return min(_MOST_IN_A_ROW - 1, _MOST_IN_A_ROW, key=lambda columns: -panels % columns)


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
        ("method", ("study", "dataset", "architecture")),
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
