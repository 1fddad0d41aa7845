"""The simulation study: resumes, gives the same bytes, and says what its numbers are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rdstats.errors import StatsError
from rdstats.simulation import study as simulation
from rdstats.simulation.cells import Cell
from rdstats.simulation.estimators import ESTIMATORS
from rdstats.simulation.study import rates_of, read_rates, select_cells, simulate
from rdstats.simulation.summary import beyond_error, markdown, shown_simulation, simulation_summary

CELLS = [
    Cell(classes=3, models=4, luck=0.017, effect=effect, memory_pruned=memory)
    for effect in (1.0, 1.2)
    for memory in (0.0, 0.9)
]
REPETITIONS = 20


def test_false_alarms_are_counted_only_where_there_is_nothing_to_find(tmp_path: Path) -> None:
    """With an effect of 1.2 only two methods, which share it, have none between them."""
    frame = simulate(tmp_path, CELLS, REPETITIONS)
    counted = frame[(frame["effect"] == 1.2) & frame["false_alarms_1"].notna()]
    assert set(counted["estimator"]) == {name for name in ESTIMATORS if "two methods" in name}
    nothing = frame[frame["effect"] == 1.0]
    for alarms, coverage in (("false_alarms_1", "coverage_99"), ("false_alarms_5", "coverage_95")):
        assert nothing[alarms].tolist() == pytest.approx((1.0 - nothing[coverage]).tolist())
    assert len(frame) == len(CELLS) * len(ESTIMATORS)


def test_a_stopped_study_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the third cell; the first two are not simulated again."""
    simulate(tmp_path / "undisturbed", CELLS, REPETITIONS)
    asked: list[Cell] = []

    def stopping(cell: Cell, repetitions: int, estimators: object) -> object:
        asked.append(cell)
        if len(asked) == 3:
            raise KeyboardInterrupt
        assert estimators is ESTIMATORS
        return rates_of(cell, repetitions)

    monkeypatch.setattr(simulation, "rates_of", stopping)
    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "stopped", CELLS, REPETITIONS)
    assert not (tmp_path / "stopped" / "rates.csv").exists()
    simulate(tmp_path / "stopped", CELLS, REPETITIONS)
    assert asked == [*CELLS[:3], *CELLS[2:]]
    stopped, undisturbed = (tmp_path / name / "rates.csv" for name in ("stopped", "undisturbed"))
    assert stopped.read_bytes() == undisturbed.read_bytes()


def test_a_cell_of_other_estimators_is_made_again(tmp_path: Path) -> None:
    """A part from before an estimator was added is not taken for done; progress is told."""
    told: list[tuple[str, int, int]] = []
    whole = simulate(tmp_path, CELLS[:1], REPETITIONS, progress=lambda *step: told.append(step))
    assert [step[1:] for step in told] == [(0, 1), (1, 1)]
    (part,) = (tmp_path / "cells").iterdir()
    pd.read_csv(part).iloc[:-1].to_csv(part, index=False)
    pd.testing.assert_frame_equal(simulate(tmp_path, CELLS[:1], REPETITIONS), whole)
    assert set(simulate(tmp_path, CELLS[:1], 7)["repetitions"]) == {7}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (("colour", "1"), "colour.*known: classes, models, luck"),
        (("classes", "ten"), "write a number"),
        (("classes", "11"), "no cell has classes=11; known: 10, 100"),
    ],
)
def test_unknown_cells_are_refused(where: tuple[str, str], message: str) -> None:
    """By name, with what there is; all conditions hold, and numbers compare as numbers."""
    kept = select_cells([("classes", "10"), ("luck", "0.0080"), ("memory_control", "0")])
    assert len(kept) == 1 * 3 * 1 * 3 * 3 * 1
    with pytest.raises(StatsError, match=message):
        select_cells([where])


def test_nothing_to_simulate_or_to_read_is_refused(tmp_path: Path) -> None:
    """No cells, no repetitions, or a folder without a study."""
    with pytest.raises(StatsError, match="0 cells"):
        simulate(tmp_path, [], 10)
    with pytest.raises(StatsError, match="0 repetitions"):
        simulate(tmp_path, CELLS, 0)
    with pytest.raises(StatsError, match="rdstats simulate --out"):
        read_rates(tmp_path)


def test_the_summary_is_the_median_and_the_worst(tmp_path: Path) -> None:
    """Over memory for false alarms, over memory and effect for coverage."""
    rates = simulate(tmp_path, CELLS, REPETITIONS)
    row = simulation_summary(rates).iloc[0]
    own = rates[rates["estimator"] == row["estimator"]]
    assert row["cells"] == 2
    assert row["false_alarms_5_worst"] == own["false_alarms_5"].max()
    assert row["false_alarms_5_median"] == own["false_alarms_5"].median()
    assert row["coverage_95_worst"] == own["coverage_95"].min()
    text = markdown(shown_simulation(simulation_summary(rates)))
    assert text.count("\n") == 2 + len(ESTIMATORS)
    assert text.startswith("| estimator | C | M | luck | false alarms at 1 % |")


def test_beyond_error_is_an_exact_binomial_test() -> None:
    """R: pbinom(c(119, 149), 2000, 0.05, lower.tail = FALSE) are 0.0251 and 9.6e-07."""
    alarms = pd.DataFrame(
        {"false_alarms_1": 0.01, "false_alarms_5": [120 / 2000, 150 / 2000], "repetitions": 2000}
    )
    assert beyond_error(alarms).tolist() == [False, True]
