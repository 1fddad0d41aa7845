"""How far a verdict over models reaches, and how far a method may go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import rdstats as rd
from data_contracts import (
    ContractError,
    Predictions,
    Provenance,
    recall_table_from,
    write_prediction_table,
    write_recall_table,
)
from rdstats.report.classes import harm_sentence, safe_sentences
from rdstats.statistics.class_verdicts import next_model_bound
from rdstats.tables.safe_ratios import safe_ratios_of
from synthetic import baseline, predictions, table_of_counts

R_NEXT = 0.0669246694787019


def test_a_loss_that_all_models_share_is_less_sure_for_samples_like_these() -> None:
    """The same drop on average: more models do not average away which samples were drawn."""
    for shared in (True, False):
        frame = rd.classes(predictions(lost=0.08, shared=shared)).query("ratio == 4")
        these = rd.classes(predictions(lost=0.08, shared=shared), scope="these samples")
        these = these.query("ratio == 4")
        assert frame["drop"].tolist() == these["drop"].tolist()
        assert (frame["scope"] == "samples like these").all()
        wider = (frame["upper"] - these["upper"]).iloc[0]
        assert wider > (0.015 if shared else 0.004)
        samples = frame["variance_samples"].iloc[0]
        assert (samples > 0.01) == shared


@pytest.mark.parametrize("quantity", ["drop", "excess"])
def test_from_files_or_in_memory_a_prediction_table_is_taken_for_its_counts(
    tmp_path: Path, quantity: str
) -> None:
    """A folder with both, the file alone, a data frame: the same; counts alone reach less far."""
    table = predictions(lost=0.1, shared=True)
    counts = recall_table_from(Predictions(table))
    write_recall_table(counts, tmp_path / "recall.parquet", Provenance())
    write_prediction_table(Predictions(table), tmp_path / "predictions.parquet", Provenance())
    sources = [tmp_path, tmp_path / "predictions.parquet", table, table.to_pandas()]
    frames = [rd.classes(source, quantity=quantity) for source in sources]
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0])
    alone = rd.classes(tmp_path / "recall.parquet", quantity=quantity)
    assert (alone["scope"] == "these samples").all()
    assert alone["drop"].tolist() == frames[0]["drop"].tolist()


def test_predictions_that_count_otherwise_are_refused(tmp_path: Path) -> None:
    """They are of another run."""
    table = predictions(lost=0.1, shared=True)
    other = predictions(lost=0.3, shared=True)
    write_recall_table(recall_table_from(Predictions(other)), tmp_path / "r.parquet", Provenance())
    write_prediction_table(Predictions(table), tmp_path / "p.parquet", Provenance())
    with pytest.raises(ContractError, match="counts agree"):
        rd.classes(tmp_path)


def test_counts_alone_are_judged_conservatively_on_request() -> None:
    """From how many samples changed: wider than from knowing which."""
    table = predictions(lost=0.08, shared=True)
    counts = recall_table_from(Predictions(table))
    known = rd.classes(table)
    stand_in = rd.classes(counts, scope="samples like these")
    assert (stand_in["scope"] == "samples like these").all()
    assert (stand_in["upper"] > known["upper"]).all()
    nothing = counts.set_column(
        counts.schema.get_field_index("n_both_correct"),
        "n_both_correct",
        pa.nulls(counts.num_rows, pa.int64()),
    )
    assert (rd.classes(nothing, scope="samples like these")["scope"] == "these samples").all()


def test_slopes_know_the_luck_of_samples_too() -> None:
    """Their variance by models, by samples, and what both count."""
    table = predictions(lost=0.2, shared=True)
    found = rd.conditions(table).set_index("ratio").loc[4.0]
    alone = rd.conditions(recall_table_from(Predictions(table))).set_index("ratio").loc[4.0]
    assert found["scope"] == "samples like these"
    assert found["alpha_class_mean"] == alone["alpha_class_mean"]
    for low, high in (
        ("class_mean_low", "class_mean_high"),
        ("control_difference_low", "control_difference_high"),
    ):
        assert found[high] - found[low] > alone[high] - alone[low]
    assert found["slope_variance_samples"] > found["slope_variance_both"] > 0


def test_what_would_settle_a_class_stands_beside_an_inconclusive_verdict_alone() -> None:
    """Where all models lose the same samples, more of these and not more models."""
    frame = rd.classes(predictions(lost=0.02, shared=True), margin=0.06)
    more = frame[["models_to_settle", "samples_to_settle"]]
    (row,) = frame.query("ratio == 4 and class_index == 0").to_dict("records")
    assert row["verdict"] == "inconclusive"
    assert row["samples_to_settle"] > 150
    assert np.isnan(row["models_to_settle"])
    assert more[frame["verdict"] != "inconclusive"].isna().all(axis=None)
    assert (
        rd.classes(predictions(lost=0.02, shared=True), scope="these samples")[list(more)]
        .isna()
        .all(axis=None)
    )


def test_the_difference_of_two_ratios_knows_the_luck_of_samples() -> None:
    """Wider, for the difference of a population; bounds leave 0 exactly where p is below 0.05."""
    table = predictions(lost=0.2, shared=True)
    found, alone = (
        rd.compare(one, "ratio", slope="class-mean", alternative="two-sided").iloc[0]
        for one in (table, recall_table_from(Predictions(table)))
    )
    assert (found["scope"], alone["scope"]) == ("samples like these", "these samples")
    assert found["difference"] == alone["difference"]
    low, high = found["difference_low"], found["difference_high"]
    assert high - low > 1.1 * (alone["difference_high"] - alone["difference_low"])
    assert (low + high) / 2 == pytest.approx(found["difference_like_these"])
    assert (low > 0 or high < 0) == (found["p_adjusted"] < 0.05)
    paper = rd.compare(table, "ratio", slope="paper").iloc[0]
    assert (paper["scope"], paper["test"]) == ("these samples", "paired t")


@pytest.mark.parametrize(("along", "shared"), [("architecture", True), ("dataset", False)])
def test_independent_arms_share_samples_where_they_answered_the_same(
    along: str, shared: bool
) -> None:
    """Two arms of the same answers: the samples' luck is that of both, or it cancels."""
    table = predictions(lost=0.2, shared=True).to_pandas()
    both = pd.concat([table, table.assign(**{along: "b"})])
    pairs = [(table[along].iloc[0], "b")]
    found = rd.compare(both, along, slope="class-mean", pairs=pairs)
    one = rd.conditions(table).query("ratio > 1")
    for name, times in (("models", 2.0), ("samples", 0.0 if shared else 2.0), ("both", 2.0)):
        of_both, own = found[f"slope_variance_{name}"], one[f"slope_variance_{name}"]
        assert of_both.tolist() == pytest.approx((times * own).tolist(), abs=1e-12)
    assert found["difference_like_these"].tolist() == pytest.approx([0.0, 0.0])
    assert (found["difference_high"] - found["difference_low"] > 0).all()


