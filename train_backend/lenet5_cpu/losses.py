"""Cross-entropy of 16 images a vector, and its gradient at the logits."""

from __future__ import annotations

import math

from llvmlite import ir

from train_backend.lenet5_cpu.products import Matrix
from train_backend.lenet5_cpu.vectors import LANES, LONG, WHOLE, Code, Index

LOG2_E = math.log2(math.e)
LN2_HIGH = 0.693359375  # 9 bits, so that a whole number of them is exact in float32
LN2_LOW = math.log(2) - LN2_HIGH
ROUNDING = 1.5 * 2**23  # added and taken away, it rounds a float32 to a whole number
EXPONENT_BITS = 23
ONE_BITS = 0x3F800000  # of the float32 1.0
SMALLEST = -87.0  # beyond, e**x is no normal float32
# e**x on |x| <= ln(2) / 2: Cephes' expf (S. L. Moshier), error below 2e-7.
CEPHES = (
    1.9875691500e-4,
    1.3981999507e-3,
    8.3334519073e-3,
    4.1665795894e-2,
    1.6666665459e-1,
    5.0000001201e-1,
)


def exponential(code: Code, power: ir.Value) -> ir.Value:
    """Return e**x of a vector of numbers up to 0; what is not a number stays so."""
    write = code.write
    too_small = write.fcmp_ordered("<", power, code.constant(SMALLEST))
    x = write.select(too_small, code.constant(SMALLEST), power)
    shifted = code.fma(x, code.constant(LOG2_E), code.constant(ROUNDING))
    turns = write.fsub(shifted, code.constant(ROUNDING))
    rest = code.fma(turns, code.constant(-LN2_HIGH), x)
    rest = code.fma(turns, code.constant(-LN2_LOW), rest)
    value = code.constant(CEPHES[0])
    for coefficient in CEPHES[1:]:
        value = code.fma(value, rest, code.constant(coefficient))
    value = code.fma(write.fmul(value, rest), rest, write.fadd(rest, code.constant(1.0)))
    integers = ir.VectorType(WHOLE, LANES)
    bits = write.bitcast(shifted, integers)
    scale = write.add(
        write.shl(bits, ir.Constant(integers, [EXPONENT_BITS] * LANES)),
        ir.Constant(integers, [ONE_BITS] * LANES),
    )
    return write.fmul(value, write.bitcast(scale, ir.VectorType(ir.FloatType(), LANES)))


def cross_entropy(
    code: Code,
    logits: Matrix,
    gradient: Matrix,
    *,
    labels: ir.Value,
    weights: ir.Value,
    margins: ir.Value,
    totals: ir.Value,
    classes: int,
    images: Index,
) -> None:
    """Write: gradient = weights (softmax - one-hot); the loss is margins + log(totals).

    Logits and gradient have the shape (classes, images), a multiple of 16 of them. Per image
    `labels` are int32, `weights` 1 / images for the mean and 0 for what is no image, `margins`
    the largest logit minus the label's, `totals` the sum of e**(logit - largest).
    """
    write = code.write
    with code.loop(images, step=LANES) as image:
        label = write.load(code.at(labels, image, WHOLE), align=4, typ=ir.VectorType(WHOLE, LANES))
        largest, total, own = code.variables(3)
        largest.set(code.load(logits.pointer, image))

        def is_label(index: ir.Value | int) -> ir.Value:
            value = LONG(index) if isinstance(index, int) else index
            return write.icmp_signed("==", label, code.splat(write.trunc(value, WHOLE)))

        with code.loop(classes) as index:
            logit = code.load(logits.pointer, code.plus(code.times(index, logits.down), image))
            # "Not <=": a logit that is not a number becomes the largest, and so the loss.
            more = write.fcmp_unordered(">", logit, largest.get())
            largest.set(write.select(more, logit, largest.get()))
            own.set(write.select(is_label(index), logit, own.get()))
        with code.loop(classes) as index:
            logit = code.load(logits.pointer, code.plus(code.times(index, logits.down), image))
            power = exponential(code, write.fsub(logit, largest.get()))
            code.store(power, gradient.pointer, code.plus(code.times(index, gradient.down), image))
            total.set(write.fadd(total.get(), power))
        weight = code.load(weights, image)
        scale = write.fdiv(weight, total.get())
        with code.loop(classes) as index:
            at = code.plus(code.times(index, gradient.down), image)
            share = write.fmul(code.load(gradient.pointer, at), scale)
            minus = code.where(is_label(index), weight)
            code.store(write.fsub(share, minus), gradient.pointer, at)
        code.store(write.fsub(largest.get(), own.get()), margins, image)
        code.store(total.get(), totals, image)
