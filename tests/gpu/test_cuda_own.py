"""Your own loop and your own plug-ins on a CUDA device: counts, masks and bytes as anywhere."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils import prune
from torch.utils.data import DataLoader, TensorDataset

from data_contracts import read_recall_table
from small_studies import small_study
from train_backend import Recorder
from train_backend.plugins import read_plugins
from train_backend.running.engine import run_study
from train_backend.studies.study import Study

DEVICE = "cuda"
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        DEVICE == "cuda" and not torch.cuda.is_available(), reason="torch finds no CUDA device"
    ),
]
# torch looks at it once, at the first product on the GPU: here one of the tests without a study.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

ABOUT: dict[str, Any] = {"study": "s", "dataset": "d", "architecture": "a"}
COUNTS = ["n_samples", "n_correct", "n_predicted", "n_both_correct", "parameters_nonzero"]


@pytest.fixture(scope="module")
def trained() -> tuple[nn.Sequential, torch.Tensor, torch.Tensor]:
    """A small network on the CPU, with test samples of which it scores one class clearly highest.

    So no answer hangs on how a device rounds. Some labels are wrong, for the counts to differ.
    """
    torch.manual_seed(0)
    labels = torch.arange(400) % 4
    inputs = 2 * torch.randn(4, 3, 8, 8)[labels] + torch.randn(400, 3, 8, 8)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(), nn.Flatten()
    ).append(nn.Linear(288, 4))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(inputs), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    network.eval()
    with torch.no_grad():
        two_highest = network(inputs).topk(2).values
    is_clear = two_highest[:, 0] - two_highest[:, 1] > 2
    assert is_clear.sum() > 200
    is_wrong = torch.arange(400) % 7 < labels
    return network, inputs[is_clear], torch.where(is_wrong, 0, labels)[is_clear]


def loader(inputs: torch.Tensor, labels: torch.Tensor) -> DataLoader[Any]:
    """Return batches on the CPU, as a DataLoader gives them."""
    return DataLoader(TensorDataset(inputs, labels), batch_size=64)


def counts(path: Path, **where: Any) -> list[list[Any]]:
    """Return the counts of some rows of a table, a list for each class."""
    table = read_recall_table([path])
    for name, value in where.items():
        table = table.filter(pc.field(name) == value)
    assert table.num_rows
    return [list(row.values()) for row in table.select(COUNTS).to_pylist()]


@pytest.mark.parametrize("kind", ["float32", "channels last", "half", "bfloat16"])
def test_a_module_on_the_gpu_is_recorded_beside_the_same_one_on_the_cpu(
    trained: Any, kind: str, tmp_path: Path
) -> None:
    """Batches lie on the CPU. Same counts; it stays where it is, as it is, in its modes."""
    network, inputs, labels = trained
    dtype = {"half": torch.float16, "bfloat16": torch.bfloat16}.get(kind, torch.float32)
    model = copy.deepcopy(network).to(DEVICE, dtype).train()
    model[1].eval()
    if kind == "channels last":
        model = model.to(memory_format=torch.channels_last)
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    with Recorder(tmp_path / "recall.parquet", **ABOUT) as record:
        record.baseline(network, loader(inputs, labels), model_name="m")
        record.control(model, loader(inputs.to(dtype), labels), model_name="m")
    on_cpu, on_gpu = (
        counts(tmp_path / "recall.parquet", stage=stage) for stage in ("baseline", "control")
    )
    assert on_gpu == on_cpu
    assert [each.training for each in model] == [True, False, True, True, True, True]
    assert all(torch.equal(kept[name], value) for name, value in model.state_dict().items())
    assert {value.device.type for value in model.state_dict().values()} == {DEVICE}
    assert next(network.parameters()).device.type == "cpu"


def halved(network: nn.Sequential) -> nn.Sequential:
    """Return a copy with half of its weights under a mask, as torch's own pruning leaves it."""
    pruned = copy.deepcopy(network)
    weights = [(pruned[0], "weight"), (pruned[5], "weight")]
    prune.global_unstructured(weights, prune.L1Unstructured, amount=0.5)
    return pruned


