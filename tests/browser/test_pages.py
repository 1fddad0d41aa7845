"""The pages of the report and of the paper in a real browser: from a file, without a network."""

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from browsing import dump_dom, pixels_too_wide_for_a_phone
from rdstats.paper.page import write_paper
from rdstats.report.report import write_report
from synthetic import recall_table

pytestmark = pytest.mark.browser

HOSTILE = "<script>document.title='hacked'</script>"


@dataclass(frozen=True)
class Opened:
    """A page, what the browser has of it after loading, and what it logged."""

    path: Path
    dom: str
    log: str


@pytest.fixture(scope="module", params=["report", "paper"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A report with a method whose name tries to run, and the part of the paper that MNIST is."""
    out = tmp_path_factory.mktemp(request.param)
    if request.param == "report":
        path = write_report(
            recall_table(methods=("MP", HOSTILE), ratios=(2.0, 10.0), models=4), out
        )
    else:
        study = recall_table(study=HOSTILE, dataset="MNIST", architecture="LeNet5", models=3)
        path = write_paper(study, out)
    done = dump_dom(path, tmp_path_factory.mktemp("profile"))
    return Opened(path, done.stdout, done.stderr)


def test_figures_are_there_and_the_console_is_silent(page: Opened) -> None:
    """Three drawings with their text; nothing failed to load, nothing is malformed."""
    assert len(re.findall(r'<svg [^>]*role="img"', page.dom)) == 3
    assert "balance before" in page.dom
    assert [line for line in page.log.splitlines() if "CONSOLE" in line] == []


def test_a_name_that_is_a_script_does_not_run(page: Opened) -> None:
    """It is read, not run: the title stays, the text shows."""
    assert "<title>hacked" not in page.dom
    assert "<script" not in page.dom
    assert HOSTILE in unescape(page.dom)


def test_nothing_in_the_loaded_page_points_to_another_machine(page: Opened) -> None:
    """Neither links nor sources."""
    assert re.findall(r'(?:src|href|xlink:href)="(?:https?:)?//[^"]*"', page.dom) == []


def test_it_fits_a_phone(page: Opened, tmp_path: Path) -> None:
    """At phone width the page itself does not scroll sideways; wide tables scroll by themselves."""
    assert pixels_too_wide_for_a_phone(page.path, tmp_path) == "0 pixels too wide"
