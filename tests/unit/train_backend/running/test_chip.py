"""CHIP as it is run: its rows, its own fine-tuning and control. Eight layers, few pixels."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_contracts import baseline_violations, violations
from small_studies import conditions_in, small_study, table_of
from train_backend.methods.channel_pruning import pruned_parameters
from train_backend.models import ARCHITECTURES
from train_backend.models.resnet import ResNet
from train_backend.running.experiment import Experiment
from train_backend.studies.conditions import Condition, conditions_of
from train_backend.studies.recipes import Recipe
from train_backend.studies.study import Study
from train_backend.studies.workload import Work, work_of

SPARSITIES = [0.0, 0.4, 0.4, 0.5, 0.6, 0.7]


@pytest.fixture(autouse=True, scope="module")
def eight_layers() -> object:
    """Let ResNet-20 have one block a stage, which trains in a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        small = replace(
            ARCHITECTURES["ResNet-20"],
            blocks=1,
            construct=lambda channels, classes, _: ResNet(
                blocks=1, channels=channels, classes=classes
            ),
        )
        patch.setitem(ARCHITECTURES, "ResNet-20", small)
        yield


def chip_study() -> Study:
    """Return a study of one ResNet on the digits, CHIP at one list of sparsities."""
    phases = [{"epochs": 1, "learning_rate": 0.01, "curve": "cosine"}]
    return small_study(
        recipe_name="as described",
        architecture="ResNet-20",
        methods=["CHIP"],
        ratios=None,
        models=1,
        padding=0,
        chip={
            "ratios": [3.7],
            "sparsities": [SPARSITIES],
            "score_batches": 2,
            "score_batch_size": 16,
            "finetuning_phases": phases,
        },
    )


Run = tuple[pa.Table, dict[str, Recipe], Work]


@pytest.fixture(scope="module")
def run() -> Run:
    """The study run once: its table, the recipe of each training, and the work it told of."""
    recipes: dict[str, Recipe] = {}
    done = Work()

    def watched(self, network, phases, what, *, recipe=None, **others):  # type: ignore[no-untyped-def]
        recipes[what] = recipe or self.study.recipe
        return train(self, network, phases, what, recipe=recipe, **others)

    def add(work: Work) -> None:
        nonlocal done
        done += work

    train = Experiment.train
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Experiment, "train", watched)
        table = table_of(chip_study(), progress=add)
    return table, recipes, done


def test_every_condition_is_evaluated_and_keeps_the_contract(run: Run) -> None:
    """Baseline, before and after fine-tuning, and CHIP's own control."""
    table, _, _ = run
    assert conditions_in(table) == conditions_of(chip_study())
    assert Condition("control", "CHIP") in conditions_in(table)
    assert violations(table) == []
    assert baseline_violations(table) == []


def test_parameters_are_those_before_and_those_left(run: Run) -> None:
    """The ratio is the one asked for; the quotient of the two is the one reached."""
    table, _, _ = run
    removed = table.filter(pc.field("ratio") == 3.7)
    assert set(removed["parameters"].to_pylist()) == {pruned_parameters((0.0,) * 6, 1, 10)}
    left = pruned_parameters(tuple(SPARSITIES), 1, 10)
    assert set(removed["parameters_nonzero"].to_pylist()) == {left}


def test_fine_tuning_and_control_have_chips_optimiser(run: Run) -> None:
    """Batch 256, momentum without Nesterov, weight decay 5e-3; training before has the study's."""
    _, recipes, _ = run
    assert list(recipes) == ["training", "finetuned CHIP 3.7", "control CHIP"]
    study = chip_study().recipe
    assert recipes["training"] == study
    chips = replace(study, batch_size=256, momentum=0.9, nesterov=False, weight_decay=5e-3)
    assert recipes["finetuned CHIP 3.7"] == recipes["control CHIP"] == chips


def test_progress_adds_up_to_the_planned_work(run: Run) -> None:
    """The 32 images that score the channels among it."""
    _, _, done = run
    assert done == work_of(chip_study())
