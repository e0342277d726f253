"""Packs an Ensemble into a `trees` node with nodes of one word, a third of the size, and a kind for each run of tests.

Works on whole arrays, never a node at a time; `edgescore/ops/trees.py` defines the tables. A word has no room for the
number of a leaf, so equal leaves are not shared: where many are, as in forests of classes, this is the larger form. An
ensemble that it cannot hold, with tests and leaves on the left that take more than 32 bits, is answered with None.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgescore.ops.trees import FLAG_BITS, left_bits
from edgescore_converters.ir import Node, Value, constant

from ._ensemble_nodes import _leaf_values, _Splits
from ._sweep_nodes import _in_order
from ._trees import Ensemble

Ints = NDArray[np.int64]


def small_node(node: Node) -> Node | None:
    """A `trees` node in the place of ``node``, whose nodes are of three words; the same decisions, leaves and sums."""
    ensemble = node.origin
    assert isinstance(ensemble, Ensemble)
    x, nodes, _, kinds, runs, thresholds, leaves, *rest = node.inputs
    tests = _data(nodes)[:, 0].astype(np.int64)
    splits = _Splits.of(ensemble)
    tree, low, count = _in_order(ensemble)
    left = np.ones(splits.count, np.int64)
    left[splits.at] = low[ensemble.right[splits.nodes]] - low[splits.nodes]
    flags_at = 8 * _data(kinds).itemsize - FLAG_BITS
    kind = _data(kinds)[_data(runs).astype(np.int64) - 1].astype(np.int64)
    feature, flags = kind & ((1 << flags_at) - 1), kind >> flags_at
    for itemsize in (2, 4):
        bits = left_bits(itemsize, len(_data(thresholds)))
        if bits > 0 and int(left.max()) < 1 << bits and int(feature.max()) < 1 << (8 * itemsize - FLAG_BITS):
            break
    else:
        return None
    table = f"uint{8 * itemsize}"
    leaf_nodes = np.flatnonzero(ensemble.feature < 0)
    leaf_nodes = leaf_nodes[np.lexsort((low[leaf_nodes], tree[leaf_nodes]))]
    leaf_nodes = np.repeat(
        leaf_nodes, np.where(count[tree[leaf_nodes]] == 1, 2, 1)
    )  # on both sides of what is no split
    count = np.maximum(count, 2)
    assert leaves is not None
    inputs = [
        x,
        constant((tests << bits | left)[:, None], table),
        constant(np.stack([splits.first, np.cumsum(count) - count], axis=1), "uint32"),
        constant(flags << (8 * itemsize - FLAG_BITS) | feature, table),
        constant(_data(runs), table),
        thresholds,
        constant(_leaf_values(ensemble, leaves.dtype)[0][ensemble.leaf[leaf_nodes]]),
        *rest,
    ]
    return Node(node.op, inputs, node.outputs, dict(node.params), ensemble)


def _data(value: Value | None) -> NDArray[np.generic]:
    assert value is not None
    assert value.data is not None
    return value.data
