"""Long short-term memory layers. What they remember, variable tensors of the file, are states of the graph.

Plain layers are one node; what else TensorFlow Lite's kernel has (coupled gates, projection, layer normalization,
weights of dynamic range) is composed step by step, in ``unrolled``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Array, Value

from ._call import Call, Refused, handles
from .unrolled import Layer, unrolled

# Operands by gate, in the order of our operators: input, output, forget, cell.
INPUT, RECURRENT, BIASES, PEEPHOLES = (1, 4, 2, 3), (5, 8, 6, 7), (12, 15, 13, 14), (9, 11, 10)
PROJECTION, STATE, CELL, NORMS = (16, 17), 18, 19, (20, 23, 21, 22)
BACKWARD = 17  # where a bidirectional layer's second half begins
AUXILIARY = 39
TANH = 4  # as a fused activation


@handles("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(c: Call) -> Value:
    x = c.x() if c.options.timeMajor else c.b.transpose(c.x(), (1, 0, 2))
    if c.quantized:
        y = integers(c, x)
        y.quant = c.quant
    else:
        y = floats(c, x, 0, STATE, CELL)
    return y if c.options.timeMajor else c.b.transpose(y, (1, 0, 2))


@handles("BIDIRECTIONAL_SEQUENCE_LSTM")
def bidirectional_lstm(c: Call) -> list[Value]:
    if c.has(AUXILIARY):
        raise Refused("it has an auxiliary input", "join the inputs before the layer")
    o = c.options
    x = c.x() if o.timeMajor else c.b.transpose(c.x(), (1, 0, 2))
    both = [floats(c, x, 0, 35, 36), floats(c, x, BACKWARD, 37, 38, reverse=True)]
    both = [c.b.concat(both, -1)] if o.mergeOutputs else both
    return both if o.timeMajor else [c.b.transpose(y, (1, 0, 2)) for y in both]


@handles("LSTM")
def one_step(c: Call) -> Value | list[Value]:
    if c.options.kernelType:
        return basic(c)
    x = c.x()
    if c.quantized:
        raise Refused("it is quantized as a whole", "export it as UNIDIRECTIONAL_SEQUENCE_LSTM")
    y = floats(c, c.b.reshape(x, (1, *x.shape)), 0, STATE, CELL)
    return c.b.reshape(y, y.shape[1:])


def basic(c: Call) -> list[Value]:
    """The kernel of one weight matrix, which gets and gives back what it remembers: input, cell, forget, output."""
    joined = c.b.concat([c.b.computed(c.real(at)) for at in (0, 1)], -1)
    if c.quantized:
        raise Refused("it is quantized as a whole", "export it as UNIDIRECTIONAL_SEQUENCE_LSTM")
    sums = c.b.op("dense", joined, c.known(2), c.known(3))
    h = sums.shape[1] // 4
    i, g, f, o = (c.b.part(sums, 1, at * h, h) for at in range(4))
    kept = c.b.binary("mul", c.b.unary("sigmoid", f), c.x(4))
    cell = c.b.binary("add", kept, c.b.binary("mul", c.b.unary("sigmoid", i), c.b.unary("tanh", g)))
    y = c.b.binary("mul", c.b.unary("sigmoid", o), c.b.unary("tanh", cell))
    return [y, cell, joined, sums]


def floats(c: Call, x: Value, base: int, state_at: int, cell_at: int, reverse: bool = False) -> Value:
    """The layer of x [t, n, i] with the weights from operand ``base`` on -> every h [t, n, h]."""
    o, state, cell = c.options, c.state(state_at), c.state(cell_at)
    layer = Layer(
        input=[at + base for at in INPUT],
        recurrent=[at + base for at in RECURRENT],
        biases=[at + base for at in BIASES],
        peepholes=[at + base for at in PEEPHOLES],
        projection=[at + base for at in PROJECTION],
        norms=[] if c.operator.name.startswith("BI") else list(NORMS),
        activation=o.fusedActivationFunction,
        cell_clip=float(o.cellClip) or np.inf,
        projection_clip=float(o.projClip) or np.inf,
        asymmetric=bool(o.asymmetricQuantizeInputs),
    )
    plain = c.has(layer.input[0]) and not any(c.has(at) for at in layer.projection + layer.norms)
    if not plain or layer.activation != TANH or c.known(layer.input[1]).dtype != np.float32:
        y, y_h, y_c = unrolled(c, layer, x, state, cell, reverse)
    else:
        w, r, b = (
            np.concatenate([c.known(at) for at in part]) for part in (layer.input, layer.recurrent, layer.biases)
        )
        held = c.has(layer.peepholes[1])
        peepholes = np.concatenate([c.known(at) for at in layer.peepholes]) if held else None
        t, n, _ = x.shape
        h = state.shape[1]
        shapes = [(t, n, h), (n, h), (n, h), (4 * h,)]
        params: dict[str, Any] = {"cell_clip": layer.cell_clip, "reverse": int(reverse)}
        y, y_h, y_c, _ = c.b.multi("lstm", x, w, r, b, state, cell, peepholes, shapes=shapes, **params)
    c.b.graph.assign(state, y_h)
    c.b.graph.assign(cell, y_c)
    return y


def integers(c: Call, x: Value) -> Value:
    """The layer of int8 values and a 16-bit cell, x [t, n, i] -> every h [t, n, h]."""
    state, cell = c.state(STATE), c.state(CELL)
    if any(c.has(at) for at in PROJECTION + NORMS) or not c.has(INPUT[0]) or c.options.fusedActivationFunction != TANH:
        raise Refused("with integers it is more than a plain layer of tanh", "export a plain LSTM layer")
    t, n, _ = x.shape
    h = state.shape[1]
    shapes = [(t, n, h), (n, h), (n, h), (4 * h,)]
    if any(c.has(at) for at in PEEPHOLES):
        raise Refused("it has peepholes and integers", "export a plain LSTM layer")
    assert x.quant is not None
    assert state.quant is not None
    assert cell.quant is not None
    exponent = np.log2(cell.quant[0])
    if exponent != round(exponent):
        raise Refused("the scale of its cell is no power of two", "quantize it with TensorFlow Lite's converter")
    pairs = []
    for part, scale in ((INPUT, x.quant[0]), (RECURRENT, state.quant[0])):
        pairs.append([fixed_point(scale * float(c.source(at).scale[0]) * 2.0**12) for at in part])
    multipliers = np.array([[m for m, _ in row] for row in pairs], np.int32)
    shifts = np.array([[s for _, s in row] for row in pairs], np.int32)
    w, r = (np.concatenate([c.known(at) for at in part]) for part in (INPUT, RECURRENT))
    b = np.concatenate([c.known(at) for at in BIASES]).astype(np.int64) - x.quant[1] * w.astype(np.int64).sum(axis=1)
    br = -state.quant[1] * r.astype(np.int64).sum(axis=1)
    multiplier, shift = fixed_point(2.0**-30 / state.quant[0])
    clip = min(32767, round(float(c.options.cellClip) / cell.quant[0])) if c.options.cellClip else 0
    params: dict[str, Any] = {"h_zero": state.quant[1], "h_multiplier": multiplier, "h_shift": shift}
    params |= {"cell_exponent": int(exponent), "cell_clip": clip}
    y, y_h, y_c, _ = c.b.multi(
        "lstm_int8", x, w, r, as_int32(b), as_int32(br), multipliers, shifts, state, cell, shapes=shapes, **params
    )
    c.b.graph.assign(state, y_h)
    c.b.graph.assign(cell, y_c)
    return y


def fixed_point(real: float) -> tuple[int, int]:
    """(multiplier, shift) of 31 bits: real = multiplier / 2^31 * 2^shift, as TensorFlow Lite rounds it."""
    if real == 0:
        return 0, 0
    fraction, shift = np.frexp(real)
    multiplier = round(float(fraction) * 2**31)
    if multiplier == 2**31:
        multiplier, shift = multiplier // 2, shift + 1
    return (0, 0) if shift < -31 else (multiplier, int(shift))


def as_int32(values: Array) -> Array:
    """Sums that int32 must hold."""
    if np.abs(values).max(initial=0) >= 2**31:
        raise Refused("its bias leaves 32 bits", "quantize the model again")
    return values.astype(np.int32)
