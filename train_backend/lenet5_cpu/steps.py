"""A step of SGD over all parameters in a row."""

from __future__ import annotations

from llvmlite import ir

from train_backend.lenet5_cpu.vectors import BYTE, FLOAT, LANES, LONG, POINTER, Code


def write_step(module: ir.Module) -> None:
    """Write `step`: the update of `training.steps.Sgd`, then zero where `kept` is 0.

    Without Nesterov's momentum `ahead` is 0 and `along` 1, with it they are 1 and the momentum:
    theta -= rate (ahead d + along v). In a first step all velocities are 0.
    """
    rows = dict.fromkeys(("parameters", "velocities", "gradient", "kept"), POINTER)
    numbers = dict.fromkeys(("rate", "momentum", "ahead", "along", "decay"), FLOAT)
    code = Code(module, "step", rows | {"count": LONG} | numbers)
    write, given = code.write, code.parameters
    rate = code.splat(write.fneg(given["rate"]))
    momentum, ahead, along, decay = (
        code.splat(given[name]) for name in ("momentum", "ahead", "along", "decay")
    )
    bytes_of_vector = ir.VectorType(BYTE, LANES)
    with code.loop(given["count"], step=LANES) as at:
        weight = code.load(given["parameters"], at)
        direction = code.fma(decay, weight, code.load(given["gradient"], at))
        velocity = code.fma(momentum, code.load(given["velocities"], at), direction)
        code.store(velocity, given["velocities"], at)
        move = code.fma(along, velocity, write.fmul(ahead, direction))
        weight = code.fma(rate, move, weight)
        kept = write.load(code.at(given["kept"], at, BYTE), align=1, typ=bytes_of_vector)
        stays = write.icmp_signed("!=", kept, ir.Constant(bytes_of_vector, [0] * LANES))
        code.store(code.where(stays, weight), given["parameters"], at)
    code.done()
