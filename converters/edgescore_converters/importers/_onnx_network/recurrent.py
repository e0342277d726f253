"""LSTM, GRU and RNN: a node for each direction, whose gates stand in ONNX's order already."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore.ops._recurrent import ACTIVATIONS
from edgescore_converters.ir import Array, Value

from ._call import Call, Refused, handles

# Operator -> gates, default activations.
LAYERS: dict[str, tuple[int, list[str]]] = {
    "LSTM": (4, ["Sigmoid", "Tanh", "Tanh"]),
    "GRU": (3, ["Sigmoid", "Tanh"]),
    "RNN": (1, ["Tanh"]),
}
# Activation -> (ours, alpha, beta by default; None: it takes none).
FUNCTIONS: dict[str, tuple[str, float | None, float | None]] = {
    "Sigmoid": ("sigmoid", None, None),
    "Tanh": ("tanh", None, None),
    "Relu": ("relu", None, None),
    "Softsign": ("softsign", None, None),
    "Softplus": ("softplus", None, None),
    "HardSigmoid": ("hard_sigmoid", 0.2, 0.5),
    "LeakyRelu": ("leaky_relu", 0.01, None),
    "Elu": ("elu", 1.0, None),
}
# ONNX has no projection of h, but it is nothing new: r (p h) = (r p) h.
PROJECTED = (
    "leave out proj_size: the same layer without it, with weight_hh @ weight_hr in the place of weight_hh, and a "
    "Linear with the weights weight_hr behind it give the same"
)


def activations(call: Call, default: list[str], directions: int) -> list[dict[str, Any]]:
    """Parameters of the activations, for each direction."""
    names = call.attribute("activations") or default * directions
    alphas, betas = (iter(call.attribute(f"activation_{name}") or []) for name in ("alpha", "beta"))
    found: list[dict[str, Any]] = []
    each = len(default)
    if len(names) != each * directions:
        raise Refused(f"it names {len(names)} activations", "export the model again")
    known = {name.lower(): entry for name, entry in FUNCTIONS.items()}
    for at, name in enumerate(names):
        if name.lower() not in known:
            raise Refused(f"its activation {name} has no counterpart", "train it with sigmoid, tanh or relu")
        ours, alpha, beta = known[name.lower()]
        letter = "fgh"[at % each]
        if at % each == 0:
            found.append({})
        found[-1][f"activation_{letter}"] = ACTIVATIONS.index(ours)
        found[-1][f"alpha_{letter}"] = 0.0 if alpha is None else float(next(alphas, alpha))
        found[-1][f"beta_{letter}"] = 0.0 if beta is None else float(next(betas, beta))
    return found


def direction(call: Call, index: int, number: int) -> Value | None:
    """An operand's part for one direction, without that axis."""
    if not call.has(index):
        return None
    value = call.x(index)
    return call.b.reshape(call.b.part(value, 0, number, 1), value.shape[1:])


def biases(b: Value | None, gates: int, size: int, apart: bool) -> tuple[Array | None, Array | None]:
    """(the sums of both biases, the hidden gate's own recurrent one, where it must stay ``apart``)."""
    if b is None or b.data is None:
        return None, None
    w, r = b.data[: gates * size], b.data[gates * size :]
    if not apart:
        return w + r, None
    return np.concatenate([w[: 2 * size] + r[: 2 * size], w[2 * size :]]), np.ascontiguousarray(r[2 * size :])


