"""Turns float64 into float32 wherever that cannot change which way a comparison goes.

Importers build the source's float64 arithmetic. What leads to a comparison by arithmetic stays float64 (a threshold
would be met elsewhere), and so does what follows a tree ensemble's sum. A value that is still an input, or a small
whole number, is the same in both types: comparing it needs only its thresholds rounded to the right side. A binarize
that does nothing but name the class stands with argmax: the rounding of a score is for verification to judge, not for
this pass. It leaves casts that PASSES remove.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Graph, Node, Value, constant
from edgescore_converters.nodes import Nodes

COMPARISONS = ("trees", "bucketize", "binarize", "lookup", "one_hot", "knn", "ovo_proba")  # the last to a tolerance
# Operators whose results are whole numbers or copies of their first input.
WHOLE = ("bucketize", "binarize", "one_hot", "missing_indicator", "argmax", "argmin")
COPIES = ("columns", "concat", "relu", "abs")


def apply(graph: Graph) -> bool:
    """Rewrite the graph; True if anything became float32."""
    exact = _exact_values(graph)
    wide = _wide_nodes(graph, exact)
    if all(id(node) in wide or not _has_float64(node) for node in graph.nodes):
        return False
    _Rewrite(graph, wide).run()
    return True


def _has_float64(node: Node) -> bool:
    return any(value is not None and value.dtype == "float64" for value in (*node.inputs, *node.outputs))


def _exact_values(graph: Graph) -> set[int]:
    """Ids of the values that float32 holds exactly, whatever the input."""
    exact = {id(value) for value in graph.values() if value.data is None and value.dtype not in ("float64", "int64")}
    exact -= {id(value) for value in graph.values() if value.dtype in ("int32", "uint32") and value.data is None}
    for node in graph.nodes:
        inputs = [value for value in node.inputs if value is not None and value.data is None]
        constants = [value.data for value in node.inputs if value is not None and value.data is not None]
        kept = all(id(value) in exact for value in inputs)
        if (
            node.op in WHOLE
            or (node.op in (*COPIES, "cast") and kept)
            or (node.op == "impute" and kept and _fits(constants[0]))
            or (node.op == "lookup" and all(_fits(table) for table in constants[2:]))
        ):
            exact.update(id(value) for value in node.outputs)
    return exact


def _fits(data: NDArray[Any]) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.all((data.astype(np.float32) == data) | np.isnan(data)))


def _wide_nodes(graph: Graph, exact: set[int]) -> set[int]:
    """Ids of the nodes that must compute in float64."""
    names_class = label_only(graph)
    wide: set[int] = set()
    must: set[int] = set()  # values wanted in float64
    for node in reversed(graph.nodes):
        strict = _compares(node) and not (node.op == "binarize" and id(node.outputs[0]) in names_class)
        inputs = [value for value in node.inputs if value is not None and value.data is None]
        inexact = [value for value in inputs if id(value) not in exact]
        wanted = any(id(value) in must for value in node.outputs)
        if wanted or (strict and inexact) or not _narrowable(node):
            wide.add(id(node))
            must.update(id(value) for value in inexact)
    after_trees: set[int] = set()
    for node in graph.nodes:
        if node.op == "trees" or any(id(value) in after_trees for value in node.inputs if value is not None):
            wide.add(id(node))
            after_trees.update(id(value) for value in node.outputs)
    return wide


def _compares(node: Node) -> bool:
    """Whether a last-digit change of the input can change the output by more than that."""
    if node.op == "cast":
        return node.outputs[0].dtype != "float64"  # rounding is a comparison, and trees compare what was rounded
    if node.op in ("impute", "missing_indicator"):
        return not node.params["is_nan"]
    return node.op in COMPARISONS


def label_only(graph: Graph) -> set[int]:
    """Ids of the values that reach nothing but labels."""
    scores = graph.leading_to(port.value for port in graph.outputs if port.role != "label")
    return {id(value) for value in graph.values()} - scores


def _sums_exactly(node: Node) -> bool:
    """Whether float32 holds all distances between whole rows and the points of a knn, so that ties remain ties."""
    points = [value.data for value in (node.inputs[1], node.inputs[3]) if value is not None and value.data is not None]
    largest = max(float(np.abs(data).max()) for data in points)
    whole = all(np.array_equal(data, np.rint(data)) for data in points)
    return whole and points[0].shape[1] * (2 * largest) ** node.params["metric"] < 2**24


def _narrowable(node: Node) -> bool:
    """Whether the operator has this call in float32, with constants that stay finite."""
    if node.op == "knn" and not _sums_exactly(node):
        return False
    letters = "".join("-" if v is None else v.letter for v in (*node.inputs, *node.outputs)).replace("d", "f")
    variants = [node.record.variant_letters(number, len(letters)) for number in range(len(node.record.types))]
    if node.op != "cast" and not any(all(a in ("-", b) for a, b in zip(letters, v, strict=True)) for v in variants):
        return False
    keys = node.inputs[2] if node.op in ("one_hot", "lookup") else None
    if keys is not None and keys.data is not None and not _fits(keys.data):
        return False  # rounded, a category would equal values that it does not equal now
    with np.errstate(over="ignore"):
        return all(
            np.array_equal(np.isfinite(value.data), np.isfinite(value.data.astype(np.float32)))
            for value in node.inputs
            if value is not None and value.data is not None and value.dtype == "float64"
        )


class _Rewrite:
    """The graph while its nodes are replaced, with both forms of every value that was float64."""

    def __init__(self, graph: Graph, wide: set[int]) -> None:
        self.graph, self.wide_nodes = graph, wide
        self.forms: dict[tuple[int, str], Value] = {}
        self.nodes: list[Node] = []

    def run(self) -> None:
        for node in self.graph.nodes:
            if node.op == "cast" and self._skip_cast(node):
                continue
            dtype = "float64" if id(node) in self.wide_nodes else "float32"
            inputs = [self._operand(node, at, dtype) for at in range(len(node.inputs))]
            outputs = [self._result(value, dtype) for value in node.outputs]
            self.nodes.append(Node(node.op, inputs, outputs, node.params, node.origin))
        for port in self.graph.outputs:
            if port.value.dtype == "float64":
                port.value = self._output_form(port.value)
        self.graph.nodes = Nodes(self.nodes)

    def _skip_cast(self, node: Node) -> bool:
        """A cast between the two float types only says that one is a form of the other."""
        x, y = node.inputs[0], node.outputs[0]
        assert x is not None
        if (x.dtype, y.dtype) == ("float32", "float64") and not self.graph.is_output(y):
            self.forms[id(y), "float32"] = x
            return True
        return False

    def _operand(self, node: Node, at: int, dtype: str) -> Value | None:
        value = node.inputs[at]
        if value is None or value.dtype != "float64" or dtype == "float64":
            return value if value is None or value.data is not None else self._form(value, value.dtype)
        return self._form(value, "float32") if value.data is None else _narrow_constant(node.op, at, value.data)

    def _result(self, value: Value, dtype: str) -> Value:
        if value.dtype != "float64":
            return value
        form = value if dtype == "float64" else Value("float32", value.shape, name=value.name)
        self.forms[id(value), dtype] = form
        return form

    def _form(self, value: Value, dtype: str) -> Value:
        """The float32 or float64 form of a value, by a cast where only the other exists."""
        if value.dtype != "float64":
            return value
        if (id(value), dtype) not in self.forms:
            other = self.forms.get((id(value), "float64" if dtype == "float32" else "float32"), value)
            form = Value(dtype, value.shape, name=value.name)
            self.nodes.append(Node("cast", [other], [form]))
            self.forms[id(value), dtype] = form
        return self.forms[id(value), dtype]

    def _output_form(self, value: Value) -> Value:
        return self.forms.get((id(value), "float32")) or self._form(value, "float64")


def _narrow_constant(op: str, at: int, data: NDArray[np.float64]) -> Value:
    """A float32 constant that an exact value compares with as it does with ``data``."""
    with np.errstate(over="ignore"):
        near = data.astype(np.float32)
        if op == "binarize":  # x > t: the largest float32 that is <= t
            near = np.where(near > data, np.nextafter(near, np.float32(-np.inf)), near)
        if op == "bucketize" and data.ndim:  # x >= edge: the smallest float32 that is >= edge
            near = np.where(near < data, np.nextafter(near, np.float32(np.inf)), near)
    return constant(near, "float32")
