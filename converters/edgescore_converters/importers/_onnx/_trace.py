"""From a computed column back to the input column that it is a straight line of.

So thresholds deep in the graph become input values worth testing, and categories reach the input's description.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Graph, Node, Value

_STEPS = (-2, -1, 0, 1, 2)  # ulps around an input value that was computed backwards, and so with a rounding


@dataclass(frozen=True)
class Origin:
    """Column ``column`` of the input ``value``, of which the traced column is scale x + shift."""

    value: Value
    column: int
    scale: float = 1.0
    shift: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether the traced column is the input column itself."""
        return self.scale == 1 and self.shift == 0

    def inputs_at(self, numbers: NDArray[np.float64]) -> NDArray[Any]:
        """Values of the input around those that give ``numbers``, in its dtype."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            near = ((numbers - self.shift) / self.scale).astype(self.value.dtype)
            if self.exact:
                return near
            size = np.abs(np.spacing(near))
            return np.concatenate([near + near.dtype.type(step) * size for step in _STEPS])


class Tracer:
    """Traces columns of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._producers = {id(output): node for node in graph.nodes for output in node.outputs}

    def origin(self, value: Value, column: int) -> Origin | None:
        """Where a column comes from; None when more than moving, casting and scaling lies between."""
        scale, shift = 1.0, 0.0
        while (node := self._producers.get(id(value))) is not None:
            step = _step(node, column)
            if step is None:
                return None
            value, column, factor, offset = step
            scale, shift = scale * factor, scale * offset + shift
        return Origin(value, column, scale, shift) if scale and value.data is None else None

    def probes(
        self, thresholds: Iterable[tuple[Value, NDArray[Any], NDArray[Any]]], starts: Mapping[int, int], limit: int
    ) -> dict[int, NDArray[Any]]:
        """Input values at ``thresholds`` (value, columns, numbers) by number of input column, at most ``limit`` each.

        starts: number of the first column of each input, by the identity of its value.
        """
        found: dict[int, list[NDArray[Any]]] = {}
        for value, columns, numbers in thresholds:
            for column in np.unique(columns).tolist():
                origin = self.origin(value, column)
                if origin is not None:
                    at = starts[id(origin.value)] + origin.column
                    found.setdefault(at, []).append(origin.inputs_at(numbers[columns == column]))
        return {at: _thinned(np.concatenate(parts), limit) for at, parts in found.items()}

    def rows(
        self, value: Value, given: NDArray[Any], starts: Mapping[int, int], width: int
    ) -> NDArray[np.float64] | None:
        """Rows [n, width] of the input that make ``value`` be ``given`` [n, k]; None where they leave columns open.

        starts: number of the first column of each input, by the identity of its value.
        """
        rows = np.full((len(given), width), np.nan)
        for column, numbers in enumerate(given.T.astype(np.float64)):
            if (origin := self.origin(value, column)) is not None:
                wanted = ((numbers - origin.shift) / origin.scale).astype(origin.value.dtype)
                rows[:, starts[id(origin.value)] + origin.column] = wanted
        return rows if np.isfinite(rows).all() else None


def _thinned(values: NDArray[Any], limit: int) -> NDArray[Any]:
    values = np.unique(values[np.isfinite(values)])
    return values if len(values) <= limit else values[np.linspace(0, len(values) - 1, limit).astype(np.int64)]


def _step(node: Node, column: int) -> tuple[Value, int, float, float] | None:
    """(operand, its column, factor, offset) such that the node's column is factor * operand + offset."""
    x, *rest = node.inputs
    assert x is not None
    if node.op == "concat":
        for operand in node.inputs:
            assert operand is not None
            if column < operand.shape[1]:
                return operand, column, 1.0, 0.0
            column -= operand.shape[1]
    if node.op in ("cast", "impute"):
        return x, column, 1.0, 0.0
    constant = rest[0].data if rest and rest[0] is not None else None
    if constant is None:
        return None
    if node.op == "columns":
        return x, int(constant[column]), 1.0, 0.0
    if node.op not in ("add", "sub", "mul", "div"):
        return None
    number = float(np.broadcast_to(constant, x.shape[1:])[column])
    if node.op in ("add", "sub"):
        return x, column, 1.0, number if node.op == "add" else -number
    return x, column, number if node.op == "mul" else 1 / number if number else 0.0, 0.0
