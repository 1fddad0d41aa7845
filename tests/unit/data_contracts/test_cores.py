"""Cores that a container leaves us, as both versions of control groups say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts.cores import available_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may run on eight cores."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("400000 100000", 4),
        ("250000 100000", 3),
        ("50000 100000", 1),
        ("6400000 100000", 8),
        ("max 100000", 8),
        ("", 8),
        ("what", 8),
    ],
)
def test_the_limit_of_a_container(tmp_path: Path, text: str, cores: int) -> None:
    """`docker run --cpus 2.5` keeps two and a half busy: three processes."""
    (tmp_path / "cpu.max").write_text(f"{text}\n")
    assert available_cores(tmp_path) == cores


@pytest.mark.parametrize(("quota", "cores"), [("150000", 2), ("-1", 8)])
def test_the_limit_of_an_older_container(tmp_path: Path, quota: str, cores: int) -> None:
    """Version 1 of control groups has two files."""
    folder = tmp_path / "cpu"
    folder.mkdir()
    (folder / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (folder / "cpu.cfs_period_us").write_text("100000\n")
    assert available_cores(tmp_path) == cores


def test_elsewhere_there_is_no_limit(tmp_path: Path) -> None:
    """macOS, Windows, and Linux without a container."""
    assert available_cores(tmp_path / "absent") == 8
