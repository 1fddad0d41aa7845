"""The options that the commands of `rdtrain` share, once."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Device(StrEnum):
    """Where to train."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class Engine(StrEnum):
    """What runs the units of a study."""

    LOCAL = "local"
    RAY = "ray"


DeviceOption = Annotated[
    Device, typer.Option(help="auto is cuda where there is one, else cpu; mps is untested.")
]
RootOption = Annotated[
    Path | None,
    typer.Option(
        "--data-root",
        metavar="DIR",
        help="Folder of the data sets. [default: $RDSTATS_DATA or ~/.cache/rdstats/data]",
    ),
]
StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file.")]
OutOption = Annotated[
    Path | None, typer.Option(help="Folder of the study. [default: the study's name]")
]


@dataclass(frozen=True)
class Share:
    """The i-th of n shares of a study."""

    i: int
    n: int


WHOLE = Share(1, 1)
LEAST_GPU_SHARE = 0.001


def _share(text: str) -> Share:
    found = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    share = Share(int(found[1]), int(found[2])) if found else Share(0, 0)
    if not 1 <= share.i <= share.n:
        raise typer.BadParameter(f"{text!r} is no share: write i/n, such as 2/4, from 1/n to n/n")
    return share


ShardOption = Annotated[
    Share | None,
    typer.Option(
        parser=_share,
        metavar="i/n",
        help="Only this share of the models; shares of one folder may run at once.",
    ),
]


@dataclass(frozen=True)
class Sizes:
    """Stack sizes; a tuple would be an option of so many values."""

    each: tuple[int, ...]


def _sizes(text: str) -> Sizes:
    parts = text.split(",")
    if not all(re.fullmatch(r"0*[1-9][0-9]{0,5}", part.strip()) for part in parts):
        raise typer.BadParameter(f"{text!r} are no stack sizes: write such as 1,2,4,8")
    return Sizes(tuple(int(part) for part in parts))


SizesOption = Annotated[
    Sizes | None,
    typer.Option(
        "--sizes",
        parser=_sizes,
        metavar="N,N,…",
        help="Models side by side. [default: 1,2,4,8,16,32, as far as the study has models]",
    ),
]
EngineOption = Annotated[
    Engine, typer.Option(help="local is this machine, ray the cluster of RAY_ADDRESS.")
]


def _gpu_share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not LEAST_GPU_SHARE <= share < math.inf:
        raise typer.BadParameter(
            f"{text!r} is no share of a GPU: write {LEAST_GPU_SHARE} or more, such as 0.25 for "
            "four models on each"
        )
    return share


GpuShareOption = Annotated[
    float | None,
    typer.Option(
        "--gpu-share",
        parser=_gpu_share,
        metavar="SHARE",
        help="With ray: the GPU that a model takes, 0.25 for four side by side. [default: 1]",
    ),
]
