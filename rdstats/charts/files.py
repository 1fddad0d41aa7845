"""Charts as files, drawn by vl-convert without a browser."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import altair as alt

from rdstats.charts.theme import DARK, LIGHT
from rdstats.errors import StatsError
from rdstats.output.formats import write_whole

VEGA_LITE: Final = ".".join(alt.SCHEMA_VERSION.split(".")[:2])  # as altair's own saving does
SUFFIXES: Final = ("svg", "pdf", "png")
_OPEN_FILES: Final = 16  # with fewer vl-convert prints a trace of its own and ends its thread
_ADDRESSES: Final = 72 << 30  # bytes: its V8 reserves 64 GiB of them, or ends the process


def converter() -> Any:
    """Return vl-convert, once it is sure to get the open files and addresses that it needs.

    Raises:
        OSError: No sixteen files can be opened.
        StatsError: `ulimit -v` allows too few addresses.
    """
    if sys.platform != "win32":
        import resource

        allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
        if allowed != resource.RLIM_INFINITY and allowed < _ADDRESSES:
            raise StatsError(
                "figures cannot be drawn: that reserves 64 GiB of addresses, though it uses few, "
                f"and `ulimit -v` allows {allowed >> 30} GiB: say `ulimit -v {_ADDRESSES >> 10}`, "
                "or limit the memory that is used instead"
            )
    with ExitStack() as held:
        for _ in range(_OPEN_FILES):
            held.enter_context(Path(os.devnull).open("rb"))
    import vl_convert

    return vl_convert


def save(chart: Any, path: Path | str, theme: Mapping[str, Any] = LIGHT) -> Path:
    """Write a chart as svg, pdf or png, by its suffix, and return the path.

    Args:
        chart: Any altair chart.
        path: The file; it appears whole.
        theme: `LIGHT` or `DARK`, or any other Vega-Lite configuration.

    Raises:
        StatsError: The suffix is none of the three.
        OSError: The place cannot be written.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp(), "drops.svg")
        >>> rd.charts.save(rd.charts.drops(rd.classes(table)), file).name
        'drops.svg'
    """
    path = Path(path)
    kind = path.suffix.lower().lstrip(".")
    if kind not in SUFFIXES:
        raise StatsError(f"{path}: a figure is saved as {', '.join(SUFFIXES)}; choose one of these")
    spec = chart.to_dict(validate=False)
    config = {**theme, **spec.get("config", {})}
    if config.get("background") == "transparent":  # as pages want it: a file needs a ground
        config["background"] = "#0d1117" if theme is DARK else "white"
    spec["config"] = config
    text, convert = json.dumps(spec), converter()
    if kind == "svg":
        return write_whole(path, convert.vegalite_to_svg(text, vl_version=VEGA_LITE).encode())
    if kind == "pdf":
        return write_whole(path, bytes(convert.vegalite_to_pdf(text, vl_version=VEGA_LITE)))
    return write_whole(path, bytes(convert.vegalite_to_png(text, VEGA_LITE, scale=2)))


def figure_kinds(text: str) -> tuple[str, ...]:
    """Return the suffixes that `--figures svg,pdf` names.

    Raises:
        StatsError: One is no kind of picture.
    """
    kinds = tuple(each.strip().lower() for each in text.split(",") if each.strip())
    if wrong := [each for each in kinds if each not in SUFFIXES]:
        raise StatsError(f"--figures {', '.join(wrong)}: choose from {', '.join(SUFFIXES)}")
    return kinds
