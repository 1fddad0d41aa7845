"""A file is written whole or not at all, in all three rooms by one function."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from data_contracts.writing import TEMPORARY, write_whole


def test_an_older_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    """The path comes back, for a caller that prints it."""
    path = tmp_path / "file"
    path.write_bytes(b"a longer older content")
    assert write_whole(path, b"new") == path
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_failure_is_named_by_the_file_asked_for_and_leaves_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whether the disk fails at the first byte, at the data or at the name."""
    path = tmp_path / "file"
    path.write_bytes(b"older")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "a temporary name")

    with monkeypatch.context() as full:
        full.setattr(os if step == "fsync" else Path, step, fail)
        with pytest.raises(OSError, match="No space left on device") as caught:
            write_whole(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_is_passed_on_and_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the bytes."""
    path = tmp_path / "file"
    path.write_bytes(b"older")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_name_is_the_one_that_is_tidied_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed writer leaves a name that starts with a dot and fits TEMPORARY."""
    meant = tmp_path / "file"
    seen: list[Path] = []

    def look(_: int) -> None:
        seen.extend(tmp_path.glob(TEMPORARY))

    monkeypatch.setattr(os, "fsync", look)
    write_whole(meant, b"new")
    assert [path.name[0] for path in seen] == ["."]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """A recall table for a mistyped folder is an error; who wants folders makes them."""
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(tmp_path / "nowhere" / "file", b"new")
    assert caught.value.filename == str(tmp_path / "nowhere" / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    """Named by what was asked for, not by the temporary name."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "inner"
    with pytest.raises(NotADirectoryError) as caught:
        write_whole(path, b"new")
    assert caught.value.filename == str(path)


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    """With no temporary file in it or beside it."""
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_whole(inner, b"new")
    assert caught.value.filename == str(inner)
    assert list(tmp_path.rglob("*")) == [inner]


def test_a_long_name_is_no_hindrance(tmp_path: Path) -> None:
    """The temporary name does not grow with it."""
    path = tmp_path / ("n" * 240 + ".parquet")
    assert write_whole(path, b"new").read_bytes() == b"new"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file it points to, in another folder, is the one replaced."""
    folder = tmp_path / "folder"
    folder.mkdir()
    real, link = folder / "real", tmp_path / "link"
    real.write_bytes(b"older")
    link.symlink_to(real)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert sorted(tmp_path.iterdir()) == [folder, link]


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    """Readable for the group if the user's mask says so."""
    path, other = tmp_path / "file", tmp_path / "other"
    other.write_text("")
    write_whole(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)
