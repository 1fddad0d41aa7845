"""Matrix products with a few rows and columns of the result in registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir

from train_backend.lenet5_cpu.vectors import LANES, Code, Index

Finish = Callable[[ir.Value, Index, Index], ir.Value]
"""Takes a vector of the result, its row and column; returns what is stored instead."""


@dataclass(frozen=True)
class Matrix:
    """A matrix in memory, element (row, column) at `row * down + column * right`."""

    pointer: ir.Value
    down: int
    right: int = 1


@dataclass(frozen=True)
class Tile:
    """Rows and vectors of a product in registers together; no number changes a result."""

    rows: int
    vectors: int


def product(
    code: Code,
    left: Matrix,
    right: Matrix,
    target: Matrix,
    sizes: tuple[int, Index, Index],
    tile: Tile,
    finish: Finish | None = None,
) -> None:
    """Write: target = left @ right, `right` and `target` with their columns side by side.

    `sizes` are the rows of the target, the terms of each sum, and the target's columns.
    Every element is one sum from the first inner index to the last. `columns` that are known
    only later are a multiple of 64.
    """
    rows, inner, columns = sizes
    for first_row, row_count, row_step in _cut(rows, tile.rows):
        for first_column, widths, column_count in _columns(columns, tile.vectors):
            with (
                code.loop(row_count, step=row_step) as row_turn,
                code.loop(column_count, step=sum(widths)) as column_turn,
            ):
                row = code.plus(row_turn, first_row)
                column = code.plus(column_turn, first_column)
                _tile(code, left, right, target, row, row_step, column, widths, inner, finish)


def _cut(length: int, step: int) -> list[tuple[int, int, int]]:
    """Return (first, how many, step): as many whole steps as there are, then what is left."""
    whole = length // step * step
    parts = [(0, whole, step), (whole, length - whole, length - whole)]
    return [part for part in parts if part[1]]


def _columns(columns: Index, vectors: int) -> list[tuple[int, list[int], Index]]:
    """Return (first, widths of the vectors of a turn, columns of all turns)."""
    if not isinstance(columns, int):
        return [(0, [LANES] * vectors, columns)]
    parts: list[tuple[int, list[int], Index]] = []
    for first, count, step in _cut(columns, vectors * LANES):
        whole, left = divmod(step, LANES)
        parts.append((first, [LANES] * whole + [left] * (left > 0), count))
    return parts


def _tile(
    code: Code,
    left: Matrix,
    right: Matrix,
    target: Matrix,
    row: Index,
    rows: int,
    column: Index,
    widths: list[int],
    inner: Index,
    finish: Finish | None,
) -> None:
    sums = [[code.variables(1, width)[0] for width in widths] for _ in range(rows)]
    starts = [sum(widths[:number]) for number in range(len(widths))]
    with code.loop(inner) as step:
        from_row = code.times(step, right.down)
        seen = [
            code.load(right.pointer, code.plus(from_row, column, start), width)
            for start, width in zip(starts, widths, strict=True)
        ]
        from_step = code.plus(code.times(row, left.down), code.times(step, left.right))
        for number, vectors in enumerate(sums):
            at = code.plus(from_step, number * left.down)
            for one, other, width in zip(vectors, seen, widths, strict=True):
                one.set(code.fma(code.number(left.pointer, at, width), other, one.get()))
    for number, vectors in enumerate(sums):
        this_row = code.plus(row, number)
        for one, start in zip(vectors, starts, strict=True):
            this_column = code.plus(column, start)
            value = one.get()
            if finish is not None:
                value = finish(value, this_row, this_column)
            at = code.plus(code.times(this_row, target.down), this_column)
            code.store(value, target.pointer, at)
