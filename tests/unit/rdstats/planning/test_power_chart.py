"""The power curve."""

from __future__ import annotations

from pathlib import Path

from rdstats.planning.chart import is_picture, power_figure, write_power_curve
from rdstats.planning.power import Question, seeds_needed

FRAME = seeds_needed(Question(effects=(0.10, 0.05)), 0.1)


def test_the_curve_says_in_words_where_it_reaches_the_power() -> None:
    """For who cannot see it."""
    figure = power_figure(FRAME)
    assert "effect 0.1, sd 0.1: 16 seeds; effect 0.05, sd 0.1: 51 seeds." in figure.alternative
    assert "99 % interval" in figure.caption


def test_svg_and_png_by_suffix(tmp_path: Path) -> None:
    """The same bytes every time."""
    svg = write_power_curve(FRAME, tmp_path / "power.svg")
    text = svg.read_text()
    assert text.startswith("<svg")
    assert "effect 0.05" in text
    assert write_power_curve(FRAME, tmp_path / "again.SVG").read_bytes() == svg.read_bytes()
    png = write_power_curve(FRAME, tmp_path / "power.png")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert [is_picture(Path(name)) for name in ("a.svg", "a.PNG", "a.csv")] == [True, True, False]
