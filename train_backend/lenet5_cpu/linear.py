"""A linear layer, its way back, and sums over the lanes of vectors."""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from train_backend.lenet5_cpu.products import Finish, Matrix, Tile, product
from train_backend.lenet5_cpu.vectors import LANES, Code, Index, up


@dataclass(frozen=True)
class Linear:
    """One linear layer on batches of images, which are a multiple of 64."""

    inputs: int
    outputs: int
    images: Index
    tile: Tile

    def forward(
        self,
        code: Code,
        *,
        weights: ir.Value,
        biases: ir.Value,
        source: Matrix,
        target: Matrix,
        relu: bool,
    ) -> None:
        """Write: target = weights @ source + biases, with ReLU if asked."""

        def finish(value: ir.Value, row: Index, _: Index) -> ir.Value:
            total = code.write.fadd(value, code.number(biases, row))
            return code.where(code.positive(total), total) if relu else total

        sizes = self.outputs, self.inputs, self.images
        left = Matrix(weights, self.inputs)
        product(code, left, source, target, sizes, self.tile, finish)

    def backward_weights(
        self,
        code: Code,
        *,
        arriving: Matrix,
        source: Matrix,
        turned: ir.Value,
        sums: ir.Value,
        weights: ir.Value,
        biases: ir.Value,
    ) -> None:
        """Write: the gradients of weights and biases; `turned` and `sums` are scratch."""
        _turn(code, source, turned, self.inputs, self.images)
        right, target = Matrix(turned, up(self.inputs)), Matrix(weights, self.inputs)
        sizes = self.outputs, self.images, self.inputs
        product(code, arriving, right, target, sizes, self.tile)
        with code.loop(self.outputs) as row:
            (total,) = code.variables(1)
            with code.loop(self.images, step=LANES) as image:
                at = code.plus(code.times(row, arriving.down), image)
                total.set(code.write.fadd(total.get(), code.load(arriving.pointer, at)))
            code.store(total.get(), sums, code.times(row, LANES))
        add_lanes(code, sums, biases, self.outputs)

    def backward_input(
        self,
        code: Code,
        *,
        arriving: Matrix,
        weights: ir.Value,
        target: Matrix,
        source: Matrix | None,
    ) -> None:
        """Write: target = gradient at what the layer read, 0 where ReLU made `source` 0."""
        finish: Finish | None = None
        if source is not None:
            read = source

            def through_relu(value: ir.Value, row: Index, column: Index) -> ir.Value:
                there = code.load(read.pointer, code.plus(code.times(row, read.down), column))
                return code.where(code.positive(there), value)

            finish = through_relu
        sizes = self.inputs, self.outputs, self.images
        left = Matrix(weights, 1, self.inputs)
        product(code, left, arriving, target, sizes, self.tile, finish)


def _turn(code: Code, source: Matrix, target: ir.Value, rows: int, columns: Index) -> None:
    """Write: target = source transposed; its rows are as long as the next multiple of 16."""
    with code.loop(up(rows), step=LANES) as row, code.loop(columns, step=LANES) as column:
        starts = [
            code.plus(code.times(code.plus(row, number), source.down), column)
            for number in range(LANES)
        ]
        turned = code.transposed([code.load(source.pointer, start) for start in starts])
        for number, vector in enumerate(turned):
            at = code.plus(code.times(code.plus(column, number), up(rows)), row)
            code.store(vector, target, at)


def add_lanes(code: Code, source: ir.Value, target: ir.Value, count: int) -> None:
    """Write: target[i] = sum of the 16 lanes of vector i of `source`, for i below `count`.

    `source` has room for the next multiple of 16 vectors.
    """

    def sixteen(first: Index, width: int) -> None:
        starts = [code.times(code.plus(first, number), LANES) for number in range(LANES)]
        vectors = code.transposed([code.load(source, start) for start in starts])
        while len(vectors) > 1:
            half = len(vectors) // 2
            pairs = zip(vectors[:half], vectors[half:], strict=True)
            vectors = [code.write.fadd(one, other) for one, other in pairs]
        total = vectors[0] if width == LANES else code.shuffle(vectors[0], vectors[0], range(width))
        code.store(total, target, first)

    whole = count // LANES * LANES
    if whole:
        with code.loop(whole, step=LANES) as first:
            sixteen(first, LANES)
    if count > whole:
        sixteen(whole, count - whole)
