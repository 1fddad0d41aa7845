"""Given weights: the network is the one that was trained elsewhere, or the reason why not."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.compute as pc
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from data_contracts import read_provenance, read_recall_table
from small_studies import small_study
from train_backend.errors import TrainError
from train_backend.running.engine import run_study
from train_backend.studies.weights import load_weights, weights_hash


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose weights were kept, as .safetensors and as .pt."""
    out = tmp_path_factory.mktemp("trained")
    run_study(small_study(keep_weights=True), out, device="cpu", processes=1)
    for model in range(2):
        state = load_file(out / "weights" / str(model) / "baseline.safetensors")
        save_file(state, out / f"{model}.safetensors")
        torch.save({"state_dict": state, "epoch": 3}, out / f"{model}.pt")
    return out


@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
def test_given_weights_count_as_they_did_where_they_were_trained(
    trained: Path, suffix: str, tmp_path: Path
) -> None:
    """Before pruning and after; their hashes are noted; other weights are other parts."""
    study = small_study(weights=str(trained / f"{{model}}.{suffix}"))
    run_study(study, tmp_path, device="cpu", processes=1)
    before, after = (read_recall_table([out / "recall.parquet"]) for out in (trained, tmp_path))
    for stage in "baseline", "pruned":
        rows = (table.filter(pc.field("stage") == stage) for table in (before, after))
        assert len({str(each["n_correct"].to_pylist()) for each in rows}) == 1
    assert set(after.filter(pc.field("stage") == "pruned")["selected_on"].to_pylist()) == {None}
    provenance = read_provenance(tmp_path / "recall.parquet")
    assert provenance is not None
    expected = [f"weights of model {m}: {weights_hash(study.weights, m)}" for m in range(2)]
    assert [note for note in provenance.notes if note.startswith("weights")] == expected


def write(path: Path, content: object) -> Path:
    """Write a file that torch reads, or text."""
    if isinstance(content, str):
        path.write_text(content)
    else:
        torch.save(content, path)
    return path


class Evil:
    """Runs a command where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Say which."""
        return os.system, ("touch owned",)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.safetensors", "no tensors", "cannot be read"),
        ("a.pt", "no tensors", "are more than tensors"),
        ("a.pt", {"a": Evil()}, "are more than tensors"),
        ("a.pt", {"weight": torch.ones(2, 2)}, "do not fit Linear: Missing key"),
        ("a.pt", [1, 2], "do not fit Linear"),
    ],
)
def test_weights_that_are_none_are_told(
    name: str, content: object, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, and nothing in the file is run."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TrainError, match=why):
        load_weights(str(write(tmp_path / name, content)), 0, nn.Linear(2, 2))
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("weights", "why"),
    [("model.safetensors", "are the same for all 2"), ("model.h5", "name a file")],
)
def test_a_study_of_impossible_weights_is_refused(weights: str, why: str) -> None:
    """Before anything runs."""
    with pytest.raises(TrainError, match=why):
        small_study(weights=weights)


def test_a_missing_file_is_told_before_there_is_a_folder(tmp_path: Path) -> None:
    """With its model and path."""
    study = small_study(weights=str(tmp_path / "{model}.pt"))
    with pytest.raises(TrainError, match=r"weights of model 0 are not at .*0\.pt"):
        run_study(study, tmp_path / "out", device="cpu", processes=1)
    assert not (tmp_path / "out").exists()


def test_torchvision_s_names_are_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own loader fetches them, and checks their hash."""
    models = pytest.importorskip("torchvision.models")
    given = models.resnet18().state_dict()
    asked: list[dict[str, object]] = []

    def fetched(_: object, **settings: object) -> dict[str, torch.Tensor]:
        asked.append(settings)
        return dict(given)

    monkeypatch.setattr(models.ResNet18_Weights, "get_state_dict", fetched)
    network = models.resnet18()
    load_weights("ResNet18_Weights.IMAGENET1K_V1", 0, network)
    assert torch.equal(network.state_dict()["fc.weight"], given["fc.weight"])
    assert asked == [{"check_hash": True}]
    with pytest.raises(TrainError, match="cannot be read"):
        load_weights("ResNet18_Weights.NOWHERE", 0, network)
