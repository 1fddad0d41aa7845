"""The page about one pair: everything is on it, names stay text, the same bytes every time."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path

import altair as alt
import numpy as np
import pytest

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
    assert NASTY not in text
    for name in NAMES:
        assert name in unescape(text)
    assert "'=cmd()" in (page.parent / "classes.csv").read_text(encoding="utf-8")
    assert r"50\%\_\$x\$" in (page.parent / "classes.tex").read_text(encoding="utf-8")


def test_the_page_needs_nothing_beside_it_and_says_the_verdict(page: Path) -> None:
    """No style sheet, no picture from elsewhere; every class in its colour."""
    text = page.read_text(encoding="utf-8")
    own = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)  # without vega itself
    for outside in ('<link rel="stylesheet"', "<img", 'src="http', "@import"):
        assert outside not in own
    assert {*FILES, "index.html"} == {path.name for path in page.parent.iterdir()}
    assert "1 of 5 classes <span" in text  # harmed, explained in its place
    assert text.count('class="harmed"') == 1
    assert text.count('class="unharmed"') == 4


def test_the_same_check_gives_the_same_bytes(check: Check, page: Path, tmp_path: Path) -> None:
    """Every file."""
    again = write_check_page(check, tmp_path, (("source", NASTY),))
    for path in page.parent.iterdir():
        assert (again.parent / path.name).read_bytes() == path.read_bytes()


def test_a_page_that_fails_leaves_the_older_one_whole(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its tables."""
    before = {path: path.read_bytes() for path in page.parent.iterdir()}
    monkeypatch.setattr("rdstats.pairs.page.render", lambda *_, **__: 1 / 0)
    truth = np.repeat(np.arange(2), 50)
    with pytest.raises(ZeroDivisionError):
        write_check_page(check_models(truth, truth, truth), page.parent, figures=("svg",))
    assert {path: path.read_bytes() for path in page.parent.iterdir()} == before


def test_figures_are_files_where_asked_for(check: Check, tmp_path: Path) -> None:
    """Each as svg, pdf and png; class names are text in them."""
    write_check_page(check, tmp_path, figures=("svg", "pdf", "png"))
    starts = {"svg": b"<svg", "pdf": b"%PDF", "png": b"\x89PNG"}
    for name in ("drops", "recalls"):
        for kind, start in starts.items():
            assert (tmp_path / f"{name}.{kind}").read_bytes().startswith(start)
    svg = (tmp_path / "drops.svg").read_text(encoding="utf-8")
    assert NASTY not in svg
    assert escape(NASTY) in svg


def test_a_check_speaks_as_the_command_does(check: Check, tmp_path: Path) -> None:
    """In a line, in words, as JSON and as a page: what the files hold, nothing else."""
    assert repr(check).startswith("Check: 1 of 5 classes harmed")
    assert "4 unharmed. Gate: fail. 1,000 test samples, 5 classes" in repr(check)
    assert "\n" not in repr(check)
    assert check.summary().startswith("1 of 5 classes harmed beyond 5 points (<script>")
    assert "\nGate: fail: harm is shown.\n" in check.summary()
    page = check.write_page(tmp_path / "made", figures=("svg",))
    assert page.name == "index.html"
    assert check.to_json() == (page.parent / "check.json").read_text(encoding="utf-8")
    assert (page.parent / "drops.svg").exists()


@pytest.mark.parametrize(
    ("renderer", "picture"), [("default", "vegaEmbed"), ("svg", "<svg"), ("mimetype", "</table>")]
)
def test_a_notebook_shows_the_verdict_the_table_and_the_picture(
    check: Check, renderer: str, picture: str
) -> None:
    """Names stay text; the picture is there where altair's renderer can stand in a page."""
    with alt.renderers.enable(renderer):
        shown = check._repr_html_()
    assert shown.startswith("<p><strong>1 of 5 classes harmed")
    assert shown.count("<tr") == 6
    assert picture in shown
    assert NASTY not in shown.partition("</table>")[0]
    assert NASTY not in shown or renderer == "default"
    assert ("vegaEmbed" in shown, "<svg" in shown) == (renderer == "default", renderer == "svg")


def test_of_many_classes_a_notebook_shows_those_that_lost_most() -> None:
    """The others are counted."""
    truth = np.repeat(np.arange(60), 100)
    after = truth.copy()
    after[-40:] = 0
    shown = check_models(truth, truth, after)._repr_html_()
    assert shown.count("<tr") == 41
    assert "<td>59</td>" in shown
    assert "And 20 more" in shown
