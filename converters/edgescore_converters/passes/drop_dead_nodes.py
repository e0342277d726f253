"""Removes nodes that no output or state needs: importers build all answers of an estimator, a model gives some."""

from __future__ import annotations

from edgescore_converters.ir import Graph


def apply(graph: Graph) -> bool:
    """Drop dead nodes; True if there were any."""
    needed = {id(port.value) for port in graph.outputs} | {id(state) for state in graph.states}
    dead = []
    for node in reversed(graph.nodes):
        if any(id(value) in needed for value in node.outputs):
            needed.update(id(value) for value in node.inputs if value is not None)
        else:
            dead.append(node)
    for node in dead:
        graph.nodes.remove(node)
    return bool(dead)
