"""LeNet5 as machine code: forward, back with the gradient of every parameter, a step of SGD."""

from __future__ import annotations

from llvmlite import ir

from train_backend.lenet5_cpu.convolutions import (
    Place,
    backward_input,
    backward_weights,
    forward,
    square,
)
from train_backend.lenet5_cpu.linear import Linear, add_lanes
from train_backend.lenet5_cpu.losses import cross_entropy
from train_backend.lenet5_cpu.products import Matrix
from train_backend.lenet5_cpu.sizes import HIDDEN_1, HIDDEN_2, KERNELS_2, Sizes, places
from train_backend.lenet5_cpu.vectors import BYTE, FLOAT, LANES, LONG, POINTER, Code, Index

LINEAR = (
    ("linear1", "features", "hidden_1"),
    ("linear2", "hidden_1", "hidden_2"),
    ("classifier", "hidden_2", "logits"),
)
"""Name, what it reads and what it makes, of each linear layer."""


def write_forward(module: ir.Module, sizes: Sizes) -> None:
    """Write `forward(images, rows, parameters, workspace, count)`.

    `rows` are the indices of `count` images, a multiple of 64; the logits are left in the
    workspace, shape (classes, places), with all that `backward` needs.
    """
    kinds = dict.fromkeys(("images", "rows", "parameters", "workspace"), POINTER) | {"count": LONG}
    code = Code(module, "forward", kinds)
    at = _Addresses(code, sizes)
    with code.loop(at.count, step=LANES) as image:
        pixels, pooled = at.of_block("pixels", image), at.of_block("pooled", image)
        _gather(code, sizes, image, pixels)
        forward(
            code,
            sizes.layer_1,
            source=pixels,
            source_place=_pixel(code, sizes),
            weights=at.parameter("convolution1.weight"),
            biases=at.parameter("convolution1.bias"),
            target=pooled,
            target_place=square(code, sizes.side_1),
            masks=at.of_block("masks_1", image),
        )
        forward(
            code,
            sizes.layer_2,
            source=pooled,
            source_place=square(code, sizes.side_1),
            weights=at.parameter("convolution2.weight"),
            biases=at.parameter("convolution2.bias"),
            target=at.space("features", image),
            target_place=square(code, sizes.side_2, lanes=sizes.places),
            masks=at.of_block("masks_2", image),
        )
    for name, source, target in LINEAR:
        at.linear(name).forward(
            code,
            weights=at.parameter(f"{name}.weight"),
            biases=at.parameter(f"{name}.bias"),
            source=at.matrix(source),
            target=at.matrix(target),
            relu=name != "classifier",
        )
    code.done()


def write_backward(module: ir.Module, sizes: Sizes) -> None:
    """Write `backward(labels, weights, parameters, workspace, gradient, count)`.

    It follows a `forward` on the same images. `labels` are int32; `weights` say how much the
    loss of each image counts, 0 for those that only fill the places.
    """
    names = ("labels", "weights", "parameters", "workspace", "gradient")
    code = Code(module, "backward", dict.fromkeys(names, POINTER) | {"count": LONG})
    at = _Addresses(code, sizes)
    cross_entropy(
        code,
        at.matrix("logits"),
        at.matrix("to_logits"),
        labels=code.parameters["labels"],
        weights=code.parameters["weights"],
        margins=at.space("margins"),
        totals=at.space("totals"),
        classes=sizes.classes,
        images=at.count,
    )
    for name, source, target in reversed(LINEAR):
        arriving = at.matrix(f"to_{target}")
        at.linear(name).backward_weights(
            code,
            arriving=arriving,
            source=at.matrix(source),
            turned=at.space("turned"),
            sums=at.space("sums"),
            weights=at.parameter(f"{name}.weight", "gradient"),
            biases=at.parameter(f"{name}.bias", "gradient"),
        )
        at.linear(name).backward_input(
            code,
            arriving=arriving,
            weights=at.parameter(f"{name}.weight"),
            target=at.matrix(f"to_{source}"),
            # Of the features the lane masks of the convolution know what ReLU made 0.
            source=None if source == "features" else at.matrix(source),
        )
    _convolutions_back(code, sizes, at)
    code.done()


