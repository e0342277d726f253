"""Long short-term memory composed of simpler nodes, step by step: all that TensorFlow Lite's kernel can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Value

from ._call import Call, Refused
from .hybrid import dense, real_weights, scales

MOST_STEPS = 256
ACTIVATIONS = {1: "relu", 4: "tanh", 6: "sigmoid"}  # by number of the fused activation


@dataclass
class Layer:
    """Numbers of the operands by gate (input, output, forget, cell), and the options."""

    input: list[int]
    recurrent: list[int]
    biases: list[int]
    peepholes: list[int]
    projection: list[int]
    norms: list[int]
    activation: int
    cell_clip: float
    projection_clip: float
    asymmetric: bool


def activate(b: Builder, code: int, x: Value) -> Value:
    """x after a fused activation."""
    if code in ACTIVATIONS:
        return b.unary(ACTIVATIONS[code], x)
    if code not in (0, 3):
        raise Refused("its fused activation has no counterpart", "export it with tanh")
    return b.unary("clip", x, lo=0.0, hi=6.0) if code else x


def linear(c: Call, rows: Value, operands: Sequence[int], asymmetric: bool) -> Value:
    """rows [n, k] times the weights that are ``operands``, one below the other."""
    weights = np.concatenate([c.known(at) for at in operands])
    if weights.dtype == np.float32:
        return c.b.op("dense", rows, weights, None)
    return dense(c, rows, weights, np.concatenate([scales(c, at) for at in operands]), None, asymmetric)


def unrolled(c: Call, layer: Layer, x: Value, h: Value, cell: Value, reverse: bool) -> tuple[Value, Value, Value]:
    """x [t, n, i] from h [n, o] and cell [n, k] on -> (every h [t, n, o], the last h, the last cell)."""
    b, (t, n, _), units = c.b, x.shape, cell.shape[1]
    if t > MOST_STEPS:
        raise Refused(f"it has {t} steps, more than the {MOST_STEPS} that can be written out", "export fewer steps")
    gates = [at for at in range(4) if c.has(layer.input[at])]
    if gates not in ([0, 1, 2, 3], [1, 2, 3]):
        raise Refused("some of its gates have no weights", "export the model again")
    given = linear(c, b.reshape(x, (t * n, -1)), [layer.input[at] for at in gates], layer.asymmetric)
    recurrent = [layer.recurrent[at] for at in gates]

    def gate(sums: Value, number: int, cell: Value) -> Value:
        """The sums of a gate with its peephole, normalized, with its bias."""
        y = b.part(sums, 1, gates.index(number) * units, units)
        if number < 3 and c.has(layer.peepholes[number]):
            y = b.binary("add", y, b.binary("mul", cell, real_weights(c, layer.peepholes[number])))
        if layer.norms and c.has(layer.norms[number]):
            y = b.binary("mul", normalized(b, y), real_weights(c, layer.norms[number]))
        return b.binary("add", y, c.known(layer.biases[number]))

    made: dict[int, Value] = {}
    for at in range(t)[:: -1 if reverse else 1]:
        sums = b.binary("add", b.part(given, 0, at * n, n), linear(c, h, recurrent, layer.asymmetric))
        forget = b.unary("sigmoid", gate(sums, 2, cell))
        enter = b.unary("sigmoid", gate(sums, 0, cell)) if 0 in gates else b.binary("sub", np.float32(1), forget)
        new = b.binary("mul", enter, activate(b, layer.activation, gate(sums, 3, cell)))
        cell = clipped(b, b.binary("add", b.binary("mul", forget, cell), new), layer.cell_clip)
        h = b.binary("mul", b.unary("sigmoid", gate(sums, 1, cell)), activate(b, layer.activation, cell))
        if c.has(layer.projection[0]):
            h = linear(c, h, layer.projection[:1], layer.asymmetric)
            h = b.binary("add", h, c.known(layer.projection[1])) if c.has(layer.projection[1]) else h
            h = clipped(b, h, layer.projection_clip)
        made[at] = h
    return b.reshape(b.concat([made[at] for at in range(t)], 0), (t, n, h.shape[1])), h, cell


def clipped(b: Builder, x: Value, limit: float) -> Value:
    """x between -limit and limit."""
    return x if limit == np.inf else b.unary("clip", x, lo=-limit, hi=limit)


def normalized(b: Builder, x: Value) -> Value:
    """Rows of x with mean 0 and deviation 1."""
    centered = b.binary("sub", x, b.reduce("reduce_mean", x, [1], True))
    variance = b.reduce("reduce_mean", b.binary("mul", centered, centered), [1], True)
    return b.binary("div", centered, b.unary("sqrt", b.binary("add", variance, np.float32(1e-8))))
