"""Many points as one small picture, where an SVG of single dots would be megabytes."""

import base64
import struct
import zlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rdstats.charts.scales import Range

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
