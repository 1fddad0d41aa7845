"""A file is written whole or not at all, in all three rooms by one function."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from data_contracts.writing import TEMPORARY, write_whole


@pytest.mark.parametrize("name", ["file", "n" * 240 + ".parquet"])
def test_an_older_file_is_replaced_and_nothing_else_is_left(tmp_path: Path, name: str) -> None:
    """The path comes back, for a caller that prints it; temporary names do not grow with it."""
    path = tmp_path / name
    path.write_bytes(b"a longer older content")
    assert write_whole(path, b"new") == path
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["open", "fsync", "replace", "Ctrl-C"])
def test_a_failure_leaves_the_older_file_and_is_named_by_the_one_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whether the disk fails at the first byte, at the data or at the name."""
    path = tmp_path / "file"
    path.write_bytes(b"older")
    stop = KeyboardInterrupt() if step == "Ctrl-C" else OSError(28, "No space left", "temporary")

    def fail(*_: object) -> None:
        raise stop

    with monkeypatch.context() as full:
        place, name = (Path, step) if step in ("open", "replace") else (os, "fsync")
        full.setattr(place, name, fail)
        with pytest.raises(type(stop)) as caught:
            write_whole(path, b"new")
    assert step == "Ctrl-C" or caught.value.filename == str(path)  # type: ignore[attr-defined]
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


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("nowhere/file", FileNotFoundError),  # a mistyped folder; who wants folders makes them
        ("file/inner", NotADirectoryError),
        ("folder", IsADirectoryError),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(
    tmp_path: Path, name: str, error: type[OSError]
) -> None:
    """Named by what was asked for, with no temporary file left in it or beside it."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(error) as caught:
        write_whole(tmp_path / name, b"new")
    assert caught.value.filename == str(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "file", tmp_path / "folder"]


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


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_an_older_files_permissions_stay(tmp_path: Path) -> None:
    """What its owner alone may read is not opened to all by writing it again."""
    path = tmp_path / "file"
    path.write_bytes(b"older")
    path.chmod(0o600)
    write_whole(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    """Nor a device: what waits at its other end would wait for ever."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match="no regular file"):
        write_whole(path, b"new")
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]
