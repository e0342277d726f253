"""ai.onnx.ml TreeEnsemble (opset 5) as the attributes of TreeEnsembleRegressor, which the loader reads.

The newer operator numbers splits and leaves apart, has numbers where the older has words, and one branch mode more:
BRANCH_MEMBER, whose sets are `nodes_members` here, by node. A leaf that several branches share is given to each of
them, as ONNX Runtime does; a split that is shared or in a cycle is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._trees import CORRUPT

_MODES = (
    *("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER"),
    "LEAF",
)
_MEMBER, _LEAF = 6, 7
_AGGREGATES = ("AVERAGE", "SUM", "MIN", "MAX")
# The specification numbers SOFTMAX 1 and LOGISTIC 2; ONNX Runtime (1.31), which decides here, does the other at each.
_POSTS = ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT")
Ints = NDArray[np.int64]


def as_regressor(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a TreeEnsemble, as lists or arrays, in terms of a TreeEnsembleRegressor.

    Split i is node i of its tree; the leaf behind its true branch is node n + 2 i, that behind the other n + 2 i + 1.
    Raises ConvertError naming the tree and the split for a child that is not there or reached twice.
    """
    mode = np.asarray(attributes.get("nodes_modes", ()), np.int64)
    count = len(mode)
    features, splits = _column(attributes, "nodes_featureids", count), _numbers(attributes, "nodes_splits", count)
    children, leaves = (
        np.stack([_column(attributes, f"nodes_{side}{part}", count) for side in ("true", "false")], axis=1)
        for part in ("nodeids", "leafs")
    )
    targets = np.asarray(attributes.get("leaf_targetids", ()), np.int64)
    weights = _numbers(attributes, "leaf_weights", len(targets))
    if np.any(bad := (mode < 0) | (mode > _MEMBER)):
        raise ConvertError(f"nodes_modes has {mode[bad][0]}, which is no branch mode: {CORRUPT}")
    at_leaf = leaves != 0
    lost = (children < 0) | (children >= np.where(at_leaf, len(targets), count))
    if np.any(lost):
        split = int(np.argmax(lost.any(axis=1)))
        raise ConvertError(f"split {split} has a child that is not there: {CORRUPT}")
    tree = _trees(np.asarray(attributes.get("tree_roots", ()), np.int64), children, at_leaf)
    kept = np.flatnonzero(tree >= 0)
    # A tree of one leaf is a split with that leaf on both sides, of which the rest means nothing.
    roots = np.asarray(attributes["tree_roots"], np.int64)
    lone = roots[at_leaf[roots].all(axis=1) & (children[roots, 0] == children[roots, 1])]
    sets = _members(attributes, mode)
    mode[lone] = _LEAF
    split = kept[mode[kept] != _LEAF]
    place = count + 2 * np.arange(count)[:, None] + np.arange(2)
    parent, side = np.nonzero(at_leaf & ((tree >= 0) & (mode != _LEAF))[:, None])
    nodes = np.concatenate([kept, place[parent, side]])
    owner = np.concatenate([tree[kept], tree[parent]])
    padding = np.zeros(len(parent), np.int64)
    tracks = _column(attributes, "nodes_missing_value_tracks_true", count, optional=True)
    holders = np.concatenate([lone, place[parent, side]])
    leaf = np.concatenate([children[lone, 0], children[parent, side]])
    number = {int(node): position for position, node in enumerate(kept.tolist())} if sets else {}
    onward = np.where(at_leaf, place, children)
    return {
        "nodes_treeids": owner,
        "nodes_nodeids": nodes,
        "nodes_featureids": np.concatenate([features[kept], padding]),
        "nodes_modes": [_MODES[each] for each in mode[kept].tolist()] + ["LEAF"] * len(parent),
        "nodes_values_as_tensor": np.concatenate([np.where(mode == _MEMBER, 0.0, splits)[kept], padding]),
        "nodes_truenodeids": np.concatenate([onward[kept, 0], padding]),
        "nodes_falsenodeids": np.concatenate([onward[kept, 1], padding]),
        "nodes_missing_value_tracks_true": np.concatenate([tracks[kept], padding]),
        "nodes_members": {number[node]: sets[node] for node in split.tolist() if mode[node] == _MEMBER},
        "target_treeids": np.concatenate([tree[lone], tree[parent]]),
        "target_nodeids": holders,
        "target_ids": targets[leaf],
        "target_weights_as_tensor": weights[leaf],
        "n_targets": int(attributes.get("n_targets", 1)),
        "aggregate_function": _word(attributes, "aggregate_function", _AGGREGATES, 1),
        "post_transform": _word(attributes, "post_transform", _POSTS, 0),
    }


def _word(attributes: Mapping[str, Any], name: str, words: tuple[str, ...], default: int) -> str:
    number = int(attributes.get(name, default))
    if not 0 <= number < len(words):
        reason = f"it is none of 0 to {len(words) - 1}"
        raise UnsupportedError([Unsupported(f"{name} {number}", reason, "export the model again")])
    return words[number]


def _column(attributes: Mapping[str, Any], name: str, count: int, optional: bool = False) -> Ints:
    column = np.asarray(attributes.get(name, ()), np.int64)
    if optional and not len(column):
        return np.zeros(count, np.int64)
    if len(column) != count:
        raise ConvertError(f"{name} has {len(column)} entries for {count} nodes: {CORRUPT}")
    return column


def _numbers(attributes: Mapping[str, Any], name: str, count: int) -> NDArray[np.float64]:
    column = np.asarray(attributes.get(name, ()), np.float64).reshape(-1)
    if len(column) != count:
        raise ConvertError(f"{name} has {len(column)} entries where {count} should be: {CORRUPT}")
    return column


def _trees(roots: Ints, children: Ints, at_leaf: NDArray[np.bool_]) -> Ints:
    """The tree of each split, -1 for those that no root leads to."""
    if not len(roots):
        raise ConvertError("the node has no trees: train the model for at least one iteration")
    if np.any((roots < 0) | (roots >= len(children))):
        raise ConvertError(f"tree_roots names a split that is not there: {CORRUPT}")
    tree = np.full(len(children), -1, np.int64)
    place = np.empty(len(children), np.int64)
    nodes, numbers = roots, np.arange(len(roots))
    while len(nodes):
        place[nodes] = np.arange(len(nodes))
        again = (tree[nodes] >= 0) | (place[nodes] != np.arange(len(nodes)))
        if np.any(again):
            where = f"tree {numbers[again][0]}, split {nodes[again][0]}"
            raise ConvertError(f"{where} is reached twice (shared or cyclic children): {CORRUPT}")
        tree[nodes] = numbers
        parent, side = np.nonzero(~at_leaf[nodes])
        nodes, numbers = children[nodes[parent], side], numbers[parent]
    return tree


def _members(attributes: Mapping[str, Any], mode: Ints) -> dict[int, NDArray[np.float64]]:
    """The set of each node that tests membership: they follow each other, a NaN behind each."""
    nodes = np.flatnonzero(mode == _MEMBER)
    if not len(nodes):
        return {}
    values = np.asarray(attributes.get("membership_values", ()), np.float64).reshape(-1)
    ends = np.flatnonzero(np.isnan(values))
    if len(ends) < len(nodes):  # the last NaN may be left out
        ends = np.append(ends, len(values))
    if len(ends) < len(nodes):
        raise ConvertError(f"membership_values has {len(ends)} sets for {len(nodes)} nodes: {CORRUPT}")
    starts = np.append(0, ends[:-1] + 1)
    return {int(node): values[start:end] for node, start, end in zip(nodes, starts, ends, strict=False)}
