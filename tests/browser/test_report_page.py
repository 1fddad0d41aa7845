"""The report in a real browser: from a file, without a network."""

import re
from html import unescape
from pathlib import Path

import pytest

from browsing import dump_dom, pixels_too_wide_for_a_phone
from rdstats.report.report import write_report
from synthetic import recall_table

pytestmark = pytest.mark.browser

HOSTILE = "<script>document.title='hacked'</script>"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with a method whose name tries to run in the page."""
    study = recall_table(methods=("MP", HOSTILE), ratios=(2.0, 10.0), models=4)
    return write_report(study, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def opened(page: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The page as the browser has it after loading, and what it logged."""
    done = dump_dom(page, tmp_path_factory.mktemp("profile"))
    return done.stdout, done.stderr


def test_title_verdict_and_figures_are_there(opened: tuple[str, str]) -> None:
    """Three figures as drawings in the page, with their text."""
    dom = opened[0]
    assert "<title>Recall distortion: synthetic</title>" in dom
    assert "Did compression change how classes differ?" in dom
    assert len(re.findall(r'<svg [^>]*role="img"', dom)) == 3
    assert "balance before" in dom


def test_a_name_that_is_a_script_does_not_run(opened: tuple[str, str]) -> None:
    """It is read, not run: the title stays, the text shows."""
    dom = opened[0]
    assert "<title>hacked" not in dom
    assert "<script" not in dom
    assert HOSTILE in unescape(dom)


def test_the_console_is_silent(opened: tuple[str, str]) -> None:
    """Nothing failed to load and nothing is malformed."""
    assert [line for line in opened[1].splitlines() if "CONSOLE" in line] == []


def test_nothing_in_the_loaded_page_points_to_another_machine(opened: tuple[str, str]) -> None:
    """Neither links nor sources."""
    assert re.findall(r'(?:src|href|xlink:href)="(?:https?:)?//[^"]*"', opened[0]) == []


def test_it_fits_a_phone(page: Path, tmp_path: Path) -> None:
    """At phone width the page itself does not scroll sideways; wide tables scroll by themselves."""
    assert pixels_too_wide_for_a_phone(page, tmp_path) == "0 pixels too wide"
