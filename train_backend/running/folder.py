"""A study's folder: checked, claimed and tidied; one run at a time, by a lock of the system."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from data_contracts.writing import TEMPORARY, write_whole
from train_backend.errors import TrainError
from train_backend.running.checkpoints import CHECKPOINTS
from train_backend.running.parts import PARTS, WEIGHTS
from train_backend.studies.files import read_study, study_to_toml
from train_backend.studies.study import Study, resolved_settings

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


HELD = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
"""What the system says where another process has the lock."""


_held: set[IO[str]] = set()
if sys.platform != "win32":
    # A data set's workers, which are forked, may outlive a run that was killed: for some seconds
    # they would hold what it held.
    os.register_at_fork(after_in_child=lambda: [file.close() for file in _held])


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock file `path` for as long as the block runs.

    The file is made if need be, and stays; `shared` lets others hold it who say so too.

    Raises:
        TrainError: Another process holds it, or the disk knows no locks.
    """
    with path.open("a+") as file:
        try:
            _take(file, shared=shared)
        except OSError as held:
            if held.errno not in HELD:
                raise TrainError(
                    f"{path.parent} is on a disk that cannot lock files ({held.strerror}): "
                    "choose an --out on another disk"
                ) from held
            raise TrainError(
                f"another rdtrain is at work in {path.parent}{_holder(file)}: wait for it, "
                "or choose another --out"
            ) from held
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        _held.add(file)
        try:
            yield
        finally:
            _held.discard(file)


def _take(file: IO[str], *, shared: bool) -> None:
    """Take the lock or raise OSError; closing the file, or dying, gives it back."""
    if sys.platform == "win32":  # knows no shared locks on a byte: shards there run in turn
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file, kind | fcntl.LOCK_NB)


def _holder(file: IO[str]) -> str:
    try:
        file.seek(0)
        process = file.read().strip()
    except OSError:  # Windows locks the content too
        return ""
    return f" (process {process})" if process.isdigit() else ""


STUDY_FILE = "study.toml"
LOCK_FILE = ".lock"
MAY_GROW = "models", "methods", "ratios"
MAY_CHANGE = "predictions"


@contextmanager
def opened_output(out: Path, study: Study, shard: tuple[int, int] = (1, 1)) -> Iterator[None]:
    """Hold the folder of a study for one run: make it, lock it, write the resolved study.

    Several shards may be at work in it at once, each share by one of them.

    Raises:
        TrainError: It holds another study, another run is at work in it, or it is no folder.
    """
    try:
        (out / PARTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(out, str(error.strerror)) from error
    share, shares = shard
    with locked(out / LOCK_FILE, shared=shares > 1):
        if shares == 1:
            _tidy(out)
            _claim(out, study)
            yield
        else:
            with locked(out / f"{LOCK_FILE}-{share}-of-{shares}"):
                _claim(out, study)
                yield


def check_output(out: Path, study: Study) -> None:
    """Raise TrainError if the folder is none or holds another study.

    A study may grow in models, methods and ratios; whatever else differs is refused by name.
    """
    if out.exists() and not out.is_dir():
        raise _no_folder(out, "it is a file")
    path = out / STUDY_FILE
    if not path.exists():
        return
    try:
        there = resolved_settings(read_study(path))
    except TrainError as unreadable:
        raise TrainError(
            f"{out} holds a study that cannot be read here: choose another --out ({unreadable})"
        ) from unreadable
    here = resolved_settings(study)
    for settings in (there, here):
        settings["study"].pop(MAY_CHANGE, None)  # parts have them in any case
        settings.pop("plugins", None)  # parts that follow from another text have other names
    for table, settings in there.items():
        for key, value in settings.items():
            if key in MAY_GROW:
                _check_growth(out, key, value, here[table].get(key, []))
            elif table in here and here[table].get(key) != value:
                raise TrainError(
                    f"{out} holds another study: its {key} is {value!r}, not "
                    f"{here[table].get(key)!r}; choose another --out"
                )
    added = [key for table in here for key in here[table] if key not in there.get(table, key)]
    changed = [key for key in added if key not in MAY_GROW]
    if changed:
        raise TrainError(f"{out} holds another study: it has no {changed[0]}; choose another --out")


def _check_growth(out: Path, key: str, old: Any, new: Any) -> None:
    """Raise TrainError if what may grow has become less: its rows would vanish from the table."""
    if key == "models":
        old, new = range(old), range(new)
    lost = [each for each in old if each not in new]
    if lost:
        what = f"{len(old)} models" if key == "models" else f"the {key} {', '.join(map(str, old))}"
        raise TrainError(
            f"{out} holds {what} of this study, which can be added to but not left out; choose "
            "another --out"
        )


def _no_folder(out: Path, why: str) -> TrainError:
    return TrainError(f"{out} cannot be a folder for results ({why}): choose another --out")


def _claim(out: Path, study: Study) -> None:
    check_output(out, study)
    write_whole(out / STUDY_FILE, study_to_toml(study).encode())


def _tidy(out: Path) -> None:
    """Remove what writers that were killed have left; nobody else writes here now."""
    for folder in (out, out / PARTS, out / CHECKPOINTS, *out.glob(f"{WEIGHTS}/*")):
        for leftover in folder.glob(TEMPORARY):
            leftover.unlink(missing_ok=True)
