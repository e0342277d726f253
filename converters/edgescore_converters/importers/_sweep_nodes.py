"""Packs an Ensemble into a `tree_sweep` node in the place of its `trees` node; same decisions, leaves and sums.

Works on whole arrays, never a node at a time. `edgescore/ops/tree_sweep.py` defines the tables. An ensemble that they
cannot hold is answered with None: trees of more than 256 leaves, or tests that need more than 256 runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore.ops import trees
from edgescore.ops.tree_sweep import ALL, CATEGORICAL, FEATURE_BITS, LANES, MAX_RUNS, MAX_TESTS, STEP, ZERO_MISSING
from edgescore_converters.ir import Graph, Node, Value, constant

from ._ensemble_nodes import _distinct_rows, _distinct_tests, _leaf_values, _questions
from ._trees import Ensemble, walk

Ints = NDArray[np.int64]
MAX_LEAVES = 256


def sweep_node(node: Node, *, nan: bool = True) -> Node | None:
    """A `tree_sweep` node with the inputs and outputs of the `trees` node ``node``, or None where it does not fit.

    Rows of integers do not: they stay with `trees`, which the small devices that have them walk. nan: rows may hold
    missing values; without them more tests can share a run.
    """
    ensemble, x, y = node.origin, node.inputs[0], node.outputs[0]
    base, targets = node.inputs[7:9]
    assert isinstance(ensemble, Ensemble)
    assert x is not None
    assert node.inputs[6] is not None
    if not x.dtype.startswith("float"):
        return None
    splits = np.flatnonzero(ensemble.feature >= 0)
    kind, threshold, sets = _questions(ensemble, splits, x.dtype)
    if not nan:
        kind = np.where(kind >> 32 & trees.ZERO_MISSING, kind, kind & ~(trees.MISSING_RIGHT << 32))
    test, kinds, thresholds = _distinct_tests(_joined(kind, threshold), threshold)
    ends = _run_ends(kinds)
    tree, low, count = _in_order(ensemble)
    if len(ends) > MAX_RUNS or count.max() > MAX_LEAVES or ensemble.n_features > 1 << FEATURE_BITS:
        return None
    missing_right = np.zeros(len(kinds), np.int64)
    missing_right[test] = kind >> 32 & trees.MISSING_RIGHT
    run = np.searchsorted(ends, test, side="right")
    rank = test - np.append(0, ends)[run]
    nodes, largest = _table(tree[splits], low[ensemble.right[splits]] - 1, (run, rank, low[splits]), count - 1)
    leaf_nodes = np.flatnonzero(ensemble.feature < 0)
    leaf_nodes = leaf_nodes[np.lexsort((low[leaf_nodes], tree[leaf_nodes]))]
    leaves, _ = _leaf_values(ensemble, node.inputs[6].dtype)
    rows, numbers = _numbered(leaves[ensemble.leaf[leaf_nodes]])
    missing = np.add.reduceat(missing_right, np.append(0, ends[:-1]))
    inputs = [
        x,
        constant(nodes, "uint8"),
        constant(largest, "uint8"),
        constant(np.cumsum(count) - count, "uint32"),
        constant(_coded(kinds[ends - 1]) | missing << FEATURE_BITS, "uint32"),
        constant(ends, "uint16"),
        constant(thresholds),
        constant(rows),
        base,
        targets,
        constant(sets) if len(sets) else None,
        numbers,
    ]
    graph = Graph()
    graph.add("tree_sweep", *inputs, dtype=y.dtype, **node.params)
    (made,) = graph.nodes
    made.outputs, made.origin = node.outputs, ensemble
    return made


def _joined(kind: Ints, threshold: NDArray[Any]) -> Ints:
    """Kinds that are equal where a missing value goes right and where it goes left, if one rank can say both.

    It can where all tests that missing values are right of come before all others; so it is for models of LightGBM that
    saw no missing values in training, which read them as 0.
    """
    right = kind >> 32 & trees.MISSING_RIGHT != 0
    distinct, joined = np.unique(kind & ~(trees.MISSING_RIGHT << 32), return_inverse=True)
    place = np.unique(threshold, return_inverse=True)[1]
    last, first = np.full(len(distinct), -1), np.full(len(distinct), len(place))
    np.maximum.at(last, joined[right], place[right])
    np.minimum.at(first, joined[~right], place[~right])
    join = (last < first) & (distinct >> 32 & trees.CATEGORICAL == 0)
    return np.where(join[joined], distinct[joined], kind)


def _coded(kinds: Ints) -> Ints:
    """Kinds as the operator has them, without the rank of missing values."""
    flags = kinds >> 32
    zero = np.where(flags & trees.ZERO_MISSING, ZERO_MISSING, 0)
    return kinds & 0xFFFFFFFF | zero | np.where(flags & trees.CATEGORICAL, CATEGORICAL, 0)


def _run_ends(kinds: Ints) -> Ints:
    """Where runs of equal kinds end; a categorical test is a run, and a long run is several."""
    count = len(kinds)
    starts = np.append(0, np.flatnonzero(np.diff(kinds)) + 1)
    since = np.arange(count) - np.repeat(starts, np.diff(starts, append=count))
    longest = np.where(kinds >> 32 & trees.CATEGORICAL, 1, MAX_TESTS)
    return np.append(np.flatnonzero(since % longest == 0)[1:], count)


def _in_order(ensemble: Ensemble) -> tuple[Ints, Ints, Ints]:
    """Tree of each node, its lowest leaf, counted within the tree from the left, and the leaves of each tree."""
    split = ensemble.feature >= 0
    levels = list(walk(ensemble))
    tree, low, leaves = (np.zeros(len(split), np.int64) for _ in range(3))
    leaves[~split] = 1
    for nodes, numbers in reversed(levels):
        tree[nodes] = numbers
        parents = nodes[split[nodes]]
        leaves[parents] = leaves[ensemble.left[parents]] + leaves[ensemble.right[parents]]
    for nodes, _ in levels:
        parents = nodes[split[nodes]]
        left, right = ensemble.left[parents], ensemble.right[parents]
        low[left] = low[parents]
        low[right] = low[parents] + leaves[left]
    return tree, low, leaves[ensemble.roots]


def _table(tree: Ints, place: Ints, rows: tuple[Ints, ...], splits: Ints) -> tuple[NDArray[np.uint8], Ints]:
    """Tables of all groups, one after the other, and the splits of each group's largest tree, at least one."""
    made, largest = [], []
    for first in range(0, len(splits), LANES):
        lanes = min(LANES, len(splits) - first)
        largest.append(max(1, int(splits[first : first + lanes].max())))
        table = np.zeros((largest[-1], 3, -(-lanes // STEP) * STEP), np.uint8)
        table[:, 1] = ALL
        here = (tree >= first) & (tree < first + lanes)
        table[place[here], :, tree[here] - first] = np.stack([row[here] for row in rows], axis=1)
        made.append(table.ravel())
    return np.concatenate(made), np.array(largest)


def _numbered(rows: NDArray[Any]) -> tuple[NDArray[Any], Value | None]:
    """Rows of leaves for a table of all leaves, and where that is smaller each row once, and their numbers."""
    number, kept = _distinct_rows(rows, np.zeros(len(rows), np.int64))
    if len(kept) > 1 << 16 or rows[kept].nbytes + 2 * len(rows) >= rows.nbytes:
        return rows, None
    return rows[kept], constant(number, "uint16")
