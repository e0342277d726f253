"""Recurrent layers. What they remember, variable tensors of the file, are states of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Array, Value

from ._call import Call, Refused, handles

# Operands of UNIDIRECTIONAL_SEQUENCE_LSTM by gate, in the order of our operators: input, output, forget, cell.
INPUT, RECURRENT, BIASES, PEEPHOLES = (1, 4, 2, 3), (5, 8, 6, 7), (12, 15, 13, 14), (9, 11, 10)
PROJECTION, STATE, CELL, NORMS = (16, 17), 18, 19, (20, 21, 22, 23)
TANH = 4  # as a fused activation


@handles("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(c: Call) -> Value:
    o, x = c.options, c.x()
    if any(c.has(at) for at in PROJECTION + NORMS):
        raise Refused("it has a projection or layer normalization", "export a plain LSTM layer")
    if o.fusedActivationFunction != TANH:
        raise Refused("its activation is not tanh", "export it with tanh")
    if not c.has(INPUT[0]):
        raise Refused("it couples the input and forget gates", "export a plain LSTM layer")
    steps = x if o.timeMajor else c.b.transpose(x, (1, 0, 2))
    state, cell = c.state(STATE), c.state(CELL)
    t, n, _ = steps.shape
    h = state.shape[1]
    shapes = [(t, n, h), (n, h), (n, h), (4 * h,)]
    if c.quantized:
        made = integers(c, steps, state, cell, shapes)
    else:
        w, r, b = (np.concatenate([c.known(at) for at in part]) for part in (INPUT, RECURRENT, BIASES))
        peepholes = np.concatenate([c.known(at) for at in PEEPHOLES]) if c.has(PEEPHOLES[1]) else None
        limit = float(o.cellClip) or float("inf")
        made = c.b.multi("lstm", steps, w, r, b, state, cell, peepholes, shapes=shapes, cell_clip=limit)
    y, y_h, y_c, _ = made
    c.b.graph.assign(state, y_h)
    c.b.graph.assign(cell, y_c)
    y.quant = c.quant if c.quantized else None
    return y if o.timeMajor else c.b.transpose(y, (1, 0, 2))


def integers(c: Call, x: Value, state: Value, cell: Value, shapes: list[tuple[int, ...]]) -> list[Value]:
    """The layer of int8 values and a 16-bit cell."""
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
    return c.b.multi(
        "lstm_int8", x, w, r, as_int32(b), as_int32(br), multipliers, shifts, state, cell, shapes=shapes, **params
    )


@handles("SVDF")
def svdf(c: Call) -> Value:
    x, wf, wt = c.x(), c.known(1), c.known(2)
    b = c.known(3) if c.has(3) else None
    state = c.state(4)
    n, filters, memory = x.shape[0], wf.shape[0], wt.shape[1]
    units = filters // int(c.options.rank)
    held = (n, filters, memory)
    before = c.b.reshape(state, held)
    shapes = [(n, units), held]
    if c.quantized:
        assert x.quant is not None
        feature_scale, time_scale = float(c.source(1).scale[0]), float(c.source(2).scale[0])
        state_scale = float(c.source(4).scale[0])
        first = fixed_point(x.quant[0] * feature_scale / state_scale)
        second = fixed_point(state_scale * time_scale / c.quant[0])
        params: dict[str, Any] = {"x_zero": x.quant[1], "y_zero": c.quant[1], **c.clamp()}
        params |= {"feature_multiplier": first[0], "feature_shift": first[1]}
        params |= {"multiplier": second[0], "shift": second[1]}
        y, after = c.b.multi("svdf_int8", x, wf, wt, b, before, shapes=shapes, **params)
        y.quant = c.quant
    else:
        if wf.dtype != np.float32:
            raise Refused("its weights are quantized and its input is not", "quantize the whole model, or none of it")
        y, after = c.b.multi("svdf", x, wf, wt, b, before, shapes=shapes)
        y = c.activated(y)
    c.b.graph.assign(state, c.b.reshape(after, state.shape))
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
