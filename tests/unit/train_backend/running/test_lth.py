"""The levels of LTH as they are trained: what is pruned, what is rewound, what the control is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest
import torch
from torch import Tensor

from data_contracts import baseline_violations, violations
from small_studies import conditions_in, small_study, table_of
from train_backend.methods.lottery_ticket import level_masks, whole_masks
from train_backend.models.resnet import ResNet
from train_backend.running.experiment import Dense, Experiment
from train_backend.running.lottery import rewound
from train_backend.studies.conditions import conditions_of
from train_backend.studies.study import Study
from train_backend.studies.workload import Work, work_of
from train_backend.training.loop import State

REWIND = 9


def lottery_study(**changes: Any) -> Study:
    """Return a study of one LeNet5 on the digits: MP, two levels of LTH, two epochs each."""
    phases = [{"epochs": 1, "learning_rate": 0.05}, {"epochs": 1, "learning_rate": 0.01}]
    settings: dict[str, Any] = {"methods": ["MP", "LTH", "LTH-random"], "models": 1, **changes}
    return small_study(
        recipe={"training_phases": phases}, lth={"levels": 2, "rewind_step": REWIND}, **settings
    )


@dataclass
class Training:
    """One call of `train`: what it was given and what it left."""

    before: State
    masks: dict[str, Tensor] | None
    first_step: int
    states: dict[int, State]


Run = tuple[pa.Table, dict[str, Training], Work]


@pytest.fixture(scope="module")
def run() -> Run:
    """The study run once: its table, its trainings by name, and the work it told of."""
    trainings: dict[str, Training] = {}
    done = Work()

    def watched(self, network, phases, what, *, masks=None, first_step=0, **others):  # type: ignore[no-untyped-def]
        before = {name: value.clone() for name, value in network.state_dict().items()}
        states = train(self, network, phases, what, masks=masks, first_step=first_step, **others)
        trainings[what] = Training(before, masks, first_step, states)
        return states

    def add(work: Work) -> None:
        nonlocal done
        done += work

    train = Experiment.train
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Experiment, "train", watched)
        table = table_of(lottery_study(), progress=add)
    return table, trainings, done


def test_every_condition_is_evaluated_and_keeps_the_contract(run: Run) -> None:
    """Each once, in the order that the study lists."""
    table, _, _ = run
    assert conditions_in(table) == conditions_of(lottery_study())
    assert violations(table) == []
    assert baseline_violations(table) == []


def test_a_level_has_the_weights_that_its_ratio_says(run: Run) -> None:
    """59,838 x 0.8 = 47,870.4 of the weights stay at level 1, and all 236 biases."""
    table, _, _ = run
    nonzero = {
        (row["method"], row["ratio"]): row["parameters_nonzero"]
        for row in table.to_pylist()
        if row["stage"] == "finetuned"
    }
    for method in ("LTH", "LTH-random"):
        assert nonzero[method, 1.25] == 47_870 + 236
        assert nonzero[method, 1.5625] == 38_296 + 236
    controls = [row for row in table.to_pylist() if row["stage"] == "control"]
    assert {row["parameters_nonzero"] for row in controls} == {60_074}


def test_survivors_are_rewound_bit_for_bit(run: Run) -> None:
    """To the dense network's weights after step 9; the others are zero; biases are rewound too."""
    _, trainings, _ = run
    rewind = trainings["training"].states[REWIND]
    for name in ("finetuned LTH 1.25", "finetuned LTH 1.5625", "finetuned LTH-random 1.5625"):
        start = trainings[name]
        assert start.first_step == REWIND
        assert start.masks is not None
        for key, value in start.before.items():
            expected = rewind[key]
            if key in start.masks:
                expected = expected.masked_fill(~start.masks[key], 0.0)
            assert torch.equal(value, expected)


def test_each_level_is_pruned_by_the_last_step_of_the_one_before(run: Run) -> None:
    """The dense network's for level 1, level 1's for level 2; nested, and random ones are not."""
    _, trainings, _ = run
    first = trainings["finetuned LTH 1.25"].masks
    second = trainings["finetuned LTH 1.5625"].masks
    drawn = trainings["finetuned LTH-random 1.5625"].masks
    assert first is not None
    assert second is not None
    assert drawn is not None
    last = 2 * 13  # two epochs of 13 steps
    dense = trainings["training"].states[last]
    whole = {name: torch.ones_like(mask) for name, mask in first.items()}
    of_level_1 = level_masks(dense, whole, 1)
    of_level_2 = level_masks(trainings["finetuned LTH 1.25"].states[last], first, 2)
    for name in first:
        assert torch.equal(first[name], of_level_1[name])
        assert torch.equal(second[name], of_level_2[name])
        assert not bool((second[name] & ~first[name]).any())
        assert int(drawn[name].sum()) == int(second[name].sum())
    assert any(bool((drawn[name] & ~first[name]).any()) for name in first)


def test_the_control_is_a_level_with_nothing_pruned(run: Run) -> None:
    """Rewound to the same step, trained from there, every weight kept; counted for both arms."""
    table, trainings, _ = run
    control = trainings["control LTH"]
    rewind = trainings["training"].states[REWIND]
    assert control.first_step == REWIND
    assert control.masks is not None
    assert all(bool(mask.all()) for mask in control.masks.values())
    assert all(torch.equal(value, rewind[key]) for key, value in control.before.items())
    counts = {
        method: [
            row["n_correct"]
            for row in table.to_pylist()
            if (row["stage"], row["method"]) == ("control", method)
        ]
        for method in ("LTH", "LTH-random", "none")
    }
    assert counts["LTH"] == counts["LTH-random"] != counts["none"]


def test_what_is_done_beside_lth_changes_nothing_of_it(run: Run) -> None:
    """LTH alone counts as it does beside MP and random masks, from the same baseline."""
    table, _, _ = run
    alone = table_of(lottery_study(methods=["LTH"], control=False, ratios=None)).to_pylist()
    among = [
        row
        for row in table.to_pylist()
        if row["stage"] == "baseline" or (row["stage"], row["method"]) == ("finetuned", "LTH")
    ]
    assert alone == among


def test_progress_adds_up_to_the_planned_work(run: Run) -> None:
    """What the plan announces is what is done."""
    _, _, done = run
    assert done == work_of(lottery_study())


def test_batch_norm_state_is_rewound_too() -> None:
    """Running statistics of a ResNet, which training has moved."""
    torch.manual_seed(0)
    model = ResNet(blocks=1, channels=1, classes=2)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model(torch.randn(4, 1, 8, 8))
    assert not torch.equal(model.state_dict()["norm.running_mean"], state["norm.running_mean"])
    dense = Dense(model, torch.zeros(0), {0: state}, ())
    masks = level_masks(state, whole_masks(model), 1)
    back = rewound(dense, state, masks).state_dict()
    for name, value in state.items():
        expected = value.masked_fill(~masks[name], 0.0) if name in masks else value
        assert torch.equal(back[name], expected)
