"""`rdtrain run --engine ray` on a simulated cluster whose workers, machines and driver die."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import rdtrain, small_study_file, start_rdtrain
from small_studies import small_study
from train_backend.plugins import read_plugins
from train_backend.running.engine import Status, run_study

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason='needs ray: pip install "rdstats[ray]"'
)

MODELS = 4
SECONDS = 120.0


class SimulatedCluster:
    """Handle of `tests/ray_cluster.py`: a head without cores, and machines of one core."""

    def __init__(self, script: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = self._answer()

    def say(self, word: str) -> None:
        """Do `add`, `add-gpu` or `kill` to a machine."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self._answer() == "done"

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture(scope="module")
def cluster() -> Iterator[SimulatedCluster]:
    """A cluster with two machines."""
    running = SimulatedCluster(Path(__file__).parents[1] / "ray_cluster.py")
    try:
        running.say("add")
        running.say("add")
        yield running
    finally:
        running.process.communicate()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The recall table of a run on this machine that nothing disturbed."""
    outcome = run_study(
        small_study(models=MODELS), tmp_path_factory.mktemp("whole"), device="cpu", processes=1
    )
    assert outcome.table is not None
    return outcome.table.read_bytes()


def start(folder: Path, cluster: SimulatedCluster) -> subprocess.Popen[str]:
    """Start the small study on the cluster."""
    study = small_study_file(folder, models=MODELS)
    arguments = ("run", study, "--out", "out", "--engine", "ray", "--device", "cpu")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_ADDRESS", cluster.address)
        return start_rdtrain(*arguments, cwd=folder)


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait while the driver runs."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def parts(folder: Path) -> int:
    """Return how many parts there are."""
    return len(list((folder / "out").glob("_parts/*.json")))


def busy_workers() -> list[int]:
    """Return the processes that are at work on a unit; Ray names them after its function."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes().startswith(b"ray::do_job_here"):
                found.append(int(path.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds Ray's workers in /proc")
def test_a_killed_worker_and_a_killed_machine_lose_nothing(
    tmp_path: Path, cluster: SimulatedCluster, undisturbed: bytes
) -> None:
    """The table has the bytes of a run on one machine that nothing disturbed."""
    process = start(tmp_path, cluster)
    wait_until(lambda: bool(busy_workers()), process)
    os.kill(busy_workers()[0], signal.SIGKILL)
    wait_until(lambda: parts(tmp_path) >= 1, process)
    cluster.say("kill")
    cluster.say("add")
    _, told = process.communicate()
    assert process.returncode == 0, told
    assert (tmp_path / "out" / "recall.parquet").read_bytes() == undisturbed


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)])
def test_a_killed_driver_goes_on_with_the_same_command(
    tmp_path: Path, cluster: SimulatedCluster, undisturbed: bytes, number: int, code: int
) -> None:
    """What had come back is not done again; the table is the undisturbed one."""
    process = start(tmp_path, cluster)
    wait_until(lambda: parts(tmp_path) >= 1, process)
    os.killpg(process.pid, number)
    _, told = process.communicate()
    assert process.returncode == code, told
    assert ("rdtrain: stopped: " in told) == (number == signal.SIGTERM)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("_parts/*.json")}
    assert 1 <= len(kept) < 4 * MODELS
    again = start(tmp_path, cluster)
    _, told = again.communicate()
    assert again.returncode == 0, told
    assert (tmp_path / "out" / "recall.parquet").read_bytes() == undisturbed
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_machines_without_the_data_are_told_before_a_folder_is_taken(
    tmp_path: Path, cluster: SimulatedCluster
) -> None:
    """The driver itself needs none; the first machine, without cores, is not asked."""
    study = small_study_file(tmp_path, models=1)
    study.write_text(study.read_text().replace('"digits"', '"MNIST"', 1))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_ADDRESS", cluster.address)
        arguments = ("--engine", "ray", "--data-root", tmp_path / "no-data")
        failed = rdtrain("run", study, *arguments, cwd=tmp_path)
    assert failed.returncode == 1
    assert re.search(r"error: machine \S+ of the cluster: MNIST is not complete", failed.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


def test_a_study_without_a_model_left_says_why(tmp_path: Path, cluster: SimulatedCluster) -> None:
    """In one line: a model that diverges on the cluster is no failed task."""
    study = small_study_file(tmp_path, models=1)
    study.write_text(study.read_text().replace("0.05", "1e8"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_ADDRESS", cluster.address)
        failed = rdtrain("run", study, "--engine", "ray", "--device", "cpu", cwd=tmp_path)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("rdtrain: error: no model of small is left: ")
    assert "has diverged" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_cluster_that_does_not_answer_is_an_error_in_one_line(tmp_path: Path) -> None:
    """It names the address; nothing hangs."""
    study = small_study_file(tmp_path, models=1)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_ADDRESS", "127.0.0.1:1")
        failed = rdtrain("run", study, "--engine", "ray", "--device", "cpu", cwd=tmp_path)
    assert failed.returncode == 1
    assert "no Ray cluster can be reached" in failed.stderr.splitlines()[-1]
    assert "RAY_ADDRESS=127.0.0.1:1" in failed.stderr


def test_gpus_that_a_cluster_lacks_are_an_error(tmp_path: Path, cluster: SimulatedCluster) -> None:
    """Asked for CUDA, the task would else wait for ever."""
    study = small_study_file(tmp_path, models=1)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_ADDRESS", cluster.address)
        failed = rdtrain("run", study, "--engine", "ray", "--device", "cuda", cwd=tmp_path)
    assert failed.returncode == 1
    assert "the Ray cluster has no GPU: use --device cpu" in failed.stderr


@pytest.mark.parametrize(
    ("share", "told"),
    [
        ("2", "--gpu-share 2 is more than any machine of the Ray cluster has: 1 is the most"),
        ("1.5", "--gpu-share 1.5 is impossible: a model takes a part of one GPU (up to 1)"),
    ],
)
def test_a_share_of_gpus_that_no_machine_holds_is_an_error(
    tmp_path: Path, cluster: SimulatedCluster, share: str, told: str
) -> None:
    """Two machines of one GPU do not make one of two: the task would else wait for ever."""
    study = small_study_file(tmp_path, models=1)
    for _ in range(2):
        cluster.say("add-gpu")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_ADDRESS", cluster.address)
        arguments = ("--engine", "ray", "--gpu-share", share)
        failed = rdtrain("run", study, *arguments, cwd=tmp_path)
    for _ in range(2):
        cluster.say("kill")
    assert failed.returncode == 1
    assert told in failed.stderr.splitlines()[-1]


def test_a_finished_study_needs_no_cluster(tmp_path: Path) -> None:
    """Nothing is left to run: the table is there, whoever answers."""
    study = small_study_file(tmp_path, models=1)
    assert rdtrain("run", study, "--device", "cpu", cwd=tmp_path).returncode == 0
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_ADDRESS", "127.0.0.1:1")
        again = rdtrain("run", study, "--engine", "ray", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "1 model in small/recall.parquet" in again.stdout


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds Ray's workers in /proc")
def test_a_plug_in_on_the_cluster_gives_the_same_bytes_though_a_worker_is_killed(
    tmp_path: Path, cluster: SimulatedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text travels with the study: the machines need not have the file."""
    read_plugins([Path(__file__).parents[1] / "small_plugin.py"])
    study = small_study(
        dataset="streamed-blobs",
        architecture="small-cnn",
        methods=["layerwise", "rounding"],
        ratios=[4],
        models=4,
    )
    killed: list[int] = []

    def kill_one(_: Status) -> None:
        if not killed and (busy := busy_workers()):
            os.kill(busy[0], signal.SIGKILL)
            killed.append(busy[0])

    here = run_study(study, tmp_path / "here", device="cpu", processes=1).table
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    options: dict[str, Any] = {"device": "cpu", "engine": "ray", "watch": kill_one}
    there = run_study(study, tmp_path / "there", **options).table
    assert killed
    assert here is not None
    assert there is not None
    assert there.read_bytes() == here.read_bytes()
