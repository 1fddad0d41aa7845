"""A file is written whole or not at all, in all three rooms by one function."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.errors import ContractError
from data_contracts.sources import INPUTS
from data_contracts.writing import TEMPORARY, whole_folder, write_whole
from rdstats.output.formats import write_frame
from train_backend import Recorder


@pytest.mark.parametrize("name", ["file", "n" * 240 + ".parquet"])
def test_an_older_file_is_replaced_and_nothing_else_is_left(tmp_path: Path, name: str) -> None:
    """The path comes back, for a caller that prints it; temporary names do not grow with it."""
    path = tmp_path / name
    path.write_bytes(b"a longer older content")
    assert write_whole(path, b"new") == path
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_with_nul_is_told_in_a_line(tmp_path: Path) -> None:
    """Whatever is written there: a file, a folder, a table of a report or of a recorder."""
    name, about = tmp_path / "a\0b.parquet", {"study": "s", "dataset": "d", "architecture": "a"}
    ways: list[Callable[[], object]] = [
        lambda: write_whole(name, b"new"),
        lambda: whole_folder(name).__enter__(),
        lambda: write_frame(pd.DataFrame({"a": [1]}), name),
        lambda: Recorder(name, **about),
    ]
    for way in ways:
        with pytest.raises(ContractError, match="holds NUL, which no name of a file may"):
            way()
    assert list(tmp_path.iterdir()) == []


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


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_changes_when_all_its_files_are_there(tmp_path: Path) -> None:
    """Not before; other files stay, a link stays a link, modes stay, nothing else is left."""
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "other").write_bytes(b"other")
    (folder / "a").write_bytes(b"older")
    (folder / "a").chmod(0o600)
    elsewhere.write_bytes(b"older")
    (folder / "b").symlink_to(elsewhere)
    before = contents(folder)
    with whole_folder(folder) as beside:
        for name in ("index.html", "a", "b"):
            write_whole(beside / name, b"new")
            assert before.items() <= contents(folder).items()
    names = ("a", "b", "index.html")
    after = {str(folder / name): b"new" for name in names} | {str(folder / "other"): b"other"}
    assert contents(folder) == after
    assert (folder / "b").is_symlink()
    assert elsewhere.read_bytes() == b"new"
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o600
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("fault", ["disk", "folder", "input", "Ctrl-C"])
def test_a_folder_stays_as_it_was_when_one_file_fails(tmp_path: Path, fault: str) -> None:
    """While they are written, or by what lies in the place of the last; told by its place."""
    last = tmp_path / "index.html"
    (tmp_path / "a").write_bytes(b"older")
    if fault == "folder":
        last.mkdir()
    elif fault == "input":
        last.write_bytes(b"older")
    before = contents(tmp_path)

    def write() -> None:
        with whole_folder(tmp_path) as beside:
            write_whole(beside / "a", b"new")
            write_whole(beside / "index.html", b"new")
            if fault == "disk":
                raise OSError(28, "No space left", str(beside / "index.html"))
            if fault == "Ctrl-C":
                raise KeyboardInterrupt

    status = last.stat() if fault == "input" else None
    token = INPUTS.set({(status.st_dev, status.st_ino)} if status else None)
    try:
        with pytest.raises((OSError, ContractError, KeyboardInterrupt)) as caught:
            write()
    finally:
        INPUTS.reset(token)
    if fault in ("disk", "folder"):
        assert caught.value.filename == str(last)  # type: ignore[attr-defined]
    elif fault == "input":
        assert str(last) in str(caught.value)
    assert contents(tmp_path) == before
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_fails_at_its_first_file_is_not_made(tmp_path: Path) -> None:
    """Nor one in a place that is a file."""
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "new"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
