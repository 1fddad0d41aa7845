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


def test_the_wheel_holds_every_source_file_of_its_rooms(wheel: zipfile.ZipFile) -> None:
    """Templates and type markers travel as well as modules, and no tests, nor a folder `cli`."""
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
    (entries,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert b"rdstats = rd_cli.stats.app:main" in wheel.read(entries)
    assert b"rdtrain = rd_cli.train.app:main" in wheel.read(entries)


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


def test_the_readme_that_an_index_shows_has_no_link_into_the_repository(
    wheel: zipfile.ZipFile,
) -> None:
    """There they would lead nowhere: their words stay, without the address."""
    (name,) = [n for n in wheel.namelist() if n.endswith("METADATA")]
    text = Parser().parsestr(wheel.read(name).decode()).get_payload()
    assert isinstance(text, str)
    assert "Did compression" in wheel.read(name).decode()
    assert re.findall(r"\]\((?!https?://)[^)]*\)", text) == []
