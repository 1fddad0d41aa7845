"""Did compression hurt some classes? Statistics on per-class recall tables.

The names below load what they need when first used, so that `import rdstats` stays quick and
never loads torch or a charting library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdstats.errors import SlopeUndefined, StatsError
    from rdstats.pairs.check import check_models, check_recall_table
    from rdstats.pairs.verdict import Check
    from rdstats.paper.page import write_paper
    from rdstats.paper.tables import paper_tables
    from rdstats.planning.pilots import pilot_table
    from rdstats.planning.power import Question, images_table, seeds_table
    from rdstats.report.report import write_report
    from rdstats.simulation.study import simulate
    from rdstats.simulation.summary import simulation_summary
    from rdstats.tables.classes import classes_table
    from rdstats.tables.compare import compare_table
    from rdstats.tables.conditions import conditions_table
    from rdstats.tables.reading import as_arrays, read
    from rdstats.tables.selection import Selection
    from rdstats.tables.sensitivity import sensitivity_table
    from rdstats.tables.slopes import balances_table, slopes_table

__all__ = [
    "Check",
    "Question",
    "Selection",
    "SlopeUndefined",
    "StatsError",
    "as_arrays",
    "balances_table",
    "check_models",
    "check_recall_table",
    "classes_table",
    "compare_table",
    "conditions_table",
    "images_table",
    "paper_tables",
    "pilot_table",
    "read",
    "seeds_table",
    "sensitivity_table",
    "simulate",
    "simulation_summary",
    "slopes_table",
    "write_paper",
    "write_report",
]

_MODULES = {
    "Question": "rdstats.planning.power",
    "Check": "rdstats.pairs.verdict",
    "Selection": "rdstats.tables.selection",
    "SlopeUndefined": "rdstats.errors",
    "StatsError": "rdstats.errors",
    "as_arrays": "rdstats.tables.reading",
    "balances_table": "rdstats.tables.slopes",
    "check_models": "rdstats.pairs.check",
    "check_recall_table": "rdstats.pairs.check",
    "classes_table": "rdstats.tables.classes",
    "compare_table": "rdstats.tables.compare",
    "conditions_table": "rdstats.tables.conditions",
    "images_table": "rdstats.planning.power",
    "pilot_table": "rdstats.planning.pilots",
    "paper_tables": "rdstats.paper.tables",
    "read": "rdstats.tables.reading",
    "seeds_table": "rdstats.planning.power",
    "sensitivity_table": "rdstats.tables.sensitivity",
    "simulate": "rdstats.simulation.study",
    "simulation_summary": "rdstats.simulation.summary",
    "slopes_table": "rdstats.tables.slopes",
    "write_paper": "rdstats.paper.page",
    "write_report": "rdstats.report.report",
}


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
