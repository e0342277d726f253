"""Merges scaling into the dense layer beside it: dense(x * s + t) and dense(x) * s + t become one dense layer.

Also dense after dense (a projection, then a linear model) where the product is no larger than the two. Only the
rounding of sums changes. Folding happens in float64; the result has the layer's dtype.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Graph, Node, Value, constant

AFFINE = ("add", "sub", "mul", "div")
Floats = NDArray[np.float64]


def apply(graph: Graph) -> bool:
    """Fold where the folded node becomes unnecessary; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        if node.op == "dense" and node in graph.nodes:
            changed |= _fold_before(graph, node) or _fold_after(graph, node)
    return changed


def _fold_before(graph: Graph, dense: Node) -> bool:
    x = dense.inputs[0]
    before = graph.producer(x) if x is not None else None
    if x is None or before is None or not _only_reader(graph, x, dense):
        return False
    w, b = _weights(dense)
    if before.op in AFFINE and (scale_shift := _affine(before)) is not None:
        scale, shift = scale_shift
        # The sum of w * shift belongs to the bias; w * scale to the weights.
        with np.errstate(invalid="ignore", over="ignore"):
            folded, bias = w * scale, b + w @ np.broadcast_to(shift, w.shape[1:])
    elif before.op == "dense" and _unclamped(before):
        first, first_bias = _weights(before)
        folded, bias = w @ first, b + w @ first_bias
        if folded.size > first.size + w.size:
            return False
    else:
        return False
    return _rewrite(graph, before, dense, before.inputs[0], folded, bias, dense.outputs[0], dense.params)


def _fold_after(graph: Graph, dense: Node) -> bool:
    y = dense.outputs[0]
    readers = graph.consumers(y)
    if len(readers) != 1 or graph.is_output(y) or not _unclamped(dense) or readers[0].op not in AFFINE:
        return False
    after = readers[0]
    scale_shift = _affine(after) if after.inputs[0] is y else None
    if scale_shift is None:
        return False
    scale, shift = scale_shift
    w, b = _weights(dense)
    with np.errstate(invalid="ignore", over="ignore"):
        folded, bias = w * np.broadcast_to(scale, b.shape)[:, None], b * scale + shift
    return _rewrite(graph, after, dense, dense.inputs[0], folded, bias, after.outputs[0], dense.params)


def _rewrite(
    graph: Graph,
    gone: Node,
    dense: Node,
    x: Value | None,
    w: Floats,
    b: Floats,
    y: Value,
    params: dict[str, Any],
) -> bool:
    """Put a dense layer of ``w`` and ``b`` in the place of ``gone`` and ``dense``; False if it would not be finite."""
    with np.errstate(over="ignore"):
        w, b = w.astype(y.dtype), np.broadcast_to(b, w.shape[:1]).astype(y.dtype)
    if not (np.all(np.isfinite(w)) and np.all(np.isfinite(b))):
        return False
    operands = [x, constant(w), constant(b) if np.any(b) else None]
    graph.nodes.replace(dense, Node("dense", operands, [y], dict(params), dense.origin))
    graph.nodes.remove(gone)
    return True


def _affine(node: Node) -> tuple[Floats, Floats] | None:
    """(scale, shift) of an elementwise node with a constant: its output is input * scale + shift."""
    x, operand = node.inputs
    if x is None or x.data is not None or operand is None or operand.data is None:
        return None
    if x.shape != node.outputs[0].shape or operand.data.size != (operand.data.shape or (1,))[-1]:
        return None  # it repeats x, or differs from row to row
    c = operand.data.astype(np.float64).reshape(-1) if operand.data.ndim else operand.data.astype(np.float64)
    zero, one = np.float64(0), np.float64(1)
    with np.errstate(divide="ignore", over="ignore"):
        return {
            "add": lambda: (np.asarray(one), c),
            "sub": lambda: (np.asarray(one), -c),
            "mul": lambda: (c, np.asarray(zero)),
            "div": lambda: (1 / c, np.asarray(zero)),
        }[node.op]()


def _weights(dense: Node) -> tuple[Floats, Floats]:
    w, b = dense.inputs[1], dense.inputs[2] if len(dense.inputs) > 2 else None
    assert w is not None
    assert w.data is not None
    bias = np.zeros(len(w.data)) if b is None or b.data is None else b.data
    return w.data.astype(np.float64), bias.astype(np.float64)


def _unclamped(dense: Node) -> bool:
    return bool(dense.params["lo"] == -math.inf and dense.params["hi"] == math.inf)


def _only_reader(graph: Graph, value: Value, reader: Node) -> bool:
    return not graph.is_output(value) and graph.consumers(value) == [reader]
