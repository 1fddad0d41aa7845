"""The commands as a user runs them: a real process, its exit code and what it printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PATIENCE = 300  # seconds until a test gives up; nothing is timed
RDSTATS = [sys.executable, "-m", "rd_cli.stats.app"]
RDTRAIN = [sys.executable, "-m", "rd_cli.train.app"]

SMALL_STUDY = """\
[study]
name = "small"
dataset = "digits"
architecture = "LeNet5"
methods = ["MP"]
ratios = [2]
models = {models}
recipe = "digits"

[recipe]
training_phases = [{{ epochs = 1, learning_rate = 0.05 }}]
finetuning_phases = [{{ epochs = 1, learning_rate = 0.05 }}]
"""


def rdstats(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `rdstats` to its end."""
    command = [*RDSTATS, *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def start_rdtrain(*arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
    """Start `rdtrain` in a process group of its own, as a shell does."""
    return subprocess.Popen(
        [*RDTRAIN, *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )


def rdtrain(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `rdtrain` to its end."""
    process = start_rdtrain(*arguments, cwd=cwd)
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def small_study_file(folder: Path, *, models: int = 3) -> Path:
    """Write a study of a few models that takes seconds."""
    path = folder / "small.toml"
    path.write_text(SMALL_STUDY.format(models=models))
    return path
