"""Which fonts a figure needs: almost always the one that vl-convert brings along.

vl-convert reads a font that the system has from its file again for every letter, which took half
the time of a report; its own Liberation Sans is in memory, and the same on every machine.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_NONE_OF_THE_SYSTEM: Final = Path(__file__).with_name("only-vendored-fonts.conf")
# Latin, Greek, Cyrillic; a letter too few here costs time, one too many would not be drawn.
_IN_LIBERATION_SANS: Final = frozenset(
    chr(code)
    for first, last in ((0x20, 0x7E), (0xA0, 0x17F), (0x384, 0x3CE), (0x400, 0x45F))
    for code in range(first, last + 1)
    if code not in (0x38B, 0x38D, 0x3A2)
) | frozenset("–—‘’“”…−×≥≤∞≠≈·•†")


def needs_system_fonts(spec: Mapping[str, Any]) -> bool:
    """Say whether a specification has letters that Liberation Sans may lack, as in 类 or 🐈."""
    return not _IN_LIBERATION_SANS.issuperset(json.dumps(spec, ensure_ascii=False))


def environment_for(environment: Mapping[str, str], *, system_fonts: bool) -> dict[str, str]:
    """Return the environment of a process that draws with the system's fonts, or without them."""
    if system_fonts:
        return dict(environment)
    return {**environment, "FONTCONFIG_FILE": str(_NONE_OF_THE_SYSTEM)}
