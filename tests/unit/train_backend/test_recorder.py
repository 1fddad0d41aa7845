"""The Recorder: what it writes, what it refuses, and what it leaves as it was."""

from __future__ import annotations

import doctest
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune
from torch.utils.data import DataLoader, TensorDataset

from data_contracts import (
    ContractError,
    Provenance,
    read_provenance,
    read_recall_table,
    write_recall_table,
)
from data_contracts.prediction_files import read_prediction_table
from data_contracts.provenance import own_release
from rdstats import conditions, from_predictions
from small_studies import small_study
from train_backend import Recorder, recorder
from train_backend.parameters import parameter_counts
from train_backend.running.engine import run_study

ABOUT: dict[str, Any] = {"study": "s", "dataset": "d", "architecture": "a"}
TRUTH = np.arange(60) % 3
BEFORE, AFTER = (np.where(np.arange(60) % 7 < lost, 0, TRUTH) for lost in (1, 3))
INPUTS, LABELS = torch.randn(60, 4), torch.tensor(TRUTH)
LOADER = DataLoader(TensorDataset(INPUTS, LABELS), batch_size=25)


def network() -> nn.Sequential:
    """A network with layers that behave otherwise in training."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3))


def columns(path: Path) -> dict[tuple[Any, ...], list[Any]]:
    """Return the counts of each evaluated model."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in read_recall_table(path).to_pylist():
        key = row["model"], row["method"], row["ratio"], row["stage"]
        found.setdefault(key, []).append((row["n_correct"], row["n_both_correct"]))
    return found


def test_answers_are_counted_as_from_predictions(tmp_path: Path) -> None:
    """Recall table, pairs and prediction table; labels and scores alike."""
    path = tmp_path / "recall.parquet"
    with Recorder(path, **ABOUT) as record:
        scores = torch.tensor(np.eye(3)[AFTER], dtype=torch.bfloat16)  # which numpy lacks
        record.version(scores, TRUTH, model_name="m", method="MP", ratio=4)
        record.baseline(BEFORE, TRUTH, model_name="m", parameters=10, parameters_nonzero=9)
        record.control(TRUTH, TRUTH, model_name="m")
    expected = from_predictions(
        TRUTH, AFTER, baseline=BEFORE, model="m", method="MP", ratio=4, stage="finetuned", **ABOUT
    )
    table = read_recall_table(path)
    mine = table.filter(np.array(table["method"].to_pylist()) == "MP")
    for name in ("class_name", "n_samples", "n_correct", "n_predicted", "n_both_correct"):
        assert mine[name].to_pylist() == expected[name].to_pylist()
    baseline = next(row for row in table.to_pylist() if row["stage"] == "baseline")
    assert (baseline["parameters"], baseline["parameters_nonzero"]) == (10, 9)
    assert read_prediction_table(tmp_path).table.num_rows == 180


def test_a_module_is_evaluated_and_left_as_it_was(tmp_path: Path) -> None:
    """Each layer in its mode, its statistics untouched; counts are those of its answers."""
    model = network()
    model[1].eval()
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    with Recorder(tmp_path / "recall.parquet", **ABOUT, class_names=["x", "y", "z"]) as record:
        record.baseline(model, LOADER, model_name="m")
    assert [each.training for each in model] == [True, False, True, True]
    assert all(torch.equal(kept[name], value) for name, value in model.state_dict().items())
    model.eval()
    right = (model(INPUTS).argmax(1) == LABELS).numpy()
    table = read_recall_table(tmp_path / "recall.parquet")
    assert table["n_correct"].to_pylist() == np.bincount(TRUTH[right], minlength=3).tolist()
    assert table["class_name"].to_pylist() == ["x", "y", "z"]


def test_masked_weights_count_as_zero() -> None:
    """Masks of torch leave the weights under them as they were."""
    model = network()
    total, nonzero = parameter_counts(model)
    prune.l1_unstructured(model[0], "weight", amount=10)  # type: ignore[no-untyped-call]
    assert parameter_counts(model) == (total, nonzero - 10)


