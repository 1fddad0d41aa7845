"""One panel of a scatter-plot matrix: points before against after, and lines through the origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rdstats.charts.chosen import PER_MODEL, ChosenSlope
from rdstats.charts.figure import DataSets, Drawing
from rdstats.charts.parts import nominal, quantitative
from rdstats.charts.raster import points_as_image
from rdstats.charts.scales import Range, linear_scale
from rdstats.charts.theme import LINE, POINT, REFERENCE

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
