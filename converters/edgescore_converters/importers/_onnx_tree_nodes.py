"""The nodes_* attributes of an ai.onnx.ml tree ensemble as sorted arrays, and every branch mode as a normal split.

Owns ids, roots and modes; what leaves are worth is `_onnx_trees`. Refuses nodes that are missing, doubled or cyclic.

ONNX Runtime cuts off fractions where it tests membership in a large set, and nowhere else; so do category sets here,
and an ensemble that has such sets makes all its other tests of equality by columns that hold what a number is equal to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._tree_builder import EnsembleBuilder
from ._trees import CORRUPT, MAX_CATEGORY, CategoryRule

_MODES = ("LEAF", "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER")
LEAF, _LEQ, _LT, _GT, _GTE, _EQ, _NEQ, _MEMBER = range(len(_MODES))
# Equality with larger numbers takes a column rather than a bit of a set for each number below.
MAX_CODE = 2**16
_SMALL_SET = 30  # entries, and the largest of them


def text(value: Any) -> Any:
    """Bytes as str; all else as it is."""
    return value.decode() if isinstance(value, bytes) else value


def integers(attributes: Mapping[str, Any], name: str) -> NDArray[np.int64]:
    """Attribute `name` as a vector, empty if it is not there."""
    return np.asarray(attributes.get(name, ()), np.int64)


def floats(attributes: Mapping[str, Any], name: str) -> NDArray[np.float64]:
    """Attribute `name`, rounded to the float32 it is stored in, or its double precision twin `name`_as_tensor."""
    wide = attributes.get(f"{name}_as_tensor")
    if wide is not None and np.size(wide):
        return np.asarray(wide, np.float64).reshape(-1)
    return np.asarray(attributes.get(name, ()), np.float32).astype(np.float64)


class TreeNodes:
    """All nodes as arrays, sorted by tree in order of appearance with the root first; children are row numbers."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        trees, numbers = (integers(attributes, f"nodes_{name}") for name in ("treeids", "nodeids"))
        modes = [text(mode) for mode in attributes.get("nodes_modes", ())]
        members: Mapping[int, NDArray[np.float64]] = attributes.get("nodes_members", {})
        known = _MODES if members else _MODES[:_MEMBER]
        if unknown := sorted(set(modes) - set(known)):
            reason = "it is no branch mode of this operator"
            raise UnsupportedError([Unsupported(f"nodes_modes {name}", reason, "export again") for name in unknown])
        columns = {
            "feature": integers(attributes, "nodes_featureids"),
            "true": integers(attributes, "nodes_truenodeids"),
            "false": integers(attributes, "nodes_falsenodeids"),
            "value": floats(attributes, "nodes_values"),
            "mode": np.asarray([_MODES.index(mode) for mode in modes], np.int64),
            "track": integers(attributes, "nodes_missing_value_tracks_true"),
        }
        count = len(trees)
        if not len(columns["track"]):
            columns["track"] = np.zeros(count, np.int64)
        if wrong := [name for name, column in columns.items() if len(column) != count] or len(numbers) != count:
            raise ConvertError(f"the nodes_* attributes have different lengths ({wrong}): {CORRUPT}")
        if not count:
            raise ConvertError("the node has no trees: train the model for at least one iteration")
        _, first, inverse = np.unique(trees, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))[inverse]
        self.n_trees = len(first)
        self.ids = (trees, numbers)
        self.where = np.arange(count)
        self._index(trees, numbers)
        split = columns["mode"] != LEAF
        child = {name: np.zeros(count, np.int64) for name in ("true", "false")}
        for name, rows in child.items():
            rows[split] = self.find(trees[split], columns[name][split], f"nodes_{name}nodeids")
        is_child = np.zeros(count, np.bool_)
        is_child[np.concatenate([rows[split] for rows in child.values()])] = True
        # The root is the first node of a tree that is no child; the others keep their order.
        by_tree = np.lexsort((np.arange(count), is_child, rank))
        self.starts = np.concatenate([[0], np.cumsum(np.bincount(rank))])
        roots = by_tree[self.starts[:-1]]
        if np.any(bad := is_child[roots]):
            raise ConvertError(f"tree {trees[roots[bad][0]]} has no root, its nodes are cyclic: {CORRUPT}")
        is_root = np.zeros(count, np.bool_)
        is_root[roots] = True
        order = np.lexsort((np.arange(count), ~is_root, rank))
        self.where[order] = np.arange(count)
        self.tree_id, self.node_id = trees[order], numbers[order]
        self.true, self.false = (self.where[child[name][order]] for name in ("true", "false"))
        self.mode, self.value, self.track = (columns[name][order] for name in ("mode", "value", "track"))
        self.feature = np.where(self.mode == LEAF, -1, columns["feature"][order])
        self._members = {int(self.where[row]): values for row, values in members.items()}
        # How the category sets of `add_to` take fractions.
        large = any(_is_large(values) for values in self._members.values())
        self.category_rule: CategoryRule = "truncate" if large else "exact"

    def _index(self, trees: NDArray[np.int64], numbers: NDArray[np.int64]) -> None:
        if np.any((trees < 0) | (trees >= 2**31) | (numbers < 0) | (numbers >= 2**31)):
            raise ConvertError(f"nodes_treeids and nodes_nodeids hold numbers outside 0..2^31-1: {CORRUPT}")
        keys = trees << 32 | numbers
        self.sorting = np.argsort(keys, kind="stable")
        self.keys = keys[self.sorting]
        if np.any(same := np.diff(self.keys) == 0):
            key = int(self.keys[np.argmax(same)])
            raise ConvertError(f"tree {key >> 32}, node {key & (2**32 - 1)} is there twice: {CORRUPT}")

    def find(self, trees: NDArray[np.int64], numbers: NDArray[np.int64], what: str) -> NDArray[np.int64]:
        """Rows of the nodes with these ids; ConvertError names the first that is not there."""
        keys = trees << 32 | numbers
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        if np.any(lost := (self.keys[at] != keys) | (numbers < 0)):
            raise ConvertError(f"{what} names tree {trees[lost][0]}, node {numbers[lost][0]}, not there: {CORRUPT}")
        return self.where[self.sorting[at]]

    def add_to(self, builder: EnsembleBuilder, number: int, target: int, values: NDArray[np.float64]) -> None:
        """Adds tree `number`; `values` by row of all nodes."""
        part = slice(self.starts[number], self.starts[number + 1])
        mode, feature = self.mode[part], self.feature[part].copy()
        # Of x > v and x != v the false branch becomes the left one.
        true_left = np.isin(mode, (LEAF, _LEQ, _LT, _EQ, _MEMBER))
        true, false = self.true[part] - part.start, self.false[part] - part.start
        categories = {}
        for row in np.flatnonzero(np.isin(mode, (_EQ, _NEQ, _MEMBER))).tolist():
            at = part.start + row
            numbers = self._members[at] if mode[row] == _MEMBER else self.value[at : at + 1]
            if self._fits_set(numbers):
                categories[row] = numbers.astype(np.int64)
            else:
                feature[row], codes = builder.match(int(feature[row]), numbers.tolist())
                categories[row] = np.asarray(codes, np.int64)
        builder.add_tree(
            feature=feature,
            threshold=self.value[part],
            left=np.where(true_left, true, false),
            right=np.where(true_left, false, true),
            missing_left=((self.track[part] != 0) | (mode == _NEQ)) == true_left,
            values=values[part],
            target=target,
            strict=np.isin(mode, (_LT, _GTE)),
            categories=categories,
        )

    def _fits_set(self, numbers: NDArray[Any]) -> bool:
        if self.category_rule == "truncate":
            return _is_large(numbers) and bool(np.all((numbers >= 0) & (numbers <= MAX_CATEGORY)))
        return bool(np.all((numbers >= 0) & (numbers <= MAX_CODE) & (numbers == np.floor(numbers))))


def _is_large(numbers: NDArray[Any]) -> bool:
    """Whether ONNX Runtime keeps the numbers as a list in place of bits."""
    return len(numbers) > _SMALL_SET or not bool(np.all((numbers >= 0) & (numbers <= _SMALL_SET)))
