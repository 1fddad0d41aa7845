"""Where data sets lie on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from train_backend.data import data_root


def test_the_root_is_named_by_a_variable_or_lies_in_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """$RDSTATS_DATA, with ~ as in a shell; else ~/.cache/rdstats/data."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RDSTATS_DATA", "~/images")
    assert data_root() == tmp_path / "images"
    monkeypatch.setenv("RDSTATS_DATA", "")
    assert data_root() == tmp_path / ".cache" / "rdstats" / "data"
    monkeypatch.delenv("RDSTATS_DATA")
    assert data_root() == tmp_path / ".cache" / "rdstats" / "data"
