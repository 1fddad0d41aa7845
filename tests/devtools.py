"""A page in Chromium, driven by the DevTools protocol over a pipe: nothing to install, no port."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

from browsing import CHROMIUM

HERE = "file:", "data:", "blob:", "http://127.0.0.1:"


class Browser:
    """One headless Chromium with one page.

    Attributes:
        events: What the browser told, in order: console messages, exceptions, requests.
    """

    def __init__(self, profile: Path) -> None:
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def give() -> None:  # Chromium reads from descriptor 3 and writes to 4
            first, second = os.dup(to_browser), os.dup(from_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            [*CHROMIUM, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"],
            preexec_fn=give,
            close_fds=False,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._held, self._last, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(each["targetId"] for each in targets if each["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Send a command and return its result."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            found = self._read()
            if found.get("id") == self._last:
                if "error" in found:
                    raise RuntimeError(f"{method}: {found['error']}")
                return dict(found["result"])
            self.events.append(found)

    def _read(self, seconds: float = 120.0) -> dict[str, Any]:
        while b"\0" not in self._held:
            if not select.select([self._in], [], [], seconds)[0]:
                raise TimeoutError("the browser says nothing")
            self._held += os.read(self._in, 1 << 20)
        text, self._held = self._held.split(b"\0", 1)
        return dict(json.loads(text))

    def open(
        self, page: Path | str, width: int = 1200, height: int = 900, *, dark: bool = False
    ) -> None:
        """Open a file or an address of this machine at a window size, in light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=page if isinstance(page, str) else page.as_uri())

    def value(self, expression: str) -> Any:
        """Return what an expression is worth in the page, waiting where it is a promise."""
        found = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def wait(self, expression: str, seconds: float = 20.0) -> float:
        """Wait until an expression is true, and return for how long that took."""
        start = time.monotonic()
        while not self.value(expression):
            if time.monotonic() - start > seconds:
                raise TimeoutError(f"never: {expression}; {self.troubles()}")
            time.sleep(0.02)
        return time.monotonic() - start

    def mouse(self, x: float, y: float, *, click: bool = False) -> None:
        """Move the mouse to a place of the window, and click there if so wished."""
        at = {"x": x, "y": y}
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **at)
        if click:
            for kind in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    def troubles(self) -> list[str]:
        """Return errors of the console, exceptions, and requests beside the page's."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            match event.get("method"):
                case "Runtime.consoleAPICalled" if params["type"] == "error":
                    found.append(str([each.get("value") for each in params["args"]]))
                case "Runtime.exceptionThrown":
                    found.append(str(params["exceptionDetails"]))
                case "Log.entryAdded":
                    found.append(str(params["entry"]["text"]))
                case "Network.requestWillBeSent":
                    if not params["request"]["url"].startswith(HERE):
                        found.append(params["request"]["url"])
        return found

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Save what is seen as png."""
        found = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def pdf(self) -> bytes:
        """Return the page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait(10)
        os.close(self._out)
        os.close(self._in)
