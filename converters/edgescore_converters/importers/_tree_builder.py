"""Makes an Ensemble from whole arrays, a tree at a time and never a node at a time.

Owns the normalisations that every source needs: tree-relative to absolute children, `<` to `<=`, thresholds to the
compare type, equal category sets stored once, deleted nodes dropped. Refuses what
`Ensemble.validate` refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgescore_converters.errors import ConvertError

from ._tree_stages import Matches
from ._trees import CORRUPT, CategoryRule, Ensemble, FloatType, walk

# More than any device model, and few enough that a corrupt count does not exhaust memory.
MAX_WIDTH = 2**20


def at_most(threshold: ArrayLike, dtype: FloatType) -> NDArray[np.float64]:
    """The largest value of `dtype` that is <= threshold: for x of that type, x <= threshold asks the same of both."""
    exact = np.asarray(threshold, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        near = exact.astype(dtype)
        down = np.nextafter(near, np.asarray(-np.inf, near.dtype))
    # + 0.0 turns -0.0 into 0.0: the two compare alike, and equal thresholds should have equal bits.
    return np.where(near > exact, down, near).astype(np.float64) + 0.0


def less_than(threshold: ArrayLike, dtype: FloatType) -> NDArray[np.float64]:
    """The largest value of `dtype` that is < threshold; -inf stays, although nothing is less than it."""
    exact = np.asarray(threshold, np.float64)
    near = at_most(exact, dtype).astype(dtype)
    with np.errstate(over="ignore"):
        down = np.nextafter(near, np.asarray(-np.inf, near.dtype))
    return np.where(near == exact, down, near).astype(np.float64) + 0.0


class EnsembleBuilder:
    """Collects trees with tree-relative children and puts them together into a valid Ensemble."""

    def __init__(self, n_features: int, n_outputs: int, compare_dtype: FloatType, sum_dtype: FloatType) -> None:
        if not (1 <= n_features <= MAX_WIDTH and 1 <= n_outputs <= MAX_WIDTH):
            raise ConvertError(
                f"the model has {n_features} inputs and {n_outputs} outputs, not 1 to {MAX_WIDTH}: {CORRUPT}"
            )
        self.n_features = n_features
        self.n_outputs = n_outputs
        self.compare_dtype: FloatType = compare_dtype
        self.sum_dtype: FloatType = sum_dtype
        self._trees: list[dict[str, NDArray[Any]]] = []
        self._target: list[int] = []
        self._leaves: list[NDArray[np.float64]] = []
        self._size = 0
        self._n_leaves = 0
        self._set_of: dict[bytes, int] = {}
        self._sets: list[NDArray[np.int64]] = []
        self._matched: dict[int, dict[float, int]] = {}

    def match(self, feature: int, values: Iterable[float]) -> tuple[int, list[int]]:
        """(column, codes): x is one of `values` iff the category of that further column is one of `codes`.

        For equality with numbers that are no categories; `matches` are then part of the model.
        """
        if not 0 <= feature < self.n_features:
            return feature, []  # validate refuses it
        known = self._matched.setdefault(feature, {})
        codes = [known.setdefault(float(value), len(known)) for value in values]
        return self.n_features + list(self._matched).index(feature), codes

    @property
    def matches(self) -> Matches | None:
        """The columns that `match` made."""
        if not self._matched:
            return None
        values = [np.asarray(list(known), np.float64) for known in self._matched.values()]
        return Matches(np.asarray(list(self._matched), np.int64), values)

    def add_tree(
        self,
        *,
        feature: ArrayLike,
        threshold: ArrayLike,
        left: ArrayLike,
        right: ArrayLike,
        missing_left: ArrayLike,
        values: ArrayLike,
        target: int = -1,
        strict: ArrayLike = False,
        zero_missing: ArrayLike = False,
        categories: Mapping[int, ArrayLike] | None = None,
    ) -> None:
        """Adds one tree of n nodes, node 0 its root; feature -1 marks a leaf.

        `values` [n] or [n, V] counts at leaves only. `strict` marks nodes that ask x < threshold in place of <=.
        `categories` maps a node to the codes that go left. Raises ConvertError when lengths differ.
        """
        number, count = len(self._trees), len(np.asarray(feature))
        if count == 0:
            raise ConvertError(f"tree {number} has no nodes: {CORRUPT}")
        if not -1 <= target < self.n_outputs:
            raise ConvertError(f"tree {number} adds to output {target} of {self.n_outputs}: {CORRUPT}")
        with np.errstate(invalid="ignore"):  # NaN is found by validate
            exact, table = np.asarray(threshold, np.float64), np.asarray(values, np.float64)
        strict = np.broadcast_to(np.asarray(strict, np.bool_), (count,))
        leaf = np.asarray(feature) < 0
        tree: dict[str, NDArray[Any]] = {
            "feature": np.where(leaf, -1, feature).astype(np.int32),
            "threshold": at_most(exact, self.compare_dtype),
            "left": self._absolute(left, leaf),
            "right": self._absolute(right, leaf),
            "missing_left": np.asarray(missing_left, np.bool_),
            "zero_missing": np.broadcast_to(np.asarray(zero_missing, np.bool_), (count,)),
            "category_set": np.full(count, -1, np.int32),
        }
        tree["leaf"] = np.where(leaf, self._n_leaves + np.cumsum(leaf) - 1, -1).astype(np.int32)
        if wrong := [name for name, array in tree.items() if len(array) != count]:
            raise ConvertError(f"tree {number} has {count} nodes, but {wrong[0]} is of another length: {CORRUPT}")
        if len(table) != count:
            raise ConvertError(f"tree {number} has {count} nodes, but {len(table)} values: {CORRUPT}")
        self._leaves.append(table[leaf].reshape(int(leaf.sum()), -1 if table.ndim > 1 else 1))
        self._n_leaves += int(leaf.sum())
        if np.any(strict):
            tree["threshold"] = np.where(strict, less_than(exact, self.compare_dtype), tree["threshold"])
        tree["threshold"][leaf] = 0
        # Nothing is less than -inf, and no threshold says "never": the empty category set does.
        never = np.flatnonzero(strict & np.isneginf(exact) & ~leaf)
        for node, codes in [*((int(node), ()) for node in never), *(categories or {}).items()]:
            tree["category_set"][node] = self._set_index(np.asarray(codes, np.int64))
            tree["threshold"][node] = 0
        self._trees.append(tree)
        self._target.append(target)
        self._size += count

    def _absolute(self, child: ArrayLike, leaf: NDArray[np.bool_]) -> NDArray[np.int32]:
        """Leaves get 0; a child outside the tree gets -1, which is refused if a path reaches it."""
        relative = np.asarray(child)
        inside = (relative >= 0) & (relative < len(leaf))
        absolute = np.where(inside, relative.astype(np.int64) + self._size, -1).astype(np.int32)
        return np.where(leaf, 0, absolute) if absolute.shape == leaf.shape else absolute

    def _set_index(self, codes: NDArray[np.int64]) -> int:
        codes = np.unique(codes)
        index = self._set_of.setdefault(codes.tobytes(), len(self._sets))
        if index == len(self._sets):
            self._sets.append(codes)
        return index

    def build(
        self,
        base: ArrayLike = 0.0,
        divisor: float = 1.0,
        category_rule: CategoryRule = "floor",
        deleted_nodes: bool = False,
    ) -> Ensemble:
        """The validated Ensemble of all trees added. Raises ConvertError naming the tree and node at fault.

        `deleted_nodes` says that trees may hold nodes that no path leads to; they are dropped, else they are an error.
        """
        if not self._trees:
            raise ConvertError("the model has no trees: train it for at least one iteration")
        widths = {leaves.shape[1] for leaves in self._leaves}
        if len(widths) > 1:
            raise ConvertError(f"trees have leaves of different widths {sorted(widths)}: {CORRUPT}")
        sizes = [len(tree["feature"]) for tree in self._trees]
        # Popping frees each tree's part as soon as it is in the whole.
        flat = {name: np.concatenate([tree.pop(name) for tree in self._trees]) for name in list(self._trees[0])}
        ensemble = Ensemble(
            n_features=self.n_features + len(self._matched),
            roots=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32),
            **flat,
            category_sets=self._sets,
            leaves=np.concatenate(self._leaves),
            target=np.asarray(self._target, np.int32),
            n_outputs=self.n_outputs,
            base=np.broadcast_to(np.asarray(base, np.float64), (self.n_outputs,)).copy(),
            divisor=divisor,
            compare_dtype=self.compare_dtype,
            sum_dtype=self.sum_dtype,
            category_rule=category_rule,
        )
        if deleted_nodes:
            drop_unreached(ensemble)
        ensemble.validate()
        return ensemble


def drop_unreached(ensemble: Ensemble) -> None:
    """Renumbers the nodes that a root leads to, and forgets the others."""
    reached = np.zeros(len(ensemble.feature), np.bool_)
    for nodes, _ in walk(ensemble):
        reached[nodes] = True
    if np.all(reached):
        return
    number = (np.cumsum(reached) - 1).astype(np.int32)
    ensemble.roots = number[ensemble.roots]
    for name in ("feature", "threshold", "missing_left", "zero_missing", "category_set", "leaf", "left", "right"):
        setattr(ensemble, name, getattr(ensemble, name)[reached])
    leaf = ensemble.feature < 0
    ensemble.leaves = ensemble.leaves[ensemble.leaf[leaf]]
    ensemble.leaf[leaf] = np.arange(len(ensemble.leaves))
    for name in ("left", "right"):
        setattr(ensemble, name, np.where(leaf, 0, number[getattr(ensemble, name)]).astype(np.int32))
