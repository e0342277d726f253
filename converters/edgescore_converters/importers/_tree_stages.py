"""What a few sources have around the sum of their trees: columns made before it, numbers made of its outputs after it.

Each stage is plain arrays with a slow evaluation, `of`, and the nodes that do the same, `nodes`. What an ensemble needs
none of these for is in `_trees`; what turns the result into a prediction is `_link_nodes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Graph, Value

from ._trees import Ensemble

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Matches:
    """Columns behind the source's own, for tests x == v with a v that is no category.

    Column j holds the place of feature `features[j]` in `values[j]`, -1 where it is not there, NaN for NaN.
    """

    features: Ints
    values: Sequence[Floats]

    def of(self, x: NDArray[Any]) -> NDArray[Any]:
        """`x` [n, k], in the type that the trees compare, and the columns."""
        columns = [x]
        for feature, values in zip(self.features, self.values, strict=True):
            column = x[:, feature]
            equal = column[:, None] == values[None, :]
            place = np.where(np.any(equal, axis=1), np.argmax(equal, axis=1), -1)
            columns.append(np.where(np.isnan(column), np.nan, place).astype(x.dtype)[:, None])
        return np.concatenate(columns, axis=1)

    def nodes(self, graph: Graph, x: Value) -> Value:
        """Append what `of` does."""
        sizes, count = [len(values) for values in self.values], len(self.features)
        places = graph.add(
            "lookup",
            graph.add("columns", x, self.features),
            np.cumsum([0, *sizes]),
            np.concatenate(self.values),
            np.concatenate([np.arange(size) for size in sizes]),
            np.full(count, -1.0),
            np.full(count, np.nan),
        )
        return graph.add("concat", x, places, shape=(1, x.shape[1] + count))


@dataclass(frozen=True)
class Pool:
    """Output k is `base[k]` plus a weighted quantile of the ensemble's outputs `columns[k]`, one for each tree.

    `level` 0 is the minimum, 1 the maximum, 0.5 the weighted median; see `edgescore/ops/weighted_quantile.py`.
    """

    level: float
    columns: Sequence[Ints]
    weights: Sequence[Floats]
    base: Floats

    def of(self, raw: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        """`raw` [n, trees] -> [n, outputs] of the same type."""
        outputs = []
        for columns, weights, base in zip(self.columns, self.weights, self.base, strict=True):
            values = raw[:, columns]
            order = np.argsort(values, axis=1, kind="stable")
            sums = np.cumsum(weights[order], axis=1)
            at = np.argmax(sums >= self.level * sums[:, -1:], axis=1)
            rows = np.arange(len(values))
            outputs.append(values[rows, order[rows, at]] + raw.dtype.type(base))
        return np.stack(outputs, axis=1)

    def nodes(self, graph: Graph, raw: Value, x: Value) -> Value:
        """Append what `of` does."""
        outputs = []
        for columns, weights in zip(self.columns, self.weights, strict=True):
            whole = np.array_equal(columns, np.arange(raw.shape[1]))
            values = raw if whole else graph.add("columns", raw, columns)
            outputs.append(graph.add("weighted_quantile", values, weights, level=self.level))
        y = outputs[0] if len(outputs) == 1 else graph.add("concat", *outputs, shape=(1, len(outputs)))
        return graph.add("add", y, self.base) if np.any(self.base) else y


@dataclass(frozen=True)
class Slopes:
    """Leaves that are linear functions: the ensemble sums their constants and slopes, which then meet the row.

    The ensemble has for each output a constant and the slopes of `features`. A feature that is NaN has slopes 0 there,
    as the trees see to; a slope of 0 gives 0, whatever it meets.
    """

    features: Ints

    def of(self, raw: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        """`raw` [n, outputs (1 + u)] and rows `x` [n, k] -> [n, outputs]."""
        parts = raw.reshape(len(raw), -1, 1 + len(self.features))
        with np.errstate(over="ignore", invalid="ignore"):
            products = parts[:, :, 1:] * x[:, None, self.features].astype(np.float64)
            return np.asarray(parts[:, :, 0] + np.where(np.isnan(products), 0, products).sum(axis=2))

    def nodes(self, graph: Graph, raw: Value, x: Value) -> Value:
        """Append what `of` does."""
        used = len(self.features)
        outputs = raw.shape[1] // (1 + used)
        place = np.arange(raw.shape[1]).reshape(outputs, 1 + used)
        constants = graph.add("columns", raw, place[:, 0])
        if not used:
            return constants
        values = graph.add("columns", x, np.tile(self.features, outputs))
        values = values if values.dtype == "float64" else graph.add("cast", values, dtype="float64")
        products = graph.add("mul", graph.add("columns", raw, place[:, 1:].ravel()), values)
        products = graph.add("impute", products, np.zeros(products.shape[1]))
        sums = graph.add("dense", products, np.repeat(np.eye(outputs), used, axis=1), None)
        return graph.add("add", constants, sums)


def numeric_probes(ensemble: Ensemble, matches: Matches | None) -> dict[int, Floats]:
    """By column of the source the numbers at which a decision changes, categories left aside."""
    numeric = (ensemble.feature >= 0) & (ensemble.category_set < 0) & np.isfinite(ensemble.threshold)
    order = np.flatnonzero(numeric)[np.argsort(ensemble.feature[numeric], kind="stable")]
    columns, starts = np.unique(ensemble.feature[order], return_index=True)
    parts = np.split(ensemble.threshold[order], starts[1:]) if len(order) else []
    found = {int(column): np.unique(part) for column, part in zip(columns, parts, strict=True)}
    for feature, values in zip(matches.features, matches.values, strict=True) if matches else ():
        found[int(feature)] = np.unique(np.concatenate([found.get(int(feature), np.empty(0)), values]))
    return found
