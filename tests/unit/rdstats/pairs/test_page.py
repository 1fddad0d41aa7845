"""The page about one pair: everything is on it, names stay text, the same bytes every time."""

from __future__ import annotations

from html import escape
from pathlib import Path

import numpy as np
import pytest

from rdstats.charts.class_drops import MOST_CLASSES, drops_figure
from rdstats.charts.figure import to_svg
from rdstats.pairs.check import Check, check_models
from rdstats.pairs.page import FILES, write_check_page

NASTY = "<script>alert(1)</script>"
NAMES = [NASTY, "=cmd()", 'quo"te\\', "50%_$x$", "é 漢字"]


@pytest.fixture(scope="module")
def check() -> Check:
    """Five classes with names that are code somewhere; the first one is harmed."""
    truth = np.repeat(np.arange(5), 200)
    after = truth.copy()
    after[:60] = 1
    return check_models(truth, truth, after, labels=NAMES)


@pytest.fixture(scope="module")
def page(check: Check, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    return write_check_page(check, tmp_path_factory.mktemp("page"), (("source", NASTY),))


def test_names_out_of_files_stay_text(page: Path) -> None:
    """In the page, the picture and the tables beside it."""
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    for name in NAMES:
        assert escape(name) in text or escape(name, quote=False) in text
    assert "'=cmd()" in (page.parent / "classes.csv").read_text(encoding="utf-8")
    assert r"50\%\_\$x\$" in (page.parent / "classes.tex").read_text(encoding="utf-8")


def test_the_page_needs_nothing_beside_it_and_says_the_verdict(page: Path) -> None:
    """No script, no style sheet, no picture from elsewhere; every class in its colour."""
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    for outside in ('<link rel="stylesheet"', "<img", 'src="http', "@import"):
        assert outside not in text
    assert {*FILES, "index.html", "drops.svg", "drops.png"} == {
        path.name for path in page.parent.iterdir()
    }
    assert "1 of 5 classes harmed beyond 5 points" in text
    assert text.count('class="harmed"') == 1
    assert text.count('class="unharmed"') == 4


def test_the_same_check_gives_the_same_bytes(check: Check, page: Path, tmp_path: Path) -> None:
    """Every file."""
    again = write_check_page(check, tmp_path, (("source", NASTY),))
    for path in page.parent.iterdir():
        assert (again.parent / path.name).read_bytes() == path.read_bytes()


def test_of_very_many_classes_those_that_lost_most_are_drawn() -> None:
    """And the caption says so."""
    classes = MOST_CLASSES + 20
    truth = np.repeat(np.arange(classes), 40)
    after = truth.copy()
    after[:10] = 1
    figure = drops_figure(check_models(truth, truth, after).classes)
    assert f"The {MOST_CLASSES} of {classes} classes that lost most." in figure.caption
    assert to_svg(figure).startswith("<svg")
    assert "0 inconclusive, 25.000 points" in figure.alternative
