"""What follows a sum of trees or of a linear model, as ordinary nodes: the links of `_tree_model.LINKS`, and the class.

Formulas keep the source's order of operations where that decides the last digits. Refuses names that LINKS has not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Graph, Value

Params = Mapping[str, float]
ZERO = 1e-7  # ONNX's SOFTMAX_ZERO: what counts as zero
WINITZKI = 0.147  # constant of the erfinv formula in ONNX's PROBIT


def add_link(graph: Graph, raw: Value, link: str, params: Params | None = None) -> Value:
    """Append the nodes of `link` (a key of `_tree_model.LINKS`) after `raw` [1, n_outputs]; returns y, of raw's dtype.

    `params` are its parameters. Raises ConvertError for a link that has no nodes.
    """
    if link not in BUILDERS:
        raise ConvertError(f"there is no link {link!r}; there are {', '.join(BUILDERS)}")
    return BUILDERS[link](graph, raw, params or {})


def add_decision(graph: Graph, raw: Value, y: Value, decision: str) -> Value:
    """Append the nodes that name the class by `TreeModel.decision` from sums `raw` and outputs `y`; int32 [1, 1].

    Raises ConvertError for an unknown decision, "none" among them.
    """
    if decision in ("argmax", "raw argmax"):
        return graph.add("argmax", raw if decision == "raw argmax" else y)
    limits = {"raw>0": 0.0, "raw>=0": 0.0, "raw>0.5": 0.5, "y>0.5": 0.5, "y>=0": 0.0}
    if decision not in limits:
        raise ConvertError(f"no class is decided by {decision!r}")
    value = y if decision.startswith("y") else raw
    limit = np.asarray(limits[decision], value.dtype)
    if ">=" in decision:  # the largest number that is below
        limit = np.nextafter(limit, np.asarray(-np.inf, value.dtype))
    above = graph.add("binarize", _last(graph, value), np.full(1, limit))
    return graph.add("cast", above, dtype="int32")


def _last(graph: Graph, value: Value) -> Value:
    width = value.shape[1]
    return value if width == 1 else graph.add("columns", value, np.array([width - 1]))


def _scaled(graph: Graph, r: Value, factor: float) -> Value:
    return r if factor == 1 else graph.add("mul", r, factor)


def _negated(graph: Graph, r: Value) -> Value:
    return graph.add("mul", r, -1.0)


def _one_minus(graph: Graph, r: Value) -> Value:
    """1 - r: rounds as the subtraction does, since -r and adding are exact."""
    return graph.add("add", _negated(graph, r), 1.0)


def _sigmoid(graph: Graph, r: Value, params: Params) -> Value:
    return graph.add("sigmoid", _scaled(graph, r, params.get("alpha", 1.0)))


def _softmax(graph: Graph, r: Value, params: Params) -> Value:
    divisor = params.get("divisor", 1.0)
    return graph.add("softmax", r if divisor == 1 else graph.add("div", r, divisor))


def _log1p_exp(graph: Graph, r: Value, params: Params) -> Value:
    # log(1 + e^r) = max(r, 0) + log(1 + e^-|r|), which does not overflow.
    small = graph.add("exp", _negated(graph, graph.add("abs", r)))
    return graph.add("add", graph.add("relu", r), graph.add("log1p", small))


def _signed_square(graph: Graph, r: Value, params: Params) -> Value:
    return graph.add("mul", r, graph.add("abs", r))


def _hinge(graph: Graph, r: Value, params: Params) -> Value:
    return graph.add("binarize", r, np.zeros(r.shape[1]))


def _argmax(graph: Graph, r: Value, params: Params) -> Value:
    return graph.add("cast", graph.add("argmax", r), dtype=r.dtype)


def _isolation(graph: Graph, r: Value, params: Params) -> Value:
    depth = graph.add("exp", graph.add("mul", r, -np.log(2.0)))
    return graph.add("sub", _negated(graph, depth), params["offset"])


def _mean_variance(graph: Graph, r: Value, params: Params) -> Value:
    mean, half = graph.add("columns", r, np.zeros(1)), graph.add("columns", r, np.ones(1))
    return _pair(graph, mean, graph.add("exp", graph.add("mul", half, 2.0)))


def _pair(graph: Graph, first: Value, second: Value) -> Value:
    return graph.add("concat", first, second, shape=(1, first.shape[1] + second.shape[1]))


def _sigmoid_pair(graph: Graph, r: Value, params: Params) -> Value:
    return _complement_pair(graph, _sigmoid(graph, r, params), {})


def _complement_pair(graph: Graph, r: Value, params: Params) -> Value:
    return _pair(graph, _one_minus(graph, r), r)


def _negate_pair(graph: Graph, r: Value, params: Params) -> Value:
    return _pair(graph, _negated(graph, r), r)


def _softmax_zero(graph: Graph, r: Value, params: Params) -> Value:
    # With p = softmax(r): e^(r - max) = p S and e^-max = p e^-r S, and S falls out of the quotient.
    width = r.shape[1]
    p = graph.add("softmax", r)
    counts = graph.add("binarize", graph.add("abs", r), np.full(width, ZERO))
    part = graph.add("mul", p, counts)
    total = graph.add("dense", part, np.ones((width, width)), None)
    shrunk = graph.add("mul", graph.add("mul", r, p), graph.add("exp", _negated(graph, r)))
    zeros = graph.add("mul", shrunk, _one_minus(graph, counts))
    return graph.add("div", graph.add("add", part, zeros), total)


def _probit(graph: Graph, r: Value, params: Params) -> Value:
    # sqrt(2) erfinv(x), x = 2 r - 1. Large terms cancel under the root, so constants are rounded as ONNX Runtime does.
    f = np.dtype(r.dtype).type
    x = graph.add("sub", graph.add("mul", r, 2.0), 1.0)
    log = graph.add("log", graph.add("mul", _one_minus(graph, x), graph.add("add", x, 1.0)))
    v = graph.add("add", graph.add("mul", log, 0.5), f(2) / (f(3.14159) * f(WINITZKI)))
    square = graph.add("sub", graph.add("mul", v, v), graph.add("mul", log, f(1) / f(WINITZKI)))
    root = graph.add("sqrt", graph.add("sub", graph.add("sqrt", square), v))
    below_zero = np.full(r.shape[1], -np.finfo(r.dtype).smallest_subnormal)
    sign = graph.add("sub", graph.add("mul", graph.add("binarize", x, below_zero), 2.0), 1.0)
    return graph.add("mul", graph.add("mul", root, sign), f(1.41421356))


BUILDERS: dict[str, Callable[[Graph, Value, Params], Value]] = {
    "identity": lambda graph, r, params: r,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "exp": lambda graph, r, params: graph.add("exp", _scaled(graph, r, params.get("alpha", 1.0))),
    "mean_variance": _mean_variance,
    "log1p_exp": _log1p_exp,
    "signed_square": _signed_square,
    "hinge": _hinge,
    "argmax": _argmax,
    "isolation": _isolation,
    "sigmoid_pair": _sigmoid_pair,
    "complement_pair": _complement_pair,
    "negate_pair": _negate_pair,
    "softmax_zero": _softmax_zero,
    "probit": _probit,
}
