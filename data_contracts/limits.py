"""How much of the machine is ours, and how much of it a file may ask for."""

from __future__ import annotations

import math
import os
import re
import tomllib
from pathlib import Path
from typing import Any

_CONTROL_GROUPS = Path("/sys/fs/cgroup")

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
