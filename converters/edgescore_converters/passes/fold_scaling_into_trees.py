"""Moves scaling into the thresholds: trees over scaled columns become the same trees over the columns as they come in.

Where each column that trees split on is the model's input after sums and products with constants, casts, imputing and
reordering, it is a monotone function of one input column. For each split the largest input that still goes the old way
is found by bisection over all floats, with the very arithmetic that the nodes would do: every decision stays, for every
input. A decreasing function swaps the children; a missing value goes where its image went.
Refused: columns that depend on anything else, and splits on categories or missing zeros over changed values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ensembles import leaf_type
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._trees import Ensemble, FloatType
from edgescore_converters.ir import Graph, Node, Value

Floats = NDArray[np.floating[Any]]
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "cast": lambda x, dtype: x.astype(dtype),
    "impute": lambda x, value: np.where(np.isnan(x), value, x),
}


class _Column(NamedTuple):
    """A column as steps (operator, constant) from a column of the model's input, without casts that change nothing."""

    source: int
    steps: tuple[tuple[str, Any], ...] = ()

    def after(self, op: str, constant: Any) -> _Column:
        return self._replace(steps=(*self.steps, (op, constant)))

    def of(self, x: Floats) -> Floats:
        """The values it has for input values ``x``."""
        with np.errstate(all="ignore"):
            for op, constant in self.steps:
                x = STEPS[op](x, constant)
        return x.astype(np.float64)

    @property
    def falls(self) -> bool:
        return bool(sum(constant < 0 for op, constant in self.steps if op in ("mul", "div")) % 2)


def apply(graph: Graph) -> bool:
    """Fold in front of every tree ensemble where it is possible; True if anything changed."""
    changed = False
    for node in list(graph.nodes):
        if isinstance(node.origin, Ensemble) and len(graph.inputs) == 1:
            changed |= _fold(graph, node, node.origin, graph.inputs[0].value)
    return changed


def _fold(graph: Graph, node: Node, ensemble: Ensemble, source: Value) -> bool:
    x = node.inputs[0]
    if x is None or source.dtype not in ("float32", "float64") or _casts_only(graph, x, source):
        return False
    traced = _trace(graph, x, source)
    columns: dict[int, _Column] = {}
    for feature in np.unique(ensemble.feature[ensemble.feature >= 0]).tolist():
        column = traced[feature]
        nodes = ensemble.feature == feature
        special = (ensemble.category_set[nodes] >= 0) | ensemble.zero_missing[nodes]
        if column is None or (column.steps and np.any(special)):
            return False
        columns[feature] = column
    folded = _on_source(ensemble, columns, source)
    side = Graph()
    y = add_ensemble(side, source, folded, leaf_dtype=leaf_type(node))
    y.name = node.outputs[0].name
    for made in list(side.nodes):
        graph.nodes.insert_before(node, made)
    graph.nodes.remove(node)
    graph.rewire(node.outputs[0], y)
    return True


def _casts_only(graph: Graph, x: Value, source: Value) -> bool:
    while (node := graph.producer(x)) and node.op == "cast" and node.inputs[0] is not None:
        x = node.inputs[0]
    return x is source


def _trace(graph: Graph, x: Value, source: Value) -> list[_Column | None]:
    """Every column of ``x``, None for one that is no monotone function of a column of ``source``."""
    if x is source:
        return [_Column(index) for index in range(x.shape[1])]
    node = graph.producer(x)
    unknown: list[_Column | None] = [None] * x.shape[1]
    if node is None or len(x.shape) != 2 or node.inputs[0] is None or len(node.inputs[0].shape) != 2:
        return unknown
    if node.op == "concat":
        return [column for part in node.inputs if part is not None for column in _trace(graph, part, source)]
    if node.op not in ("columns", *STEPS) or (node.op != "columns" and node.inputs[0].shape != x.shape):
        return unknown
    before = _trace(graph, node.inputs[0], source)
    if node.op == "cast":
        return [column and _cast(column, node.inputs[0].dtype, x.dtype) for column in before]
    constant = node.inputs[1].data if node.inputs[1] is not None else None
    if constant is None or (node.op == "impute" and not node.params["is_nan"]):
        return unknown
    if node.op == "columns":
        return [before[index] for index in constant]
    values = np.broadcast_to(constant.reshape(constant.shape[-1:]), x.shape[1:])
    keeps_order = np.isfinite(values) & ((values != 0) | (node.op not in ("mul", "div")))
    return [
        column.after(node.op, value) if column is not None and keeps else None
        for column, value, keeps in zip(before, values, keeps_order, strict=True)
    ]


def _cast(column: _Column, before: str, after: str) -> _Column | None:
    if not (before.startswith("float") and after.startswith("float")):
        return None
    return column.after("cast", after) if column.steps or after < before else column


def _on_source(ensemble: Ensemble, columns: dict[int, _Column], source: Value) -> Ensemble:
    """The ensemble that asks ``source`` what this one asks the columns made from it."""
    dtype: FloatType = "float32" if source.dtype == "float32" else "float64"
    feature, threshold = ensemble.feature.copy(), ensemble.threshold.copy()
    left, right, missing_left = ensemble.left.copy(), ensemble.right.copy(), ensemble.missing_left.copy()
    for number, column in columns.items():
        nodes = np.flatnonzero(ensemble.feature == number)
        feature[nodes] = column.source
        if not column.steps:
            continue
        distinct, of_node = np.unique(ensemble.threshold[nodes], return_inverse=True)
        found, swapped = _thresholds(column, distinct, dtype)
        threshold[nodes], swap = found[of_node], nodes[swapped[of_node]]
        image = column.of(np.full(1, np.nan, dtype))
        if not np.isnan(image[0]):
            missing_left[nodes] = image[0] <= ensemble.threshold[nodes]
        left[swap], right[swap] = right[swap], left[swap]
        missing_left[swap] = ~missing_left[swap]
    return replace(
        ensemble,
        n_features=source.shape[1],
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        missing_left=missing_left,
        compare_dtype=dtype,
    )


def _thresholds(column: _Column, threshold: Floats, dtype: FloatType) -> tuple[Floats, NDArray[np.bool_]]:
    """For each threshold of the column one for its source, and whether left and right change places."""
    low, high = (np.full(len(threshold), _to_number(np.array(limit, dtype))) for limit in (-np.inf, np.inf))

    def below(at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """What a rising column sends left, a falling one sends right: either is true up to some input."""
        return np.asarray((column.of(_to_float(at, dtype)) <= threshold) != column.falls)

    never = ~below(low)  # a falling column with threshold inf: everything goes left, as for a rising one
    while np.any(low < high):
        middle = (low | high) - ((low ^ high) >> 1)
        holds = below(middle)
        low, high = np.where(holds, middle, low), np.where(holds, high, middle - 1)
    return np.where(never, np.inf, _to_float(low, dtype)).astype(np.float64) + 0.0, column.falls & ~never


def _to_number(x: Floats) -> NDArray[np.int64]:
    """Integers in the order of the floats; -0.0 comes right before 0.0."""
    bits = x.view(f"i{x.itemsize}").astype(np.int64)
    return np.where(bits < 0, bits ^ np.int64((1 << (8 * x.itemsize - 1)) - 1), bits)


def _to_float(number: NDArray[np.int64], dtype: FloatType) -> Floats:
    size = np.dtype(dtype).itemsize
    bits = np.where(number < 0, number ^ np.int64((1 << (8 * size - 1)) - 1), number)
    return bits.astype(f"i{size}").view(dtype)
