"""Paths, folders, globs and URIs stand for the files a user would expect; a file is what it is."""

from __future__ import annotations

import os
import pickle
import socket
import time
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pyarrow import fs

from data_contracts import ContractError
from data_contracts.sources import find_files, kind_of_file


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files to name; their contents do not matter here. It is the current one."""
    for name in [
        "b.parquet",
        "a.parquet",
        "notes.txt",
        "deep/er/c.parquet",
        "deep/d.parquet",
        "deep/.hidden.parquet",
        "deep/_parts/e.parquet",
        "deep/.cache/f.parquet",
        "bare/readme.txt",
        "odd/[1].parquet",
        "odd/1.parquet",
    ]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*sources: str | Path) -> list[str]:
    """Return what the files are called."""
    return [file.name for file in find_files(sources)]


def refusal(*sources: str | Path) -> str:
    """Return what is said against the sources."""
    with pytest.raises(ContractError) as caught:
        find_files(sources)
    assert caught.value.violations == ()
    return str(caught.value)


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (["b.parquet", "./a.parquet"], ["b.parquet", "./a.parquet"]),
        (["notes.txt", Path("a.parquet")], ["notes.txt", "a.parquet"]),  # no suffix is needed
        (["deep"], ["deep/d.parquet", "deep/er/c.parquet"]),
        (["deep/"], ["deep/d.parquet", "deep/er/c.parquet"]),
        (["deep/_parts"], ["deep/_parts/e.parquet"]),  # what lies below counts
    ],
)
def test_files_and_folders_are_called_what_the_user_called_them(
    sources: list[str | Path], found: list[str]
) -> None:
    """In the user's order, a folder's sorted; other files and hidden names are passed over."""
    assert names(*sources) == found
    assert len(names(".")) == 6


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.parquet", ["a.parquet", "b.parquet"]),
        ("./*.parquet", ["./a.parquet", "./b.parquet"]),
        ("?.parquet", ["a.parquet", "b.parquet"]),
        ("[b-z].parquet", ["b.parquet"]),
        ("*/d.parquet", ["deep/d.parquet"]),
        ("deep/*", ["deep/_parts/e.parquet", "deep/d.parquet", "deep/er/c.parquet"]),
        ("d*/e?", ["deep/er/c.parquet"]),
        ("deep/**", ["deep/_parts/e.parquet", "deep/d.parquet", "deep/er/c.parquet"]),
        ("**/c.parquet", ["deep/er/c.parquet"]),
        ("deep/.h*", ["deep/.hidden.parquet"]),
        ("odd/[1].parquet", ["odd/[1].parquet"]),  # a path that exists is no glob
        ("odd/[1-9].parquet", ["odd/1.parquet"]),
    ],
)
def test_globs_match_as_in_a_shell(pattern: str, found: list[str]) -> None:
    """One level each, `**` any number, dots only where a dot is asked for."""
    assert list(map(os.path.normpath, names(pattern))) == list(map(os.path.normpath, found))
    absolute = [f"{Path.cwd()}/{os.path.normpath(name)}" for name in found]
    assert list(map(os.path.normpath, names(f"{Path.cwd()}/{pattern}"))) == absolute


def test_file_uris_name_files_folders_and_globs(study: Path) -> None:
    """The same files by another name; escapes in the URI are undone."""
    assert names(f"file://{study}/a.parquet") == [f"{study}/a.parquet"]
    assert names(f"file://{study}/deep") == [
        f"{study}/deep/d.parquet",
        f"{study}/deep/er/c.parquet",
    ]
    assert names(f"file://{study}/d*/*.parquet") == [f"{study}/deep/d.parquet"]
    (study / "with space.parquet").write_bytes(b"")
    assert names(f"file://{study}/with%20space.parquet") == [f"{study}/with space.parquet"]


def test_another_file_system_is_searched_the_same_way(study: Path) -> None:
    """A file system of one's own, such as an object store with credentials."""
    within = fs.SubTreeFileSystem(str(study / "deep"), fs.LocalFileSystem())

    def paths(source: str) -> list[str]:
        return [file.path for file in find_files([source], within)]

    assert paths("d.parquet") == ["d.parquet"]
    assert paths("er") == ["er/c.parquet"]
    assert paths("*/c.parquet") == ["er/c.parquet"]
    assert paths("*.parquet") == ["d.parquet"]


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ([], "no file is given: name a file, folder, glob or URI"),
        ([""], "an empty path is given: name a file, folder, glob or URI"),
        (["nowhere.parquet"], "nowhere.parquet: no such file or folder; check the path"),
        (["bare"], "the folder bare holds no .parquet file: name the folder of the tables"),
        (["*.pq"], "nothing matches *.pq: check the pattern, or name a file or folder"),
        (["bar?"], "nothing matches bar?: check the pattern, or name a file or folder"),
        (["no/where/*.parquet"], "nothing matches no/where/*.parquet: check"),
        (["zip://a.zip"], "zip://a.zip cannot be opened ("),
        (["file://relative"], "file://relative cannot be opened ("),
        (["/dev/null"], "/dev/null is neither a file nor a folder"),
        (["a\0b"], "cannot be read"),
    ],
)
def test_a_source_that_names_nothing_is_said_to(sources: list[str], said: str) -> None:
    """What, why and what to do."""
    assert said in refusal(*sources)


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(
    "sources",
    [
        ["a.parquet", "a.parquet"],
        ["a.parquet", "./a.parquet"],
        ["a.parquet", "*.parquet"],
        ["deep", "deep/d.parquet"],
        ["a.parquet", "link.parquet"],
        ["a.parquet", "file://{}/a.parquet"],
    ],
)
def test_a_file_named_twice_is_refused(sources: list[str]) -> None:
    """Its rows would be duplicates; the message says whose fault that is not."""
    Path("link.parquet").symlink_to("a.parquet")
    sources = [source.format(Path.cwd()) for source in sources]
    assert "is given twice" in refusal(*sources)
    assert "its rows would count double; name it once" in refusal(*sources)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (b"PAR1\x15\x04", "a Parquet file that ends too early"),
        (b"ARROW1\0\0", "an Arrow IPC (Feather) file"),
        (b"PK\x03\x04\x14", "a zip archive (as .npz, .xlsx and PyTorch checkpoints are)"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"\x93NUMPY\x01", "a numpy array (.npy)"),
        (pickle.dumps([1]), "a Python pickle"),
        (b'{"recall": 1}', "JSON text"),
        (b"\n  [1, 2]", "JSON text"),
        (b"<!DOCTYPE html>", "an HTML or XML page"),
        (b"class,recall\n0,0.9\n", "text with separated columns (CSV?)"),
        (b"\xef\xbb\xbfclass;recall\n0;0,9\n", "text with separated columns (CSV?)"),
        ("Größe\tKlasse\n".encode()[:-1] + "ß".encode()[:1], "text with separated columns (CSV?)"),
        (b"hello", "text"),
        (b"\n\n", "text"),
        (b"\x00\x01\x02\x03", "a binary file of an unknown kind"),
        (b"\xff\xfe\x00\x00abcdef", "a binary file of an unknown kind"),
    ],
)
def test_the_first_bytes_tell_the_kind(head: bytes, kind: str) -> None:
    """Each as the format's own description has it."""
    assert kind_of_file(head) == kind


