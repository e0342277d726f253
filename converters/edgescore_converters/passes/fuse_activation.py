"""Moves a relu or clip into the dense layer or convolution before it, which clamps for free.

Refuses bounds that the layer's float32 parameters cannot hold exactly.
"""

from __future__ import annotations

import math

import numpy as np

from edgescore_converters.ir import Graph, Node


def apply(graph: Graph) -> bool:
    """Fuse where the layer's plain output has no other reader; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        bounds = _bounds(node)
        x = node.inputs[0] if bounds else None
        dense = graph.producer(x) if x is not None else None
        if bounds is None or x is None or dense is None or dense.op not in ("dense", "conv"):
            continue
        if graph.is_output(x) or len(graph.consumers(x)) != 1:
            continue
        lo, hi = bounds
        # Clamping twice clamps the first bounds by the second ones.
        dense.params["lo"] = min(max(dense.params["lo"], lo), hi)
        dense.params["hi"] = min(max(dense.params["hi"], lo), hi)
        dense.outputs = node.outputs
        graph.nodes.remove(node)
        changed = True
    return changed


def _bounds(node: Node) -> tuple[float, float] | None:
    if node.op == "relu":
        return 0.0, math.inf
    if node.op != "clip":
        return None
    lo, hi = float(node.params["lo"]), float(node.params["hi"])
    with np.errstate(over="ignore"):
        exact = float(np.float32(lo)) == lo and float(np.float32(hi)) == hi
    return (lo, hi) if exact and lo <= hi else None