def refusal(path: Path, model: object, samples: object, **named: Any) -> str:
    """Return what a recorder says that has recorded one baseline before."""
    said: dict[str, Any] = {"model_name": "m", "method": "MP", "ratio": 2} | named
    with Recorder(path, **ABOUT) as record:
        if not path.exists():
            record.baseline(network(), LOADER, model_name="m")
        with pytest.raises(ContractError) as refused:
            record.version(model, samples, **said)
    return str(refused.value)


@pytest.mark.parametrize(
    ("samples", "word"),
    [
        (DataLoader(LOADER.dataset, shuffle=True), "shuffle=False"),
        ([(INPUTS, LABELS.flip(0))], "shuffle"),
        ([(INPUTS[:50], LABELS[:50])], "same samples"),
        ([(INPUTS, LABELS + 1)], "number the labels as the network does"),
        ([(INPUTS, LABELS.float())], "whole number"),
        ([(INPUTS * torch.nan, LABELS)], "diverged"),
        ([INPUTS], "pairs"),
        (iter([]), "generator"),
    ],
)
def test_samples_that_are_no_test_set_are_refused(
    tmp_path: Path, samples: object, word: str
) -> None:
    """With what to do; what was recorded before is kept."""
    path = tmp_path / "recall.parquet"
    assert word in refusal(path, network(), samples)
    assert len(columns(path)) == 1
    assert word in refusal(path, network(), samples) or word in ("shuffle", "same samples")


@pytest.mark.parametrize(
    ("named", "word"),
    [
        ({"ratio": 0.5}, "1 / density"),
        ({"stage": "baseline"}, "finetuned or pruned"),
        ({"method": "none"}, ".baseline"),
        ({"model_name": " "}, "model is empty"),
    ],
)
def test_what_is_said_of_a_version_is_checked(
    tmp_path: Path, named: dict[str, Any], word: str
) -> None:
    """Before anything is evaluated."""
    assert word in refusal(tmp_path / "recall.parquet", network(), [], **named)


def test_a_network_without_a_score_per_class_is_refused(tmp_path: Path) -> None:
    """As one that answers with a single number."""
    path = tmp_path / "recall.parquet"
    assert "your own answers" in refusal(path, nn.Linear(4, 1), LOADER)