def _convolutions_back(code: Code, sizes: Sizes, at: _Addresses) -> None:
    for name in ("sums", "sums_1", "bias_sums", "bias_sums_1"):
        with code.loop(sizes.workspace[name], step=LANES) as place:
            code.store(code.constant(0.0), at.space(name), place)
    bordered, plain = square(code, sizes.side_2, border=1), square(code, sizes.side_1)
    in_features = square(code, sizes.side_2, lanes=sizes.places)
    with code.loop(at.count, step=LANES) as image:
        with (
            code.loop(KERNELS_2) as kernel,
            code.loop(sizes.side_2) as row,
            code.loop(sizes.side_2) as column,
        ):
            value = code.load(at.space("to_features", image), in_features(kernel, row, column))
            code.store(value, at.space("to_pooled_2"), bordered(kernel, row, column))
        backward_weights(
            code,
            sizes.layer_2,
            source=at.of_block("pooled", image),
            source_place=plain,
            gradient=at.space("to_pooled_2"),
            gradient_place=bordered,
            masks=at.of_block("masks_2", image),
            weight_sums=at.space("sums"),
            bias_sums=at.space("bias_sums"),
            at_once=2 if sizes.is_wide else 1,
        )
        backward_input(
            code,
            sizes.layer_2,
            gradient=at.space("to_pooled_2"),
            gradient_place=bordered,
            masks=at.of_block("masks_2", image),
            weights=at.parameter("convolution2.weight"),
            target=at.space("to_pooled_1"),
            target_place=plain,
            at_once=6 if sizes.is_wide else 1,
        )
        backward_weights(
            code,
            sizes.layer_1,
            source=at.of_block("pixels", image),
            source_place=_pixel(code, sizes),
            gradient=at.space("to_pooled_1"),
            gradient_place=plain,
            masks=at.of_block("masks_1", image),
            weight_sums=at.space("sums_1"),
            bias_sums=at.space("bias_sums_1"),
            at_once=2 if sizes.is_wide else 1,
        )
    for source, name in (
        ("sums", "convolution2.weight"),
        ("sums_1", "convolution1.weight"),
        ("bias_sums", "convolution2.bias"),
        ("bias_sums_1", "convolution1.bias"),
    ):
        add_lanes(code, at.space(source), at.parameter(name, "gradient"), sizes.parameters[name])


def _gather(code: Code, sizes: Sizes, image: Index, pixels: ir.Value) -> None:
    """Lay 16 images side by side, 16 pixels of each at a time."""
    starts = []
    for lane in range(LANES):
        place = code.at(code.parameters["rows"], code.plus(image, lane), LONG)
        row = code.write.load(place, align=8, typ=LONG)
        starts.append(code.at(code.parameters["images"], code.times(row, sizes.pixels)))

    def sixteen(first: Index) -> None:
        vectors = code.transposed([code.load(start, first) for start in starts])
        for number, vector in enumerate(vectors):
            code.store(vector, pixels, code.times(code.plus(first, number), LANES))

    whole = sizes.pixels // LANES * LANES
    with code.loop(whole, step=LANES) as first:
        sixteen(first)
    if sizes.pixels > whole:
        sixteen(sizes.pixels - LANES)  # some pixels a second time


def _pixel(code: Code, sizes: Sizes) -> Place:
    """Return where pixels are: channels last, as in memory."""
    channels, side = sizes.channels, sizes.side

    def place(channel: Index, row: Index, column: Index) -> Index:
        return code.plus(
            code.times(row, side * channels * LANES),
            code.times(column, channels * LANES),
            code.times(channel, LANES),
        )

    return place


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


class _Addresses:
    """Where the numbers of a LeNet5 lie, for the code of one function."""

    def __init__(self, code: Code, sizes: Sizes) -> None:
        self.code, self.sizes = code, sizes
        self.count = code.parameters["count"]
        self._parameters = places(sizes.parameters)
        self._workspace = places(sizes.workspace)

    def parameter(self, name: str, row: str = "parameters") -> ir.Value:
        """Return the address of a parameter, or of its gradient."""
        return self.code.at(self.code.parameters[row], self._parameters[name])

    def space(self, name: str, start: Index = 0) -> ir.Value:
        """Return an address in the workspace."""
        at = self.code.plus(start, self._workspace[name])
        return self.code.at(self.code.parameters["workspace"], at)

    def of_block(self, name: str, image: Index) -> ir.Value:
        """Return the address of what the workspace holds of the 16 images from `image` on."""
        share = self.sizes.workspace[name] // self.sizes.places  # of an image
        return self.space(name, self.code.times(image, share))

    def matrix(self, name: str) -> Matrix:
        """Return what the workspace holds in a row per number, a column per image."""
        return Matrix(self.space(name), self.sizes.places)

    def linear(self, name: str) -> Linear:
        """Return a linear layer."""
        sizes = self.sizes
        inputs, outputs = {
            "linear1": (sizes.features, HIDDEN_1),
            "linear2": (HIDDEN_1, HIDDEN_2),
            "classifier": (HIDDEN_2, sizes.classes),
        }[name]
        return Linear(inputs, outputs, self.count, sizes.tile)
