"""What the site adds to the pages in this folder: the commands, from their own `--help`."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.structure.files import File, Files
from typer.main import get_command
from typer.testing import CliRunner

from rd_cli.stats.app import app as rdstats
from rd_cli.train.app import app as rdtrain


def on_files(files: Files, config: Any) -> Files:
    """Add commands.md, written from both commands as they are."""
    pages = ["# Commands", "As `--help` of each says it."]
    for name, app in {"rdstats": rdstats, "rdtrain": rdtrain}.items():
        pages += [f"## {name}", _help(app, name)]
        for each in get_command(app).commands:  # type: ignore[attr-defined]
            pages += [f"### {name} {each}", _help(app, name, each)]
    files.append(File.generated(config, "commands.md", content="\n\n".join(pages)))
    return files


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Let a notebook's links lead to pages; MkDocs turns those of Markdown only."""
    is_notebook = page.file.src_path.endswith(".ipynb")
    return re.sub(r'(href="[\w/-]+)\.md(["#])', r"\1.html\2", html) if is_notebook else html


def _help(app: Any, name: str, *command: str) -> str:
    wide = {"COLUMNS": "100", "NO_COLOR": "1", "TERMINAL_WIDTH": "100"}
    done = CliRunner().invoke(app, [*command, "--help"], prog_name=name, env=wide)
    return f"```text\n{done.output.strip()}\n```"
