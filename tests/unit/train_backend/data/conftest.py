"""What the tests of this folder share."""

from __future__ import annotations

import pytest

from published_files import Publish, publish_small


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Return `publish_small`, undone when the test ends."""
    return lambda name: publish_small(name, monkeypatch)
