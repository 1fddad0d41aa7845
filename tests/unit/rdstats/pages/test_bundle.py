"""The script that draws figures is kept between commands, and never believed when damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from rdstats.pages import frame


def test_it_is_made_once_and_anew_where_damaged_or_without_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same script each time; one changed byte in the kept file is noticed."""
    made: list[None] = []

    class Joined:
        def javascript_bundle(self) -> str:
            made.append(None)
            return "draw('</script>')"

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(frame, "converter", Joined)
    bundle = frame._bundle.__wrapped__
    assert bundle() == bundle() == "draw('<\\/script>')"
    assert len(made) == 1
    [kept] = (tmp_path / ".cache" / "rdstats").iterdir()
    kept.write_text(kept.read_text().replace("draw", "harm"))
    assert bundle() == "draw('<\\/script>')"
    assert len(made) == 2

    def nowhere() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "expanduser", lambda _: nowhere())
    assert bundle() == "draw('<\\/script>')"
    assert len(made) == 3
