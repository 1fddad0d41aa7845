"""A user's own networks, data sets and methods: run like others, and named where they fail."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
import torch

from data_contracts import read_provenance, read_recall_table
from small_studies import conditions_in, small_study
from train_backend.errors import TrainError
from train_backend.methods.masks import prunable_parameters
from train_backend.models import ARCHITECTURES, build_architecture
from train_backend.plugins import read_plugins
from train_backend.running.engine import run_study
from train_backend.studies.conditions import Condition
from train_backend.studies.files import read_study
from train_backend.studies.study import Study

PLUGIN = Path(__file__).parents[2] / "small_plugin.py"
METHODS = ["MP", "layerwise", "rounding"]


@pytest.fixture
def study() -> Study:
    """Two networks of the plug-in, pruned by magnitude and by its methods at ratio 4."""
    read_plugins([PLUGIN])
    return small_study(architecture="small-cnn", methods=METHODS, ratios=[4])


def run(study: Study, out: Path, **settings: Any) -> bytes:
    """Run a study on the CPU; return the bytes of its tables."""
    table = run_study(study, out, device="cpu", **settings).table
    assert table is not None
    return table.read_bytes() + (out / "predictions.parquet").read_bytes()


def test_a_plug_in_gives_the_same_bytes_however_it_is_run(study: Study, tmp_path: Path) -> None:
    """In this process, in two others, with parts lost and done again, in shares."""
    whole = run(study, tmp_path / "whole", processes=1)
    for number, part in enumerate(sorted((tmp_path / "whole" / "_parts").iterdir())):
        if number % 3:
            part.unlink()
    assert run(study, tmp_path / "whole", processes=1) == whole
    assert run(study, tmp_path / "two", processes=2) == whole
    shares = tmp_path / "shares"
    assert run_study(study, shares, shard=(1, 2), device="cpu", processes=1).table is None
    run_study(study, shares, shard=(2, 2), device="cpu", processes=1)
    assert run(study, shares) == whole


def test_what_a_plug_in_makes_is_in_the_table_and_its_hash_in_the_provenance(
    study: Study, tmp_path: Path
) -> None:
    """Rounding is not fine-tuned and has no realised ratio; the study names the file."""
    run(study, tmp_path, processes=1)
    table = read_recall_table([tmp_path / "recall.parquet"])
    assert set(conditions_in(table)) == {
        Condition("baseline"),
        *(Condition(s, m, 4.0) for m in METHODS[:2] for s in ("pruned", "finetuned")),
        Condition("pruned", "rounding", 4.0),
        Condition("control"),
    }
    total = table["parameters"][0].as_py()
    left = {
        name: set(table.filter(pc.field("method") == name)["parameters_nonzero"].to_pylist())
        for name in METHODS
    }
    assert all(0.9 * total / 4 < each <= 1.1 * total / 4 for each in left["layerwise"])
    assert left["rounding"] == {None}
    (plugin,) = study.plugins
    provenance = read_provenance(tmp_path / "recall.parquet")
    assert provenance is not None
    resolved: Any = provenance.study
    assert resolved["plugins"] == {"small_plugin.py": plugin.sha256}
    assert read_study(tmp_path / "study.toml") == study


def test_an_edited_plug_in_does_again_only_what_follows_from_it(tmp_path: Path) -> None:
    """Its method's conditions; what is built in keeps its parts."""
    shutil.copy(PLUGIN, tmp_path / "edited.py")
    text = (tmp_path / "edited.py").read_text().replace('"layerwise"', '"edited"')
    for name in "small-cnn", "streamed-blobs", "rounding":
        text = text.replace(f'"{name}"', f'"edited-{name}"')
    kept: list[set[Path]] = []
    for addition in "", "# another text\n":
        (tmp_path / "edited.py").write_text(text + addition)
        read_plugins([tmp_path / "edited.py"])
        run(small_study(methods=["MP", "edited"], models=1), tmp_path / "out", processes=1)
        kept.append(set((tmp_path / "out" / "_parts").iterdir()))
    assert sorted(path.name.split("-")[1] for path in kept[1] - kept[0]) == ["finetuned", "pruned"]


