"""Units: the rows of a model, and what its part's name depends on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch
from torch import nn

from data_contracts import baseline_violations, violations
from small_studies import small_study
from train_backend.errors import TrainError
from train_backend.running.units import Unit, run_unit, units_of
from train_backend.studies.recipes import Phase
from train_backend.studies.study import Study
from train_backend.studies.workload import Work
from train_backend.training.devices import repeatable

CPU = torch.device("cpu")


def run(unit: Unit) -> pa.Table:
    """Return the table of a unit, as the engine would make it."""
    with repeatable(CPU):
        return run_unit(unit, device=CPU)


def run_study(study: Study) -> list[dict[str, object]]:
    """Return the rows of a whole study."""
    return [row for unit in units_of(study) for row in run(unit).to_pylist()]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """One model, MP and UP at 2 and 10, and the control."""
    study = small_study(methods=["MP", "UP"], ratios=[2, 10], models=1)
    return run(units_of(study)[0])


def test_a_unit_gives_every_stage_of_its_model(table: pa.Table) -> None:
    """Baseline, before and after fine-tuning at each ratio, and the unpruned control."""
    conditions = dict.fromkeys(
        zip(*(table[name].to_pylist() for name in ("stage", "method", "ratio")), strict=True)
    )
    assert list(conditions) == [
        ("baseline", "none", 1.0),
        ("pruned", "MP", 2.0),
        ("finetuned", "MP", 2.0),
        ("pruned", "MP", 10.0),
        ("finetuned", "MP", 10.0),
        ("pruned", "UP", 2.0),
        ("finetuned", "UP", 2.0),
        ("pruned", "UP", 10.0),
        ("finetuned", "UP", 10.0),
        ("control", "none", 1.0),
    ]


def test_a_unit_keeps_the_contract(table: pa.Table) -> None:
    """Every rule, and a baseline for every compressed row."""
    assert violations(table) == []
    assert baseline_violations(table) == []


def test_every_image_of_the_test_set_is_counted_once(table: pa.Table) -> None:
    """900 digits, 90 of each class, whatever the model says of them."""
    sums = table.group_by(["stage", "method", "ratio"]).aggregate(
        [("n_samples", "sum"), ("n_predicted", "sum")]
    )
    assert set(sums["n_samples_sum"].to_pylist()) == {900}
    assert set(sums["n_predicted_sum"].to_pylist()) == {900}
    assert set(table["n_samples"].to_pylist()) == {90}


def test_the_baseline_is_right_wherever_it_is_right(table: pa.Table) -> None:
    """n_both_correct of the baseline with itself is n_correct."""
    baseline = table.filter(pc.field("stage") == "baseline")
    assert baseline["n_both_correct"].equals(baseline["n_correct"])


@pytest.mark.parametrize(("ratio", "kept"), [(2.0, 30_037), (10.0, 6_007)])
def test_the_realised_ratio_is_the_requested_one(table: pa.Table, ratio: float, kept: int) -> None:
    """round(60,074 / t) parameters, before fine-tuning and after."""
    at_ratio = table.filter(pc.field("ratio") == ratio)
    assert set(at_ratio["parameters"].to_pylist()) == {60_074}
    assert set(at_ratio["parameters_nonzero"].to_pylist()) == {kept}


def test_a_model_does_not_depend_on_what_is_done_beside_it(table: pa.Table) -> None:
    """UP at 10 alone, without the control, counts the same as among the others."""
    study = small_study(methods=["UP"], ratios=[10], models=2, control=False)
    alone = run(units_of(study)[0])
    among = table.filter(pc.is_in(table["stage"], pa.array(["baseline", "pruned", "finetuned"])))
    among = among.filter(pc.is_in(among["method"], pa.array(["none", "UP"])))
    among = among.filter(pc.is_in(among["ratio"], pa.array([1.0, 10.0])))
    assert alone.to_pylist() == among.to_pylist()


def test_another_model_of_the_study_is_another_model() -> None:
    """Its own initial weights, split and batch order."""
    zero, one = (run(unit)["n_correct"].to_pylist() for unit in units_of(small_study()))
    assert zero != one


def test_a_model_that_diverges_is_named(tmp_path: Path) -> None:
    """The study, the model and the phase."""
    study = small_study(recipe={"training_phases": [{"epochs": 1, "learning_rate": 1e6}]})
    with pytest.raises(TrainError, match="study small, model 0, training: has diverged"):
        run(units_of(study)[0])
    assert list(tmp_path.iterdir()) == []


def test_the_released_settings_run_too() -> None:
    """Selection on the test set, ShrinkBench's count, one gradient batch, the signed cut."""
    study = small_study(recipe_name="as released", methods=["MP", "UP-signed"], ratios=[50])
    rows = run(units_of(study)[0]).to_pylist()
    assert {row["selected_on"] for row in rows} == {"test"}
    nonzero = {row["method"]: row["parameters_nonzero"] for row in rows if row["stage"] == "pruned"}
    assert nonzero["MP"] == 1_076 + 350  # 42 times smaller, where 50 was asked
    assert nonzero["UP-signed"] >= nonzero["MP"]


