"""Functions of one number: activations, exp, log, roots, signs. Each is one node, or a few that round the same way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, handles
from ._tensors import Const, Rows, Tensor, as_float

_NODES = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Exp": "exp",
    "Log": "log",
    "Sqrt": "sqrt",
    "Abs": "abs",
}


def _value(call: Call) -> tuple[Rows, Value]:
    """The input and its value; integers only where the function keeps them exact."""
    rows = call.numbers()
    if not rows.dtype.startswith("float") and call.op_type not in ("Neg", "Abs", "Sign"):
        call.refuse(f"it computes with {rows.dtype} numbers", "cast them to float first")
    return rows, as_float(call.graph, rows)


def _result(rows: Rows, value: Value) -> Rows:
    return Rows(value, rows.shape, rows.dtype)


@handles(*_NODES)
def node(call: Call) -> Tensor:
    """The operator of the same meaning."""
    rows, x = _value(call)
    return _result(rows, call.add(_NODES[call.op_type], x))


@handles("Neg", "Reciprocal")
def sign_and_inverse(call: Call) -> Tensor:
    """-x; 1 / x, which for a correctly rounded pow is x^-1."""
    rows, x = _value(call)
    one = np.asarray(-1.0, x.dtype)
    return _result(rows, call.add("mul" if call.op_type == "Neg" else "power", x, one))


@handles("Sign")
def sign(call: Call) -> Tensor:
    """[x > 0] - [-x > 0]."""
    rows, x = _value(call)
    zeros = np.zeros(rows.width)
    call.remember(x, zeros)
    minus = call.add("mul", x, np.asarray(-1.0, x.dtype))
    return _result(rows, call.add("sub", call.add("binarize", x, zeros), call.add("binarize", minus, zeros)))


@handles("IsNaN")
def is_nan(call: Call) -> Tensor:
    """1 where x is missing."""
    rows, x = _value(call)
    return Rows(call.add("missing_indicator", x), rows.shape, "bool")


@handles("LeakyRelu")
def leaky_relu(call: Call) -> Tensor:
    """relu(x) - alpha relu(-x), of which one term is 0."""
    rows, x = _value(call)
    alpha = np.float32(call.attribute("alpha", 0.01))
    minus = call.add("relu", call.add("mul", x, np.asarray(-1.0, x.dtype)))
    return _result(rows, call.add("add", call.add("relu", x), call.add("mul", minus, np.asarray(-alpha, x.dtype))))


@handles("HardSigmoid")
def hard_sigmoid(call: Call) -> Tensor:
    """clip(alpha x + beta, 0, 1)."""
    rows, x = _value(call)
    alpha, beta = np.float32(call.attribute("alpha", 0.2)), np.float32(call.attribute("beta", 0.5))
    line = call.add("add", call.add("mul", x, np.asarray(alpha, x.dtype)), np.asarray(beta, x.dtype))
    return _result(rows, call.add("clip", line, lo=0.0, hi=1.0))


@handles("Clip")
def clip(call: Call) -> Tensor:
    """min(max(x, lo), hi); bounds are attributes before opset 11, inputs since. One left out is the largest float."""
    rows, x = _value(call)
    hi = float(np.finfo(x.dtype).max)
    lo = -hi
    if call.opset < 11:
        lo, hi = call.attribute("min", lo), call.attribute("max", hi)
    else:
        lo = float(call.constant(1, "lower bound").reshape(())) if call.has(1) else lo
        hi = float(call.constant(2, "upper bound").reshape(())) if call.has(2) else hi
    if lo > hi or math.isnan(lo) or math.isnan(hi):
        call.refuse(f"its bounds are {lo} and {hi}", "give a lower bound below the upper one")
    return _result(rows, call.add("clip", x, lo=lo, hi=hi))


@handles("Identity", "Dropout")
def identity(call: Call) -> Tensor:
    """x: when a model is scored, dropout does nothing."""
    _inert_dropout(call)
    return call.tensor(0)


def _inert_dropout(call: Call) -> None:
    for name in ("ratio", "seed", "consumed_inputs", "is_test"):
        call.attribute(name)  # they matter in training only
    mode: Any = call.inputs[2] if call.has(2) else Const(np.asarray(False))
    if not isinstance(mode, Const) or bool(mode.data) or len(call.outputs) > 1:
        call.refuse("it drops values at random, or its mask is used", "export the model for inference")
