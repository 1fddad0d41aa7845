"""Seeds and test images as tables, and what a pilot study says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from data_contracts import Predictions, recall_table_from
from rdstats.errors import StatsError
from rdstats.output.words import Row, records
from rdstats.planning.chart import is_picture, power_curves, write_power_curve
from rdstats.planning.pilots import seeds_from_pilot
from rdstats.planning.power import Question, samples_needed, seeds_needed
from rdstats.planning.shown import shown_samples, shown_seeds
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.power import images_needed, models_needed, power_of_mean, smallest_effect
from rdstats.tables.conditions import conditions
from rdstats.tables.reading import as_arrays
from rdstats.tables.selection import Selection
from synthetic import before_after, predictions, recall_table, table_of_counts

AT_4 = Selection(where=(("ratio", "4"),))
MP10 = Selection(where=(("method", "MP"), ("ratio", "10")))


@pytest.fixture(scope="module")
def pilot() -> pa.Table:
    """Eight models at two ratios, 10,000 test images a class, no control arm."""
    return recall_table(ratios=(2.0, 10.0), models=8, samples_per_class=10_000, control=False)


def test_a_row_per_effect() -> None:
    """METHODS: 16 seeds for 0.10 and 51 for 0.05; a question of nothing is refused."""
    with pytest.raises(StatsError, match="an effect or a number of models"):
        Question()
    with pytest.raises(StatsError, match="two is the least"):
        Question(models=1)
    frame = seeds_needed(Question(effects=(0.10, 0.05)), 0.1)
    assert frame["models_needed"].tolist() == [16, 51]
    assert frame["models"].tolist() == [16, 51]
    assert frame["power"].tolist() == pytest.approx(
        [float(power_of_mean(effect, 0.1, n)) for effect, n in ((0.10, 16), (0.05, 51))]
    )
    assert frame["power_simulated"].isna().all()
    assert (frame["status"] == "ok").all()


def test_given_seeds_are_told_what_they_show() -> None:
    """With an effect its power, without one the smallest effect."""
    with_effect = seeds_needed(Question(effects=(0.05,), models=30), 0.1).iloc[0]
    assert (with_effect["models"], with_effect["models_needed"]) == (30, 51)
    assert with_effect["power"] == pytest.approx(float(power_of_mean(0.05, 0.1, 30)))
    without = seeds_needed(Question(models=30), 0.1).iloc[0]
    assert pd.isna(without["effect"])
    assert pd.isna(without["models_needed"])
    assert without["smallest_effect"] == pytest.approx(smallest_effect(30, 0.1))


def test_simulation_stands_beside_the_formula() -> None:
    """With its error; the same seed gives the same number, another seed another."""
    asked = Question(effects=(0.10,), repetitions=2000, seed=3)
    row = seeds_needed(asked, 0.1).iloc[0]
    assert abs(row["power_simulated"] - row["power"]) < 4 * row["power_simulated_error"]
    assert row["repetitions"] == 2000
    pd.testing.assert_frame_equal(seeds_needed(asked, 0.1), seeds_needed(asked, 0.1))
    other = seeds_needed(Question(effects=(0.10,), repetitions=2000, seed=4), 0.1).iloc[0]
    assert other["power_simulated"] != row["power_simulated"]


def test_a_pilot_gives_the_deviation_of_both_slopes(pilot: pa.Table) -> None:
    """Of pseudo-values and of slopes per model."""
    frame = seeds_from_pilot(pilot, Question(effects=(0.1,)), MP10)
    assert frame["slope"].tolist() == ["class-mean", "paper"]
    (measures,) = as_arrays(pilot, MP10).selected
    pseudo = class_mean_pseudo_values(measures.balance_before, measures.balance_after)
    assert frame["sd"].tolist() == pytest.approx([pseudo.std(ddof=1), measures.alpha.std(ddof=1)])
    row = frame.iloc[0]
    assert row["pilot_models"] == 8
    assert row["models_needed"] == models_needed(0.1, row["sd"])
    assert row["models_cautious"] == models_needed(0.1, row["sd_upper"])
    assert row["sd_upper"] > row["sd"]
    assert row["luck_before"] == pytest.approx(0.01, rel=0.2)
    assert row["spread"] == pytest.approx(0.069, rel=0.1)


def test_a_pilots_simulation_draws_experiments_like_it(pilot: pa.Table) -> None:
    """Not normal values: dilution costs slopes per model power for an effect above 1."""
    asked = Question(effects=(0.1, 0.2), models=8, repetitions=400)
    frame = seeds_from_pilot(pilot, asked, MP10)
    class_mean, _, paper, _ = records(frame)
    assert class_mean["power_simulated"] == pytest.approx(class_mean["power"], abs=0.15)
    assert paper["power_simulated"] < class_mean["power_simulated"]
    pd.testing.assert_frame_equal(frame, seeds_from_pilot(pilot, asked, MP10))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ([[80, 60, 40]], "one model says nothing"),
        ([[80, 60, 40], [80, 60, 40]], "every model has the same slope"),
    ],
)
def test_a_pilot_without_a_deviation_says_why(after: list[list[int]], words: str) -> None:
    """No number without a reason."""
    counts = before_after([[90, 60, 30]] * len(after), after)
    frame = seeds_from_pilot(table_of_counts(counts), Question(effects=(0.1,), models=5))
    assert frame["status"].str.contains(words).all()
    assert frame[["sd", "models_needed", "power", "models"]].isna().all(axis=None)


def test_an_effect_out_of_reach_spoils_no_other_row() -> None:
    """As of a condition whose slopes explode; given seeds still have their power."""
    frame = seeds_needed(Question(effects=(1e-6, 0.1)), 0.1)
    assert "more than 1,000,000 models" in frame["status"].iloc[0]
    assert frame["models_needed"].isna().tolist() == [True, False]
    row = seeds_needed(Question(effects=(1e-6,), models=30), 0.1).iloc[0]
    assert row["power"] == pytest.approx(0.01, rel=1e-3)
    assert "more than 1,000,000 models" in row["status"]


def test_classes_that_differ_by_luck_alone_are_not_simulated() -> None:
    """The formula stands, and the status says why the simulation does not."""
    counts = before_after([[80, 40, 61], [40, 80, 60]], [[70, 50, 60], [45, 75, 62]])
    frame = seeds_from_pilot(
        table_of_counts(counts), Question(effects=(0.1,), models=9, repetitions=10)
    )
    _, paper = records(frame)
    assert "luck explains all differences" in paper["status"]
    assert paper["power"] > 0.0
    assert np.isnan(paper["power_simulated"])


def test_a_pilot_with_predictions_plans_seeds_and_samples_together() -> None:
    """More of either need less of the other; without predictions nothing is said of samples."""
    table = predictions(lost=0.2, shared=True)

    def plan(**asked: int) -> Row:
        frame = seeds_from_pilot(table, Question(effects=(0.3,), **asked), AT_4)
        return records(frame.query("slope == 'class-mean' and stage == 'control'"))[0]

    row = plan()
    assert (row["samples"], row["models_needed"]) == (150, 55)
    assert row["models_like_these"] > 55
    needed = plan(models=80)["samples_like_these"]
    assert row["samples_least"] < plan(models=200)["samples_like_these"] < needed
    assert plan(models=80, samples=needed)["power_like_these"] >= 0.8
    assert plan(models=80, samples=needed - 1)["power_like_these"] < 0.8
    assert plan(samples=1000)["models_like_these"] < row["models_like_these"]
    counts = recall_table_from(Predictions(table))
    alone = seeds_from_pilot(counts, Question(effects=(0.3,)), AT_4)
    assert alone["samples"].isna().all()
    with pytest.raises(StatsError, match=r"holds predictions\.parquet"):
        seeds_from_pilot(counts, Question(effects=(0.3,), samples=100), AT_4)


def test_images_by_drop() -> None:
    """The level is divided by the classes that are judged together."""
    frame = samples_needed([0.1, 0.2], 0.3, margin=0.05, classes=10)
    assert frame["images_needed"].tolist() == [
        images_needed(drop, 0.3, margin=0.05, level=0.005) for drop in (0.1, 0.2)
    ]
    with pytest.raises(StatsError, match="0 classes"):
        samples_needed([0.1], 0.3, classes=0)


def test_a_curve_goes_through_the_power_of_its_row() -> None:
    """And beyond the seeds needed."""
    frame = seeds_needed(Question(effects=(0.10, 0.05)), 0.1)
    curves = power_curves(frame)
    assert curves["label"].unique().tolist() == ["effect 0.1, sd 0.1", "effect 0.05, sd 0.1"]
    first = curves[curves["label"] == "effect 0.1, sd 0.1"].set_index("models")["power"]
    assert first.loc[16] == pytest.approx(frame["power"].iloc[0])
    assert curves["models"].max() > 51
    with pytest.raises(StatsError, match="no curve without an effect"):
        power_curves(seeds_needed(Question(models=5), 0.1))


def test_svg_and_png_by_suffix(tmp_path: Path) -> None:
    """The same bytes every time; every curve is in the legend."""
    frame = seeds_needed(Question(effects=(0.10, 0.05)), 0.1)
    svg = write_power_curve(frame, tmp_path / "power.svg")
    assert "effect 0.05" in svg.read_text()
    assert write_power_curve(frame, tmp_path / "again.SVG").read_bytes() == svg.read_bytes()
    png = write_power_curve(frame, tmp_path / "power.png")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert [is_picture(Path(name)) for name in ("a.svg", "a.PNG", "a.csv")] == [True, True, False]


def test_tables_show_only_columns_that_hold_something(pilot: pa.Table) -> None:
    """The caption says what all rows share."""
    shown = shown_seeds(seeds_needed(Question(models=30), 0.1))
    assert shown.header == ("sd", "seeds", "smallest effect", "status")
    shown = shown_seeds(seeds_from_pilot(pilot, Question(effects=(0.1,), repetitions=20)))
    assert shown.header[:3] == ("ratio", "slope", "effect")
    assert "study synthetic" in shown.caption
    assert "±" in shown.rows[0][shown.header.index("simulated")]
    shown = shown_samples(samples_needed([0.1], 0.15))
    assert shown.rows[0] == ("0.1", "0.15", "0", "1", "91", "ok")


def test_a_pilot_with_a_control_tells_of_the_difference_to_it() -> None:
    """Its deviation is that of pseudo-values less the control's, model by model."""
    table = recall_table(ratios=(2.0,), models=6)
    frame = seeds_from_pilot(table, Question((0.1,)))
    row = frame[frame["slope"] == "class-mean less control"].to_dict("records")
    assert [one["method"] for one in row] == ["MP"]
    condition = conditions(table).query("method == 'MP'").iloc[0]
    half = (condition["control_difference_high"] - condition["control_difference_low"]) / 2
    error = half / stats.t.isf((1 - condition["ci_level"]) / 2, 5)
    assert row[0]["sd"] == pytest.approx(error * np.sqrt(6))
    assert row[0]["status"] == "ok"
    alone = seeds_from_pilot(recall_table(ratios=(2.0,), models=6, control=False), Question((0.1,)))
    assert set(alone["slope"]) == {"class-mean", "paper"}