def with_control(raw: int, control: int) -> pd.DataFrame:
    """Verdicts where every class fell by so many of 1,000, and the control by so many."""
    shake = [[model % 3, (model + 1) % 3] for model in range(8)]
    counts = {}
    for model, luck in enumerate(shake):
        counts[baseline(f"m{model}")] = [900, 800]
        counts["MP", 10.0, "finetuned", f"m{model}"] = [900 - raw - luck[0], 800 - raw + luck[1]]
        counts["none", 1.0, "control", f"m{model}"] = [900 - control, 800 - control + luck[0]]
    frame = rd.classes(table_of_counts(counts, n_samples=1000))
    return frame[frame["stage"] == "finetuned"]


@pytest.mark.parametrize(
    ("raw", "control", "verdict"),
    [(120, 110, "inconclusive"), (20, 10, "unharmed"), (-20, -100, "harmed"), (120, 20, "harmed")],
)
def test_a_class_is_cleared_only_if_it_lost_little_with_and_without_the_control(
    raw: int, control: int, verdict: str
) -> None:
    """Twelve points are twelve points, though the control lost eleven; and harm says less whose."""
    frame = with_control(raw, control)
    assert set(frame["verdict"]) == {verdict}
    assert frame["raw_drop"].mean() == pytest.approx(raw / 1000, abs=0.002)
    sentence = harm_sentence(frame)
    if verdict == "harmed":
        assert "less what the control lost" in sentence
    elif verdict == "unharmed":
        assert "with and without the control's change taken off" in sentence
    else:
        assert "not every class is cleared" in sentence


