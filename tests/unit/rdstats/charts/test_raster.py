"""Many points as one picture."""

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt

from rdstats.charts.raster import points_as_image

SQUARE = (0.0, 1.0)


def chunk(png: bytes, kind: bytes) -> bytes:
    """Return what the first chunk of a kind holds."""
    start = png.index(kind) + 4
    (length,) = struct.unpack(">I", png[start - 8 : start - 4])
    return png[start : start + length]


def pixels(x: list[float], y: list[float], opacity: float = 0.5) -> npt.NDArray[np.uint8]:
    """Return the picture of some points on a plot area of 30 by 20, decoded by hand.

    Red, green, blue and opacity, looked up in the file's palette.
    """
    image = points_as_image(np.array(x), np.array(y), SQUARE, SQUARE, (30, 20), "#0072b2", opacity)
    png = base64.b64decode(image.uri.removeprefix("data:image/png;base64,"))
    width, height = struct.unpack(">II", png[16:24])
    lines = np.frombuffer(zlib.decompress(chunk(png, b"IDAT")), dtype=np.uint8)
    palette = np.frombuffer(chunk(png, b"PLTE"), dtype=np.uint8).reshape(256, 3)
    colours = np.column_stack([palette, np.frombuffer(chunk(png, b"tRNS"), dtype=np.uint8)])
    assert (width, height) == (2 * image.width, 2 * image.height)
    area = np.zeros((40, 60, 4), dtype=np.uint8)
    top, left = 2 * image.top, 2 * image.left
    found = colours[lines.reshape(height, 1 + width)[:, 1:]]
    area[top : top + height, left : left + width] = found
    return area


def test_a_point_is_drawn_where_it_belongs() -> None:
    """Top right is x = 1, y = 1; the opposite corner stays empty."""
    image = pixels([1.0], [1.0])
    assert image.shape == (40, 60, 4)
    assert image[0, -1].tolist() == [0x00, 0x72, 0xB2, 128]
    assert image[-1, 0, 3] == 0


def test_points_on_each_other_are_darker() -> None:
    """Two of opacity one half make three quarters."""
    assert pixels([0.5, 0.5], [0.5, 0.5])[..., 3].max() == round(255 * 0.75)


def test_every_corner_can_hold_a_point() -> None:
    """No point at the border is lost or wraps round."""
    image = pixels([0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0])
    assert [image[r, c, 3] for r in (0, -1) for c in (0, -1)] == [128] * 4
    assert image[20, 30, 3] == 0


def test_a_picture_is_no_larger_than_its_points_need() -> None:
    """One point in the middle: a dot of seven picture pixels, at whole chart pixels."""
    middle = np.array([0.5])
    image = points_as_image(middle, middle, SQUARE, SQUARE, (30, 20), "#0072b2", 0.5)
    assert image[1:] == (13, 8, 4, 4)
    assert np.count_nonzero(pixels([0.5], [0.5])[..., 3]) == 29  # pixels not further than 3
