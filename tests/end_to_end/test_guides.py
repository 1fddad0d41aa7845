"""The guides in docs/guides, run as written: their code, then their commands, in one folder."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kept_files import FIXTURES

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
RDSTATS = Path(sys.executable).with_name("rdstats")
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

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

KEPT = {
    "torchmetrics.md": "lightning/before/metrics.csv",
    "hugging-face.md": "transformers/before/trainer_state.json",
}
"""The file that a guide says another page of ours shows how to make."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its kind and text."""

    kind: str
    text: str


def blocks(guide: str) -> list[Block]:
    """Return the fenced blocks of a guide, in order."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    return [Block(found["kind"], found["text"]) for found in BLOCK.finditer(text)]


def run(arguments: list[str], folder: Path, text: str | None = None) -> str:
    """Run a program in a folder, which must succeed; return what it printed."""
    done = subprocess.run(
        arguments,
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "COLUMNS": "160",
            "NO_COLOR": "1",
            "KERAS_BACKEND": "torch",
            "OMP_NUM_THREADS": "1",
        },
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run_guide(guide: str, folder: Path) -> str:
    """Run a guide's code and its commands in the order in which they stand.

    Code is one program up to the next command, and each program begins with what stood before:
    a reader types on in one session.
    """
    printed, code = "", {"python": "", "r": ""}
    fresh = dict.fromkeys(code, False)
    if guide in KEPT:
        shutil.copy(FIXTURES / KEPT[guide], folder)
    for block in blocks(guide):
        if block.kind in code:
            code[block.kind] += block.text + "\n"
            fresh[block.kind] = True
            continue
        for kind, program in (("python", [sys.executable, "-"]), ("r", ["Rscript", "-"])):
            if fresh[kind]:
                printed += run(program, folder, code[kind])
                fresh[kind] = False
        if block.kind == "console":
            for line in block.text.splitlines():
                words = shlex.split(line.removeprefix("$ "))
                assert words[0] == "rdstats", f"{guide}: what is {line!r}?"
                printed += run([str(RDSTATS), *words[1:]], folder)
        elif block.kind == "text":
            assert block.text in printed
        else:
            raise AssertionError(f"{guide} has a block of {block.kind!r} that nothing runs")
    assert not any(fresh.values()), f"{guide} ends in code that nothing runs"
    return printed


@pytest.mark.parametrize("guide", ["scikit-learn.md", "pytorch.md"])
def test_a_guide_runs_as_written(guide: str, tmp_path: Path) -> None:
    """And ends in verdicts on every class."""
    for library in LIBRARIES[guide]:
        pytest.importorskip(library)
    assert "898 test images, 10 classes" in run_guide(guide, tmp_path)


@pytest.mark.r
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on PATH")
def test_the_guide_for_r_runs_as_written(tmp_path: Path) -> None:
    """R writes text in quotes and factors as names: the files are read all the same."""
    assert "75 test images, 3 classes" in run_guide("r.md", tmp_path)


@pytest.mark.heavy
@pytest.mark.parametrize(
    "guide", ["torchmetrics.md", "keras.md", "hugging-face.md", "onnx-runtime.md"]
)
def test_a_guide_to_a_heavy_library_runs_as_written(guide: str, tmp_path: Path) -> None:
    """In an environment of tests/fixtures/requirements.txt; skipped where a library is missing."""
    for library in LIBRARIES[guide]:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed (tests/fixtures/requirements.txt)")
    assert "898 test images, 10 classes" in run_guide(guide, tmp_path)


def test_every_guide_is_run() -> None:
    """A guide that no test runs would not stay true."""
    assert {path.name for path in GUIDES.glob("*.md")} == set(LIBRARIES)
