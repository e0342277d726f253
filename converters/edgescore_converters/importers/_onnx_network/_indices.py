"""How far whole numbers go in inputs that choose: rows of a table, classes of a one-hot; so that samples reach all."""

from __future__ import annotations

from edgescore_converters.ir import Graph, Node, Value

MOVES = ("reshape", "transpose", "slice", "expand", "tile", "copy", "cast")


def limits(graph: Graph) -> dict[str, int]:
    """The largest number of each input that is an index, by name."""
    found = {}
    for port in graph.inputs:
        if port.value.dtype in ("int32", "int64"):
            ends = _ends(graph, port.value)
            if ends:
                found[port.name] = min(ends)
    return found


def _ends(graph: Graph, value: Value) -> list[int]:
    ends: list[int] = []
    for node in graph.consumers(value):
        if node.op in MOVES and node.inputs[0] is value:
            ends += _ends(graph, node.outputs[0])
        end = _end(node, value)
        if end is not None:
            ends.append(end)
    return ends


def _end(node: Node, value: Value) -> int | None:
    """The largest index that a node takes; None where it takes none."""
    if node.op in ("gather", "gather_elements") and node.inputs[1] is value and node.inputs[0] is not None:
        return int(node.inputs[0].shape[int(node.params["axis"])]) - 1
    if node.op == "equal":
        others = [other.data for other in node.inputs if other is not None and other.data is not None]
        return max((int(data.max()) for data in others if data.size > 1), default=None)
    return None
