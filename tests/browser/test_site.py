"""The site as a reader meets it: every page, its links, its search, on a telephone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from devtools import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REPOSITORY = Path(__file__).parents[2]
PHONE = 390
LOADED = "document.readyState === 'complete' && !!document.querySelector('h1')"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and prints nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing of a request."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    build = ["mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    subprocess.run(
        [sys.executable, "-m", *build],
        cwd=REPOSITORY,
        check=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    return folder


@pytest.fixture(scope="module")
def site(built: Path) -> Iterator[str]:
    """Its address on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all of it."""
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


def test_every_page_fits_a_phone_and_every_link_leads_somewhere(
    built: Path, site: str, browser: Browser
) -> None:
    """From the first page on; the console tells no error, and nothing comes from elsewhere."""
    names: dict[str, set[str]] = {}
    links: set[tuple[str, str]] = set()
    faults, waiting = [], [f"{site}index.html"]
    while waiting:
        page = waiting.pop()
        if page in names:
            continue
        browser.open(page, PHONE)
        browser.wait(f"location.href === {page!r} && {LOADED}")
        faults += [f"{page}: {trouble}" for trouble in browser.troubles()]
        wide = browser.value("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            faults.append(f"{page}: {wide} pixels too wide")
        names[page] = set(browser.value("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        for link in browser.value("[...document.links].map(each => each.href)"):
            if link.startswith(site):
                links.add((page, link))
                if urldefrag(link).url.endswith(".html"):
                    waiting.append(urldefrag(link).url)
    for page, link in sorted(links):
        target, name = urldefrag(link)
        if target.endswith(".html"):
            dead = bool(name) and unquote(name) not in names[target]
        else:
            dead = not (built / unquote(target.removeprefix(site))).exists()
        if dead:
            faults.append(f"{page}: {link} leads nowhere")
    assert not faults, "\n".join(faults)
    pages = {f"{site}{path.relative_to(built).as_posix()}" for path in built.rglob("*.html")}
    assert names.keys() == pages - {f"{site}404.html"}


def test_the_search_finds_a_page(site: str, browser: Browser) -> None:
    """Typed as a reader does, and followed."""
    browser.open(f"{site}index.html")
    browser.wait(LOADED)
    browser.value(
        "(() => { const i = document.querySelector('.md-search__input'); i.focus();"
        "i.value = 'inconclusive'; i.dispatchEvent(new Event('keyup')); "
        "i.dispatchEvent(new Event('input')); })()"
    )
    browser.wait("document.querySelectorAll('.md-search-result__item a').length > 0")
    found = "[...document.querySelectorAll('.md-search-result__item a')].map(each => each.href)"
    assert any("gate.html" in each or "faq.html" in each for each in browser.value(found))
