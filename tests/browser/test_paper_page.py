"""The page of the paper's tables and figures in a real browser: from a file, without a network."""

import re
from pathlib import Path

import pytest

from browsing import dump_dom, pixels_too_wide_for_a_phone
from rdstats.paper.page import write_paper
from synthetic import recall_table

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The part of the paper that MNIST is: Figures 3, 7 and 11."""
    study = recall_table(dataset="MNIST", architecture="LeNet5", models=3)
    return write_paper(study, tmp_path_factory.mktemp("paper"))


def test_tables_and_figures_are_there_and_the_console_is_silent(page: Path, tmp_path: Path) -> None:
    """Nothing failed to load, nothing is malformed, nothing points to another machine."""
    done = dump_dom(page, tmp_path)
    assert len(re.findall(r'<svg [^>]*role="img"', done.stdout)) == 3
    assert done.stdout.count('<table class="paper">') == 14
    assert re.findall(r'(?:src|href|xlink:href)="(?:https?:)?//[^"]*"', done.stdout) == []
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []


def test_it_fits_a_phone(page: Path, tmp_path: Path) -> None:
    """At phone width the page itself does not scroll sideways; wide tables scroll by themselves."""
    assert pixels_too_wide_for_a_phone(page, tmp_path) == "0 pixels too wide"
