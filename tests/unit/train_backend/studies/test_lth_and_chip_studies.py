"""Studies with LTH and CHIP: their tables, what is refused, and the names of parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from train_backend.running.parts import digest_of
from train_backend.studies.conditions import Condition, conditions_of
from train_backend.studies.files import read_study, study_from_tables, study_to_toml
from train_backend.studies.study import Study
from train_backend.studies.workload import Work, work_of

HEAD = '[study]\ndataset = "CIFAR-10"\narchitecture = "ResNet-56"\n'
LTH = HEAD + 'methods = ["LTH"]\n'
CHIP = HEAD + 'methods = ["CHIP"]\n'
SIX = "[0, 0.1, 0.1, 0.2, 0.2, 0.2]"


def read(tmp_path: Path, text: str) -> Study:
    """Return the study of a file with that text."""
    path = tmp_path / "study.toml"
    path.write_text(text)
    return read_study(path)


@pytest.mark.parametrize("methods", ['["LTH"]', '["CHIP"]', '["MP", "LTH", "LTH-random", "CHIP"]'])
def test_the_resolved_study_reads_back_as_the_same_study(tmp_path: Path, methods: str) -> None:
    """With every sparsity and the curve of the phase written out."""
    study = read(tmp_path, f"{HEAD}methods = {methods}\n")
    assert read(tmp_path, study_to_toml(study)) == study


def test_every_condition_is_listed_in_the_order_of_evaluation(tmp_path: Path) -> None:
    """Each arm with its own control; LTH has nothing to count before training."""
    tables = "[lth]\nlevels = 1\n[chip]\nratios = [1.3]\nsparsities = [" + SIX + "]\n"
    study = read(
        tmp_path, HEAD + 'methods = ["CHIP", "LTH-random", "LTH", "MP"]\nratios = [4]\n' + tables
    )
    assert [str(condition) for condition in conditions_of(study)] == [
        "baseline",
        "pruned MP 4",
        "finetuned MP 4",
        "control",
        "finetuned LTH 1.25",
        "finetuned LTH-random 1.25",
        "control LTH",
        "control LTH-random",
        "pruned CHIP 1.3",
        "finetuned CHIP 1.3",
        "control CHIP",
    ]


def test_the_passes_of_the_papers_lth_by_hand(tmp_path: Path) -> None:
    """Dense, 20 levels and the control: 85 epochs of 45,000, each judged on 5,000; 22 tests."""
    study = read(tmp_path, LTH + 'recipe = "lottery ticket"\n')
    epochs = 22 * 85
    assert work_of(study) == Work(training=epochs * 45_000, evaluation=epochs * 5_000 + 22 * 10_000)


def test_what_lies_before_the_rewind_step_is_not_trained_again(tmp_path: Path) -> None:
    """One level and the control, each without 353 steps: an epoch and a batch of 128."""
    whole = work_of(read(tmp_path, LTH + "[lth]\nlevels = 1\n"))
    rewound = work_of(read(tmp_path, LTH + "[lth]\nlevels = 1\nrewind_step = 353\n"))
    assert whole.training - rewound.training == 2 * (45_000 + 128)
    assert whole.evaluation - rewound.evaluation == 2 * 5_000


def test_the_passes_of_the_papers_chip_by_hand(tmp_path: Path) -> None:
    """60 epochs, then five times 400; scored on 640 images; 10 tests."""
    epochs = 60 + 5 * 400
    assert work_of(read(tmp_path, CHIP)) == Work(
        training=epochs * 45_000, evaluation=epochs * 5_000 + 10 * 10_000, scoring=640
    )


def test_a_random_branch_takes_no_control_of_its_own(tmp_path: Path) -> None:
    """It is LTH's, counted once more under its name: one test, no training."""
    alone = work_of(read(tmp_path, LTH + "[lth]\nlevels = 1\n"))
    branch = HEAD + 'methods = ["LTH", "LTH-random"]\n[lth]\nlevels = 1\n'
    both = work_of(read(tmp_path, branch))
    assert both.training - alone.training == 60 * 45_000
    assert both.evaluation - alone.evaluation == 60 * 5_000 + 2 * 10_000


def test_every_setting_of_a_method_makes_another_part() -> None:
    """Of LTH and CHIP as of the rest."""

    def digest(architecture: str, method: str, table: Mapping[str, object]) -> str:
        study = {"dataset": "digits", "architecture": architecture, "methods": [method]}
        tables = {"study": study, method.lower(): table}
        return digest_of(
            study_from_tables(tables, default_name="s"), 0, Condition("finetuned", method, 2.0)
        )

    lth = [digest("LeNet5", "LTH", table) for table in ({}, {"levels": 3}, {"rewind_step": 1})]
    chip = [
        digest("ResNet-20", "CHIP", table)
        for table in (
            {},
            {"score_batches": 1},
            {"weight_decay": 0.0},
            {"ratios": [1.75, 3.33, 8.2, 19]},
        )
    ]
    assert len({*lth, *chip}) == 7
