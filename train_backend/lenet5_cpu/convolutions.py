"""A 3x3 convolution, ReLU and 2x2 max pooling as one kernel, and what it sends back.

Sixteen images lie side by side in a vector. Per pooled place the four results of the convolution
stay in registers: nothing but their maximum is written, and for the way back a bit per lane that
says which of the four it was (none, where ReLU made it 0). Rows and columns that pooling drops are
not computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir

from train_backend.lenet5_cpu.vectors import LANES, Code, Index

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""The places of a pooling window, in the order in which equal values are settled."""

TAPS = tuple((row, column) for row in range(3) for column in range(3))

Place = Callable[[Index, Index, Index], Index]
"""Where the vector of (channel, row, column) begins, in floats."""


@dataclass(frozen=True)
class Layer:
    """Sizes of one layer: channels read, channels made, rows and columns after pooling.

    `at_once` kernels are in registers together; no number changes a result.
    """

    channels: int
    kernels: int
    side: int
    at_once: int

    @property
    def mask_floats(self) -> int:
        """Return how many floats have room for the masks: four of 16 bits a place are two."""
        return 2 * self.kernels * (self.side + 2) ** 2

    def mask(self, code: Code, kernel: Index, row: Index, column: Index) -> Index:
        """Return where the four lane masks of a pooled place begin; a border of 1 is left."""
        side = self.side + 2
        return code.plus(
            code.times(kernel, 4 * side * side),
            code.times(row, 4 * side),
            code.times(column, 4),
            4 * (side + 1),
        )

    def weight(self, code: Code, kernel: Index, channel: Index, tap: int) -> Index:
        """Return where a weight is."""
        return code.plus(code.times(kernel, 9 * self.channels), code.times(channel, 9), tap)


def square(code: Code, side: int, *, border: int = 0, lanes: int = LANES) -> Place:
    """Return where vectors are: channel after channel, each with a border around it.

    A place is `lanes` floats after the one before.
    """
    whole = side + 2 * border

    def place(channel: Index, row: Index, column: Index) -> Index:
        return code.plus(
            code.times(channel, whole * whole * lanes),
            code.times(row, whole * lanes),
            code.times(column, lanes),
            border * (whole + 1) * lanes,
        )

    return place


def _patch(
    code: Code, source: ir.Value, place: Place, channel: Index, row: Index, column: Index
) -> dict[tuple[int, int], ir.Value]:
    """Return the 4x4 vectors that the four results of a pooled place need of a channel."""
    top, left = code.times(row, 2), code.times(column, 2)
    return {
        (y, x): code.load(source, place(channel, code.plus(top, y), code.plus(left, x)))
        for y in range(4)
        for x in range(4)
    }


def forward(
    code: Code,
    layer: Layer,
    *,
    source: ir.Value,
    source_place: Place,
    weights: ir.Value,
    biases: ir.Value,
    target: ir.Value,
    target_place: Place,
    masks: ir.Value,
) -> None:
    """Write: target = maximum over each 2x2 of ReLU(convolution), masks = which it was."""
    write, count = code.write, layer.at_once
    with (
        code.loop(layer.side) as row,
        code.loop(layer.side) as column,
        code.loop(layer.kernels, step=count) as kernel,
    ):
        sums = [code.variables(4) for _ in range(count)]
        for number, four in enumerate(sums):
            for one in four:
                one.set(code.number(biases, code.plus(kernel, number)))
        with code.loop(layer.channels) as channel:
            seen = _patch(code, source, source_place, channel, row, column)
            for tap, (y, x) in enumerate(TAPS):
                for number, four in enumerate(sums):
                    at = layer.weight(code, code.plus(kernel, number), channel, tap)
                    weight = code.number(weights, at)
                    for one, (down, right) in zip(four, CORNERS, strict=True):
                        one.set(code.fma(weight, seen[down + y, right + x], one.get()))
        for number, four in enumerate(sums):
            values = [one.get() for one in four]
            upper_right = write.fcmp_ordered(">", values[1], values[0])
            upper = write.select(upper_right, values[1], values[0])
            lower_right = write.fcmp_ordered(">", values[3], values[2])
            lower = write.select(lower_right, values[3], values[2])
            below = write.fcmp_ordered(">", lower, upper)
            largest = write.select(below, lower, upper)
            alive = code.positive(largest)
            here = code.plus(kernel, number)
            code.store(code.where(alive, largest), target, target_place(here, row, column))
            up = write.and_(alive, write.not_(below))
            down = write.and_(alive, below)
            at = layer.mask(code, here, row, column)
            four_masks = (
                write.and_(up, write.not_(upper_right)),
                write.and_(up, upper_right),
                write.and_(down, write.not_(lower_right)),
                write.and_(down, lower_right),
            )
            for corner, mask in enumerate(four_masks):
                code.store_mask(mask, masks, code.plus(at, corner))