def rounded(network: nn.Sequential) -> nn.Sequential:
    """Return a copy with its weights rounded to int8, as docs/recorder.md does it."""
    copied = copy.deepcopy(network)
    with torch.no_grad():
        for weight in copied.parameters():
            step = weight.abs().max() / 127
            weight.copy_((weight / step).round() * step)
    return copied


def test_compressed_copies_and_scores_on_the_gpu_count_as_on_the_cpu(
    trained: Any, tmp_path: Path
) -> None:
    """Pruned by torch, rounded, and scores with their gradients on instead of a module."""
    network, inputs, labels = trained
    with Recorder(tmp_path / "recall.parquet", **ABOUT) as record:
        for name, device in ("beside", "cpu"), ("there", DEVICE):
            here = copy.deepcopy(network).to(device)
            batches = loader(inputs, labels)
            record.baseline(here, batches, model_name=name)
            record.version(halved(here), batches, model_name=name, method="MP", ratio=2)
            record.version(rounded(here), batches, model_name=name, method="int8", ratio=4)
            scores, truth = here(inputs.to(device)), labels.to(device)
            record.version(scores, truth, model_name=name, method="scores", ratio=2)
            short = scores.to(torch.bfloat16)
            record.version(short, truth, model_name=name, method="bfloat16", ratio=2)
    for method in "MP", "int8", "scores", "bfloat16":
        on_cpu, on_gpu = (
            counts(tmp_path / "recall.parquet", model=name, method=method)
            for name in ("beside", "there")
        )
        assert on_gpu == on_cpu, method
    (left,) = {row[-1] for row in counts(tmp_path / "recall.parquet", model="there", method="MP")}
    assert left == (216 + 1152) // 2 + 8 + 16 + 4  # half of the weights; biases and norm stay


PLUGIN = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from train_backend.plugins import (
    architecture, dataset, global_masks, kept_count, method, prunable_parameters
)

def parts():
    draws = torch.Generator().manual_seed(0)
    means = torch.randn(3, 2, 6, 6, generator=draws)
    for count in 240, 90:
        labels = torch.arange(count) % 3
        yield means[labels] + 2 * torch.randn(count, 2, 6, 6, generator=draws), labels

@dataset("patches")
def patches():
    return *parts(), ("a", "b", "c")

@dataset("streamed-patches")
def streamed():
    train, test = (DataLoader(TensorDataset(*part), num_workers=1) for part in parts())
    return train, test, ("a", "b", "c")

def layers(channels, classes, *dropout):
    return nn.Sequential(
        nn.Conv2d(channels, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        *dropout, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 16), nn.ReLU(),
        nn.Linear(16, classes),
    )

@architecture("plain")
def plain(channels, classes, image_size):
    return layers(channels, classes)

@architecture("drops")
def drops(channels, classes, image_size):
    return layers(channels, classes, nn.Dropout())

@method("on-device")
def on_device(model, batches, ratio, generator):
    weights = prunable_parameters(model)
    for inputs, labels in batches:
        nn.functional.cross_entropy(model(inputs), labels, reduction="sum").backward()
    scores = torch.cat([(weight * weight.grad).abs().flatten() for weight in weights.values()])
    kept = torch.zeros_like(scores, dtype=torch.bool)
    kept[scores.topk(kept_count(model, ratio)).indices] = True
    rows = kept.split([weight.numel() for weight in weights.values()])
    return {name: row.view_as(weights[name]) for name, row in zip(weights, rows)}

@method("on-cpu")
def on_cpu(model, batches, ratio, generator):
    scores = {
        name: torch.rand(weight.shape, generator=generator)
        for name, weight in prunable_parameters(model).items()
    }
    return global_masks(scores, kept_count(model, ratio))

@method("int4", finetune=False)
def int4(model, batches, ratio, generator):
    with torch.no_grad():
        for weight in prunable_parameters(model).values():
            step = weight.abs().amax() / 7
            weight.copy_((weight / step).round() * step)
    return model
"""
MASKED = "on-device", "on-cpu"
DATASETS = "patches", "streamed-patches"
FILES = "recall.parquet", "predictions.parquet", "history.parquet"


@pytest.fixture(scope="module", autouse=True)
def _plugin(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("plugin") / "own.py"
    path.write_text(PLUGIN)
    read_plugins([path])


def study(dataset: str, **changes: Any) -> Study:
    """Return a study of two of the plug-in's networks, compressed by its methods at ratio 2."""
    own = {"architecture": "drops", "methods": [*MASKED, "int4"], "ratios": [2]}
    return small_study(dataset=dataset, **(own | changes))


