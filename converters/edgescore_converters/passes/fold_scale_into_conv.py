"""Merges scaling by channel into the convolution before it: a batch normalization, or an added bias.

Folding happens in float64; the result has the convolution's dtype. Only the rounding of sums changes.
"""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Array, Graph, Node, Value, constant


def apply(graph: Graph) -> bool:
    """Fold mul, div, add and sub by constants; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        x = node.inputs[0] if node.op in ("mul", "div", "add", "sub") else None
        value = node.inputs[1] if x is not None else None
        if node.op in ("mul", "add") and x is not None and x.data is not None:
            x, value = value, x
        if x is None or value is None or value.data is None:
            continue
        conv = graph.producer(x)
        if conv is None or conv.op not in ("conv", "conv_transpose") or graph.is_output(x):
            continue
        channels = _by_channel(value.data, x)
        clamped = conv.params.get("lo", -np.inf) > -np.inf or conv.params.get("hi", np.inf) < np.inf
        if channels is None or clamped or len(graph.consumers(x)) != 1:
            continue
        _fold(node.op, conv, channels)
        conv.outputs = node.outputs
        graph.nodes.remove(node)
        changed = True
    return changed


def _by_channel(data: Array, x: Value) -> Array | None:
    """The constant as a value for each channel; None where it is more."""
    wide = data.reshape((1,) * (len(x.shape) - data.ndim) + data.shape) if data.ndim <= len(x.shape) else None
    if wide is None or any(size != 1 for size in wide.shape[:-1]):
        return None
    return np.broadcast_to(wide.reshape(-1).astype(np.float64), (x.shape[-1],))


def _fold(op: str, conv: Node, channels: Array) -> None:
    weights = conv.inputs[1]
    assert weights is not None
    assert weights.data is not None
    w = weights.data.astype(np.float64)
    given = conv.inputs[2]
    b = np.zeros(len(w)) if given is None or given.data is None else given.data.astype(np.float64)
    if op in ("mul", "div"):
        factor = channels if op == "mul" else 1 / channels
        w, b = w * factor.reshape(-1, *[1] * (w.ndim - 1)), b * factor
    else:
        b = b + channels if op == "add" else b - channels
    conv.inputs = [conv.inputs[0], constant(w, weights.dtype), constant(b, weights.dtype)]
