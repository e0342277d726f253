"""Removes nodes that no output needs: importers build every answer an estimator has, and a model gives some of them."""

from __future__ import annotations

from edgescore_converters.ir import Graph, Node


def apply(graph: Graph) -> bool:
    """Drop dead nodes; True if there were any."""
    needed = {id(port.value) for port in graph.outputs}
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if any(id(value) in needed for value in node.outputs):
            needed.update(id(value) for value in node.inputs if value is not None)
            kept.append(node)
    changed = len(kept) != len(graph.nodes)
    graph.nodes = kept[::-1]
    return changed
