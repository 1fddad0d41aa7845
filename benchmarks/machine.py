"""What benchmarks say of the machine they ran on."""

from __future__ import annotations

import platform
from pathlib import Path

from data_contracts.cores import available_cores


def processor() -> str:
    """Return the processor's name where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def machine(**versions: str) -> str:
    """Return processor, cores, system and the versions of Python and of libraries."""
    libraries = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"{processor()}, {available_cores()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}"
    )
