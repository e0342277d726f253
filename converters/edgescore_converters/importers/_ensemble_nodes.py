"""Packs an Ensemble into a `trees` node: tests and leaves stored once each, nodes in the order a walk meets them.

Works on whole arrays, never a node at a time. The tables are exact for every input of the type the node reads; only
leaves may be rounded, by the rule in `_leaf_type` or as the caller says. What follows the sum is `add_link`.
`edgescore/ops/trees.py` defines the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore.ops.trees import CATEGORICAL, CATEGORY, FLAG_BITS, MISSING_RIGHT, ZERO_MISSING
from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Graph, Value, constant

from ._link_nodes import add_link
from ._tree_builder import at_most
from ._trees import Ensemble, FloatType, walk

__all__ = ["add_ensemble", "add_link"]

Ints = NDArray[np.int64]
# A test names its set by a word number in a threshold, which float32 holds exactly up to here.
MAX_SET_WORDS = 1 << 24


def add_ensemble(graph: Graph, x: Value, ensemble: Ensemble, *, leaf_dtype: str | None = None) -> Value:
    """Append the ensemble over the columns of `x` [1, n_features]; returns its sums [1, n_outputs] in its sum_dtype.

    `leaf_dtype` is float32 or float64, or int16 or int8 for leaves rounded to a common scale; None keeps float64 only
    where sums are averaged and need it. Raises ConvertError for categories whose table would exceed 64 MiB.
    """
    x = _compared(graph, x, ensemble.compare_dtype)
    splits = _Splits.of(ensemble)
    kind, threshold, sets = _questions(ensemble, splits.nodes, x.dtype)
    tests, kinds, thresholds = _distinct_tests(kind, threshold)
    wider = leaf_dtype == "float64" and ensemble.sum_dtype == "float32"  # than the sums they are rounded to
    leaves, scale = _leaf_values(ensemble, "float32" if wider else leaf_dtype or _leaf_type(ensemble))
    narrow = len(kinds) < 1 << 16 and bool(np.all(ensemble.feature < 1 << (16 - FLAG_BITS)))
    tables = _smallest(splits, ensemble, tests, narrow, leaves)
    flags = kinds >> 32 << (8 * tables.nodes.itemsize - FLAG_BITS)
    runs = np.append(np.flatnonzero(np.diff(kinds)) + 1, len(kinds))
    scalar = ensemble.n_outputs == 1 or ensemble.target[0] < 0
    y = graph.add(
        "trees",
        x,
        constant(tables.nodes),
        constant(tables.roots),
        constant((flags | (kinds & 0xFFFFFFFF)).astype(tables.nodes.dtype)),
        constant(runs, tables.nodes.dtype.name),
        constant(thresholds),
        constant(tables.leaves),
        constant(ensemble.base.astype(ensemble.sum_dtype)),
        None if scalar else constant(ensemble.target, "uint16"),
        constant(sets) if len(sets) else None,
        dtype=ensemble.sum_dtype,
        divisor=ensemble.divisor,
        scale=scale,
        category=CATEGORY[ensemble.category_rule],
    )
    graph.nodes[-1].origin = ensemble
    return y


def _compared(graph: Graph, x: Value, compare_dtype: FloatType) -> Value:
    """What the tests read: a float32 from before it was widened, as thresholds can be rounded to fit, or `x` cast.

    Small integers are widened to int16.
    """
    if x.dtype in ("int8", "uint8", "int16"):
        return x if x.dtype == "int16" else graph.add("cast", x, dtype="int16")
    while (cast := graph.producer(x)) and cast.op == "cast" and x.dtype == "float64":
        before = cast.inputs[0]
        if before is None or before.dtype != "float32":
            break
        x = before
    if x.dtype == "float32" or x.dtype == compare_dtype:
        return x
    return graph.add("cast", x, dtype=compare_dtype)


@dataclass
class _Splits:
    """Where everything goes: trees one after the other, each in preorder, splits only."""

    nodes: Ints  # node of the ensemble behind each split
    at: Ints  # place of each split
    first: Ints  # [T] place of each tree's first split
    count: int  # places, one of them for each tree without splits
    tree: Ints  # [N] tree of each node
    place: Ints  # [N] place of each split; leaves: that of the parent, doubled, plus the side, so that they sort

    @staticmethod
    def of(ensemble: Ensemble) -> _Splits:
        split = ensemble.feature >= 0
        levels = [(nodes[split[nodes]], nodes, trees) for nodes, trees in walk(ensemble)]
        left, right = ensemble.left, ensemble.right
        size = split.astype(np.int64)
        for parents, _, _ in reversed(levels):
            size[parents] += size[left[parents]] + size[right[parents]]
        sizes = np.maximum(size[ensemble.roots], 1)
        first = np.cumsum(sizes) - sizes
        place, tree = np.zeros(len(split), np.int64), np.zeros(len(split), np.int64)
        place[ensemble.roots] = np.where(split[ensemble.roots], first, 2 * first)
        for parents, nodes, trees in levels:
            tree[nodes] = trees
            for side, child, onward in ((0, left[parents], 1), (1, right[parents], 1 + size[left[parents]])):
                place[child] = np.where(split[child], place[parents] + onward, 2 * place[parents] + side)
        nodes = np.flatnonzero(split)
        return _Splits(nodes, place[nodes], first, int(sizes.sum()), tree, place)


def _questions(ensemble: Ensemble, nodes: Ints, dtype: str) -> tuple[Ints, NDArray[Any], NDArray[np.uint32]]:
    """Kind (flags << 32 | feature) and threshold of the test at each split, and the table of category sets.

    dtype: of what is compared: float32, float64 or int16.
    """
    category_set, category_sets = ensemble.category_set[nodes], ensemble.category_sets
    zero_missing = ensemble.zero_missing[nodes]
    right = ~ensemble.missing_left[nodes]
    if dtype == "int16":
        threshold, category_set, category_sets = _whole(ensemble.threshold[nodes], category_set, category_sets)
        right &= zero_missing  # nothing else is missing
    else:
        threshold = at_most(ensemble.threshold[nodes], "float32" if dtype == "float32" else "float64").astype(dtype)
    sets, place = _set_table(category_sets)
    of_set = category_set >= 0
    if len(place) and not np.array_equal(place.astype(threshold.dtype), place):
        raise ConvertError(f"the categories need a table of {len(sets)} words; {dtype} rows can name {1 << 15}")
    threshold[of_set] = place[category_set[of_set]]
    flags = np.where(right, MISSING_RIGHT, 0)
    flags |= np.where(zero_missing, ZERO_MISSING, 0) | np.where(of_set, CATEGORICAL, 0)
    return (flags.astype(np.int64) << 32) | ensemble.feature[nodes], threshold, sets


def _whole(
    threshold: NDArray[np.float64], category_set: NDArray[np.int32], category_sets: list[NDArray[np.int64]]
) -> tuple[NDArray[np.int16], NDArray[np.int32], list[NDArray[np.int64]]]:
    """Tests as int16 rows meet them: rounded down; what every int16 is above is an empty set, which all are outside."""
    limits, floor = np.iinfo(np.int16), np.floor(threshold)
    above = (category_set < 0) & (floor < limits.min)
    if np.any(above):
        category_set = np.where(above, len(category_sets), category_set)
        category_sets = [*category_sets, np.empty(0, np.int64)]
    return np.clip(floor, limits.min, limits.max).astype(np.int16), category_set, category_sets


def _set_table(sets: list[NDArray[np.int64]]) -> tuple[NDArray[np.uint32], Ints]:
    words = [int(codes[-1]) // 32 + 1 if len(codes) else 0 for codes in sets]
    place = np.cumsum([0, *(count + 1 for count in words)])
    if place[-1] > MAX_SET_WORDS:
        top = max(int(codes[-1]) for codes in sets if len(codes))
        raise ConvertError(
            f"categories up to {top} need a table of {4 * int(place[-1]) >> 20} MiB; number the categories from 0 and "
            "train again"
        )
    table = np.zeros(place[-1], np.uint32)
    for start, count, codes in zip(place, words, sets, strict=False):
        table[start] = count
        np.bitwise_or.at(table, start + 1 + codes // 32, np.uint32(1) << (codes % 32).astype(np.uint32))
    return table, place[:-1]


def _distinct_tests(kind: Ints, threshold: NDArray[Any]) -> tuple[Ints, Ints, NDArray[Any]]:
    """Number of the test at each split; kinds and thresholds of the tests, ascending. At least one test."""
    if not len(kind):
        return kind, np.zeros(1, np.int64), np.zeros(1, threshold.dtype)
    order = np.lexsort((threshold, kind))
    ordered_kind, ordered_threshold = kind[order], threshold[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(ordered_kind) != 0) | (ordered_threshold[1:] != ordered_threshold[:-1])
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(new) - 1
    return number, ordered_kind[new], ordered_threshold[new]


def _leaf_type(ensemble: Ensemble) -> str:
    """Averages tie exactly, and a rounded leaf breaks the tie to another side; sums of boosted trees do not."""
    with np.errstate(over="ignore"):
        near = ensemble.leaves.astype(np.float32)
    exact = bool(np.all(near == ensemble.leaves))
    averages = ensemble.divisor != 1 and ensemble.sum_dtype == "float64"
    return "float64" if not np.all(np.isfinite(near)) or (averages and not exact) else "float32"


def _leaf_values(ensemble: Ensemble, dtype: str) -> tuple[NDArray[Any], float]:
    """Leaves in `dtype`, and what one unit of a whole number is worth."""
    if dtype not in ("int16", "int8"):
        return ensemble.leaves.astype(dtype), 1.0
    scale = np.float32(np.abs(ensemble.leaves).max(initial=0) / np.iinfo(dtype).max)
    if not np.isfinite(scale) or scale < np.finfo(np.float32).tiny:
        raise ConvertError(f"leaves of this size cannot be rounded to {dtype}; keep them in float32")
    limit = np.iinfo(dtype).max
    return np.clip(np.rint(ensemble.leaves / np.float64(scale)), -limit, limit).astype(dtype), float(scale)


@dataclass
class _Tables:
    nodes: NDArray[Any]
    roots: NDArray[np.uint32]
    leaves: NDArray[Any]

    @property
    def nbytes(self) -> int:
        return self.nodes.nbytes + self.leaves.nbytes


def _smallest(splits: _Splits, ensemble: Ensemble, tests: Ints, narrow: bool, leaves: NDArray[Any]) -> _Tables:
    """The smallest tables that fit: equal leaves shared by all trees, or within trees, where numbers stay small."""
    leaf_nodes = np.flatnonzero(ensemble.feature < 0)
    leaf_nodes = leaf_nodes[np.lexsort((splits.place[leaf_nodes], splits.tree[leaf_nodes]))]
    rows, tree = leaves[ensemble.leaf[leaf_nodes]], splits.tree[leaf_nodes]
    found = []
    for owner in (np.zeros_like(tree), tree):
        number, kept = _distinct_rows(rows, owner)
        base = np.zeros(len(splits.first), np.int64)
        if owner is tree:
            base = number[np.searchsorted(tree, np.arange(len(base)))]
        offset = np.zeros(len(ensemble.feature), np.int64)
        offset[leaf_nodes] = number - base[tree]
        roots = np.stack([splits.first, base], axis=1).astype(np.uint32)
        found.append(_Tables(_nodes(splits, ensemble, tests, narrow, offset), roots, rows[kept]))
    return min(found, key=lambda tables: tables.nbytes)


def _distinct_rows(rows: NDArray[Any], owner: Ints) -> tuple[Ints, Ints]:
    """(number of each row, first of each number): rows with equal bits and owner share one, by first appearance."""
    bits = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, code = np.unique(bits, return_inverse=True)
    _, first, number = np.unique(owner * len(bits) + code, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[number], np.sort(first)


def _nodes(splits: _Splits, ensemble: Ensemble, tests: Ints, narrow: bool, offset: Ints) -> NDArray[Any]:
    """Test, left and right of each place; a tree without splits is a split with its leaf on both sides."""
    split = ensemble.feature >= 0
    nodes = np.zeros((splits.count, 3), np.int64)
    is_leaf = np.zeros((splits.count, 2), np.bool_)
    nodes[splits.at, 0] = tests
    for side, child in enumerate((ensemble.left[splits.nodes], ensemble.right[splits.nodes])):
        nodes[splits.at, 1 + side] = np.where(split[child], splits.place[child] - splits.at, offset[child])
        is_leaf[splits.at, side] = ~split[child]
    lone = ~split[ensemble.roots]
    nodes[splits.first[lone], 1:] = offset[ensemble.roots[lone], None]
    is_leaf[splits.first[lone]] = True
    narrow = narrow and nodes[:, 1:].max() < 1 << 15
    nodes[:, 1:] |= np.where(is_leaf, 1 << (15 if narrow else 31), 0)
    return nodes.astype(np.uint16 if narrow else np.uint32)
