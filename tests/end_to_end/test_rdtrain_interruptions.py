"""Ctrl-C and kill -9 in the middle of a run: nothing lost, nothing doubled, a clear word."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import rdtrain, small_study_file, start_rdtrain
from small_studies import small_study
from train_backend.plugins import read_plugins
from train_backend.running.engine import run_study
from train_backend.studies.files import read_study

MODELS = 6
SECONDS = 120.0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole")
    run_study(small_study(models=MODELS), out, device="cpu", processes=1)
    return tables(out)


def tables(out: Path) -> dict[str, bytes]:
    """Return every table of a study's folder."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.parquet"))}


def finished(out: Path) -> dict[str, int]:
    """Return when the part of each finished condition was written."""
    return {part.name: part.stat().st_mtime_ns for part in out.glob("_parts/*.json")}


def wait_for_a_part(process: subprocess.Popen[str], out: Path) -> None:
    """Wait until the run has finished its first condition."""
    end = time.monotonic() + SECONDS
    while not finished(out):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_for_the_end_of_group(group: int) -> None:
    """Wait until no process is left of a command that was killed."""
    end = time.monotonic() + SECONDS
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.killpg(group, 0)
            time.sleep(0.1)
        pytest.fail("processes have outlived the command that started them")


@pytest.mark.parametrize(
    ("number", "send", "code"),
    [
        (signal.SIGINT, os.killpg, 130),  # to the parent and its processes, as a terminal does
        (signal.SIGTERM, os.killpg, 143),  # as a scheduler does
        (signal.SIGTERM, os.kill, 143),  # to the parent alone, as a container does
    ],
)
def test_a_signal_keeps_what_is_done_and_the_same_command_goes_on(
    number: int,
    send: Callable[[int, int], None],
    code: int,
    tmp_path: Path,
    undisturbed: dict[str, bytes],
) -> None:
    """An exit code, one line; then the bytes of a run that was never stopped."""
    study, out = small_study_file(tmp_path, models=MODELS), tmp_path / "out"
    process = start_rdtrain("run", study, "--out", "out", "--device", "cpu", cwd=tmp_path)
    wait_for_a_part(process, out)
    send(process.pid, number)
    _, told = process.communicate()
    assert process.returncode == code
    kept = finished(out)
    assert 1 <= len(kept) < 4 * MODELS
    *progress, last = told.splitlines()
    assert all(line.startswith("training: ") for line in progress)  # on a slow machine
    assert last == (
        f"rdtrain: stopped: {len(kept)} of {4 * MODELS} conditions of {MODELS} models are done and "
        "kept in out; the same command goes on from there"
    )
    assert not (out / "recall.parquet").exists()
    again = rdtrain("run", study, "--out", "out", "--device", "cpu", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert tables(out) == undisturbed
    assert kept.items() <= finished(out).items()


IN_ONE_PROCESS = """
import sys
from pathlib import Path
from small_studies import small_study
from train_backend.plugins import read_plugins
from train_backend.running.engine import run_study
from train_backend.studies.files import read_study

def watch(status):
    if status.cost_done > status.cost_kept:
        print("at work", flush=True)

run_study(small_study(models={models}), Path({out!r}), device="cpu", processes=1, watch=watch)
"""


def test_kills_at_random_moments_end_in_the_undisturbed_bytes(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """Four times kill -9 within the first models, then left alone."""
    draws = random.Random(2022)  # noqa: S311 (moments, not secrets)
    out = tmp_path / "out"
    script = IN_ONE_PROCESS.format(models=MODELS, out=str(out))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(draws.uniform(0.0, 0.4))
            process.kill()
    run_study(small_study(models=MODELS), out, device="cpu", processes=1)
    assert tables(out) == undisturbed
    assert len(finished(out)) == 4 * MODELS
    assert not list(out.rglob("*.tmp"))


LEVELS = """\
[study]
name = "small"
dataset = "digits"
architecture = "LeNet5"
methods = ["MP", "LTH"]
ratios = [2, 10]
models = {models}
recipe = "digits"

[recipe]
training_phases = [{{ epochs = 6, learning_rate = 0.05 }}]
finetuning_phases = [{{ epochs = 3, learning_rate = 0.05 }}]

[lth]
levels = 3
rewind_step = 4
"""


PLUGIN = Path(__file__).parents[1] / "small_plugin.py"
OWN = """\
[study]
name = "own"
dataset = "streamed-blobs"
architecture = "small-cnn"
methods = ["MP", "layerwise", "rounding"]
ratios = [4]
models = {models}
recipe = "digits"

[recipe]
training_phases = [{{ epochs = 2, learning_rate = 0.05 }}]
finetuning_phases = [{{ epochs = 2, learning_rate = 0.05 }}]
"""


def test_a_killed_share_of_plug_ins_ends_in_the_undisturbed_bytes(tmp_path: Path) -> None:
    """Own network, method and streamed data: kill -9 to every process, then the same command."""
    models = 4
    study, out = tmp_path / "own.toml", tmp_path / "out"
    study.write_text(OWN.format(models=models))
    read_plugins([PLUGIN])
    run_study(read_study(study), tmp_path / "whole", device="cpu", processes=1)
    run = "run", study, "--plugin", PLUGIN, "--out", "out", "--device", "cpu", "--shard"
    process = start_rdtrain(*run, "1/2", cwd=tmp_path)
    wait_for_a_part(process, out)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = finished(out)
    assert 1 <= len(kept) < 7 * models / 2
    for share in "1/2", "2/2":
        done = rdtrain(*run, share, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert tables(out) == tables(tmp_path / "whole")
    assert kept.items() <= finished(out).items()


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "conditions"), [(LEVELS, 1 + 4 + 1 + 3 + 1), (OWN, 7)])
def test_fifty_kills_end_in_the_undisturbed_bytes(
    settings: str, conditions: int, tmp_path: Path
) -> None:
    """Kill -9 at any moment; processes die with the command, and no part is ever written again."""
    models = 40
    study, out = tmp_path / "small.toml", tmp_path / "out"
    study.write_text(settings.format(models=models))
    read_plugins([PLUGIN])
    run = "run", study, "--plugin", PLUGIN, "--out", "out", "--device", "cpu"
    whole = run_study(read_study(study), tmp_path / "whole", device="cpu", processes=1)
    assert whole.table is not None
    draws = random.Random(9)  # noqa: S311 (moments, not secrets)
    seen: dict[str, int] = {}
    grew = 0
    for number in range(50):
        process = start_rdtrain(*run, cwd=tmp_path)
        if number % 2:  # somewhere in its beginning
            time.sleep(draws.uniform(0.0, 5.0))
        else:  # somewhere in its work
            while len(finished(out)) == len(seen) and process.poll() is None:
                time.sleep(0.01)
            time.sleep(draws.uniform(0.0, 0.6))
        process.kill()
        process.communicate()
        wait_for_the_end_of_group(process.pid)
        now = finished(out)
        assert seen.items() <= now.items()
        grew, seen = grew + (len(now) > len(seen)), now
    assert grew > 20
    last = rdtrain(*run, cwd=tmp_path)
    assert last.returncode == 0, last.stderr
    assert tables(out) == tables(tmp_path / "whole")
    assert seen.items() <= finished(out).items()
    assert len(finished(out)) == models * conditions
    assert not list(out.rglob("*.damaged-*"))
