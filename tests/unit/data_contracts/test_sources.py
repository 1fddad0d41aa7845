"""Paths, folders, globs and URIs stand for the files a user would expect."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pyarrow import fs

from data_contracts import ContractError
from data_contracts.sources import find_files


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
def test_files_are_called_what_the_user_called_them() -> None:
    """In the user's order."""
    assert names("b.parquet", "./a.parquet") == ["b.parquet", "./a.parquet"]


@pytest.mark.usefixtures("study")
def test_a_file_needs_no_suffix() -> None:
    """Named by itself, it is meant."""
    assert names("notes.txt", Path("a.parquet")) == ["notes.txt", "a.parquet"]


@pytest.mark.usefixtures("study")
def test_a_folder_stands_for_its_tables_sorted() -> None:
    """At any depth; other files, and names that start with a dot or underscore, are passed over."""
    assert names("deep") == ["deep/d.parquet", "deep/er/c.parquet"]
    assert names("deep/") == names("deep")


@pytest.mark.usefixtures("study")
def test_a_hidden_folder_may_be_named() -> None:
    """What lies below counts, not how one got there."""
    assert names("deep/_parts") == ["deep/_parts/e.parquet"]


@pytest.mark.usefixtures("study")
def test_the_current_folder_is_a_folder() -> None:
    """All six tables."""
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
    ],
)
def test_globs_match_as_in_a_shell(pattern: str, found: list[str]) -> None:
    """One level each, `**` any number, dots only where a dot is asked for."""
    assert [os.path.normpath(name) for name in names(pattern)] == [
        os.path.normpath(name) for name in found
    ]


@pytest.mark.usefixtures("study")
def test_a_path_that_exists_is_no_glob() -> None:
    """A file whose name holds brackets can be read; as a glob they match one character."""
    assert names("odd/[1].parquet") == ["odd/[1].parquet"]
    Path("odd/[1].parquet").unlink()
    assert names("odd/[1].parquet") == ["odd/1.parquet"]


def test_an_absolute_glob_starts_at_the_root(study: Path) -> None:
    """Not at the current folder."""
    assert names(f"{study}/*/er/*.parquet") == [f"{study}/deep/er/c.parquet"]


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
    ],
)
def test_a_file_named_twice_is_refused(sources: list[str]) -> None:
    """Its rows would be duplicates; the message says whose fault that is not."""
    assert "is given twice" in refusal(*sources)
    assert "its rows would count double; name it once" in refusal(*sources)


def test_a_link_to_a_file_is_that_file(study: Path) -> None:
    """Two names, one table."""
    (study / "link.parquet").symlink_to(study / "a.parquet")
    assert "link.parquet is given twice (also as a.parquet)" in refusal("a.parquet", "link.parquet")


def test_a_path_and_its_uri_are_one_file(study: Path) -> None:
    """However it is named."""
    assert "is given twice" in refusal("a.parquet", f"file://{study}/a.parquet")
