"""Removes nodes that give back what they get: no-op casts, copies, selections of all columns, x + 0, x * 1.

A cast after a widening cast reads the narrow value directly, and a selection of a selection becomes one selection. The
sign of a zero is the one thing that may differ (-0.0 + 0 is 0.0), which no comparison sees.
"""

from __future__ import annotations

import math

import numpy as np

from edgescore_converters.ir import Graph, Node, Value, constant

# A cast along these keeps every value, so a second cast sees the same.
WIDENING = {
    ("float32", "float64"),
    *((integer, "float64") for integer in ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32")),
    *((integer, "float32") for integer in ("bool", "int8", "uint8", "int16", "uint16")),
}
NEUTRAL = {"add": 0.0, "sub": 0.0, "mul": 1.0, "div": 1.0}


def apply(graph: Graph) -> bool:
    """Remove identities and shorten chains of casts and selections; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        changed |= _shorten(graph, node)
        source = _same_as(node)
        if source is not None and _may_replace(graph, node.outputs[0], source):
            graph.rewire(node.outputs[0], source)
            graph.nodes.remove(node)
            changed = True
    return changed


def _same_as(node: Node) -> Value | None:
    """The value that the node's output equals, or None."""
    first = node.inputs[0]
    y = node.outputs[0]
    if first is None or first.data is not None or (first.dtype, first.shape) != (y.dtype, y.shape):
        return None
    if node.op in ("cast", "copy") or (node.op == "concat" and len(node.inputs) == 1):
        return first
    if node.op == "clip" and node.params["lo"] == -math.inf and node.params["hi"] == math.inf:
        return first
    second = node.inputs[1].data if len(node.inputs) == 2 and node.inputs[1] is not None else None
    if second is None:
        return None
    if node.op == "columns" and np.array_equal(second, np.arange(first.shape[-1])):
        return first
    return first if node.op in NEUTRAL and np.all(second == NEUTRAL[node.op]) else None


def _may_replace(graph: Graph, old: Value, new: Value) -> bool:
    # A state changes under its readers, and an output must be a tensor of its own: not an input, not another output.
    if any(value is state for value in (old, new) for state in graph.states):
        return False
    return not graph.is_output(old) or (graph.producer(new) is not None and not graph.is_output(new))


def _shorten(graph: Graph, node: Node) -> bool:
    """Let a cast or selection skip the one before it; True if it did."""
    if node.op not in ("cast", "columns"):
        return False
    middle = node.inputs[0]
    before = graph.producer(middle) if middle is not None else None
    if before is None or before.op != node.op or middle is None:
        return False
    start = before.inputs[0]
    if start is None:
        return False
    if node.op == "cast":
        direct = f"{start.letter}>{node.outputs[0].letter}"
        if (start.dtype, middle.dtype) not in WIDENING or direct not in node.record.types:
            return False
        node.set_input(0, start)
        return True
    outer, inner = node.inputs[1], before.inputs[1]
    if outer is None or inner is None or outer.data is None or inner.data is None:
        return False
    node.inputs = [start, constant(inner.data[outer.data], "int32")]
    return True
