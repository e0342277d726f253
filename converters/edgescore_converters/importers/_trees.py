"""The one normal form of all tree sources: flat arrays over all nodes of all trees, plus its slow exact evaluation.

`Ensemble` says where a row goes and what is summed, in the source's own arithmetic, so that a later step can prove that
nothing changed. It refuses anything ambiguous (`validate`): shared or cyclic children, features beyond the width, NaN
thresholds, thresholds that the compare type cannot hold. What follows the sum is `TreeModel.link`, not here.
`_tree_builder` is how importers make one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgescore_converters.errors import ConvertError

FloatType = Literal["float32", "float64"]
CategoryRule = Literal["floor", "truncate", "exact"]

# LightGBM's kZeroThreshold: the float32 nearest 1e-35, held as a double.
ZERO_LIMIT = float(np.float32(1e-35))
# Category codes must fit an int32, the widest that any source gives.
MAX_CATEGORY = 2**31 - 1
CORRUPT = "the source is corrupt, save the model again"


@dataclass
class Ensemble:
    """Decision trees over `n_features` inputs that sum to `n_outputs` numbers; N nodes, T trees, L leaves.

    A node with `feature` >= 0 is a split. It sends NaN (and |x| <= ZERO_LIMIT where `zero_missing`) to the side that
    `missing_left` names; else, with `category_set` -1, x goes left iff x <= threshold, both in `compare_dtype`; else x
    goes left iff its category is in that set. The category of x is floor(x), trunc(x), or x if it is an integer, by
    `category_rule` ("floor", "truncate", "exact"); one that is negative, too large or no integer is in no set.
    """

    n_features: int
    roots: NDArray[np.int32]  # [T] node index, trees in the source's summing order
    feature: NDArray[np.int32]  # [N] -1 marks a leaf
    threshold: NDArray[np.float64]  # [N] always a value of compare_dtype
    left: NDArray[np.int32]  # [N] node index, unused for leaves
    right: NDArray[np.int32]  # [N]
    missing_left: NDArray[np.bool_]  # [N]
    zero_missing: NDArray[np.bool_]  # [N]
    category_set: NDArray[np.int32]  # [N] -1 or an index in category_sets
    category_sets: list[NDArray[np.int64]]  # each sorted, unique, not negative
    leaf: NDArray[np.int32]  # [N] row in leaves, -1 for splits
    leaves: NDArray[np.float64]  # [L, 1], or [L, n_outputs] for vector leaves; weights already applied
    target: NDArray[np.int32]  # [T] the output a tree adds to, -1 when leaves are vectors
    n_outputs: int
    base: NDArray[np.float64]  # [n_outputs] added before the trees
    divisor: float  # the sum is divided by it
    compare_dtype: FloatType  # what the source casts a feature to before comparing
    sum_dtype: FloatType  # what the source accumulates in
    category_rule: CategoryRule = "floor"

    def raw(self, x: ArrayLike) -> NDArray[np.float64]:
        """Sums of the rows `x` [n, n_features], as [n, n_outputs]: base, then trees in order, then the divisor.

        Every step rounds in `sum_dtype`, as the source does. Raises ConvertError for another width.
        """
        with np.errstate(over="ignore"):
            values = np.asarray(x).astype(self.compare_dtype)
        if values.ndim != 2 or values.shape[1] != self.n_features:
            raise ConvertError(f"rows have shape {values.shape}; give a table of {self.n_features} columns")
        total = np.repeat(self.base.astype(self.sum_dtype)[None, :], len(values), axis=0)
        leaves = self.leaves.astype(self.sum_dtype)
        for root, target in zip(self.roots, self.target, strict=True):
            rows = leaves[self.leaf[self.leaf_nodes(values, root)]]
            if target < 0:
                total += rows
            else:
                total[:, target] += rows[:, 0]
        if self.divisor != 1:
            total /= np.dtype(self.sum_dtype).type(self.divisor)
        return total.astype(np.float64)

    def leaf_nodes(self, values: NDArray[Any], root: np.int32) -> NDArray[np.int32]:
        """The leaf that each row of `values` [n, n_features], in compare_dtype, reaches from `root`: a node index."""
        node = np.full(len(values), root, np.int32)
        active = np.flatnonzero(self.feature[node] >= 0)
        while active.size:
            at = node[active]
            left = self._goes_left(at, values[active, self.feature[at]])
            node[active] = np.where(left, self.left[at], self.right[at])
            active = active[self.feature[node[active]] >= 0]
        return node

    def _goes_left(self, at: NDArray[np.int32], x: NDArray[Any]) -> NDArray[np.bool_]:
        left = x <= self.threshold[at]
        categorical = np.flatnonzero(self.category_set[at] >= 0)
        if categorical.size:
            left[categorical] = self._in_set(self.category_set[at[categorical]], x[categorical])
        missing = np.isnan(x) | (self.zero_missing[at] & (np.abs(x) <= ZERO_LIMIT))
        return np.where(missing, self.missing_left[at], left)

    def _in_set(self, sets: NDArray[np.int32], x: NDArray[Any]) -> NDArray[np.bool_]:
        code = np.trunc(x) if self.category_rule == "truncate" else np.floor(x)
        valid = (code >= 0) & (code <= MAX_CATEGORY)
        if self.category_rule == "exact":
            valid &= code == x
        key = (sets.astype(np.int64) << 32) | np.where(valid, code, 0).astype(np.int64)
        keys = self._set_keys
        found = np.minimum(np.searchsorted(keys, key), max(len(keys) - 1, 0))
        return valid & (keys[found] == key) if len(keys) else np.zeros(len(x), np.bool_)

    @cached_property
    def _set_keys(self) -> NDArray[np.int64]:
        keys = [(np.int64(index) << 32) | codes for index, codes in enumerate(self.category_sets)]
        return np.concatenate([np.empty(0, np.int64), *keys])

    def validate(self) -> None:
        """Raises ConvertError naming tree and node for whatever would make an answer wrong or undefined."""
        if not len(self.roots):
            raise ConvertError("the model has no trees: train it for at least one iteration")
        if len(self.target) != len(self.roots) or len(self.base) != self.n_outputs or self.leaves.ndim != 2:
            raise ConvertError("targets, base or leaves do not fit the outputs: the importer built a wrong ensemble")
        vector = self.target < 0
        if not (np.all(vector) or not np.any(vector)) or np.any(self.target >= self.n_outputs):
            raise ConvertError(f"trees add to outputs outside 0..{self.n_outputs - 1}: {CORRUPT}")
        if self.leaves.shape[1] != (self.n_outputs if vector[0] else 1):
            raise ConvertError(f"leaves hold {self.leaves.shape[1]} values for {self.n_outputs} outputs")
        for values, name in (
            (self.base, "base score"),
            (self.leaves, "leaf value"),
            (np.float64(self.divisor), "divisor"),
        ):
            if not np.all(np.isfinite(values)):
                raise ConvertError(f"a {name} is not finite: train again without NaN or infinite targets and weights")
        if self.divisor == 0:
            raise ConvertError(f"the divisor is 0: {CORRUPT}")
        tree_of = np.full(len(self.feature), -1, np.int64)
        for nodes, trees in walk(self):
            tree_of[nodes] = trees
        split = self.feature >= 0
        numeric = split & (self.category_set < 0)
        self._refuse(tree_of, tree_of < 0, "is reached by no path")
        self._refuse(
            tree_of, self.feature >= self.n_features, f"splits on a feature beyond the {self.n_features} inputs"
        )
        self._refuse(tree_of, numeric & np.isnan(self.threshold), "has a NaN threshold")
        with np.errstate(over="ignore"):
            rounded = self.threshold.astype(self.compare_dtype)
        self._refuse(tree_of, numeric & (rounded != self.threshold), f"has a threshold that is no {self.compare_dtype}")
        self._refuse(tree_of, self.category_set >= len(self.category_sets), "names a category set that is not there")
        self._refuse(
            tree_of, ~split & ((self.leaf < 0) | (self.leaf >= len(self.leaves))), "names a leaf that is not there"
        )
        for index, codes in enumerate(self.category_sets):
            if len(codes) and (codes[0] < 0 or codes[-1] > MAX_CATEGORY or np.any(np.diff(codes) <= 0)):
                raise ConvertError(f"category set {index} is not sorted within 0..{MAX_CATEGORY}: {CORRUPT}")

    def _refuse(self, tree_of: NDArray[np.int64], bad: NDArray[np.bool_], what: str) -> None:
        if np.any(bad):
            node, tree = int(np.argmax(bad)), int(tree_of[np.argmax(bad)])
            if tree < 0:  # no path leads to it: the last root before it is the tree whose array it came with
                tree = int(np.argmax(np.where(self.roots <= node, self.roots, -1)))
            raise ConvertError(f"tree {tree}, node {node - self.roots[tree]} {what}: {CORRUPT}")

    def stats(self) -> dict[str, int]:
        """Counts that describe the size: trees, nodes, leaves, max_depth (edges), features used, categorical splits."""
        return {
            "trees": len(self.roots),
            "nodes": len(self.feature),
            "leaves": int(np.sum(self.feature < 0)),
            "max_depth": sum(1 for _ in walk(self)) - 1,
            "features": len(np.unique(self.feature[self.feature >= 0])),
            "categorical_splits": int(np.sum(self.category_set >= 0)),
        }


def walk(trees: Ensemble) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Levels of all trees at once, from the roots down, as (nodes, their tree numbers).

    Raises ConvertError at a child index out of range or a node that is reached twice (shared or cyclic children).
    """
    count = len(trees.feature)
    nodes, numbers = trees.roots.astype(np.int64), np.arange(len(trees.roots))
    reached = np.zeros(count, np.bool_)
    place = np.empty(count, np.int64)

    def refuse(bad: NDArray[np.bool_], at: NDArray[np.int64], of: NDArray[np.int64], what: str) -> None:
        if np.any(bad):
            tree, node = of[bad][0], at[bad][0]
            raise ConvertError(f"tree {tree}, node {node - trees.roots[tree]} {what}: {CORRUPT}")

    refuse((nodes < 0) | (nodes >= count), nodes, numbers, "is a root that is not there")
    while nodes.size:
        # Of equal nodes in one level only the last finds its own place again.
        place[nodes] = np.arange(len(nodes))
        again = reached[nodes] | (place[nodes] != np.arange(len(nodes)))
        refuse(again, nodes, numbers, "is reached twice (shared or cyclic children)")
        reached[nodes] = True
        yield nodes, numbers
        split = trees.feature[nodes] >= 0
        parents, numbers = np.tile(nodes[split], 2), np.tile(numbers[split], 2)
        nodes = np.concatenate([trees.left[nodes[split]], trees.right[nodes[split]]]).astype(np.int64)
        refuse((nodes < 0) | (nodes >= count), parents, numbers, "has a child that is not there")