@handles(*LAYERS)
def recurrent(call: Call) -> list[Value | None]:
    b, name = call.b, call.node.op_type
    gates, default = LAYERS[name]
    batch_first = bool(call.attribute("layout", 0))
    x = b.transpose(call.x(), (1, 0, 2)) if batch_first else call.x()
    size, directions = call.x(2).shape[-1], call.x(1).shape[0]
    steps = x.shape[0]
    if call.has(4):
        lengths = set(call.numbers(4))
        if len(lengths) != 1:
            raise Refused("its sequences have different lengths", "convert it for one sequence, or for equal lengths")
        x = b.part(x, 0, 0, lengths.pop())
    kind = call.attribute("direction", "forward")
    backwards = {"forward": [0], "reverse": [1], "bidirectional": [0, 1]}[kind]
    if len(backwards) != directions:
        raise Refused(f"it is {kind} and has the weights of {directions} directions", "export the model again")
    _check_shapes(call, gates, x, batch_first)
    made = []
    for number, params in enumerate(activations(call, default, directions)):
        params |= {"reverse": backwards[number], "clip": float(call.attribute("clip", np.inf))}
        made.append(_one(call, x, gates, size, number, params))
    results: list[Value | None] = []
    if call.wants(0):
        parts = [b.reshape(each[0], (x.shape[0], 1, x.shape[1], size)) for each in made]
        y = b.concat(parts, 1)
        if x.shape[0] < steps:
            y = b.pad(y, [0] * 4, [steps - x.shape[0], 0, 0, 0])
        results.append(b.transpose(y, (2, 0, 1, 3)) if batch_first else y)
    else:
        results.append(None)
    for at in range(1, call.outputs):
        last = b.concat([b.reshape(each[at], (1, x.shape[1], size)) for each in made], 0)
        results.append(b.transpose(last, (1, 0, 2)) if batch_first else last)
    return results


def _check_shapes(call: Call, gates: int, x: Value, batch_first: bool) -> None:
    """Refuses operands of other shapes than the layer's, as PyTorch's exporter writes where h is projected."""
    directions, _, size = call.x(2).shape
    start = (x.shape[1], directions, size) if batch_first else (directions, x.shape[1], size)
    wanted = {
        1: ("weights", (directions, gates * size, x.shape[2])),
        2: ("recurrent weights", (directions, gates * size, size)),
        3: ("bias", (directions, 2 * gates * size)),
        5: ("first h", start),
        6: ("first c", start),
        7: ("peepholes", (directions, 3 * size)),
    }
    for index, (name, shape) in wanted.items():
        if call.has(index) and call.x(index).shape != shape:
            projected = index == 6 and call.x(index).shape[:-1] == shape[:-1]
            raise Refused(
                f"the shape of its {name} is {call.x(index).shape}, not {shape}" + projected * ", as h is projected",
                PROJECTED if projected else "export the model again",
            )


def _one(call: Call, x: Value, gates: int, size: int, number: int, params: dict[str, Any]) -> list[Value]:
    """What one direction gives: every h, the last h, for an LSTM the last c."""
    name, rows = call.node.op_type, x.shape[1]
    w, r = direction(call, 1, number), direction(call, 2, number)
    first_h = _initial(call, 5, number)
    first_c = _initial(call, 6, number) if name == "LSTM" else None
    if call.has(3):
        call.known(3)
    apart = name == "GRU" and bool(call.attribute("linear_before_reset", 0))
    bias, bias_r = biases(direction(call, 3, number), gates, size, apart)
    steps = x.shape[0] if call.wants(0) else 1
    every, last = (steps, rows, size), (rows, size)
    if name == "LSTM":
        params["input_forget"] = int(call.attribute("input_forget", 0))
        operands = [x, w, r, bias, first_h, first_c, direction(call, 7, number)]
        return call.b.multi("lstm", *operands, shapes=[every, last, last, (4 * size,)], **params)
    if name == "GRU":
        params["linear_before_reset"] = int(apart)
        return call.b.multi("gru", x, w, r, bias, bias_r, first_h, shapes=[every, last, (4 * size,)], **params)
    return call.b.multi("rnn", x, w, r, bias, first_h, shapes=[every, last, (size,)], **params)


def _initial(call: Call, index: int, number: int) -> Value | None:
    """The first h or c of a direction, [rows, size]."""
    if not call.has(index):
        return None
    value = call.x(index)
    if call.attribute("layout", 0):
        value = call.b.transpose(value, (1, 0, 2))
    return call.b.reshape(call.b.part(value, 0, number, 1), value.shape[1:])
