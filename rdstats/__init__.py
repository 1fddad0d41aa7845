"""Did compression hurt some classes? Statistics on per-class recall tables.

What stands here loads what it needs when it is first used: `import rdstats` is quick, and never
loads torch or a charting library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # the same names as in `_NAMES`, for type checkers and editors
    from data_contracts.errors import ContractError as ContractError
    from data_contracts.errors import RdstatsError as RdstatsError
    from data_contracts.importers import ImportOptions as ImportOptions
    from data_contracts.importers import from_confusion as from_confusion
    from data_contracts.importers import from_counts as from_counts
    from data_contracts.importers import from_predictions as from_predictions
    from data_contracts.importers import import_files as import_files
    from data_contracts.writing import write_recall_table as write_recall_table
    from rdstats import charts as charts
    from rdstats.errors import SlopeUndefined as SlopeUndefined
    from rdstats.errors import StatsError as StatsError
    from rdstats.pairs.check import Check as Check
    from rdstats.pairs.check import check_models as check_models
    from rdstats.pairs.check import check_recall_table as check_recall_table
    from rdstats.paper.page import write_paper as write_paper
    from rdstats.paper.tables import paper_tables as paper_tables
    from rdstats.planning.pilots import seeds_from_pilot as seeds_from_pilot
    from rdstats.planning.power import Question as Question
    from rdstats.planning.power import samples_needed as samples_needed
    from rdstats.planning.power import seeds_needed as seeds_needed
    from rdstats.planning.rules import audit_rule as audit_rule
    from rdstats.report.report import write_report as write_report
    from rdstats.simulation.study import simulate as simulate
    from rdstats.simulation.summary import simulation_summary as simulation_summary
    from rdstats.statistics.slopes import slope_through_origin as slope_through_origin
    from rdstats.tables.classes import classes as classes
    from rdstats.tables.compare import compare as compare
    from rdstats.tables.conditions import conditions as conditions
    from rdstats.tables.reading import as_arrays as as_arrays
    from rdstats.tables.reading import read as read
    from rdstats.tables.safe_ratios import safe_ratios as safe_ratios
    from rdstats.tables.selection import Selection as Selection
    from rdstats.tables.sensitivity import sensitivity as sensitivity
    from rdstats.tables.slopes import balances as balances
    from rdstats.tables.slopes import class_means as class_means
    from rdstats.tables.slopes import slopes as slopes
    from rdstats.tables.slopes import tradeoff as tradeoff

    __version__: str
else:  # at run time a name is loaded when it is asked for
    _NAMES: Final = {
        "data_contracts.errors": "ContractError RdstatsError",
        "data_contracts.importers": "ImportOptions from_confusion from_counts from_predictions "
        "import_files",
        "data_contracts.writing": "write_recall_table",
        "rdstats.errors": "SlopeUndefined StatsError",
        "rdstats.pairs.check": "Check check_models check_recall_table",
        "rdstats.paper.page": "write_paper",
        "rdstats.paper.tables": "paper_tables",
        "rdstats.planning.pilots": "seeds_from_pilot",
        "rdstats.planning.power": "Question samples_needed seeds_needed",
        "rdstats.planning.rules": "audit_rule",
        "rdstats.report.report": "write_report",
        "rdstats.simulation.study": "simulate",
        "rdstats.simulation.summary": "simulation_summary",
        "rdstats.statistics.slopes": "slope_through_origin",
        "rdstats.tables.classes": "classes",
        "rdstats.tables.compare": "compare",
        "rdstats.tables.conditions": "conditions",
        "rdstats.tables.reading": "as_arrays read",
        "rdstats.tables.safe_ratios": "safe_ratios",
        "rdstats.tables.selection": "Selection",
        "rdstats.tables.sensitivity": "sensitivity",
        "rdstats.tables.slopes": "balances class_means slopes tradeoff",
    }
    """The public names, by the module that each is loaded from."""

    _HOMES: Final = {name: module for module, names in _NAMES.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        """Load a public name on first use."""
        if name == "charts":
            return import_module("rdstats.charts")
        if name == "__version__":
            return import_module("importlib.metadata").version("rdstats")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)

    def __dir__() -> list[str]:
        """Return the public names."""
        return sorted([*_HOMES, "charts", "__version__"])
