"""The report in a real browser: from a file, without a network."""

import re
import subprocess
from html import unescape
from pathlib import Path

import pytest

from rdstats.pages.report import write_report
from synthetic import recall_table

pytestmark = pytest.mark.browser

CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name resolves: as good as no network
]
HOSTILE = "<script>document.title='hacked'</script>"


def dump_dom(page: Path, profile: Path) -> subprocess.CompletedProcess[str]:
    """Open a page from its file and return what the browser has after loading it."""
    return subprocess.run(
        [
            *CHROMIUM,
            f"--user-data-dir={profile}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


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
    """At phone width the page itself does not scroll sideways; wide tables scroll by themselves.

    The page, in a frame of that width, tells the page around it how far it sticks out.
    """
    tell = (
        "<script>const page = document.documentElement;"
        "parent.postMessage(page.scrollWidth - page.clientWidth, '*')</script></body>"
    )
    framed = tmp_path / "framed.html"
    framed.write_text(page.read_text().replace("</body>", tell))
    around = tmp_path / "around.html"
    around.write_text(
        "<script>onmessage = event => document.title = `${event.data} pixels too wide`</script>"
        f'<iframe src="{framed.as_uri()}" style="width: 390px; height: 800px; border: 0"></iframe>'
    )
    assert "<title>0 pixels too wide</title>" in dump_dom(around, tmp_path / "profile").stdout
