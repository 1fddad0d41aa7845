"""Cores that a container leaves us, as both versions of control groups say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts.limits import available_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may run on eight cores."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "400000 100000"}, 4),
        ({"cpu.max": "250000 100000"}, 3),  # `docker run --cpus 2.5` keeps three processes busy
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "6400000 100000"}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": ""}, 8),
        ({"cpu.max": "what"}, 8),
        # Version 1 of control groups has two files.
        ({"cpu/cpu.cfs_quota_us": "150000", "cpu/cpu.cfs_period_us": "100000"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
        ({}, 8),  # macOS, Windows, and Linux without a container
    ],
)
def test_the_limit_of_a_container(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    """As the system's files say it."""
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(f"{text}\n")
    assert available_cores(tmp_path) == cores
