"""What a user installs: these files, these names, and no torch unless asked for."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built as a release would build it, without a network."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), "."],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_the_four_rooms_and_nothing_called_cli_tests_or_reports(
    wheel: zipfile.ZipFile,
) -> None:
    """An installed top-level `cli`, `tests` or `reports` would collide with other projects."""
    top = {name.split("/")[0] for name in wheel.namelist()}
    packages = {name for name in top if not name.endswith(".dist-info")}
    assert packages == {"data_contracts", "train_backend", "rdstats", "rd_cli"}


def test_the_wheel_holds_every_source_file_of_its_rooms(wheel: zipfile.ZipFile) -> None:
    """Templates and type markers travel as well as modules."""
    rooms = ("data_contracts", "train_backend", "rdstats")
    expected = {
        path.relative_to(root).as_posix()
        for room, root in [*((r, REPOSITORY) for r in rooms), ("rd_cli", REPOSITORY / "cli")]
        for path in (root / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    installed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert installed == expected
    assert {f"{room}/py.typed" for room in (*rooms, "rd_cli")} <= installed


def test_the_wheel_asks_for_torch_only_in_an_extra(wheel: zipfile.ZipFile) -> None:
    """`pip install rdstats` never needs torch."""
    (name,) = [n for n in wheel.namelist() if n.endswith("METADATA")]
    metadata = Parser().parsestr(wheel.read(name).decode())
    requirements = metadata.get_all("Requires-Dist") or []
    extras = r"(torch|torchvision|safetensors|llvmlite|ray|scikit-learn)\b"
    torches = [r for r in requirements if re.match(extras, r)]
    assert torches
    assert all("extra ==" in requirement for requirement in torches)
    assert {"train", "ray", "dev"} <= set(metadata.get_all("Provides-Extra") or [])


def test_the_wheel_installs_both_commands(wheel: zipfile.ZipFile) -> None:
    """The console scripts are rdtrain and rdstats."""
    (name,) = [n for n in wheel.namelist() if n.endswith("entry_points.txt")]
    text = wheel.read(name).decode()
    assert "rdstats = rd_cli.stats.app:main" in text
    assert "rdtrain = rd_cli.train.app:main" in text
