"""Where data sets lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def data_root() -> Path:
    """Return the folder that holds all data sets: $RDSTATS_DATA, or ~/.cache/rdstats/data."""
    named = os.environ.get("RDSTATS_DATA")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "rdstats" / "data"
