"""The plan: image passes by hand, what is done, and time that follows from measured speed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import train_backend.running.plan
from rd_cli.train.plan import plan_lines, presence_line
from small_studies import small_study
from train_backend.running.engine import run_study
from train_backend.running.parts import part_path
from train_backend.running.plan import plan_study
from train_backend.running.speeds import Speeds, measure_speeds
from train_backend.studies.conditions import Condition
from train_backend.studies.files import study_from_tables
from train_backend.studies.workload import Work, work_of

FASHION = {
    "dataset": "Fashion-MNIST",
    "architecture": "LeNet5",
    "methods": ["MP"],
    "ratios": [2, 4, 10, 20, 50],
}


@pytest.fixture(autouse=True)
def known_speeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that trains 1,000 images a second and evaluates 4,000, with two cores."""
    speeds = Speeds(training=1000.0, evaluation=4000.0)
    monkeypatch.setattr(train_backend.running.plan, "measure_speeds", lambda *_, **__: speeds)
    monkeypatch.setattr(train_backend.running.plan, "available_cores", lambda: 2)


def test_the_passes_of_a_fashion_mnist_model_by_hand() -> None:
    """30 epochs and 6 times 15 of 54,000 images; each judged on 6,000; 12 tests of 10,000."""
    study = study_from_tables({"study": FASHION}, default_name="fashion")
    assert work_of(study) == Work(
        training=(30 + 6 * 15) * 54_000, evaluation=(30 + 6 * 15) * 6_000 + 12 * 10_000
    )


def test_gradient_scores_cost_a_pass_over_their_images() -> None:
    """Once a model, however many methods and ratios use it; one batch as released."""
    methods = {**FASHION, "methods": ["GP", "UP"], "control": False}
    magnitude = {**FASHION, "methods": ["MP", "RP"], "control": False}

    def extra(recipe: str) -> int:
        with_gradients, without = (
            work_of(study_from_tables({"study": each | {"recipe": recipe}}, default_name="f"))
            for each in (methods, magnitude)
        )
        return with_gradients.training - without.training

    assert extra("as described") == 54_000
    assert extra("as released") == 128


def test_the_plan_of_a_new_study_is_all_of_it(tmp_path: Path) -> None:
    """Nothing is written, not even the folder."""
    study = small_study(models=3)
    plan = plan_study(study, tmp_path / "new", device="cpu")
    assert (plan.models, plan.models_done) == (3, 0)
    assert plan.work == plan.work_left == work_of(study) * 3
    # Three models on two processes: the busier one has two.
    of_one = plan.work.training / 3 / 1000 + plan.work.evaluation / 3 / 4000
    assert plan.processes == 2
    assert plan.seconds_left == pytest.approx(2 * of_one)
    assert not (tmp_path / "new").exists()


def test_the_plan_of_a_study_at_half_time_is_the_rest(tmp_path: Path) -> None:
    """A damaged part counts as not done, and stays where it is."""
    study = small_study(models=3)
    for share in (1, 2):
        run_study(study, tmp_path, device="cpu", processes=1, shard=(share, 3))
    damaged = part_path(tmp_path, study, 1, Condition("control"))
    damaged.write_bytes(b"PAR1")
    plan = plan_study(study, tmp_path, device="cpu")
    assert plan.models_done == 1
    assert (plan.conditions, plan.conditions_done) == (12, 7)
    assert plan.work_left == work_of(study) + work_of(study, [Condition("control")])
    assert len(plan.damaged) == 1
    assert damaged.name in plan.damaged[0]
    assert damaged.read_bytes() == b"PAR1"


def test_the_plan_of_a_share_is_that_of_its_units(tmp_path: Path) -> None:
    """Of three models the first of two shares has two, of which one is done."""
    study = small_study(models=3)
    run_study(study, tmp_path, device="cpu", processes=1, shard=(1, 3))
    of_one = work_of(study)
    first, second = (plan_study(study, tmp_path, device="cpu", shard=(i, 2)) for i in (1, 2))
    assert (first.models, first.models_done, first.work, first.work_left) == (
        2,
        1,
        of_one * 2,
        of_one,
    )
    assert (second.models, second.models_done, second.work_left) == (1, 0, of_one)
    assert first.seconds_left == pytest.approx(of_one.training / 1000 + of_one.evaluation / 4000)
    lines = plan_lines(study, tmp_path, first, (1, 2))
    assert "share      1 of 2, to which all below refers" in lines
    assert f"models     1 of 2 done in {tmp_path}, of their conditions 4 of 8" in lines


def test_the_plan_says_whether_the_data_are_at_hand(tmp_path: Path) -> None:
    """What `run` would say; the digits come with scikit-learn."""
    assert presence_line("digits", tmp_path) == "data       digits is at hand"
    line = presence_line("Fashion-MNIST", tmp_path)
    assert line.startswith("data       not at hand: Fashion-MNIST")
    assert "rdtrain data Fashion-MNIST" in line


def test_speeds_are_measured_for_any_recipe() -> None:
    """Augmented or not; there is no data set on this machine that it could need."""
    for study in (small_study(), small_study(recipe={"augment": True})):
        speeds = measure_speeds(study, torch.device("cpu"), batch_size=64, seconds=0.01)
        assert speeds.training > 0
        assert speeds.evaluation > 0
        assert speeds.scoring == math.inf


def test_chips_epochs_are_timed_in_its_own_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as fast in batches of 256: one epoch and four of ten; 640 images are scored."""
    measured = {128: Speeds(100.0, 1e9, 8.0), 256: Speeds(200.0, 1e9)}
    monkeypatch.setattr(
        train_backend.running.plan,
        "measure_speeds",
        lambda *_, batch_size, **__: measured[batch_size],
    )
    tables = {
        "study": {
            "dataset": "CIFAR-10",
            "architecture": "ResNet-20",
            "methods": ["CHIP"],
            "models": 1,
            "control": False,
        },
        "recipe": {"training_phases": [{"epochs": 1, "learning_rate": 0.1}]},
        "chip": {"finetuning_phases": [{"epochs": 10, "learning_rate": 0.1}]},
    }
    study = study_from_tables(tables, default_name="chip")
    plan = plan_study(study, tmp_path / "none", device="cpu")
    by_hand = 45_000 / 100 + 4 * 10 * 45_000 / 200 + 640 / 8
    assert plan.seconds_left == pytest.approx(by_hand, rel=1e-3)
    assert plan.speeds == measured
    text = "\n".join(plan_lines(study, tmp_path, plan))
    assert "100 images trained and 1,000,000,000 evaluated" in text
    assert "200 trained in batches of 256, for CHIP" in text
    assert "8.0 scored for CHIP, of 640 images" in text


def test_the_scoring_of_channels_is_measured() -> None:
    """Of the maps that the study's sparsities choose from."""
    study = small_study(
        recipe_name="as described",
        architecture="ResNet-20",
        methods=["CHIP"],
        ratios=None,
        padding=0,
        chip={"sparsities": [[0.5, 0, 0, 0, 0, 0]]},
    )
    speeds = measure_speeds(study, torch.device("cpu"), batch_size=8, seconds=0.01)
    assert 0 < speeds.scoring < math.inf
