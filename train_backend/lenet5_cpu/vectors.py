"""Writes a function of machine code: loops over vectors of 16 numbers, by llvmlite.

A kernel is a Python function that writes code while it runs. `range` writes its body several
times, `Code.loop` writes a loop that runs later. What is written once per Python iteration can
stay in registers, and that is where the speed comes from.

The order of every sum is written here, and products are added by fused multiply-add alone: the
same bytes on every processor that has it, however wide its registers are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from llvmlite import ir

LANES = 16
"""Images side by side in a vector: a register of AVX-512, two of AVX2, four of NEON."""

FLOAT, HALF, BYTE, WHOLE, LONG = (
    ir.FloatType(),
    ir.IntType(16),
    ir.IntType(8),
    ir.IntType(32),
    ir.IntType(64),
)
POINTER = ir.PointerType()

Index: TypeAlias = int | ir.Value


def up(count: int) -> int:
    """Return the next multiple of 16."""
    return -(-count // LANES) * LANES


class Code:
    """One function while it is written.

    Its parameters are pointers, 64-bit integers or floats, by name in `parameters`.
    """

    def __init__(self, module: ir.Module, name: str, parameters: dict[str, ir.Type]) -> None:
        self.module = module
        kind = ir.FunctionType(ir.VoidType(), list(parameters.values()))
        self.function = ir.Function(module, kind, name)
        self.parameters = dict(zip(parameters, self.function.args, strict=True))
        self.entry = self.function.append_basic_block("entry")
        body = self.function.append_basic_block("body")
        self.write = ir.IRBuilder(body)

    def done(self) -> None:
        """End the function."""
        self.write.ret_void()
        # Variables live in the entry block, which is complete only now.
        ir.IRBuilder(self.entry).branch(self.function.basic_blocks[1])

    # Whole numbers.

    def plus(self, *terms: Index) -> Index:
        """Return the sum of indices; constants are added now."""
        known = sum(term for term in terms if isinstance(term, int))
        total: Index = known
        for term in terms:
            if not isinstance(term, int):
                if isinstance(total, int):
                    total = term if total == 0 else self.write.add(term, LONG(total))
                else:
                    total = self.write.add(total, term)
        return total

    def times(self, index: Index, factor: int) -> Index:
        """Return an index times a constant."""
        if isinstance(index, int):
            return index * factor
        return index if factor == 1 else self.write.mul(index, LONG(factor))

    @contextmanager
    def loop(self, stop: Index, step: int = 1) -> Iterator[Index]:
        """Write a loop whose index runs from 0 below `stop`; it has at least one turn."""
        if isinstance(stop, int) and 0 < stop <= step:
            yield 0
            return
        before = self.write.block
        head = self.function.append_basic_block("loop")
        after = self.function.append_basic_block("after")
        self.write.branch(head)
        self.write.position_at_end(head)
        index = self.write.phi(LONG)
        index.add_incoming(LONG(0), before)
        yield index
        following = self.write.add(index, LONG(step))
        index.add_incoming(following, self.write.block)
        end = LONG(stop) if isinstance(stop, int) else stop
        self.write.cbranch(self.write.icmp_signed("<", following, end), head, after)
        self.write.position_at_end(after)

    # Memory.

    def at(self, pointer: ir.Value, index: Index, kind: ir.Type = FLOAT) -> ir.Value:
        """Return the address of an element."""
        place = LONG(index) if isinstance(index, int) else index
        return self.write.gep(pointer, [place], source_etype=kind)

    def load(self, pointer: ir.Value, index: Index, width: int = LANES) -> ir.Value:
        """Return the `width` floats from element `index` on."""
        return self.write.load(self.at(pointer, index), align=4, typ=ir.VectorType(FLOAT, width))

    def store(self, value: ir.Value, pointer: ir.Value, index: Index) -> None:
        """Write a vector of floats from element `index` on."""
        self.write.store(value, self.at(pointer, index), align=4)

    def number(self, pointer: ir.Value, index: Index, width: int = LANES) -> ir.Value:
        """Return one float of memory in every lane."""
        return self.splat(self.write.load(self.at(pointer, index), align=4, typ=FLOAT), width)

    # Vectors.

    def splat(self, scalar: ir.Value, width: int = LANES) -> ir.Value:
        """Return a scalar in every lane."""
        vector = ir.VectorType(scalar.type, width)
        first = self.write.insert_element(ir.Constant(vector, ir.Undefined), scalar, WHOLE(0))
        lanes = ir.Constant(ir.VectorType(WHOLE, width), [0] * width)
        return self.write.shuffle_vector(first, ir.Constant(vector, ir.Undefined), lanes)

    def constant(self, value: float, width: int = LANES) -> ir.Value:
        """Return a constant in every lane."""
        return ir.Constant(ir.VectorType(FLOAT, width), [value] * width)

    def fma(self, one: ir.Value, other: ir.Value, total: ir.Value) -> ir.Value:
        """Return one * other + total, rounded once."""
        width = total.type.count
        name = f"llvm.fma.v{width}f32"
        if name not in self.module.globals:
            kind = ir.FunctionType(total.type, [total.type] * 3)
            ir.Function(self.module, kind, name)
        return self.write.call(self.module.globals[name], (one, other, total))

    def variables(self, count: int, width: int = LANES) -> list[Variable]:
        """Return accumulators at zero, which stay in registers as far as these suffice."""
        found = [Variable(self, width) for _ in range(count)]
        for each in found:
            each.set(self.constant(0.0, width))
        return found

    def shuffle(self, one: ir.Value, other: ir.Value, lanes: Sequence[int]) -> ir.Value:
        """Return lanes of two vectors; those of the second are counted on from the first's."""
        chosen = ir.Constant(ir.VectorType(WHOLE, len(lanes)), list(lanes))
        return self.write.shuffle_vector(one, other, chosen)

    def transposed(self, rows: Sequence[ir.Value]) -> list[ir.Value]:
        """Return 16 vectors of 16 transposed: four times the interleaving of the two halves."""
        half = LANES // 2
        low = [lane // 2 + LANES * (lane % 2) for lane in range(LANES)]
        high = [lane + half for lane in low]
        now = list(rows)
        for _ in range(4):
            pairs = [(now[i], now[i + half]) for i in range(half)]
            now = [self.shuffle(one, other, lanes) for one, other in pairs for lanes in (low, high)]
        return now

    # Lane masks: 16 bits in memory.

    def load_mask(self, pointer: ir.Value, index: Index) -> ir.Value:
        """Return 16 bits of memory as a bit per lane."""
        bits = self.write.load(self.at(pointer, index, HALF), align=2, typ=HALF)
        return self.write.bitcast(bits, ir.VectorType(ir.IntType(1), LANES))

    def store_mask(self, mask: ir.Value, pointer: ir.Value, index: Index) -> None:
        """Write a bit per lane as 16 bits of memory."""
        self.write.store(self.write.bitcast(mask, HALF), self.at(pointer, index, HALF), align=2)

    def positive(self, value: ir.Value) -> ir.Value:
        """Return the lanes above 0. "Not <=": what is not a number passes ReLU and is noticed."""
        return self.write.fcmp_unordered(">", value, self.constant(0.0))

    def where(self, mask: ir.Value, value: ir.Value) -> ir.Value:
        """Return the value where the mask has its bit, else zero."""
        return self.write.select(mask, value, self.constant(0.0))


class Variable:
    """A vector that a loop changes."""

    def __init__(self, code: Code, width: int) -> None:
        self.code = code
        self.kind = ir.VectorType(FLOAT, width)
        self.place = ir.IRBuilder(code.entry).alloca(self.kind)

    def get(self) -> ir.Value:
        """Return its value."""
        return self.code.write.load(self.place, typ=self.kind)

    def set(self, value: ir.Value) -> None:
        """Give it a value."""
        self.code.write.store(value, self.place)
