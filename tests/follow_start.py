"""docs/start.md followed word for word in an empty environment: `make test-wheel`.

Run by the Python of an environment that has rdstats alone; needs nothing but the standard library.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "start.md"
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Run every block of Python and every command in an empty folder, and say what it took."""
    if importlib.util.find_spec("torch"):
        sys.exit("torch is here: this shall show that analysis does not need it")
    begun = time.perf_counter()
    names: dict[str, object] = {"__name__": "__main__"}
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
            if kind == "python":
                exec(text, names)  # noqa: S102  # our own page
                continue
            for line in text.splitlines():
                subprocess.run(shlex.split(line.removeprefix("$ ")), check=True)
        for page in ("verdict/index.html", "report/index.html"):
            if not (Path(folder) / page).is_file():
                sys.exit(f"{page} is not there")
    print(f"docs/start.md, word for word: {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
