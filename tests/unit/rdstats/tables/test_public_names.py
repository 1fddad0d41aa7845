"""What `import rdstats` promises."""

from __future__ import annotations

import pytest

import rdstats


@pytest.mark.parametrize("name", rdstats.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Loaded on first use, under the name that documents it."""
    assert getattr(rdstats, name).__name__ == name
    assert name in dir(rdstats)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    """Lazy loading must not hide a typing error."""
    with pytest.raises(AttributeError, match="no attribute 'slope_table'"):
        _ = rdstats.slope_table