def test_what_was_recorded_whole_outlives_an_exception(tmp_path: Path) -> None:
    """And the next recorder goes on, refusing what is there."""
    path = tmp_path / "recall.parquet"

    def interrupted() -> None:
        with Recorder(path, **ABOUT) as record:
            record.version(AFTER, TRUTH, model_name="m", method="MP", ratio=2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert columns(path)[("m", "MP", 2.0, "finetuned")][0][1] is None
    with Recorder(path, **ABOUT) as record:
        record.baseline(BEFORE, TRUTH, model_name="m")
        with pytest.raises(ContractError, match="already"):
            record.version(AFTER, TRUTH, model_name="m", method="MP", ratio=2)
    both = np.bincount(TRUTH[(AFTER == TRUTH) & (BEFORE == TRUTH)])
    found = columns(path)[("m", "MP", 2.0, "finetuned")]
    assert [pair for _, pair in found] == both.tolist()


def test_long_recordings_are_saved_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a kill takes a minute's work; the end adds what is left."""
    monkeypatch.setattr(recorder, "_SAVED_EVERY", 0.0)
    path = tmp_path / "recall.parquet"
    with Recorder(path, **ABOUT) as record:
        record.version(AFTER, TRUTH, model_name="m", method="MP", ratio=2)
        assert len(columns(path)) == 1
        record.baseline(BEFORE, TRUTH, model_name="m")
        assert len(columns(path)) == 2
    assert columns(path)[("m", "MP", 2.0, "finetuned")][0][1] is not None


def test_a_table_without_its_answers_is_left_alone(tmp_path: Path) -> None:
    """It cannot be added to: its pairs could not be counted."""
    path = tmp_path / "recall.parquet"
    with Recorder(path, **ABOUT) as record:
        record.baseline(BEFORE, TRUTH, model_name="m")
    (tmp_path / "predictions.parquet").unlink()
    with pytest.raises(ContractError, match="another file"):
        Recorder(path, **ABOUT)


def test_a_loop_that_goes_on_is_told_what_is_recorded(tmp_path: Path) -> None:
    """By itself, by a run before, and by another meanwhile, once it has saved."""
    path = tmp_path / "recall.parquet"
    said: dict[str, Any] = {"model_name": "m", "method": "MP"}
    with Recorder(path, **ABOUT) as record:
        assert not record.recorded(model_name="m")
        record.baseline(BEFORE, TRUTH, model_name="m")
        record.version(AFTER, TRUTH, ratio=8 / 3, stage="pruned", **said)
        assert record.recorded(model_name="m")
    with Recorder(path, **ABOUT) as record, Recorder(path, **ABOUT) as other:
        for each in record, other:
            assert each.recorded(model_name="m")
            assert each.recorded(model_name="m", stage="baseline")
            assert each.recorded(ratio=2.6667, stage="pruned", **said)
            assert not each.recorded(ratio=2.6667, **said)
            assert not each.recorded(ratio=2, stage="pruned", **said)
            assert not each.recorded(model_name="m", stage="control")
        other.control(AFTER, TRUTH, model_name="m")
        other.save()
        record.version(AFTER, TRUTH, ratio=2, **said)
        record.save()
        assert record.recorded(model_name="m", stage="control")
        assert record.recorded(ratio=2, **said)
        with pytest.raises(ContractError, match="stage"):
            record.recorded(stage="prunned", ratio=2, **said)
    with Recorder(path, **{**ABOUT, "study": "another"}) as record:
        assert not record.recorded(model_name="m")


def test_who_wrote_what_was_there_stays_in_the_provenance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study's settings, hashes and versions; ours are added, each once."""
    path = tmp_path / "recall.parquet"
    with Recorder(path, **ABOUT) as record:
        record.baseline(BEFORE, TRUTH, model_name="m")
    older = Provenance(
        producer="rdtrain 0.0.9",
        study={"study": {"name": "s"}},
        device="cuda: a GPU",
        library_versions={"torch": "1.13.1", "ray": "2.30"},
        source_hashes={"answers.csv": "12"},
        notes=("a note",),
    )
    write_recall_table(read_recall_table(path), path, older)
    for name in "MP", "RP":
        with Recorder(path, **ABOUT) as record:
            record.version(AFTER, TRUTH, model_name="m", method=name, ratio=2)
        monkeypatch.setattr(recorder, "own_release", lambda: "9.9")
    found = read_provenance(path)
    assert found is not None
    release = f"rdstats {own_release()}, Recorder"
    loaded = [name for name in ("torchvision", "numpy") if name in sys.modules]
    versions: dict[str, str] = {name: metadata.version(name) for name in loaded}
    versions |= {"torch": f"1.13.1; {metadata.version('torch')}", "ray": "2.30"}
    producer = f"rdtrain 0.0.9; {release}; rdstats 9.9, Recorder"
    assert found == replace(older, producer=producer, library_versions=versions)
    assert read_provenance(tmp_path / "predictions.parquet") == found


def test_a_study_is_recorded_into(tmp_path: Path) -> None:
    """Its samples are known by the order of their labels; pairs are counted with its baseline."""
    run_study(small_study(models=1), tmp_path, device="cpu", processes=1)
    study = read_prediction_table(tmp_path / "predictions.parquet").table.to_pandas()
    baseline = study[study["stage"] == "baseline"].sort_values("sample")
    truth, answers = baseline["class_index"].to_numpy(), baseline["predicted_index"].to_numpy()
    about = {"study": "small", "dataset": "digits", "architecture": "LeNet5"}
    with Recorder(tmp_path / "recall.parquet", **about) as record:
        assert record.recorded(model_name="0")
        with pytest.raises(ContractError, match="other samples"):
            record.version(answers, truth[::-1], model_name="0", method="mine", ratio=2)
        record.version(answers, truth, model_name="0", method="mine", ratio=2)
    found = columns(tmp_path / "recall.parquet")
    assert found[("0", "mine", 2.0, "finetuned")] == found[("0", "none", 1.0, "baseline")]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_kill_between_both_files_loses_no_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    """The prediction table has a model that the recall table lacks; the next write counts it."""
    path = tmp_path / "recall.parquet"
    if not is_first:
        with Recorder(path, **ABOUT) as record:
            record.baseline(BEFORE, TRUTH, model_name="other", parameters=9)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    def interrupted() -> None:
        with Recorder(path, **ABOUT) as record:
            record.baseline(BEFORE, TRUTH, model_name="m")

    with monkeypatch.context() as patched:
        patched.setattr(recorder, "write_recall_table", killed)
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    with Recorder(path, **ABOUT) as record:
        record.version(AFTER, TRUTH, model_name="m", method="MP", ratio=2)
    found = columns(path)
    assert len(found) == 3 - is_first
    assert found[("m", "MP", 2.0, "finetuned")][0][1] is not None


def test_a_network_without_parameters_is_recorded(tmp_path: Path) -> None:
    """As torch's quantised layers are; the columns are null."""
    with Recorder(tmp_path / "recall.parquet", **ABOUT) as record:
        record.baseline(nn.Identity(), LOADER, model_name="m")
    assert set(read_recall_table(tmp_path / "recall.parquet")["parameters"].to_pylist()) == {None}


@pytest.mark.parametrize("truth", [TRUTH, np.array(["x", "y", "z"])[TRUTH]])
def test_a_label_without_a_class_name_is_refused(tmp_path: Path, truth: Any) -> None:
    """Where it is met, not when the table is written."""
    with (
        Recorder(tmp_path / "recall.parquet", class_names=["x", "y"], **ABOUT) as record,
        pytest.raises(ContractError, match="does not name"),
    ):
        record.baseline(truth, truth, model_name="m")
    assert list(tmp_path.glob("*.parquet")) == []


def test_processes_record_into_one_file_without_torch(tmp_path: Path) -> None:
    """Side by side, each a model; arrays alone never load torch."""
    program = (
        "import sys; from train_backend import Recorder\n"
        "for n in range(3):\n"
        "    with Recorder('mine.parquet', study='s', dataset='d', architecture='a') as record:\n"
        "        record.baseline([0, 1, 1], [0, 1, 0], model_name=f'{sys.argv[1]}-{n}')\n"
        "assert 'torch' not in sys.modules\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", program, name], cwd=tmp_path) for name in "ab"]
    assert [run.wait(120) for run in runs] == [0, 0]
    assert len(columns(tmp_path / "mine.parquet")) == 6
    assert (tmp_path / "mine-predictions.parquet").exists()


def test_its_example_prints_what_it_says() -> None:
    """The docstring's."""
    (example,) = doctest.DocTestFinder(recurse=False).find(Recorder, "Recorder", globs={})
    assert doctest.DocTestRunner().run(example).failed == 0


def test_its_tables_are_a_study(tmp_path: Path) -> None:
    """Seeds, versions and a control, as any other."""
    with Recorder(tmp_path / "recall.parquet", **ABOUT) as record:
        for seed in range(3):
            answers = np.roll(BEFORE, seed)
            truth = TRUTH
            record.baseline(answers, truth, model_name=f"seed-{seed}")
            record.version(AFTER, truth, model_name=f"seed-{seed}", method="MP", ratio=2)
    assert conditions(tmp_path)["models"].tolist() == [3]
