"""The options that the commands of `rdtrain` share, once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

WHOLE = (1, 1)
"""The share of a study that is all of it."""

Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    typer.Option(help="auto is cuda where there is one, else cpu; mps is untested."),
]
StudyFile = Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file.")]
DataRoot = Annotated[
    Path | None,
    typer.Option(
        "--data-root",
        metavar="DIR",
        help="Folder of the data sets. [default: $RDSTATS_DATA or ~/.cache/rdstats/data]",
    ),
]


Out = Annotated[Path | None, typer.Option(help="Folder of the study. [default: the study's name]")]
Shard = Annotated[
    str | None,
    typer.Option(
        metavar="i/n", help="Only this share of the models; shares of one folder may run at once."
    ),
]

Plugins = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        metavar="FILE.py",
        help="Your own architectures, data sets and methods; may stand several times.",
    ),
]


def share_of(text: str | None) -> tuple[int, int]:
    """Return a `--shard` as (i, n).

    Raises:
        typer.BadParameter: It is no i/n from 1/n to n/n.
    """
    found = re.fullmatch(r"([0-9]+)/([0-9]+)", text or "1/1")
    share = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= share[0] <= share[1]:
        raise typer.BadParameter(f"{text!r} is no share: write i/n, such as 2/4, from 1/n to n/n")
    return share
