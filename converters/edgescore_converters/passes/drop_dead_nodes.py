"""Removes nodes that no output or state needs: importers build all answers of an estimator, a model gives some."""

from __future__ import annotations

from edgescore_converters.ir import Graph, Node


def apply(graph: Graph) -> bool:
    """Drop dead nodes; True if there were any."""
    needed = {id(port.value) for port in graph.outputs} | {id(state) for state in graph.states}
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if any(id(value) in needed for value in node.outputs):
            needed.update(id(value) for value in node.inputs if value is not None)
            kept.append(node)
    changed = len(kept) != len(graph.nodes)
    graph.nodes = kept[::-1]
    return changed
