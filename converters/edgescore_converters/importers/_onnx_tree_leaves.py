"""What the leaves of an ai.onnx.ml tree ensemble add up to: weights by leaf and output, summed or pooled.

Owns the choice between trees of one output and vectors, and the trees of a minimum or maximum, which have an output
each. Refuses a minimum or maximum over trees that have no weight for an output in some leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import Unsupported, UnsupportedError

from ._onnx_tree_nodes import LEAF, TreeNodes
from ._tree_builder import EnsembleBuilder
from ._tree_stages import Pool
from ._trees import FloatType

# aggregate_function -> level of the quantile that it is.
LEVELS = {"MIN": 0.0, "MAX": 1.0}


@dataclass(frozen=True)
class Leaves:
    """`weights` [w] for output `ids` [w] of the leaves at rows `holders` [w] of `nodes`."""

    nodes: TreeNodes
    holders: NDArray[np.int64]
    ids: NDArray[np.int64]
    weights: NDArray[np.float64]
    n_outputs: int

    @cached_property
    def tree(self) -> NDArray[np.int64]:
        """[w] the tree of each leaf."""
        return np.searchsorted(self.nodes.starts, self.holders, side="right") - 1

    @cached_property
    def named(self) -> NDArray[np.float64]:
        """[n_trees, n_outputs] the share of a tree's leaves that have a weight for an output."""
        pairs = np.unique(np.stack([self.holders, self.tree, self.ids], axis=1), axis=0)
        named = np.zeros((self.nodes.n_trees, self.n_outputs))
        np.add.at(named, (pairs[:, 1], pairs[:, 2]), 1)
        return named / np.add.reduceat(self.nodes.mode == LEAF, self.nodes.starts[:-1])[:, None]


def add_summed(builder: EnsembleBuilder, leaves: Leaves, last: NDArray[np.float64]) -> None:
    """Adds every tree: with a number in each leaf where each serves one output, else with vectors; and `last`.

    ONNX Runtime adds base values after the trees, which rounds otherwise than before them: one-leaf trees do it.
    """
    targets, values = _targets(leaves)
    for number, target in enumerate(targets.tolist()):
        leaves.nodes.add_to(builder, number, target, values)
    for target, value in [(-1, last)] if targets[0] < 0 and len(last) else enumerate(last):
        leaf = np.asarray([value])
        builder.add_tree(
            feature=[-1], threshold=[0], left=[0], right=[0], missing_left=[False], values=leaf, target=target
        )


def _targets(leaves: Leaves) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(output of each tree, value of each row), or -1 and vectors."""
    n_trees, n_outputs, count = leaves.nodes.n_trees, leaves.n_outputs, len(leaves.nodes.mode)
    low, high = np.full(n_trees, n_outputs), np.full(n_trees, -1)
    np.minimum.at(low, leaves.tree, leaves.ids)
    np.maximum.at(high, leaves.tree, leaves.ids)
    if n_outputs == 1 or np.all((low == high) | (high < 0)):
        values = np.zeros(count)
        np.add.at(values, leaves.holders, leaves.weights)
        return np.where(high < 0, 0, low) if n_outputs > 1 else np.zeros(n_trees, np.int64), values
    vectors = np.zeros((count, n_outputs))
    np.add.at(vectors, (leaves.holders, leaves.ids), leaves.weights)
    return np.full(n_trees, -1), vectors


def add_pooled(
    leaves: Leaves, base: NDArray[np.float64], aggregate: str, width: int, dtype: FloatType
) -> tuple[EnsembleBuilder, Pool]:
    """A builder with each tree once for each output that it has weights for, and the minimum or maximum over them."""
    trees, outputs = np.nonzero(leaves.named.T > 0)[::-1]
    part = f"aggregate_function {aggregate}"
    if np.any(partly := leaves.named[trees, outputs] < 1):
        reason = f"tree {trees[partly][0]} has leaves without a weight for target {outputs[partly][0]}"
        raise UnsupportedError([Unsupported(part, reason, "give each leaf a weight for every target")])
    if lost := sorted(set(range(leaves.n_outputs)) - set(outputs.tolist())):
        reason = f"no tree has weights for target {lost[0]}"
        raise UnsupportedError([Unsupported(part, reason, "leave the target out")])
    builder = EnsembleBuilder(width, len(trees), dtype, dtype)
    best = np.minimum if aggregate == "MIN" else np.maximum
    for column, (tree, output) in enumerate(zip(trees.tolist(), outputs.tolist(), strict=True)):
        mine = (leaves.tree == tree) & (leaves.ids == output)
        values = np.full(len(leaves.nodes.mode), -np.inf if aggregate == "MAX" else np.inf)
        best.at(values, leaves.holders[mine], leaves.weights[mine])
        leaves.nodes.add_to(builder, tree, column, values)
    columns = [np.flatnonzero(outputs == output) for output in range(leaves.n_outputs)]
    offsets = base if len(base) else np.zeros(leaves.n_outputs)
    return builder, Pool(LEVELS[aggregate], columns, [np.ones(len(each)) for each in columns], offsets)
