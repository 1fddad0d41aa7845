"""Parts: a condition is done if its part is there and whole, and no part is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from data_contracts import ContractError, read_recall_table
from small_studies import small_study
from train_backend.errors import TrainError
from train_backend.running.parts import (
    Finished,
    digest_of,
    diverged_of,
    jobs_left,
    models_of,
    packed_classes,
    part_path,
    read_part,
    set_aside,
    write_part,
)
from train_backend.running.provenance import origin_on
from train_backend.running.tables import write_tables
from train_backend.studies.conditions import Condition, conditions_of
from train_backend.studies.recipes import Phase
from train_backend.training.evaluation import Counts
from train_backend.training.loop import Epoch

ORIGIN = origin_on(torch.device("cpu"))
STUDY = small_study(models=3)
CONTROL = Condition("control")


def counts_of(model: int, condition: Condition) -> Finished:
    """Return valid counts, and answers that count so, without training anything."""
    right = [60 + model] * 10
    counts = Counts([90] * 10, right, [90] * 10, right)
    nonzero = 30_037 if condition.method == "MP" else 60_074
    labels = torch.arange(900) % 10
    answers = torch.where(torch.arange(900) < 10 * right[0], labels, (labels + 1) % 10)
    packed = packed_classes(labels) if condition.stage == "baseline" else ""
    epochs = (Epoch(1, 0.05, 0.1 + model, 0.2, None),)
    return Finished(
        model, condition, counts, 60_074, nonzero, packed_classes(answers), packed, epochs
    )


def fill(out: Path, models: range) -> Path:
    """Write every part of some models."""
    (out / "_parts").mkdir(exist_ok=True)
    for model in models:
        for condition in conditions_of(STUDY):
            write_part(out, STUDY, counts_of(model, condition), ORIGIN)
    return out


def left(out: Path) -> tuple[list[tuple[int, int]], list[Path]]:
    """Return the models that are not done with how much of each is left, and damaged parts."""
    damaged: list[Path] = []
    jobs = jobs_left(out, STUDY, range(3), lambda path, _: damaged.append(path))
    return [(job.model, len(job.conditions)) for job in jobs], damaged


def test_a_part_holds_what_was_written(tmp_path: Path) -> None:
    """Counts, where they come from, and where nothing was written nothing."""
    fill(tmp_path, range(1))
    assert read_part(tmp_path, STUDY, 0, CONTROL) == (counts_of(0, CONTROL), ORIGIN)
    assert read_part(tmp_path, STUDY, 1, CONTROL) is None
    assert left(tmp_path) == ([(1, 4), (2, 4)], [])


def truncate(path: Path) -> None:
    """Keep the first half, as a full disk or a lost power line leaves a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Keep the name alone."""
    path.write_bytes(b"")


def change_a_count(path: Path) -> None:
    """Write what the model did not count."""
    path.write_text(path.read_text().replace("60,", "61,", 1))


def take_another_part(path: Path) -> None:
    """Copy the part of a sibling here: whole, and of another model."""
    path.write_bytes(part_path(path.parents[1], STUDY, 1, CONTROL).read_bytes())


@pytest.mark.parametrize("damage", [truncate, empty, change_a_count, take_another_part])
def test_a_damaged_part_is_set_aside_and_its_condition_done_again(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """The others stay done; damaged files are kept under other names, with a word."""
    fill(tmp_path, range(3))
    path = part_path(tmp_path, STUDY, 0, CONTROL)
    for number in (1, 2):
        write_part(tmp_path, STUDY, counts_of(0, CONTROL), ORIGIN)
        damage(path)
        content = path.read_bytes()
        assert left(tmp_path) == ([(0, 1)], [path])
        said: list[str] = []
        set_aside(path, said.append)
        assert left(tmp_path) == ([(0, 1)], [])
        assert path.with_name(f"{path.name}.damaged-{number}").read_bytes() == content
        assert len(said) == 1


def test_the_table_of_a_study_is_all_parts_together(tmp_path: Path) -> None:
    """Whatever the order in which they were written; not while one is missing."""
    path = write_tables(fill(tmp_path, range(3)), STUDY)
    assert read_recall_table([path]).num_rows == 3 * 4 * 10
    first = path.read_bytes()
    part_path(tmp_path, STUDY, 0, CONTROL).unlink()
    path.unlink()
    with pytest.raises(TrainError, match="is missing: run the study again"):
        write_tables(tmp_path, STUDY)
    assert not path.exists()
    write_part(tmp_path, STUDY, counts_of(0, CONTROL), ORIGIN)
    write_tables(tmp_path, STUDY)
    assert path.read_bytes() == first


def test_answers_that_count_otherwise_are_refused(tmp_path: Path) -> None:
    """Before any table is written."""
    fill(tmp_path, range(3))
    one = counts_of(2, CONTROL)
    write_part(tmp_path, STUDY, replace(one, answers=counts_of(1, CONTROL).answers), ORIGIN)
    with pytest.raises(ContractError, match="counts agree"):
        write_tables(tmp_path, STUDY)
    assert not list(tmp_path.glob("*.parquet"))


def test_the_table_is_without_what_diverged(tmp_path: Path) -> None:
    """Which is told in words."""
    fill(tmp_path, range(3))
    lost = Finished(1, CONTROL, diverged="has diverged by step 13")
    write_part(tmp_path, STUDY, lost, ORIGIN)
    assert read_recall_table([write_tables(tmp_path, STUDY)]).num_rows == (3 * 4 - 1) * 10
    assert diverged_of(tmp_path, STUDY, [0]) == []
    assert diverged_of(tmp_path, STUDY, [0, 1]) == ["model 1, control, has diverged by step 13"]


def test_where_everything_diverged_there_is_no_table(tmp_path: Path) -> None:
    """The first reason is told."""
    (tmp_path / "_parts").mkdir()
    for model in range(3):
        for condition in conditions_of(STUDY):
            write_part(tmp_path, STUDY, Finished(model, condition, diverged="has it"), ORIGIN)
    with pytest.raises(TrainError, match="no model of small is left: model 0, baseline, has it"):
        write_tables(tmp_path, STUDY)


def test_what_a_study_may_grow_by_is_no_part_of_a_part_s_name() -> None:
    """Models, methods, ratios, and the settings of methods that the condition is not of."""
    grown = small_study(
        models=40, methods=["MP", "LTH"], ratios=[2, 9], control=False, predictions=False, lth={}
    )
    assert digest_of(grown, 0, CONTROL) == digest_of(STUDY, 0, CONTROL)


def test_any_other_setting_makes_another_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The study, the recipe, model and condition, and both versions."""
    recipe = replace(STUDY.recipe, finetuning_phases=(Phase(1, 0.04),))
    others = [
        digest_of(small_study(seed=1), 0, CONTROL),
        digest_of(small_study(name="other"), 0, CONTROL),
        digest_of(replace(STUDY, recipe=recipe), 0, CONTROL),
        digest_of(STUDY, 1, CONTROL),
        digest_of(STUDY, 0, Condition("pruned", "MP", 2.5)),
        digest_of(STUDY, 0, Condition("pruned", "MP", 2.0)),
        digest_of(STUDY, 0, CONTROL),
    ]
    for version in ("CODE_VERSION", "RECIPE_VERSION", "PART_VERSION"):
        with monkeypatch.context() as older:
            older.setattr(f"train_backend.running.parts.{version}", 0)
            others.append(digest_of(STUDY, 0, CONTROL))
    assert len(set(others)) == len(others)


def test_shards_share_the_models_among_them() -> None:
    """Every model once."""
    shares = [list(models_of(small_study(models=7), (share, 3))) for share in (1, 2, 3)]
    assert shares == [[0, 3, 6], [1, 4], [2, 5]]
