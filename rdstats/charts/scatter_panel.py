"""Many points as one small picture, where an SVG of single dots would be megabytes."""

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rdstats.charts.chosen import PER_MODEL, ChosenSlope
from rdstats.charts.figure import DataSets, Drawing
from rdstats.charts.scales import Range, linear_scale
from rdstats.charts.theme import LINE, POINT, REFERENCE, nominal, quantitative

_PIXELS = 2  # picture pixels per chart pixel and direction
_RADIUS = 3  # of a dot, in picture pixels


class PointsImage(NamedTuple):
    """A picture of points, and where it lies on the plot area, in chart pixels."""

    uri: str
    left: int
    top: int
    width: int
    height: int


def points_as_image(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    x_range: Range,
    y_range: Range,
    size: tuple[int, int],
    colour: str,
    opacity: float,
) -> PointsImage:
    """Return points as a transparent PNG in a data URI, to be laid over the plot area.

    It is as large as the points need. Where n dots overlap the colour is as dense as if they
    were drawn one by one: 1 - (1 - opacity)**n.

    Args:
        x: Horizontal values, shape (points,), at least one, all inside `x_range`.
        y: Vertical values, same shape, all inside `y_range`.
        x_range: What the plot area holds.
        y_range: The same, vertically.
        size: Width and height of the plot area in chart pixels.
        colour: Of the dots, `#rrggbb`.
        opacity: Of one dot.
    """
    width, height = size[0] * _PIXELS, size[1] * _PIXELS
    across = np.rint((x - x_range[0]) / (x_range[1] - x_range[0]) * (width - 1)).astype(np.int64)
    down = np.rint((y_range[1] - y) / (y_range[1] - y_range[0]) * (height - 1)).astype(np.int64)
    left, right = _extent(across, width)
    top, bottom = _extent(down, height)
    room = right - left + 2 * _RADIUS  # a line of pixels, with dots that reach over both borders
    places, dots = np.unique((down - top) * room + across - left, return_counts=True)
    count = np.zeros((bottom - top + 2 * _RADIUS, room), dtype=np.int64)
    reach = range(-_RADIUS, _RADIUS + 1)
    for dy, dx in ((d, r) for d in reach for r in reach if d * d + r * r <= _RADIUS**2):
        count[places // room + _RADIUS + dy, places % room + _RADIUS + dx] += dots
    count = count[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]
    density = np.rint(255 * (1.0 - (1.0 - opacity) ** np.arange(count.max() + 1)))
    png = _png(density.astype(np.uint8)[count], bytes.fromhex(colour.removeprefix("#")))
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    corner = left // _PIXELS, top // _PIXELS
    return PointsImage(uri, *corner, (right - left) // _PIXELS, (bottom - top) // _PIXELS)


def _extent(places: npt.NDArray[np.int64], length: int) -> tuple[int, int]:
    """Return where dots begin and end on an axis of picture pixels, at whole chart pixels."""
    first = max(0, int(places.min()) - _RADIUS) // _PIXELS
    last = -(-min(length, int(places.max()) + _RADIUS + 1) // _PIXELS)
    return first * _PIXELS, last * _PIXELS


def _png(density: npt.NDArray[np.uint8], colour: bytes) -> bytes:
    """Return pixels of one colour, opaque as their density says, as a PNG file.

    A palette of that colour at every opacity: one byte per pixel where RGBA has four.

    Args:
        density: 0 for transparent to 255 for opaque, shape (height, width).
        colour: Red, green and blue.
    """
    height, width = density.shape
    lines = np.zeros((height, 1 + width), dtype=np.uint8)  # each line opens with filter 0
    lines[:, 1:] = density
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", colour * 256),
            _chunk(b"tRNS", bytes(range(256))),
            _chunk(b"IDAT", zlib.compress(lines.tobytes())),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


WIDTH: Final = 190
HEIGHT: Final = 130
_ZERO: Final = "#d7dbe0"
_OPACITY: Final = 0.4
_MODEL: Final[Mapping[str, Any]] = MappingProxyType({"size": 14, "opacity": _OPACITY})
_CLASS: Final[Mapping[str, Any]] = MappingProxyType(
    {"size": 26, "opacity": 0.9, "stroke": "white", "strokeWidth": 0.5}
)
_CROWD: Final = 1_000  # points of a panel, from which on they are drawn fainter

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cloud:
    """What one panel shows: a point per class and model, and the pooled line."""

    before: FloatArray
    after: FloatArray
    slope: float
    r_squared: float
    accuracy: float


def scatter_panel(
    data: DataSets,
    title: str,
    cloud: Cloud,
    ranges: tuple[Range, Range],
    *,
    titles: tuple[bool, bool],
    labels: tuple[bool, bool],
    slope: ChosenSlope,
    raster: bool,
) -> Drawing:
    """Return one panel.

    Args:
        data: Takes the rows.
        title: What the panel is called.
        cloud: What it shows.
        ranges: Of the horizontal and the vertical axis; zero is in both.
        titles: Which of the two has a title.
        labels: Which of the two has numbers.
        slope: Whose points and line.
        raster: Whether the points are a picture.
    """
    places = {
        "x": quantitative(
            "before",
            scale=linear_scale(ranges[0]),
            title="balance before" if titles[0] else None,
            axis={"tickCount": 3, "grid": False, "labels": labels[0]},
        ),
        "y": quantitative(
            "after",
            scale=linear_scale(ranges[1]),
            title="balance after" if titles[1] else None,
            axis={"tickCount": 4, "grid": False, "labels": labels[1]},
        ),
    }
    (left, right), (low, high) = ranges
    zeros = [
        _rule((left, 0.0), (right, 0.0), _ZERO, 1.0),
        _rule((0.0, low), (0.0, high), _ZERO, 1.0),
    ]
    lines = [_rule(*_through_origin(1.0, ranges), REFERENCE, 1.8, [5, 4])]
    if not np.isnan(cloud.slope):
        lines.append(_rule(*_through_origin(cloud.slope, ranges), LINE, 1.8))
    drawn = _rules(data, lines, places)
    if slope is not PER_MODEL:  # a few points, which lines must not hide
        marks = [drawn, _dots(data, cloud, places, _CLASS)]
    elif raster:
        marks = [_image(data, cloud, ranges), drawn]
    else:
        marks = [_dots(data, cloud, places, _MODEL), drawn]
    return {
        "layer": [_rules(data, zeros, places), *marks],
        "title": {"text": title, "subtitle": _numbers(cloud, slope.symbol), "fontSize": 12},
        "width": WIDTH,
        "height": HEIGHT,
    }


def _dots(data: DataSets, cloud: Cloud, places: Drawing, look: Mapping[str, Any]) -> Drawing:
    pairs = zip(cloud.before.tolist(), cloud.after.tolist(), strict=True)
    rows = [{"before": before, "after": after} for before, after in pairs]
    mark = {"type": "circle", "color": POINT, **look}
    return {"data": data.add(rows), "mark": mark, "encoding": places}


def _image(data: DataSets, cloud: Cloud, ranges: tuple[Range, Range]) -> Drawing:
    opacity = 0.25 if len(cloud.before) > _CROWD else _OPACITY
    image = points_as_image(cloud.before, cloud.after, *ranges, (WIDTH, HEIGHT), POINT, opacity)
    corner = {"align": "left", "baseline": "top", "aspect": False}
    return {
        "data": data.add([{"url": data.add_picture(image.uri)}]),
        "mark": {"type": "image", "width": image.width, "height": image.height, **corner},
        "encoding": {
            "x": {"value": image.left},
            "y": {"value": image.top},
            "url": nominal("url"),
        },
    }


def _through_origin(
    slope: float, ranges: tuple[Range, Range]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of the line through the origin, at the borders of the plot area."""
    (left, right), (low, high) = ranges
    if slope:
        left, right = (
            max(left, min(low / slope, high / slope)),
            min(right, max(low / slope, high / slope)),
        )
    return (left, slope * left), (right, slope * right)


def _rule(
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    width: float,
    dash: Sequence[int] = (1, 0),
) -> dict[str, Any]:
    """Return a straight line as a row of `_rules`."""
    places = {"before": start[0], "after": start[1], "to_before": end[0], "to_after": end[1]}
    return {**places, "colour": colour, "width": width, "dash": list(dash)}


def _rules(data: DataSets, rows: list[dict[str, Any]], places: Drawing) -> Drawing:
    """Return straight lines as one layer: Vega takes its time for each of them."""
    return {
        "data": data.add(rows),
        "mark": "rule",
        "encoding": {
            **places,
            "x2": {"field": "to_before"},
            "y2": {"field": "to_after"},
            "color": nominal("colour", scale=None),
            "strokeWidth": quantitative("width", scale=None),
            "strokeDash": nominal("dash", scale=None),
        },
    }


def _numbers(cloud: Cloud, symbol: str) -> str:
    names = ((symbol, cloud.slope), ("r²", cloud.r_squared), ("Ā", cloud.accuracy))
    return ", ".join(
        f"{name} undefined" if np.isnan(value) else f"{name} = {value:.3f}".replace("-", "−")
        for name, value in names
    )
