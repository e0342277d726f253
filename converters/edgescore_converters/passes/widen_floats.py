"""Turns float32 arithmetic into float64: what a graph of a float32 source means, without what rounding takes away.

Not one of PASSES: conversion asks for it where float32 sums do not give the source's scores. What leads to a comparison
stays float32, for the source compares what it has rounded. Not so argmax, and a binarize that only names the class: who
comes first is for verification to judge. Inputs and outputs keep their types. It leaves casts and dead nodes that
PASSES remove.
"""

from __future__ import annotations

from edgescore_converters.ir import Graph, Node, Value, constant
from edgescore_converters.nodes import Nodes

from .narrow_floats import WHOLE, label_only

COMPARISONS = ("trees", "bucketize", "binarize", "lookup", "one_hot")


def apply(graph: Graph) -> bool:
    """Rewrite the graph; True if anything became float64."""
    kept = _kept_nodes(graph)
    wide: dict[int, Value] = {}  # float64 form of a float32 value, by its id
    nodes: list[Node] = []
    for node in graph.nodes:
        if id(node) in kept:
            nodes.append(node)
            continue
        inputs = [_wide_form(value, wide, nodes) for value in node.inputs]
        outputs = [Value("float64", v.shape, name=v.name) if v.dtype == "float32" else v for v in node.outputs]
        nodes.append(Node(node.op, inputs, outputs, node.params, node.origin))
        for old, new in zip(node.outputs, outputs, strict=True):
            if old is not new:
                wide[id(old)] = new
                nodes.append(Node("cast", [new], [old]))
    graph.nodes = Nodes(nodes)
    return bool(wide)


def _wide_form(value: Value | None, wide: dict[int, Value], nodes: list[Node]) -> Value | None:
    if value is None or value.dtype != "float32":
        return value
    if value.data is not None:
        return constant(value.data, "float64")
    if id(value) not in wide:
        wide[id(value)] = Value("float64", value.shape, name=value.name)
        nodes.append(Node("cast", [value], [wide[id(value)]]))
    return wide[id(value)]


def _kept_nodes(graph: Graph) -> set[int]:
    """Ids of the nodes that stay as they are: comparisons, what leads to one, and what has no float64 variant."""
    names_class = label_only(graph)
    kept: set[int] = set()
    compared: set[int] = set()  # ids of the values that lead to a comparison
    for node in reversed(graph.nodes):
        strict = _compares(node) and not (node.op == "binarize" and id(node.outputs[0]) in names_class)
        if strict or (node.op not in WHOLE and any(id(value) in compared for value in node.outputs)):
            compared.update(id(value) for value in node.inputs)
            kept.add(id(node))
        elif not _has_variant(node):
            kept.add(id(node))
    return kept


def _compares(node: Node) -> bool:
    if node.op == "cast":
        return not node.outputs[0].dtype.startswith("float")
    if node.op in ("impute", "missing_indicator"):
        return not node.params["is_nan"]
    return node.op in COMPARISONS


def _has_variant(node: Node) -> bool:
    """Whether the operator computes in float32 in this call, and has the same call in float64."""
    operands = (*node.inputs, *node.outputs)
    if not any(value is not None and value.data is None and value.dtype == "float32" for value in operands):
        return False  # float64 sums of constants that float32 holds exactly
    letters = "".join("-" if value is None else value.letter for value in operands)
    wanted = letters.replace("f", "d")
    variants = [node.record.variant_letters(number, len(letters)) for number in range(len(node.record.types))]
    return wanted != letters and any(all(a in ("-", b) for a, b in zip(wanted, v, strict=True)) for v in variants)
