"""Whether a missing value has a way through a model, read off its graph.

Cautious: where ONNX Runtime and the operators here could answer a NaN differently (comparisons are False in the one and
NaN in the other, a maximum may pass over it), there is no way.
"""

from __future__ import annotations

from edgescore_converters.ir import Graph, Node, Value

# Operators whose output is a number for a NaN too, and meant to be; and those that give NaN for NaN on both sides.
_ABSORBING = ("trees", "one_hot", "lookup", "missing_indicator")
_PASSING = ("columns", "concat", "add", "sub", "mul", "div", "dense", "impute")


def has_nan_route(graph: Graph, source: Value) -> bool:
    """Whether every NaN in ``source`` ends in an operator that has an answer for it, and none reaches an output."""
    reached = {id(source)}
    for node in graph.nodes:
        if not any(id(operand) in reached for operand in node.inputs if operand is not None) or _absorbs(node):
            continue
        if not (node.op in _PASSING or (node.op == "cast" and node.outputs[0].dtype.startswith("float"))):
            return False
        reached.update(id(output) for output in node.outputs)
    return not any(id(port.value) in reached for port in graph.outputs)


def _absorbs(node: Node) -> bool:
    return node.op in _ABSORBING or (node.op == "impute" and bool(node.params.get("is_nan")))
