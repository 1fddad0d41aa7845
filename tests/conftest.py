"""What every test shares: what to skip where a tool is missing, and how long properties search."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# The machine's speed is not a property of the code: no deadline. CI repeats itself, people explore.
settings.register_profile("people", deadline=None, max_examples=50)
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=50,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") else "people")

# A job in the background inherits an ignored SIGINT, and so would the commands that tests stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

NEEDS_PROGRAM = {
    "r": ("Rscript", "install R (Debian: r-base-core)"),
    "browser": ("chromium", "install Chromium (Debian: chromium)"),
}


@pytest.fixture(autouse=True, scope="module")
def _no_plugins_left() -> Iterator[None]:
    """Forget the plug-ins that a file of tests has loaded: others count what is built in."""
    yield
    plugins = sys.modules.get("train_backend.plugins")
    if plugins is not None:
        for plugin in set(plugins._owners.values()):
            plugins._forget(plugin.name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, tests whose program is not on this machine."""
    for item in items:
        for marker, (program, remedy) in NEEDS_PROGRAM.items():
            if item.get_closest_marker(marker) and shutil.which(program) is None:
                item.add_marker(pytest.mark.skip(reason=f"{program} is not on PATH: {remedy}"))
