"""Makes one reshape of a chain of them and removes those that change no shape."""

from __future__ import annotations

from edgescore_converters.ir import Graph


def apply(graph: Graph) -> bool:
    """Shorten chains of reshapes; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        x = node.inputs[0] if node.op == "reshape" else None
        if x is None:
            continue
        before = graph.producer(x)
        if before is not None and before.op == "reshape" and not _is_state(graph, before.inputs[0]):
            x = before.inputs[0]
            node.set_input(0, x)
            changed = True
        y = node.outputs[0]
        if x is not None and x.shape == y.shape and not graph.is_output(y) and not _is_state(graph, x):
            graph.rewire(y, x)
            graph.nodes.remove(node)
            changed = True
    return changed


def _is_state(graph: Graph, value: object) -> bool:
    # A state changes under its readers.
    return any(value is state for state in graph.states)