def test_weights_are_handed_over_for_every_evaluated_model() -> None:
    """Under names that tell them apart; the pruned one has the weights its mask left."""
    kept: dict[tuple[int, str], int] = {}

    def keep(model: int, name: str, network: nn.Module) -> None:
        kept[model, name] = sum(int((p != 0).sum()) for p in network.parameters())

    study = small_study(models=1, ratios=[2.5])
    with repeatable(CPU):
        run_unit(units_of(study)[0], device=CPU, keep=keep)
    assert list(kept) == [
        (0, "baseline"),
        (0, "pruned-MP-2.5"),
        (0, "finetuned-MP-2.5"),
        (0, "control"),
    ]
    assert kept[0, "finetuned-MP-2.5"] == round(60_074 / 2.5)


def test_progress_adds_up_to_the_work_of_the_unit() -> None:
    """What the plan announces is what is done."""
    done = Work()

    def add(work: Work) -> None:
        nonlocal done
        done += work

    (unit,) = units_of(small_study(methods=["MP", "GP"], models=1))
    with repeatable(CPU):
        run_unit(unit, device=CPU, progress=add)
    assert done == unit.work


def digest(study: Study, model: int = 0) -> str:
    """Return the name of the part of a unit."""
    return Unit(study, model).digest


def test_a_study_that_grows_keeps_the_parts_it_has() -> None:
    """The number of models is no setting of a model."""
    assert digest(small_study(models=2)) == digest(small_study(models=40))


def test_any_other_setting_makes_another_part() -> None:
    """The study, the recipe and the model."""
    study = small_study()
    recipe = replace(study.recipe, finetuning_phases=(Phase(1, 0.04),))
    others = [
        digest(small_study(seed=1)),
        digest(small_study(ratios=[2.5])),
        digest(small_study(name="other")),
        digest(replace(study, recipe=recipe)),
        digest(study, 1),
        digest(study),
    ]
    assert len(set(others)) == len(others)


def test_an_older_version_of_the_code_makes_another_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of two versions are never mixed in one table."""
    now = digest(small_study())
    monkeypatch.setattr("train_backend.running.units.CODE_VERSION", 0)
    assert digest(small_study()) != now
    monkeypatch.undo()
    monkeypatch.setattr("train_backend.running.units.RECIPE_VERSION", 0)
    assert digest(small_study()) != now


def test_shards_share_the_units_among_them() -> None:
    """Every unit once."""
    study = small_study(models=7)
    shares = [units_of(study, (share, 3)) for share in (1, 2, 3)]
    assert [len(share) for share in shares] == [3, 2, 2]
    members = sorted(unit.model for share in shares for unit in share)
    assert members == list(range(7))
