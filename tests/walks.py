"""How many files a call passes through: the measure of docs/architecture.md's walks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[1]
ROOMS = ("data_contracts", "rdstats", "cli")


def files_walked(call: Callable[[], object]) -> list[str]:
    """Return the project files in which a function ran, from the root of the checkout, sorted.

    The call runs twice and the second run counts: the first one also runs what stands at the top
    of modules, which is reading and no walk.
    """
    rooms = tuple(str(ROOT / room) + "/" for room in ROOMS)
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(rooms):
            seen.add(frame.f_code.co_filename)

    call()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return sorted(str(Path(name).relative_to(ROOT)) for name in seen)
