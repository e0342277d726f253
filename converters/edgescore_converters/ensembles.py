"""The tree ensembles inside a graph: where they are, and how changed ones take their places.

Knows them by the Ensemble that a packed node keeps as its origin; refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Array, Graph, Node, Value
from edgescore_converters.nodes import Nodes


def ensembles(graph: Graph) -> list[tuple[Value, Ensemble]]:
    """What each packed ensemble reads, and what it was packed from, in execution order."""
    return [
        (x, node.origin)
        for node in graph.nodes
        if isinstance(node.origin, Ensemble) and (x := node.inputs[0]) is not None
    ]


def input_columns(graph: Graph, x: Value) -> Array:
    """The column of a row that each column of ``x`` is a copy of, -1 where it was computed."""
    start = 0
    for port in graph.inputs:
        width = port.value.shape[-1]
        if port.value is x:
            return np.arange(start, start + width)
        start += width
    node = graph.producer(x)
    if node is not None and node.op in ("cast", "columns", "concat"):
        operands = [value for value in node.inputs if value is not None]
        if node.op == "columns":
            return np.asarray(input_columns(graph, operands[0])[operands[1].data])
        return np.concatenate([input_columns(graph, value) for value in operands])
    return np.full(x.shape[-1], -1)


def leaf_type(node: Node) -> str:
    """The dtype in which a trees node stores its leaves."""
    return next(
        value.dtype
        for value, operand in zip(node.inputs, node.record.inputs)
        if operand.dims == "lv" and value is not None
    )


def replace_ensembles(graph: Graph, changed: Callable[[int], Ensemble], leaf_dtype: str | None = None) -> Graph:
    """A copy of ``graph`` with the ensemble ``changed(i)`` in the place of number i.

    leaf_dtype: as ``add_ensemble`` takes it; None keeps rounded leaves as narrow as they were.
    """
    twin = graph.copy()
    nodes, twin.nodes = list(twin.nodes), Nodes()
    moved: list[tuple[Value, Value]] = []
    for node in nodes:
        x = node.inputs[0] if node.inputs else None
        if not isinstance(node.origin, Ensemble) or x is None:
            twin.nodes.append(node)
            continue
        width = leaf_type(node)
        kept = width if width.startswith("int") else None
        y = add_ensemble(twin, x, changed(len(moved)), leaf_dtype=leaf_dtype or kept)
        y.name = node.outputs[0].name
        moved.append((node.outputs[0], y))
    for old, new in moved:
        twin.rewire(old, new)
    return twin
