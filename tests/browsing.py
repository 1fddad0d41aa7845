"""A page in a real browser, from its file and without a network."""

from __future__ import annotations

import subprocess
from pathlib import Path

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
    # No name resolves: as good as no network.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


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


def pixels_too_wide_for_a_phone(page: Path, folder: Path) -> str:
    """Return the title `0 pixels too wide` of a page around this one at phone width.

    The page, in a frame of that width, tells the page around it how far it sticks out.

    Args:
        page: The page.
        folder: Where the frame and the browser's profile may be written.
    """
    tell = (
        "<script>const page = document.documentElement;"
        "parent.postMessage(page.scrollWidth - page.clientWidth, '*')</script></body>"
    )
    framed = folder / "framed.html"
    framed.write_text(page.read_text().replace("</body>", tell))
    around = folder / "around.html"
    around.write_text(
        "<script>onmessage = event => document.title = `${event.data} pixels too wide`</script>"
        f'<iframe src="{framed.as_uri()}" style="width: 390px; height: 800px; border: 0"></iframe>'
    )
    dom = dump_dom(around, folder / "profile").stdout
    return dom[dom.index("<title>") + len("<title>") : dom.index("</title>")]
