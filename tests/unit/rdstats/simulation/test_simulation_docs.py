"""The tables in docs/simulation.md are those that the command prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from rdstats.output.shown import ShownTable
from rdstats.simulation.cells import GRID, NAMED_CELLS, NAMED_REPETITIONS, REPETITIONS, Cell
from rdstats.simulation.estimators import ESTIMATORS, HEADLINES, Estimator
from rdstats.simulation.luck import shown_luck
from rdstats.simulation.many import MANY_FILE, shown_many
from rdstats.simulation.named import NAMED_ESTIMATORS
from rdstats.simulation.safe import shown_safe
from rdstats.simulation.samples import shown_samples
from rdstats.simulation.study import CELL_COLUMNS, rates_of, read_rates
from rdstats.simulation.summary import beyond_error, markdown, shown_simulation, simulation_summary

REPOSITORY = Path(__file__).parents[4]
STUDY = REPOSITORY / "reports" / "simulation"

pytestmark = pytest.mark.skipif(
    not STUDY.is_dir(), reason="a source archive holds no reports/: run this in a checkout"
)


@pytest.fixture(scope="module")
def rates() -> pd.DataFrame:
    """The committed counts."""
    return read_rates(STUDY)


def summary(rates: pd.DataFrame) -> ShownTable:
    """As the command shows it."""
    return shown_simulation(simulation_summary(rates))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        *((f"{folder}rates.csv", summary) for folder in ("", "few-models/", "named-cells/")),
        ("luck/rates.csv", shown_luck),
        ("safe-ratio/safe.csv", shown_safe),
        ("samples/samples.csv", shown_samples),
    ],
)
def test_the_documented_table_is_what_the_command_prints(
    path: str, shown: Callable[[pd.DataFrame], ShownTable]
) -> None:
    """From the counts in reports/simulation."""
    printed = markdown(shown(pd.read_csv(STUDY / path)))
    assert printed in (REPOSITORY / "docs" / "simulation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folder", "cells", "estimators", "repetitions"),
    [
        (STUDY, GRID, ESTIMATORS, REPETITIONS),
        (STUDY / "named-cells", NAMED_CELLS, NAMED_ESTIMATORS, NAMED_REPETITIONS),
    ],
)
def test_the_committed_counts_are_whole(
    folder: Path, cells: tuple[Cell, ...], estimators: dict[str, Estimator], repetitions: int
) -> None:
    """Every cell and estimator, so many experiments each."""
    rates = read_rates(folder)
    found = [Cell(*row) for row in rates[list(CELL_COLUMNS)].itertuples(index=False)]
    assert found == [cell for cell in cells for _ in estimators]
    assert rates["estimator"].tolist() == list(estimators) * len(cells)
    assert set(rates["repetitions"]) == {repetitions}


def test_headlines_hold_their_level_over_the_grid(rates: pd.DataFrame) -> None:
    """All but one cell; that one is documented, with 40,000 experiments beside it."""
    headlines = rates[rates["estimator"].isin(HEADLINES[:2])]
    alarms = headlines.dropna(subset=["false_alarms_1"])
    assert alarms["false_alarms_1"].mean() == pytest.approx(0.01, abs=0.0007)
    assert alarms["false_alarms_5"].mean() == pytest.approx(0.05, abs=0.0015)
    assert int(beyond_error(alarms).sum()) == 0  # over all 216 cells at once
    assert headlines["coverage_99"].min() > 0.98
    assert headlines["coverage_95"].min() > 0.925


SIGN_FLIPS = {name: NAMED_ESTIMATORS[name] for name in ("class-mean slope, sign flips",)}


@pytest.mark.parametrize(
    ("folder", "cell", "repetitions", "estimators"),
    [
        *((STUDY, GRID[place], REPETITIONS, ESTIMATORS) for place in (0, 17, 100)),
        # exact tests with ten models: quick, and nothing is drawn but the experiments
        (STUDY / "named-cells", NAMED_CELLS[1], NAMED_REPETITIONS, SIGN_FLIPS),
    ],
)
def test_a_committed_cell_is_counted_again(
    folder: Path, cell: Cell, repetitions: int, estimators: dict[str, Estimator]
) -> None:
    """Experiment by experiment; another processor may round one interval to the other side."""
    rates = read_rates(folder)
    own = (rates[list(CELL_COLUMNS)] == list(vars(cell).values())).all(axis=1)
    rows = rates[own & rates["estimator"].isin(list(estimators))]
    again = rates_of(cell, repetitions, estimators)
    assert rows["estimator"].tolist() == again["estimator"].tolist()
    for name, tolerance in (("coverage_99", 0.001), ("coverage_95", 0.002), ("estimate", None)):
        assert rows[name].tolist() == pytest.approx(again[name].tolist(), abs=tolerance)


def test_the_table_of_many_classes_is_what_the_command_prints() -> None:
    """And false suspects are at most 5 % in every cell."""
    rates = read_rates(STUDY / "many-classes", MANY_FILE)
    assert markdown(shown_many(rates)) in (REPOSITORY / "docs" / "simulation.md").read_text(
        encoding="utf-8"
    )
    assert rates["false_discoveries"].max() <= 0.05
    assert rates["share_held"].min() >= 0.95
