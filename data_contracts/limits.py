"""How much of the machine is ours, and how much of it a file may ask for."""

from __future__ import annotations

import math
import os
import re
import tomllib
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError

_CONTROL_GROUPS = Path("/sys/fs/cgroup")

MEMORY = "RDSTATS_MEMORY"
"""The environment variable that says to how many GB a file may unfold."""
SHARE = 1 / 4
"""Of the memory that is there, where nobody says."""
PARSED = 16
"""How many times its text takes what is parsed whole: JSON, reports, rows as records."""
SAMPLE = 16
"""Bytes that stay in memory of a row of Parquet that is read in pieces."""
LONGEST_LINE = 1 << 24
"""Signs in a line of separated columns, bytes in one of a log."""

MOST_KEYS = 100
"""Parts of a dotted key in TOML, whose parser takes time by their square."""

_TOML = re.compile(r"""#[^\n]*|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|'[^'\n]*'?|[.=,\n\[\]{}]""")


def available_cores(control_groups: Path = _CONTROL_GROUPS) -> int:
    """Return how many cores this process may use: those it is bound to, as a container limits it.

    Linux says in `control_groups` how much processor time a container may take; elsewhere there
    is no such folder. A part of a core counts as one.
    """
    if hasattr(os, "sched_getaffinity"):
        bound = len(os.sched_getaffinity(0))
    else:
        bound = os.cpu_count() or 1
    second, first = control_groups / "cpu.max", control_groups / "cpu"
    try:
        if second.exists():  # version 2 of control groups
            quota, period = second.read_text().split()
        else:
            quota = (first / "cpu.cfs_quota_us").read_text()
            period = (first / "cpu.cfs_period_us").read_text()
        cores = int(quota) / int(period)  # version 2 writes "max" for no limit, version 1 -1
    except (OSError, ValueError, ZeroDivisionError):
        return bound
    return max(1, min(bound, math.ceil(cores))) if cores > 0 else bound


def memory(control_groups: Path = _CONTROL_GROUPS) -> int:
    """Return the bytes of memory that there are, those of a container where it limits them."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows does not say
        there = 8 << 30
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            there = min(there, int((control_groups / name).read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return there


def refuse_beyond(size: float, what: object) -> None:
    """Refuse what would take more bytes than a file may.

    Raises:
        ContractError: It would, or the environment variable `MEMORY` is no number.
    """
    said = os.environ.get(MEMORY)
    try:
        most = memory() * SHARE if said is None else float(said) * 1e9
    except ValueError as error:
        raise ContractError(f"{MEMORY}={said} is no number of GB: write it as 8") from error
    if size > most:
        raise ContractError(
            f"{what} would take {size / 1e9:.3g} GB of memory, and a file may take "
            f"{most / 1e9:.3g}: is it damaged? If it is as large as that, set {MEMORY} to more GB"
        )


def read_all(stream: BinaryIO, what: object, times: int = 1) -> bytes:
    """Return the rest of a stream, counted while it is read; it will take so many times as much.

    Raises:
        ContractError: As of `refuse_beyond`.
    """
    found = bytearray()
    while piece := stream.read(1 << 20):
        found += piece
        refuse_beyond(len(found) * times, what)
    return bytes(found)


def unfolded(table: pa.Table) -> int:
    """Return the bytes that a table takes once its dictionaries are written out."""
    size = int(table.nbytes)
    for column in table.columns:
        if pa.types.is_dictionary(column.type) and _is_text(column.type.value_type):
            for chunk in column.chunks:
                lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
                size += pc.sum(lengths).as_py() or 0
    return size


def texts_of(schema: pa.Schema) -> list[str]:
    """Return the columns of text, which are best read as dictionaries: they stay small."""
    return [each.name for each in schema if _is_text(each.type)]


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def parsed_toml(text: str) -> dict[str, Any]:
    """Return the tables of a text in TOML.

    Raises:
        ValueError: It is no TOML, or a key has more than `MOST_KEYS` parts.
        RecursionError: Its lists or tables are nested too deeply.
    """
    dots = 0
    for sign in _TOML.findall(text):
        dots = dots + 1 if sign == "." else dots if sign[0] in "\"'" else 0
        if dots >= MOST_KEYS:
            raise ValueError(f"a key has more than {MOST_KEYS} parts")
    return tomllib.loads(text)
