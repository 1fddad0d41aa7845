"""The rooms stay small and shallow, and what texts say of them is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import grimp
import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = {name: REPOSITORY / name for name in ("data_contracts", "rdstats", "train_backend")}
PACKAGES["rd_cli"] = REPOSITORY / "cli" / "rd_cli"
MOST_MODULES = 15
LONGEST_CHAIN = 8

FOLDERS = sorted(
    path.parent for package in PACKAGES.values() for path in package.rglob("__init__.py")
)
ROOMS = [
    *("data_contracts", "data_contracts.importers", "rd_cli"),
    *(
        f"{name}.{path.name}"
        for name in ("rdstats", "train_backend")
        for path in FOLDERS
        if path.parent == PACKAGES[name]
    ),
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_folder_holds_fifteen_modules_at_most(folder: Path) -> None:
    """More are two nouns."""
    modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """What imports what; imports for type checkers alone do not count."""
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)


@pytest.mark.parametrize("room", ROOMS)
def test_the_longest_chain_of_imports_inside_a_room(graph: grimp.ImportGraph, room: str) -> None:
    """A reader who starts at the top of a room is at its bottom soon."""
    inside = {module for module in graph.find_descendants(room) if not graph.find_children(module)}
    if room == "data_contracts":
        inside -= graph.find_descendants("data_contracts.importers")

    @cache
    def chain(module: str) -> tuple[str, ...]:
        below = graph.find_modules_directly_imported_by(module) & inside
        return module, *max(map(chain, below), key=len, default=())

    assert len(max(map(chain, inside), key=len)) <= LONGEST_CHAIN


TEXTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
SOURCES = (*PACKAGES.values(), REPOSITORY / "tests")
TOP = r"(?:docs|data_contracts|rdstats|train_backend|cli|tests|benchmarks|reports)/"


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_every_path_of_a_text_is_there(text: Path) -> None:
    """In backticks as from the root of the repository or a room, in links as from the text."""
    words = text.read_text(encoding="utf-8")
    found = {path: REPOSITORY / path for path in re.findall(rf"`({TOP}[\w./-]*)`", words)}
    for path in re.findall(r"\]\((?!https?://|#)([\w./-]+)(?:#[\w-]*)?\)", words):
        found[path] = text.parent / path
    for path in re.findall(r"`([\w/]+\.py)`", words):
        modules = (module for folder in SOURCES for module in folder.rglob(path))
        found.setdefault(path, next(modules, REPOSITORY / path))
    assert [path for path, file in found.items() if not file.exists()] == []


WALKS = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_function_of_the_walks_is_in_its_file() -> None:
    """A stop is a file, and behind the comma the function or class in it."""
    stops = re.findall(r"`([\w/]+\.py)`((?:, `\w+`)+)", WALKS)
    assert len(stops) > 30
    missing = [
        f"{file}: {name}"
        for file, names in stops
        for name in re.findall(r"`(\w+)`", names)
        if not re.search(rf"^(?:def|class) {name}\b", (REPOSITORY / file).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_every_room_is_on_the_page() -> None:
    """In the table of rooms."""
    rooms = {path.relative_to(REPOSITORY).as_posix() for path in FOLDERS}
    assert [room for room in rooms if f"{Path(room).name}/" not in WALKS] == []
