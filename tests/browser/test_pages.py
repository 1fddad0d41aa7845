"""The pages in a real browser: from a file, without a network, driven as a reader would."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from browsing import pixels_too_wide_for_a_phone
from devtools import Browser
from rdstats.pairs.check import check_models
from rdstats.pairs.page import write_check_page
from rdstats.paper.page import write_paper
from rdstats.report.report import write_report
from synthetic import recall_table

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"document.title='hacked'\"></script><script>alert(1)</script>"
KINDS = ("report", "check", "paper")
ALL_DRAWN = (
    "(all => all.length > 0 && all.every(each => each.dataset.drawn))"
    "([...document.querySelectorAll('.picture')])"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind, with names that try to run."""
    out = tmp_path_factory.mktemp("pages")
    truth = np.repeat(np.arange(3), 200)
    after = truth.copy()
    after[:60] = 1
    check = check_models(truth, truth, after, labels=[HOSTILE, "cat", "dog"])
    study = recall_table(study=HOSTILE, dataset="MNIST", architecture="LeNet5", models=3)
    table = recall_table(methods=("MP", HOSTILE), ratios=(2.0, 10.0), models=4)
    return {
        "report": write_report(table, out / "report"),
        "check": write_check_page(check, out / "check"),
        "paper": write_paper(study, out / "paper"),
    }


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all of it."""
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_is_drawn_and_nothing_is_asked_of_a_network(
    kind: str, dark: bool, pages: dict[str, Path], browser: Browser
) -> None:
    """In light and dark; the console tells no error; names are read, not run."""
    browser.open(pages[kind], dark=dark)
    browser.wait(ALL_DRAWN)
    assert browser.troubles() == []
    assert browser.value("document.title") != "hacked"
    assert browser.value("document.querySelectorAll('img').length") == 0
    assert HOSTILE in browser.value("document.body.innerText") or kind == "report"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [400, 800, 1600])
def test_it_fits_the_window(
    kind: str, width: int, pages: dict[str, Path], browser: Browser
) -> None:
    """The page itself does not scroll sideways; wide tables and figures scroll by themselves."""
    browser.open(pages[kind], width)
    browser.wait(ALL_DRAWN)
    assert browser.value("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_everybody_can_use_it(
    kind: str, dark: bool, pages: dict[str, Path], browser: Browser
) -> None:
    """axe-core finds nothing serious; in dark mode nothing but the colours is other."""
    browser.open(pages[kind], dark=dark)
    browser.wait(ALL_DRAWN)
    browser.value(files("axe_core_python").joinpath("axe.min.js").read_text() + "; true")
    only = "{runOnly: ['color-contrast']}" if dark else "{}"
    found = browser.value(
        f"axe.run({only}).then(all => all.violations.filter(each => "
        "['serious', 'critical'].includes(each.impact)).map(each => "
        "[each.id, each.nodes.map(node => node.html.slice(0, 200)).slice(0, 3)]))"
    )
    assert found == []


def test_it_fits_a_phone_without_its_script(pages: dict[str, Path], tmp_path: Path) -> None:
    """Words and tables are there before anything is drawn."""
    assert pixels_too_wide_for_a_phone(pages["check"], tmp_path) == "0 pixels too wide"


def test_hovering_a_cell_names_it_and_its_numbers_as_text(
    pages: dict[str, Path], browser: Browser
) -> None:
    """The class, its drop and its interval, and no markup out of a name."""
    browser.open(pages["check"])
    browser.wait(ALL_DRAWN)
    x, y = _middle(browser, "#figure-drops .mark-symbol path")
    browser.mouse(x, y)
    browser.wait("!!document.querySelector('#vg-tooltip-element.visible')")
    text = browser.value("document.querySelector('#vg-tooltip-element').innerText")
    assert HOSTILE[:40] in text
    for part in ("lost, points", "30.00", "interval from", "samples", "200"):
        assert part in text
    assert browser.value("document.title") != "hacked"


def test_a_click_on_a_class_lights_it_up_in_every_figure_and_table(
    pages: dict[str, Path], browser: Browser
) -> None:
    """The other classes fade; the same click again, or a button, shows all."""
    browser.open(pages["report"])
    browser.wait(ALL_DRAWN)
    faint = "document.querySelectorAll('#figure-recalls path[opacity=\"0.12\"]').length"
    assert browser.value(faint) == 0
    x, y = _middle(browser, "#figure-drops .mark-rect path")
    browser.mouse(x, y, click=True)
    browser.wait(f"{faint} > 0")
    assert browser.value("document.querySelector('#lit-now').textContent").startswith("Lit up: ")
    browser.value("document.querySelector('#lit-none').click()")
    browser.wait(f"{faint} === 0")


def test_the_check_page_shows_where_answers_went(pages: dict[str, Path], browser: Browser) -> None:
    """Thirty per cent of the first class are now called cat."""
    browser.open(pages["check"])
    browser.wait(ALL_DRAWN)
    text = browser.value("document.querySelector('#figure-moved').textContent")
    assert "+30.0" in text
    assert "−30.0" in text


def test_panels_can_be_chosen(tmp_path: Path, browser: Browser) -> None:
    """Another choice draws other panels in every figure."""
    tables = [
        recall_table(study=net, architecture=net, ratios=(2.0,), models=3) for net in ("A", "B")
    ]
    browser.open(write_report(pa.concat_tables(tables), tmp_path))
    browser.wait(ALL_DRAWN)
    text = "document.querySelector('#figure-drops').textContent"
    assert "magnitude pruning (MP)" in browser.value(text)
    browser.value(
        "(() => { const s = document.querySelector('#panels');"
        "s.value = s.options.length - 1; s.dispatchEvent(new Event('change')); })()"
    )
    browser.wait(f"!{text}.includes('magnitude pruning')")


def test_tables_sort_filter_and_unfold(pages: dict[str, Path], browser: Browser) -> None:
    """By the number a cell begins with; hidden rows stay in the page; all columns on a click."""
    browser.open(pages["check"])
    browser.wait(f"document.documentElement?.dataset.ready === 'yes' && {ALL_DRAWN}")
    first = "document.querySelector('#classes tbody tr').textContent"
    assert "harmed" in browser.value(first)
    heads = "[...document.querySelectorAll('#classes thead button')]"
    head = f"{heads}.find(each => each.textContent === 'drop')"
    browser.value(f"{head}.click()")
    assert "unharmed" in browser.value(first)
    browser.value(
        "(() => { const i = document.querySelector('#classes input[type=search]');"
        "i.value = 'dog'; i.dispatchEvent(new Event('input')); })()"
    )
    shown = "document.querySelectorAll('#classes tbody tr:not([hidden])').length"
    assert browser.value(shown) == 1
    browser.value("[...document.querySelectorAll('#classes .bar button')].pop().click()")
    browser.wait("document.querySelectorAll('#classes thead th').length > 20")


def test_a_page_prints_with_its_figures(pages: dict[str, Path], browser: Browser) -> None:
    """As PDF, also out of dark mode."""
    browser.open(pages["report"], dark=True)
    browser.wait(ALL_DRAWN)
    assert len(browser.pdf()) > 50_000


def test_a_page_of_a_thousand_classes_opens_soon_worst_first(
    tmp_path: Path, browser: Browser
) -> None:
    """The first figure within seconds; every class in the table."""
    truth = np.repeat(np.arange(1000), 40)
    after = truth.copy()
    after[40 * 700 : 40 * 700 + 30] = 1
    browser.open(write_check_page(check_models(truth, truth, after), tmp_path))
    assert browser.wait("!!document.querySelector('[data-drawn]')") < 10.0
    rows = "document.querySelectorAll('#classes tbody tr')"
    assert browser.value(f"{rows}.length") == 1000
    assert browser.value(f"{rows}[0].cells[0].textContent") == "700"


def _middle(browser: Browser, selector: str) -> tuple[float, float]:
    """Scroll to an element and return where its middle is seen."""
    x, y = browser.value(
        f"(() => {{ const e = document.querySelector({selector!r});"
        "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
        "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
    )
    return float(x), float(y)