def test_a_plug_in_s_network_is_drawn_from_the_study_s_stream_alone() -> None:
    """The same weights whatever was drawn before; its last linear layer is never pruned."""
    read_plugins([PLUGIN])

    def built(seed: int) -> torch.nn.Module:
        torch.rand(seed)  # of torch's own generator
        stream = torch.Generator().manual_seed(seed % 2)
        return build_architecture(
            "small-cnn", channels=1, classes=10, image_size=28, generator=stream
        )

    one, same, other = (built(seed).state_dict()["body.weight"] for seed in (1, 3, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert list(prunable_parameters(built(1))) == ["body.weight", "hidden.weight"]
    assert ARCHITECTURES["small-cnn"].source == "small_plugin.py"


DATA = """
import torch
from torch.utils.data import DataLoader, Dataset
from train_backend.plugins import architecture, dataset

class Rows(Dataset):
    def __init__(self, inputs, labels):
        self.inputs, self.labels = inputs, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, row):
        return self.inputs[row], self.labels[row]

def parts():
    draws = torch.Generator().manual_seed(0)
    for count in 90, 60:
        labels = torch.arange(count) % 3
        yield torch.randn(count, 5, generator=draws) + 2 * labels[:, None], labels

@dataset("rows")
def rows():
    train, test = parts()
    return train, test, ("a", "b", "c")

@dataset("streamed-rows")
def streamed():
    train, test = (DataLoader(Rows(*part), num_workers=1) for part in parts())
    return train, test, ("a", "b", "c")

@architecture("tiny")
def tiny(channels, classes, image_size):
    nn = torch.nn
    return nn.Sequential(nn.Linear(channels, 4), nn.ReLU(), nn.Linear(4, classes))
"""


def test_a_streamed_data_set_counts_as_the_same_one_in_memory(tmp_path: Path) -> None:
    """Read ahead by workers, in training, evaluation and gradient scores."""
    (tmp_path / "data.py").write_text(DATA)
    read_plugins([tmp_path / "data.py"])
    found = []
    for name in "rows", "streamed-rows":
        study = small_study(dataset=name, architecture="tiny", methods=["MP", "GP"], ratios=[1.2])
        run(study, tmp_path / name, processes=1 if name == "rows" else 2)
        table = read_recall_table([tmp_path / name / "recall.parquet"])
        assert set(table["class_name"].to_pylist()) == {"a", "b", "c"}
        assert set(table["n_samples"].to_pylist()) == {20}
        found.append(table.drop_columns(["dataset"]).to_pylist())
    assert found[0] == found[1]


BAD_SAMPLES = {
    "1 / 0": r"^__getitem__ of broken-0\.py, line 14: ZeroDivisionError: division by zero$",
    "__import__('os').kill(__import__('os').getpid(), 9)": "^a worker that reads samples was ended",
}


# torch's loader may meet the dead worker once more when it goes, which Python tells and ignores.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("bad", "why"), BAD_SAMPLES.items(), ids=range(len(BAD_SAMPLES)))
def test_a_worker_that_cannot_read_a_sample_is_told(
    bad: str, why: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Its traceback comes as a text. Labels are read from `targets`, so not before."""
    number = request.node.callspec.id
    text = DATA.replace("return self.inputs[row]", f"row == 7 and {bad}; return self.inputs[row]")
    text = text.replace("labels = inputs, labels", "targets, self.labels = inputs, labels, labels")
    for name in '"streamed-rows"', '"rows"', '"tiny"':
        text = text.replace(name, f'{name[:-1]}-{number}"')
    (tmp_path / f"broken-{number}.py").write_text(text)
    read_plugins([tmp_path / f"broken-{number}.py"])
    study = small_study(
        dataset=f"streamed-rows-{number}", architecture=f"tiny-{number}", ratios=[1.2]
    )
    with pytest.raises(TrainError, match=why):
        run(study, tmp_path / "out", processes=1)


def test_workers_of_a_streamed_data_set_end_with_what_they_read(tmp_path: Path) -> None:
    """With each pass, not when the study's objects go: there may be hundreds."""
    (tmp_path / "data.py").write_text(DATA)
    read_plugins([tmp_path / "data.py"])
    before, seen = set(multiprocessing.active_children()), []  # of what another test broke off
    run(
        small_study(dataset="streamed-rows", architecture="tiny", models=3, ratios=[1.2]),
        tmp_path / "out",
        processes=1,
        watch=lambda _: seen.append(len(set(multiprocessing.active_children()) - before)),
    )
    assert max(seen) <= 1
    assert set(multiprocessing.active_children()) <= before


BAD_DATA = {
    "return 3": "three things",
    "raise OSError('no disk')": "bad_data.py, line 6: OSError: no disk",
    "return (x.double(), y), (x, y), 'ab'": "the inputs of train must be a float32 tensor",
    "return (x, y), (x[:, :2], y), 'ab'": "a test sample (2,)",
    "return (x, y), (x, y * 0), 'ab'": "the labels of test are [0], not 0 to 1",
    "return (x, y), (x, y), ['a']": "class_names must be",
}


@pytest.mark.parametrize(("body", "why"), BAD_DATA.items(), ids=range(len(BAD_DATA)))
def test_a_data_set_that_is_not_as_it_should_be_is_named(
    body: str, why: str, tmp_path: Path
) -> None:
    """Before anything runs."""
    (tmp_path / "bad_data.py").write_text(
        "import torch\nfrom train_backend.plugins import dataset\nx, y = torch.ones(4, 3), "
        f"torch.arange(4) % 2\n@dataset('bad')\ndef bad():\n    {body}\n"
    )
    read_plugins([tmp_path / "bad_data.py"])
    with pytest.raises(TrainError, match=r"^data set 'bad' of bad_data\.py") as failed:
        small_study(dataset="bad")
    assert why in str(failed.value)


BAD_METHODS = {
    "raise ValueError('no such luck')": "bad.py, line 5: ValueError: no such luck",
    "return 3": "it returns a int",
    "return {'nowhere': torch.ones(1).bool()}": "'nowhere' is no parameter",
    "return {'linear1.weight': torch.ones(3, 4).bool()}": "its mask of linear1.weight is",
    "return {'linear1.weight': model.linear1.weight}": "torch.float32 of shape",
    "return {n: torch.ones(p.shape).bool() for n, p in model.named_parameters()}": "another share",
    "return model": "finetune=False",
}


@pytest.mark.parametrize(("body", "why"), BAD_METHODS.items(), ids=range(len(BAD_METHODS)))
@pytest.mark.parametrize("processes", [1, 2])
def test_a_method_that_fails_is_named_with_its_file(
    body: str, why: str, processes: int, tmp_path: Path
) -> None:
    """It raises, returns no masks, masks of another shape or kind, or prunes another share."""
    if processes == 2 and "raise" not in body:
        pytest.skip("one error through processes is enough")
    text = (
        "import torch\nfrom train_backend.plugins import method\n@method('bad')\n"
        f"def bad(model, batches, ratio, generator):\n    {body}\n"
    )
    (tmp_path / "bad.py").write_text(text)
    read_plugins([tmp_path / "bad.py"])
    with pytest.raises(TrainError, match=r"^method 'bad' of bad\.py") as failed:
        run(small_study(methods=["bad"]), tmp_path / "out", processes=processes)
    assert why in str(failed.value)


IMPORT = "from train_backend.plugins import method\n"

BAD_FILES = {
    "x = ": "line 1",
    "import nowhere": "what it imports must be installed",
    "x = 3": "registers nothing",
    f"{IMPORT}@method('MP')\ndef f(*a): 0": "'MP' already",
    f"{IMPORT}@method('a b')\ndef f(*a): 0": "a name has letters",
}


@pytest.mark.parametrize(("text", "why"), BAD_FILES.items(), ids=range(len(BAD_FILES)))
def test_a_file_that_is_no_plug_in_is_refused(text: str, why: str, tmp_path: Path) -> None:
    """And nothing of it stays registered."""
    (tmp_path / "wrong.py").write_text(text)
    with pytest.raises(TrainError, match=r"wrong\.py") as failed:
        read_plugins([tmp_path / "wrong.py"])
    assert why in str(failed.value)


BAD_NETWORKS = {
    "return 3": "not a torch.nn.Module",
    "return nn.Sequential(nn.Flatten(), nn.Linear(7, classes))": "RuntimeError",
    "return nn.Sequential(nn.Flatten(), nn.Linear(784, 7))": "not logits (2, 10)",
}


@pytest.mark.parametrize(("body", "why"), BAD_NETWORKS.items(), ids=range(len(BAD_NETWORKS)))
def test_a_network_that_does_not_fit_the_data_is_refused_before_anything_runs(
    body: str, why: str, tmp_path: Path
) -> None:
    """It is tried on two samples when the study is read."""
    (tmp_path / "net.py").write_text(
        "from torch import nn\nfrom train_backend.plugins import architecture\n"
        f"@architecture('net')\ndef net(channels, classes, size):\n    {body}\n"
    )
    read_plugins([tmp_path / "net.py"])
    with pytest.raises(TrainError, match=r"architecture 'net' of net\.py") as failed:
        small_study(architecture="net")
    assert why in str(failed.value)


def test_a_resolved_study_says_which_plug_in_it_needs(tmp_path: Path) -> None:
    """Where it was not given."""
    (tmp_path / "study.toml").write_text(
        '[study]\ndataset = "digits"\n[plugins]\n"mine.py" = "0"\n'
    )
    with pytest.raises(TrainError, match=r"--plugin mine\.py"):
        read_study(tmp_path / "study.toml")