def test_the_next_model_may_lose_more_than_the_mean_of_models() -> None:
    """In R: predict(lm(c(1, 3, 2, 5, 4) / 100 ~ 1), interval = "prediction", level = 0.9)."""
    drops = np.array([0.01, 0.03, 0.02, 0.05, 0.04])[:, np.newaxis]
    assert next_model_bound(drops)[0] == pytest.approx(R_NEXT, rel=1e-9)


def verdicts(rows: list[tuple[float, str, str, float]]) -> pd.DataFrame:
    """Rows of `classes` of one method: ratio, class, verdict, p."""
    frame = pd.DataFrame(rows, columns=["ratio", "class_name", "verdict", "p"])
    frame = frame.assign(study="s", dataset="d", architecture="a", method="MP", stage="finetuned")
    frame = frame.assign(class_index=0, models=30, family_size=2, scope="samples like these")
    frame = frame.assign(next_model_upper=0.01 * frame["ratio"], warnings="none")
    return frame.assign(margin=0.05, quantity="drop", control="subtracted")


@pytest.mark.parametrize(
    ("words", "p", "safe", "following", "sentence"),
    [
        ("uuiu", 0.4, 4.0, 10.0, "up to 4× is shown to cost no class 5 points"),
        ("uuhu", 1e-9, 4.0, 10.0, "At 10×, class cat is harmed."),
        ("iuuu", 0.4, np.nan, 2.0, "is not shown to spare every class 5 points, even at 2×"),
        ("uuuu", 0.4, 20.0, np.nan, "up to 20× is shown to cost no class 5 points"),
    ],
)
def test_the_safe_ratio_stops_at_the_first_that_is_not_cleared(
    words: str, p: float, safe: float, following: float, sentence: str
) -> None:
    """Whatever comes behind it; harm there is by Holm over ratios and classes."""
    known = {"u": "unharmed", "i": "inconclusive", "h": "harmed"}
    ratios = (2.0, 4.0, 10.0, 20.0)
    rows = [
        (r, "cat", known[word], p if word == "h" else 0.4)
        for r, word in zip(ratios, words, strict=True)
    ]
    rows += [(ratio, "dog", "unharmed", 0.9) for ratio in ratios]
    found = safe_ratios_of(verdicts(rows))
    np.testing.assert_equal(found["safe_ratio"].item(), safe)
    np.testing.assert_equal(found["next_ratio"].item(), following)
    (told,) = safe_sentences(found)
    assert sentence in told
    assert "(95 % for this method alone; samples like these)" in told
    assert told.startswith("On average over 30 models, magnitude pruning (MP)")
    ships = f"at {safe:g}× the next one may lose up to {safe:.1f} points of class cat"
    assert (ships in told) == (words[0] == "u")


def test_without_a_control_or_with_few_models_a_safe_ratio_says_so() -> None:
    """Nothing was taken off; two or three models are a warning beside every clearance."""
    rows = verdicts([(2.0, "cat", "unharmed", 0.9)])
    (whole,) = safe_sentences(safe_ratios_of(rows))
    assert "with and without the control's change taken off" in whole
    assert "Take care" not in whole
    few = rows.assign(control="the table has no control arm", warnings="fewer than 5 models")
    (told,) = safe_sentences(safe_ratios_of(few))
    assert "control" not in told
    assert told.endswith(" Take care: fewer than 5 models.")


def test_what_the_next_model_loses_is_not_less_what_the_control_lost() -> None:
    """All classes fell by twelve points, the control by eleven: the next one loses twelve."""
    assert with_control(120, 110)["next_model_upper"].min() > 0.12
    assert with_control(120, 110)["upper"].max() < 0.02