def run(study: Study, out: Path) -> list[bytes]:
    """Run a study on the device; return its tables' bytes."""
    assert run_study(study, out, device=DEVICE, processes=1).table is not None
    return [(out / name).read_bytes() for name in FILES]


# Python 3.12 warns where a process with threads, as CUDA's, forks a loader's workers.
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


@forks
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_study_of_plug_ins_is_repeatable_bit_for_bit_also_resumed(
    dataset: str, tmp_path: Path
) -> None:
    """Own data in memory or streamed, own network with dropout, masks made on either device."""
    first = run(study(dataset), tmp_path / "first")
    assert run(study(dataset), tmp_path / "second") == first
    for number, part in enumerate(sorted((tmp_path / "first" / "_parts").iterdir())):
        if number % 3:
            part.unlink()
    assert run(study(dataset), tmp_path / "first") == first


@forks
def test_streamed_samples_count_on_the_gpu_as_those_in_memory(tmp_path: Path) -> None:
    """In training, by a method's batches, and in evaluation."""
    found = []
    for dataset in DATASETS:
        run(study(dataset, architecture="plain", models=1), tmp_path / dataset)
        table = read_recall_table([tmp_path / dataset / "recall.parquet"])
        found.append(table.drop_columns(["dataset"]).to_pylist())
    assert found[0] == found[1]


def test_masks_of_plug_ins_are_as_exact_on_the_gpu(tmp_path: Path) -> None:
    """round(total / 2) parameters stay, through fine-tuning; of int4 nobody can say."""
    run(study("patches", models=1), tmp_path)
    table = read_recall_table([tmp_path / "recall.parquet"])
    (total,) = set(table["parameters"].to_pylist())
    for method in MASKED:
        for stage in "pruned", "finetuned":
            rows = table.filter((pc.field("method") == method) & (pc.field("stage") == stage))
            assert set(rows["parameters_nonzero"].to_pylist()) == {round(total / 2)}
    rows = table.filter(pc.field("method") == "int4")
    assert set(rows["parameters_nonzero"].to_pylist()) == {None}


@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
def test_weights_given_by_a_file_count_on_the_gpu_as_where_they_were_trained(
    suffix: str, tmp_path: Path
) -> None:
    """Before compression and after; the .pt file holds tensors that were saved on the device."""
    run(study("patches", models=1, keep_weights=True), tmp_path / "trained")
    weights = tmp_path / "trained" / "weights" / "0" / "baseline.safetensors"
    if suffix == "pt":
        torch.save(load_file(weights, device=DEVICE), weights.with_suffix(".pt"))
    given = str(weights.with_suffix(f".{suffix}"))
    run(study("patches", models=1, weights=given), tmp_path / "given")
    for stage in "baseline", "pruned":
        before, after = (
            counts(tmp_path / name / "recall.parquet", stage=stage) for name in ("trained", "given")
        )
        assert after == before, stage


GUIDE = Path(__file__).parents[2] / "docs" / "recorder.md"


def test_the_guide_s_resnet_is_recorded_on_the_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program as written, all its tensors on the device; counts are those of its networks."""
    pytest.importorskip("torchvision", exc_type=ImportError)
    (program,) = re.findall(r"^# resnet\.py\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S)
    monkeypatch.chdir(tmp_path)
    made: dict[str, Any] = {}
    with torch.device(DEVICE):
        exec(compile(program, "resnet.py", "exec"), made)  # noqa: S102
    for name, stage in ("network", "baseline"), ("rounded", "pruned"):
        model = made[name].eval()
        assert {each.device.type for each in model.parameters()} == {DEVICE}
        with torch.no_grad():
            answers = torch.cat([model(inputs).argmax(1) for inputs, _ in made["test"]]).cpu()
        labels = made["labels"].cpu()
        right = torch.bincount(labels[answers == labels], minlength=4).tolist()
        assert [row[1] for row in counts(tmp_path / "trees.parquet", stage=stage)] == right
