"""The engine: the same bytes however a study was run, and nothing lost on the way."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data_contracts import (
    KEY,
    ContractError,
    read_prediction_table,
    read_provenance,
    read_recall_table,
    recall_table_from,
)
from published_files import publish_small
from small_studies import small_study
from train_backend.errors import TrainError
from train_backend.running.engine import Outcome, Status, run_study
from train_backend.running.folder import locked, opened_output
from train_backend.running.parts import part_path
from train_backend.studies.conditions import Condition
from train_backend.studies.files import read_study

STUDY = small_study(models=3)


def run(out: Path, *, study: object = STUDY, **options: object) -> Outcome:
    """Run a study in this process, on the CPU."""
    return run_study(study, out, device="cpu", processes=1, **options)  # type: ignore[arg-type]


Tables = dict[str, bytes]


def tables(out: Path) -> Tables:
    """Return every table of a study's folder."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.parquet"))}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The tables of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("undisturbed")
    run(out)
    return tables(out)


def stop_after(models: int) -> Callable[[Status], None]:
    """Press Ctrl-C in the middle of the model after so many."""

    def watch(status: Status) -> None:
        if status.models_done >= models and status.cost_done > models * status.cost / 3 * 1.2:
            raise KeyboardInterrupt

    return watch


def test_a_resumed_run_gives_the_same_bytes(tmp_path: Path, undisturbed: Tables) -> None:
    """Stopped in the middle of the second model, then started again by the same command."""
    with pytest.raises(
        KeyboardInterrupt, match=r"[4-7] of 12 conditions of 3 models are done .* goes on"
    ):
        run(tmp_path, watch=stop_after(1))
    assert not (tmp_path / "recall.parquet").exists()
    kept = part_path(tmp_path, STUDY, 0, Condition("control")).stat().st_mtime_ns
    assert run(tmp_path).table == tmp_path / "recall.parquet"
    assert tables(tmp_path) == undisturbed
    assert part_path(tmp_path, STUDY, 0, Condition("control")).stat().st_mtime_ns == kept


LTH = {"methods": ["MP", "LTH", "LTH-random"], "lth": {"levels": 2, "rewind_step": 3}}
CHIP = {
    "architecture": "ResNet-20",
    "padding": 0,
    "control": False,
    "methods": ["CHIP"],
    "ratios": None,
    "recipe_name": "as described",
    "recipe": {"validation_fraction": 0.9, "selection": "last"},
    "chip": {
        "sparsities": [[0, 0.4, 0.4, 0.5, 0.6, 0.7]],
        "score_batches": 1,
        "score_batch_size": 8,
        "finetuning_phases": [{"epochs": 1, "learning_rate": 0.01}],
    },
}