def backward_input(
    code: Code,
    layer: Layer,
    *,
    gradient: ir.Value,
    gradient_place: Place,
    masks: ir.Value,
    weights: ir.Value,
    target: ir.Value,
    target_place: Place,
    at_once: int,
) -> None:
    """Write: target = gradient at what the layer read, in squares of 2x2.

    `gradient_place` must answer, with zeros, for one row and column before and after its own.
    """
    with (
        code.loop(layer.side + 1) as row,
        code.loop(layer.side + 1) as column,
        code.loop(layer.channels, step=at_once) as channel,
    ):
        sums = [code.variables(4) for _ in range(at_once)]
        with code.loop(layer.kernels) as kernel:
            # The 4x4 results before pooling that touch this square, from 2x2 pooled places.
            results = {}
            for down, right in CORNERS:
                place = code.plus(row, down - 1), code.plus(column, right - 1)
                arriving = code.load(gradient, gradient_place(kernel, *place))
                at = layer.mask(code, kernel, *place)
                for corner, (y, x) in enumerate(CORNERS):
                    mask = code.load_mask(masks, code.plus(at, corner))
                    results[2 * down + y, 2 * right + x] = code.where(mask, arriving)
            for tap, (y, x) in enumerate(TAPS):
                for number, four in enumerate(sums):
                    at = layer.weight(code, kernel, code.plus(channel, number), tap)
                    weight = code.number(weights, at)
                    for one, (down, right) in zip(four, CORNERS, strict=True):
                        result = results[down - y + 2, right - x + 2]
                        one.set(code.fma(weight, result, one.get()))
        for number, four in enumerate(sums):
            for one, (down, right) in zip(four, CORNERS, strict=True):
                place = code.plus(code.times(row, 2), down), code.plus(code.times(column, 2), right)
                code.store(one.get(), target, target_place(code.plus(channel, number), *place))


def backward_weights(
    code: Code,
    layer: Layer,
    *,
    source: ir.Value,
    source_place: Place,
    gradient: ir.Value,
    gradient_place: Place,
    masks: ir.Value,
    weight_sums: ir.Value,
    bias_sums: ir.Value,
    at_once: int,
) -> None:
    """Write: weight_sums and bias_sums += gradients of the weights and biases, a sum per lane."""
    with code.loop(layer.kernels, step=at_once) as kernel, code.loop(layer.channels) as channel:
        sums = [code.variables(9) for _ in range(at_once)]

        def place_of(number: int, tap: int) -> Index:
            at = layer.weight(code, code.plus(kernel, number), channel, tap)
            return code.times(at, LANES)

        for number, nine in enumerate(sums):
            for tap, one in enumerate(nine):
                one.set(code.load(weight_sums, place_of(number, tap)))
        with code.loop(layer.side) as row, code.loop(layer.side) as column:
            seen = _patch(code, source, source_place, channel, row, column)
            for number, nine in enumerate(sums):
                here = code.plus(kernel, number)
                arriving = code.load(gradient, gradient_place(here, row, column))
                at = layer.mask(code, here, row, column)
                for corner, (down, right) in enumerate(CORNERS):
                    mask = code.load_mask(masks, code.plus(at, corner))
                    result = code.where(mask, arriving)
                    for one, (y, x) in zip(nine, TAPS, strict=True):
                        one.set(code.fma(result, seen[down + y, right + x], one.get()))
        for number, nine in enumerate(sums):
            for tap, one in enumerate(nine):
                code.store(one.get(), weight_sums, place_of(number, tap))
    with code.loop(layer.kernels) as kernel:
        (total,) = code.variables(1)
        total.set(code.load(bias_sums, code.times(kernel, LANES)))
        with code.loop(layer.side) as row, code.loop(layer.side) as column:
            at = layer.mask(code, kernel, row, column)
            four = [code.load_mask(masks, code.plus(at, corner)) for corner in range(4)]
            alive = code.write.or_(
                code.write.or_(four[0], four[1]), code.write.or_(four[2], four[3])
            )
            arriving = code.load(gradient, gradient_place(kernel, row, column))
            total.set(code.write.fadd(total.get(), code.where(alive, arriving)))
        code.store(total.get(), bias_sums, code.times(kernel, LANES))