class Silent(fs.FileSystemHandler):  # type: ignore[misc]  # pyarrow says nothing of its types
    """A store that does not answer until it is told to."""

    def __init__(self, answer: Event) -> None:
        self.answer = answer

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        """Wait."""
        self.answer.wait()
        return [fs.FileInfo(path, fs.FileType.NotFound) for path in paths]

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)


Silent.__abstractmethods__ = frozenset()


@pytest.mark.parametrize("source", ["bucket/a.parquet", "bucket/*.parquet"])
def test_a_store_that_does_not_answer_is_told(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's library would try for a quarter of an hour, in silence."""
    monkeypatch.setattr("data_contracts.sources._ANSWER", 0.05)
    answer = Event()
    with pytest.raises(ContractError, match=r"bucket.* has not answered for 0\.05 s"):
        find_files([source], fs.PyFileSystem(Silent(answer)))
    answer.set()


def test_s3_is_asked_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here by a socket that takes every connection and says nothing."""
    monkeypatch.setattr("data_contracts.sources._SILENCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        uri = f"s3://key:secret@bucket/a.parquet?endpoint_override={place}&scheme=http&region=r"
        begin = time.monotonic()
        with pytest.raises(ContractError, match="cannot be read"):
            find_files([uri])
    assert time.monotonic() - begin < 15