@pytest.mark.parametrize(
    "changes",
    [{"models": 3}, {"models": 2, **LTH}, {"models": 2, **CHIP}],
    ids=["MP", "LTH", "CHIP"],
)
def test_all_shares_of_any_study_give_the_bytes_of_one_run(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """A share more than there are units among them; the one that ends last writes the table."""
    study = small_study(**changes)
    run(tmp_path / "whole", study=study)
    shares = study.models + 1
    outcomes = [
        run(tmp_path / "shares", study=study, shard=(share, shares))
        for share in range(shares, 0, -1)
    ]
    assert [outcome.table is None for outcome in outcomes] == [True] * (shares - 1) + [False]
    assert tables(tmp_path / "shares") == tables(tmp_path / "whole")


def test_two_processes_give_the_same_bytes(tmp_path: Path, undisturbed: Tables) -> None:
    """Whichever of them takes which model."""
    outcome = run_study(STUDY, tmp_path, device="cpu", processes=2)
    assert outcome.table == tmp_path / "recall.parquet"
    assert tables(tmp_path) == undisturbed


def test_a_study_that_grew_gives_the_bytes_of_the_whole(tmp_path: Path) -> None:
    """By a ratio, two methods and two models; parts that were there are not done again."""
    grown = small_study(
        models=4, methods=["MP", "GP", "LTH"], ratios=[2, 10], lth={"levels": 2, "rewind_step": 3}
    )
    run(tmp_path / "whole", study=grown)
    out = tmp_path / "grown"
    run(out, study=small_study(models=2))
    before = {path: path.stat().st_mtime_ns for path in out.glob("_parts/*")}
    run(out, study=grown)
    assert tables(out) == tables(tmp_path / "whole")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(before) == 2 * 4


def test_every_answer_is_kept_unless_the_study_leaves_them_out(
    tmp_path: Path, undisturbed: Tables
) -> None:
    """They count up to the recall table, bit for bit; parts have them in any case."""
    run(tmp_path)
    predictions = read_prediction_table(tmp_path)
    counted = recall_table_from(predictions)
    columns = [*KEY, "class_name", "n_samples", "n_correct", "n_predicted", "n_both_correct"]
    assert counted.select(columns).equals(read_recall_table(tmp_path).select(columns))
    assert list(predictions.digests) == ["small/digits/test"]
    run(tmp_path, study=small_study(models=3, predictions=False), root=tmp_path / "none")
    assert set(tables(tmp_path)) == {"recall.parquet", "history.parquet"}
    run(tmp_path, root=tmp_path / "none")
    assert tables(tmp_path) == undisturbed


def test_the_history_has_a_row_for_every_epoch_of_every_training(tmp_path: Path) -> None:
    """LTH is rewound to the third of 13 steps, so its levels have as many epochs as the model."""
    run(tmp_path, study=small_study(models=1, methods=["MP", "LTH"], lth={"levels": 1}))
    rows = pq.read_table(tmp_path / "history.parquet").to_pylist()
    assert [(row["stage"], row["method"], row["epoch"]) for row in rows] == [
        ("baseline", "none", 1),
        ("finetuned", "MP", 1),
        ("control", "none", 1),
        ("finetuned", "LTH", 1),
        ("control", "LTH", 1),
    ]
    assert all(row["rate"] == 0.05 and row["selected_on"] == "validation" for row in rows)
    assert all(0 < row["training_loss"] < 3 and 0 < row["accuracy"] <= 1 for row in rows)


def test_a_damaged_part_is_done_again_with_a_word(tmp_path: Path, undisturbed: Tables) -> None:
    """A truncated part of the second model."""
    run(tmp_path, shard=(2, 3))
    path = part_path(tmp_path, STUDY, 1, Condition("control"))
    path.write_bytes(path.read_bytes()[:-100])
    said: list[str] = []
    run(tmp_path, say=said.append)
    assert [line.split("-")[0] for line in said] == ["the part 1"]
    assert tables(tmp_path) == undisturbed


def test_the_table_says_where_it_comes_from_and_no_time(tmp_path: Path) -> None:
    """A clock would make every run's bytes differ."""
    run(tmp_path, study=small_study(models=1))
    provenance = read_provenance(tmp_path / "recall.parquet")
    assert provenance is not None
    assert provenance.created is None
    assert provenance.device == "cpu, 1 thread"
    assert {"torch", "numpy", "python"} <= set(provenance.library_versions)
    assert "sha256" in str(provenance.seed_policy)
    assert provenance.study["recipe"]["batch_size"] == 64  # type: ignore[call-overload, index]


def test_the_folder_keeps_the_resolved_study(tmp_path: Path) -> None:
    """With every setting of its recipe, to be run again elsewhere."""
    run(tmp_path, study=small_study(models=1))
    assert read_study(tmp_path / "study.toml") == small_study(models=1)


def test_the_folder_of_a_study_reads_as_its_recall_table(tmp_path: Path) -> None:
    """The parts beside the table are not counted a second time."""
    outcome = run(tmp_path, study=small_study(models=1))
    assert outcome.table is not None
    assert read_recall_table(tmp_path).equals(read_recall_table(outcome.table))


def test_a_folder_of_another_study_is_refused(tmp_path: Path) -> None:
    """With the setting that differs; nothing in it is touched."""
    run(tmp_path, study=small_study(models=1))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for changed, told in (
        (small_study(models=1, seed=5), "holds another study: its seed is 0, not 5"),
        (
            small_study(models=1, recipe={"batch_size": 32}),
            "holds another study: its batch_size is 64, not 32",
        ),
    ):
        with pytest.raises(TrainError, match=f"{told}; choose another --out"):
            run(tmp_path, study=changed)
    for path, content in before.items():
        assert path.name == ".lock" or path.read_bytes() == content


@pytest.mark.parametrize(
    ("less", "told"),
    [
        ({"models": 2}, "holds 3 models of this study"),
        ({"ratios": [4]}, "holds the ratios 2.0 of this study"),
        ({"methods": ["GP"]}, "holds the methods MP of this study"),
    ],
)
def test_what_may_be_added_may_not_be_left_out(
    tmp_path: Path, less: dict[str, Any], told: str
) -> None:
    """Its rows would vanish from the table without a word."""
    with opened_output(tmp_path, STUDY):
        pass
    with pytest.raises(TrainError, match=told):
        run(tmp_path, study=small_study(**({"models": 3} | less)))


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """While the first one lives; it is named."""
    with (
        opened_output(tmp_path, STUDY),
        pytest.raises(TrainError, match=rf"another rdtrain is at work .*process {os.getpid()}"),
    ):
        run(tmp_path)


def test_two_shares_may_run_at_once_but_the_same_share_may_not(tmp_path: Path) -> None:
    """Nor a whole run beside a share."""
    with opened_output(tmp_path, STUDY, (1, 2)):
        with opened_output(tmp_path, STUDY, (2, 2)):
            pass
        with (
            pytest.raises(TrainError, match="at work"),
            opened_output(tmp_path, STUDY, (1, 2)),
        ):
            pass
        with pytest.raises(TrainError, match="at work"), opened_output(tmp_path, STUDY):
            pass


def test_a_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    """Even if the holder failed."""
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock"):
        raise ZeroDivisionError
    with locked(tmp_path / "lock"):
        pass


LOCKED = """
import multiprocessing, os, signal, time
from pathlib import Path
from train_backend.running.folder import locked

with locked(Path("lock")):
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_lock_is_free_again_though_a_child_of_its_killed_holder_lives_on(tmp_path: Path) -> None:
    """As a data set's workers do for some seconds."""
    with subprocess.Popen(
        [sys.executable, "-c", LOCKED], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        assert holder.wait() == -signal.SIGKILL
        try:
            with locked(tmp_path / "lock"):
                os.kill(child, 0)  # raises if it has ended
        finally:
            os.kill(child, signal.SIGKILL)


FASHION = small_study(
    dataset="Fashion-MNIST",
    models=2,
    recipe_name="as described",
    recipe={"validation_fraction": 0.25, "batch_size": 10},
)


@pytest.mark.parametrize("shard", [(1, 1), (2, 2)])
def test_without_the_data_no_folder_is_taken(tmp_path: Path, shard: tuple[int, int]) -> None:
    """A study.toml there would refuse the next study of that name."""
    with pytest.raises(TrainError, match="Fashion-MNIST is not complete"):
        run(tmp_path / "out", study=FASHION, shard=shard, root=tmp_path / "no-data")
    assert list(tmp_path.iterdir()) == []


def test_what_is_done_needs_no_data_but_a_damaged_part_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is joined where the parts lie, on a machine without the data set."""
    publish_small("Fashion-MNIST", monkeypatch).install(tmp_path / "data")
    run(tmp_path / "out", study=FASHION, root=tmp_path / "data")
    table = tmp_path / "out" / "recall.parquet"
    whole = table.read_bytes()
    table.unlink()
    run(tmp_path / "out", study=FASHION, root=tmp_path / "no-data")
    assert table.read_bytes() == whole
    part_path(tmp_path / "out", FASHION, 0, Condition("control")).write_bytes(b"PAR1")
    with pytest.raises(TrainError, match="Fashion-MNIST is not complete"):
        run(tmp_path / "out", study=FASHION, root=tmp_path / "no-data")


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """--out given a recall table."""
    (tmp_path / "recall.parquet").write_bytes(b"PAR1")
    with pytest.raises(TrainError, match=r"recall.parquet cannot be a folder for results"):
        run(tmp_path / "recall.parquet")


def test_leftovers_of_killed_writers_are_removed(tmp_path: Path) -> None:
    """Temporary files of a run that died; nothing else."""
    (tmp_path / "_parts").mkdir()
    (tmp_path / "_parts" / ".rdstats-1234abcd.tmp").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    with opened_output(tmp_path, STUDY):
        pass
    assert not list(tmp_path.rglob("*.tmp"))
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_full_disk_is_told_in_a_line_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Tables
) -> None:
    """The second part cannot be written; the first one stays, and space heals the rest."""
    write, written = Path.write_text, []

    def full_after_one_part(path: Path, text: str) -> int:
        written.append(path)
        if len(written) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", full_after_one_part)
    with pytest.raises(ContractError, match=r"No space left on device.* space left"):
        run(tmp_path)
    monkeypatch.undo()
    assert len(list(tmp_path.glob("_parts/*"))) == 1
    run(tmp_path)
    assert tables(tmp_path) == undisturbed


def test_a_failing_job_in_a_process_tells_its_own_word(tmp_path: Path) -> None:
    """Not a traceback of the pool."""
    study = small_study(recipe={"training_phases": [{"epochs": 1, "learning_rate": 1e6}]})
    with pytest.raises(TrainError, match="no model of small is left: model 0, baseline, has div"):
        run_study(study, tmp_path, device="cpu", processes=2)


def test_a_condition_that_diverges_leaves_the_rest(tmp_path: Path) -> None:
    """Named in the outcome and the provenance, and not done again; the others are there."""
    changed = {"finetuning_phases": [{"epochs": 1, "learning_rate": 1e6}]}
    outcome = run(tmp_path, study=small_study(models=1, recipe=changed))
    assert outcome.table is not None
    assert [line.split(" by step ")[0] for line in outcome.diverged] == [
        "model 0, finetuned MP 2, has diverged",
        "model 0, control, has diverged",
    ]
    assert set(read_recall_table(outcome.table)["stage"].to_pylist()) == {"baseline", "pruned"}
    provenance = read_provenance(outcome.table)
    assert provenance is not None
    assert provenance.notes[1:] == tuple(f"diverged: {line}" for line in outcome.diverged)
    before = outcome.table.read_bytes()
    again = run(tmp_path, study=small_study(models=1, recipe=changed), root=tmp_path / "none")
    assert (again, outcome.table.read_bytes()) == (outcome, before)


def test_weights_are_kept_as_safetensors_if_the_study_asks(tmp_path: Path) -> None:
    """One file per evaluated model; the fine-tuned one has the zeros of its mask."""
    from safetensors.torch import load_file

    run(tmp_path, study=small_study(models=1, keep_weights=True))
    folder = tmp_path / "weights" / "0"
    assert sorted(path.name for path in folder.iterdir()) == [
        "baseline.safetensors",
        "control.safetensors",
        "finetuned-MP-2.safetensors",
        "pruned-MP-2.safetensors",
    ]
    weights = load_file(folder / "finetuned-MP-2.safetensors")
    assert sum(int((tensor != 0).sum()) for tensor in weights.values()) == 60_074 // 2


def test_progress_begins_where_the_last_run_stopped(tmp_path: Path) -> None:
    """And ends with everything done."""
    run(tmp_path, shard=(1, 3))
    told: list[Status] = []
    run(tmp_path, watch=told.append)
    assert (told[0].models_done, told[0].models) == (1, 3)
    assert told[0].cost_done == pytest.approx(told[0].cost / 3)
    assert told[-1].models_done == 3
    assert told[-1].cost_done == pytest.approx(told[-1].cost, rel=0.01)
    shares = [status.cost_done for status in told]
    assert shares == sorted(shares)
    assert len(told) > 2 * 4
