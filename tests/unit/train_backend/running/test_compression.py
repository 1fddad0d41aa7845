"""The conditions of one model: its rows, what they do not depend on, and what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch
from torch import nn

from small_studies import small_study, table_of
from train_backend.errors import Diverged
from train_backend.running.compression import finish
from train_backend.running.experiment import Experiment
from train_backend.running.parts import Finished
from train_backend.studies.conditions import Condition, conditions_of
from train_backend.studies.study import Study
from train_backend.studies.workload import Work, work_of
from train_backend.training.devices import repeatable

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """One model, MP and UP at 2 and 10, and the control."""
    study = small_study(methods=["MP", "UP"], ratios=[2, 10], models=1)
    return table_of(study)


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


@pytest.mark.parametrize(("ratio", "kept"), [(2.0, 30_037), (10.0, 6_007)])
def test_the_realised_ratio_is_the_requested_one(table: pa.Table, ratio: float, kept: int) -> None:
    """round(60,074 / t) parameters, before fine-tuning and after."""
    at_ratio = table.filter(pc.field("ratio") == ratio)
    assert set(at_ratio["parameters"].to_pylist()) == {60_074}
    assert set(at_ratio["parameters_nonzero"].to_pylist()) == {kept}


def test_a_model_does_not_depend_on_what_is_done_beside_it(table: pa.Table) -> None:
    """UP at 10 alone, without the control, counts the same as among the others."""
    study = small_study(methods=["UP"], ratios=[10], models=2, control=False)
    alone = table_of(study)
    among = table.filter(pc.is_in(table["stage"], pa.array(["baseline", "pruned", "finetuned"])))
    among = among.filter(pc.is_in(among["method"], pa.array(["none", "UP"])))
    among = among.filter(pc.is_in(among["ratio"], pa.array([1.0, 10.0])))
    assert alone.to_pylist() == among.to_pylist()


def test_another_model_of_the_study_is_another_model() -> None:
    """Its own initial weights, split and batch order."""
    zero, one = (table_of(small_study(), model)["n_correct"].to_pylist() for model in (0, 1))
    assert zero != one


def finished(study: Study, left: list[Condition], out: Path | None = None) -> list[Finished]:
    """Do some conditions of model 0."""
    with repeatable(CPU):
        return list(finish(Experiment(study, 0, device=CPU, out=out), left))


LEVELS = small_study(methods=["MP", "LTH", "LTH-random"], lth={"levels": 2, "rewind_step": 3})


@pytest.mark.parametrize("each", conditions_of(LEVELS), ids=str)
def test_a_condition_alone_counts_as_among_all(each: Condition, levels: list[Finished]) -> None:
    """The unpruned model, and the levels before it, are trained again if no checkpoint is there."""
    assert finished(LEVELS, [each]) == [one for one in levels if one.condition == each]


@pytest.fixture(scope="module")
def levels() -> list[Finished]:
    """All conditions of the study with LTH."""
    return finished(LEVELS, conditions_of(LEVELS))


def test_what_is_left_begins_at_the_checkpoints(
    tmp_path: Path, levels: list[Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after any condition nothing that is done is trained again; at the end they go."""
    trained: list[str] = []
    train = Experiment.train

    def spy(self: Experiment, network: nn.Module, phases: Any, what: str, **others: Any) -> Any:
        trained.append(what)
        return train(self, network, phases, what, **others)

    monkeypatch.setattr(Experiment, "train", spy)
    left, done = conditions_of(LEVELS), []
    with repeatable(CPU):
        while left:
            experiment = Experiment(LEVELS, 0, device=CPU, out=tmp_path)
            one = next(finish(experiment, left))
            done.append(one)
            left.remove(one.condition)
        assert list(finish(Experiment(LEVELS, 0, device=CPU, out=tmp_path), [])) == []
    assert done == levels
    # Two controls of LTH share one training, which is nothing that is kept.
    assert sorted(trained) == sorted([*set(trained), "control LTH"])
    assert list((tmp_path / "_checkpoints").iterdir()) == []


def diverging(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the training of that name diverge."""
    train = Experiment.train

    def fail(self: Experiment, network: nn.Module, phases: Any, name: str, **others: Any) -> Any:
        if name == what:
            raise Diverged("has diverged by step 13: the loss is nan")
        return train(self, network, phases, name, **others)

    monkeypatch.setattr(Experiment, "train", fail)


@pytest.mark.parametrize(
    ("what", "lost"),
    [
        ("finetuned MP 2", {"finetuned MP 2"}),
        ("control LTH", {"control LTH", "control LTH-random"}),
        (
            "finetuned LTH 1.25",
            {"finetuned LTH 1.25", "finetuned LTH 1.5625", "finetuned LTH-random 1.5625"},
        ),
        ("training", set(map(str, conditions_of(LEVELS)))),
    ],
)
def test_one_that_diverges_leaves_the_rest(
    what: str, lost: set[str], levels: list[Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what follows from it is lost with it; the others count as they do without it."""
    diverging(what, monkeypatch)
    found = finished(LEVELS, conditions_of(LEVELS))
    assert {str(each.condition) for each in found if each.diverged} == lost
    assert all("has diverged by step 13" in each.diverged for each in found if each.diverged)
    assert [each for each in found if not each.diverged] == [
        each for each in levels if str(each.condition) not in lost
    ]


def test_the_released_settings_run_too() -> None:
    """Selection on the test set, ShrinkBench's count, one gradient batch, the signed cut."""
    study = small_study(recipe_name="as released", methods=["MP", "UP-signed"], ratios=[50])
    rows = table_of(study).to_pylist()
    assert {row["selected_on"] for row in rows} == {"test"}
    nonzero = {row["method"]: row["parameters_nonzero"] for row in rows if row["stage"] == "pruned"}
    assert nonzero["MP"] == 1_076 + 350  # 42 times smaller, where 50 was asked
    assert nonzero["UP-signed"] >= nonzero["MP"]


def test_progress_adds_up_to_the_work_of_the_unit() -> None:
    """What the plan announces is what is done."""
    done = Work()

    def add(work: Work) -> None:
        nonlocal done
        done += work

    study = small_study(methods=["MP", "GP"], models=1)
    table_of(study, progress=add)
    assert done == work_of(study)
