"""Simple recurrent layers and SVDF, whose memory is variable tensors of the file."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore.ops._recurrent import ACTIVATIONS
from edgescore_converters.ir import Value

from ._call import Call, Refused, handles
from .hybrid import real_weights
from .recurrent import fixed_point
from .unrolled import activate, linear

NAMES = {0: "none", 1: "relu", 3: "relu6", 4: "tanh", 6: "sigmoid"}  # of fused activations


@handles("RNN")
def rnn(c: Call) -> Value:
    x = c.x()
    y = layer(c, c.b.reshape(x, (1, *x.shape)), 1)
    return c.b.reshape(y, y.shape[1:])


@handles("UNIDIRECTIONAL_SEQUENCE_RNN")
def sequence_rnn(c: Call) -> Value:
    o, x = c.options, c.x()
    y = layer(c, x if o.timeMajor else c.b.transpose(x, (1, 0, 2)), 1)
    return y if o.timeMajor else c.b.transpose(y, (1, 0, 2))


@handles("BIDIRECTIONAL_SEQUENCE_RNN")
def bidirectional_rnn(c: Call) -> list[Value]:
    if any(c.has(at) for at in (9, 10, 11)):
        raise Refused("it has an auxiliary input", "join the inputs before the layer")
    o = c.options
    x = c.x() if o.timeMajor else c.b.transpose(c.x(), (1, 0, 2))
    both = [layer(c, x, 1), layer(c, x, 5, reverse=True)]
    both = [c.b.concat(both, -1)] if o.mergeOutputs else both
    return both if o.timeMajor else [c.b.transpose(y, (1, 0, 2)) for y in both]


def layer(c: Call, x: Value, first: int, reverse: bool = False) -> Value:
    """h = activation(x w^T + h r^T + b) with w, r, b and what it remembers from operand ``first`` on."""
    code = c.options.fusedActivationFunction
    if code not in NAMES:
        raise Refused("its fused activation has no counterpart", "export it with tanh or relu")
    (t, n, _), state, b = x.shape, c.state(first + 3), c.known(first + 2)
    h = state.shape[1]
    if c.known(first).dtype == np.float32 and NAMES[code] in ACTIVATIONS:
        shapes = [(t, n, h), (n, h), (h,)]
        params = {"reverse": int(reverse), "activation_f": ACTIVATIONS.index(NAMES[code])}
        y, last, _ = c.b.multi("rnn", x, c.known(first), c.known(first + 1), b, state, shapes=shapes, **params)
    else:
        asymmetric = bool(c.options.asymmetricQuantizeInputs)
        given = linear(c, c.b.reshape(x, (t * n, -1)), [first], asymmetric)
        last, made = state, {}
        for at in range(t)[:: -1 if reverse else 1]:
            sums = c.b.binary("add", c.b.part(given, 0, at * n, n), linear(c, last, [first + 1], asymmetric))
            last = made[at] = activate(c.b, code, c.b.binary("add", sums, b))
        y = c.b.reshape(c.b.concat([made[at] for at in range(t)], 0), (t, n, h))
    c.b.graph.assign(state, last)
    return y


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
        if state.dtype != "int16":
            raise Refused(f"it remembers {state.dtype}, which LiteRT does not run", "quantize its state to int16")
        assert x.quant is not None
        feature_scale, time_scale = float(c.source(1).scale[0]), float(c.source(2).scale[0])
        state_scale = float(c.source(4).scale[0])
        first = fixed_point(x.quant[0] * feature_scale / state_scale)
        second = fixed_point(state_scale * time_scale / c.quant[0])
        params: dict[str, Any] = {
            "x_zero": x.quant[1],
            "y_zero": c.quant[1],
            "lo": -128,
            "hi": 127,
        }  # its relu is not applied
        params |= {"feature_multiplier": first[0], "feature_shift": first[1]}
        params |= {"multiplier": second[0], "shift": second[1]}
        y, after = c.b.multi("svdf_int8", x, wf, wt, b, before, shapes=shapes, **params)
        y.quant = c.quant
    else:
        if wf.dtype == np.float32:
            y, after = c.b.multi("svdf", x, wf, wt, b, before, shapes=shapes)
        else:
            y, after = dynamic_svdf(c, before, units)
        y = c.activated(y)
    c.b.graph.assign(state, c.b.reshape(after, state.shape))
    return y


def dynamic_svdf(c: Call, before: Value, units: int) -> tuple[Value, Value]:
    """(result before the activation, memory) of an SVDF layer with float activations and int8 weights."""
    n, filters, memory = before.shape
    feature = linear(c, c.x(), [1], bool(c.options.asymmetricQuantizeInputs))
    kept = c.b.part(before, 2, 1, memory - 1)
    after = c.b.concat([kept, c.b.reshape(feature, (n, filters, 1))], 2)
    sums = c.b.reduce("reduce_sum", c.b.binary("mul", after, real_weights(c, 2)), [2], False)
    y = c.b.reduce("reduce_sum", c.b.reshape(sums, (n, units, filters // units)), [2], False)
    return (c.b.binary("add", y, c.known(3)) if c.has(3) else y), after
