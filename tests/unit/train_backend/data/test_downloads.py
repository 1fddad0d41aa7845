"""`rdtrain data NAME`: what the network gives, and what is said when it gives nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from torchvision import datasets as torchvision_datasets

from published_files import Publish, Published
from train_backend.data import fetch_dataset
from train_backend.data.files import LAYOUTS
from train_backend.errors import TrainError

READERS = {name: layout.torchvision_name for name, layout in LAYOUTS.items()}


def network_gives(
    monkeypatch: pytest.MonkeyPatch, name: str, answer: Published | Exception
) -> list[str]:
    """Replace torchvision's download; return the list of folders that it will be called for."""
    calls: list[str] = []

    def download(self: Any) -> None:
        calls.append(str(self.root))
        if isinstance(answer, Exception):
            raise answer
        answer.install(Path(self.root))

    monkeypatch.setattr(getattr(torchvision_datasets, READERS[name]), "download", download)
    return calls


@pytest.mark.parametrize("name", READERS)
def test_a_fetched_data_set_lies_where_it_is_read_and_nothing_else_does(
    name: str, publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torchvision works in a temporary folder, which is gone afterwards."""
    small = publish(name)
    calls = network_gives(monkeypatch, name, small)
    done = fetch_dataset(name, tmp_path)
    assert sorted(done.written) == sorted(small.files)
    files = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {f"{LAYOUTS[name].folder}/{file}" for file in small.files}
    assert calls[0] != str(tmp_path)


def test_a_complete_data_set_is_not_fetched_again(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its checksums are enough; the network is not asked."""
    small = publish("MNIST")
    small.install(tmp_path)
    calls = network_gives(monkeypatch, "MNIST", URLError("no network"))
    assert fetch_dataset("MNIST", tmp_path).written == ()
    assert calls == []


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (URLError("Name or service not known"), "Name or service not known"),
        (TimeoutError("timed out"), "timed out"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (RuntimeError("Error downloading x:\nTried y, got:\n<z>\n"), "x: Tried y, got: <z>)"),
    ],
)
def test_a_failing_network_is_one_line_with_what_to_do(
    failure: Exception,
    reason: str,
    publish: Publish,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What, why, and how to go on without a network; nothing is left behind."""
    publish("Fashion-MNIST")
    network_gives(monkeypatch, "Fashion-MNIST", failure)
    with pytest.raises(TrainError) as refused:
        fetch_dataset("Fashion-MNIST", tmp_path)
    text = str(refused.value)
    assert text.startswith("Fashion-MNIST could not be fetched")
    assert reason in text
    assert text.endswith("type `rdtrain data Fashion-MNIST --from DIR`")
    assert "\n" not in text
    assert list(tmp_path.iterdir()) == []


def test_fetched_files_that_are_not_the_published_ones_are_refused(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login page or a proxy may answer for the publisher."""
    small = publish("MNIST")
    wrong = {**small.files, "t10k-labels-idx1-ubyte": small.files["train-labels-idx1-ubyte"]}
    answer = Published(small.name, wrong, *([small.train_images, small.train_labels] * 2))
    network_gives(monkeypatch, "MNIST", answer)
    with pytest.raises(TrainError, match="is not MNIST's t10k-labels-idx1-ubyte"):
        fetch_dataset("MNIST", tmp_path)
    assert list(tmp_path.iterdir()) == []
