"""The guides in docs/guides, run as written: their code and their commands, in one folder.

Commands run in this process, and so does Python code that needs no heavy library: starting a
process for each took a minute and a half. R and the heavy libraries get processes of their own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kept_files import FIXTURES
from rd_cli.stats.app import app

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

ENVIRONMENT = {"COLUMNS": "160", "NO_COLOR": "1", "KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1"}

LIBRARIES = {
    "scikit-learn.md": ("sklearn",),
    "pytorch.md": ("torch", "sklearn"),
    "torchmetrics.md": ("torchmetrics",),
    "keras.md": ("keras", "torch"),
    "hugging-face.md": ("transformers", "accelerate"),
    "onnx-runtime.md": ("onnxruntime", "onnx", "skl2onnx"),
    "r.md": (),
}
"""What each guide imports that a machine may lack."""

PROGRAMS = {"python": [sys.executable, "-"], "r": ["Rscript", "-"]}
HEAVY = ("torchmetrics.md", "keras.md", "hugging-face.md", "onnx-runtime.md")

KEPT = {
    "torchmetrics.md": "lightning/before/metrics.csv",
    "hugging-face.md": "transformers/before/trainer_state.json",
}
"""The file that a guide says another page of ours shows how to make."""


def blocks(guide: str) -> list[tuple[str, str]]:
    """Return the kind and text of each fenced block of a guide, in order."""
    return BLOCK.findall((GUIDES / guide).read_text(encoding="utf-8"))


def run_program(arguments: list[str], text: str, folder: Path) -> str:
    """Run a program on a text in a folder, which must succeed; return what it printed."""
    done = subprocess.run(
        arguments,
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **ENVIRONMENT},
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run_python(text: str, names: dict[str, Any]) -> str:
    """Run code in this process and the current folder; return what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as out, warnings.catch_warnings():
        warnings.simplefilter("default")  # a library's warning is not an error to its user
        exec(text, names)  # noqa: S102  # our own page
    return out.getvalue()


def r_has(package: str) -> bool:
    """Return whether R can load a package; Debian's r-base-core leaves the recommended ones out."""
    if shutil.which("Rscript") is None:
        return False
    asked = f'quit(status = !requireNamespace("{package}", quietly = TRUE))'
    return subprocess.run(["Rscript", "-e", asked], check=False).returncode == 0


def run_command(line: str) -> str:
    """Run a line of a console in this process, which must succeed; return what it printed."""
    words = shlex.split(line.removeprefix("$ "))
    assert words[0] == "rdstats", f"what is {line!r}?"
    done = CliRunner().invoke(app, words[1:], env=ENVIRONMENT, catch_exceptions=False)
    assert done.exit_code == 0, f"{line}\n{done.output}"
    return str(done.stdout)


def run_guide(guide: str, folder: Path) -> str:
    """Run a guide's code and its commands in the order in which they stand.

    A reader types on in one session: each piece of code knows what stood before. Programs of
    their own begin with it instead.
    """
    printed = ""
    code = {"python": "", "r": ""}
    waiting: set[str] = set()
    names: dict[str, Any] = {"__name__": "__main__"}
    if guide in KEPT:
        shutil.copy(FIXTURES / KEPT[guide], folder)
    for kind, text in blocks(guide):
        if kind == "python" and guide not in HEAVY:
            printed += run_python(text, names)
        elif kind in code:
            code[kind] += text + "\n"
            waiting.add(kind)
        else:
            for program in sorted(waiting):
                printed += run_program(PROGRAMS[program], code[program], folder)
            waiting.clear()
            if kind == "text":
                assert text in printed
            else:
                assert kind == "console", f"{guide} has a block of {kind!r} that nothing runs"
                printed += "".join(map(run_command, text.splitlines()))
    assert not waiting, f"{guide} ends in code that nothing runs"
    return printed


@pytest.fixture(name="folder")
def an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "guide",
    [
        *("scikit-learn.md", "pytorch.md"),
        pytest.param("r.md", marks=pytest.mark.r),
        *(pytest.param(guide, marks=pytest.mark.heavy) for guide in HEAVY),
    ],
)
def test_a_guide_runs_as_written(
    guide: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And ends in verdicts on every class; skipped where a library of its is missing."""
    for library in LIBRARIES[guide]:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed (tests/fixtures/requirements.txt)")
    if guide == "r.md" and not r_has("nnet"):
        pytest.skip("R's package nnet is not installed (Debian: r-cran-nnet)")
    monkeypatch.chdir(tmp_path)
    verdicts = "75 test samples, 3 classes" if guide == "r.md" else "898 test samples, 10 classes"
    assert verdicts in run_guide(guide, tmp_path)


def test_every_guide_is_run() -> None:
    """A guide that no test runs would not stay true."""
    assert {path.name for path in GUIDES.glob("*.md")} == set(LIBRARIES)
