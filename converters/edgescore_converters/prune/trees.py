"""Removes trees, and splits whose leaves hardly differ, from an Ensemble by their effect on given data.

Effect is squared change of the ensemble's sums on the rows; what is removed leaves its mean behind, in the divisor, the
base or the new leaf. At least one tree stays.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ensembles import ensembles, replace_ensembles
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers._tree_builder import drop_unreached
from edgescore_converters.importers._trees import Ensemble, walk
from edgescore_converters.ir import Array, Graph

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
MAX_ANSWERS = 1 << 24  # of trees to rows that are held at once
# Each leaf counts as if half a row more had reached it, so that splits no row tried are not free to remove.
PRIOR = 0.5


class TreeRemover:
    """Makes the ensembles of ``graph`` smaller; effects are measured once, on rows [n, columns]."""

    def __init__(self, graph: Graph, rows: Array) -> None:
        self.graph = graph
        found = ensembles(graph)
        inputs = evaluate(graph, rows, [x for x, _ in found])
        self._effects = [_Effects(trees, x) for (_, trees), x in zip(found, inputs)]

    def without(self, tree_share: float, split_share: float) -> Graph:
        """A copy of the graph whose ensembles have lost a share of their trees, then a share of the splits left."""
        return replace_ensembles(self.graph, lambda at: self._effects[at].without(tree_share, split_share))


class _Effects:
    """Which tree to drop next, and what collapsing each split costs, over rows x [n, n_features]."""

    def __init__(self, trees: Ensemble, x: Array) -> None:
        self.trees = trees
        with np.errstate(over="ignore"):
            values = np.asarray(x).astype(trees.compare_dtype)
        reached = np.array([trees.leaf_nodes(values, root) for root in trees.roots])
        self.vector = bool(trees.target[0] < 0)
        # A divisor averages over trees only where each of them adds to every output.
        self.averages = trees.divisor != 1 and (self.vector or trees.n_outputs == 1)
        self.means = np.array([trees.leaves[trees.leaf[nodes]].mean(axis=0) for nodes in reached])
        gram = self._gram(trees.leaf[reached])
        self.order = _least_of_average(gram) if self.averages else _least_of_sum(gram)
        # Leaves that many nodes share are stored once each: a new mean at every split would take more than it saves.
        self.shared = 2 * len(np.unique(trees.leaves, axis=0)) < int(np.sum(trees.feature < 0))
        self._losses(np.bincount(reached.reshape(-1), minlength=len(trees.feature)))

    def _gram(self, rows: NDArray[np.int32]) -> Floats:
        """Products of what any two trees answer, summed over rows and outputs, [T, T]; deviations, of a sum."""
        trees, count = self.trees, len(rows)
        gram = np.zeros((count, count))
        step = max(1, MAX_ANSWERS // (count * trees.leaves.shape[1]))
        for at in range(0, rows.shape[1], step):
            answers = trees.leaves[rows[:, at : at + step]]
            answers = (answers if self.averages else answers - self.means[:, None, :]).reshape(count, -1)
            gram += answers @ answers.T
        return gram if self.vector else gram * (trees.target[:, None] == trees.target[None, :])

    def _losses(self, hits: NDArray[np.intp]) -> None:
        """By node: rows that reach it, the sum of their leaves, what collapsing it loses, heaviest leaf, tree."""
        trees, is_leaf = self.trees, self.trees.feature < 0
        self.weight = np.where(is_leaf, hits + PRIOR, 0.0)
        self.total = np.where(is_leaf[:, None], trees.leaves[trees.leaf] * self.weight[:, None], 0.0)
        square = np.where(is_leaf, (trees.leaves[trees.leaf] ** 2).sum(axis=1) * self.weight, 0.0)
        self.loss, self.heaviest = np.zeros(len(hits)), np.arange(len(hits))
        self.tree = np.zeros(len(hits), np.int64)
        levels = list(walk(trees))
        for nodes, numbers in levels:
            self.tree[nodes] = numbers
        leaf_weight = self.weight.copy()
        for nodes, _ in reversed(levels):
            parents = nodes[trees.feature[nodes] >= 0]
            left, right = trees.left[parents], trees.right[parents]
            for sums in (self.weight, self.total, square):
                sums[parents] = sums[left] + sums[right]
            deviation = square[parents] - (self.total[parents] ** 2).sum(axis=1) / self.weight[parents]
            # Rounding must not make a subtree cheaper than what is in it.
            self.loss[parents] = np.maximum(deviation, np.maximum(self.loss[left], self.loss[right]))
            of_left, of_right = self.heaviest[left], self.heaviest[right]
            self.heaviest[parents] = np.where(leaf_weight[of_left] >= leaf_weight[of_right], of_left, of_right)

    def without(self, tree_share: float, split_share: float) -> Ensemble:
        """The ensemble without a share of its trees, then without a share of the splits left."""
        trees, count = self.trees, len(self.trees.roots)
        gone = self.order[: min(round(tree_share * count), count - 1)]
        kept = np.delete(np.arange(count), gone)
        base, divisor = trees.base.copy(), trees.divisor
        if self.averages:
            base, divisor = base * (len(kept) / count), divisor * (len(kept) / count)
        elif self.vector:
            base += self.means[gone].sum(axis=0)
        else:
            np.add.at(base, trees.target[gone], self.means[gone, 0])
        fewer = replace(
            trees, roots=trees.roots[kept], target=trees.target[kept], base=_held(trees, base), divisor=divisor
        )
        candidates = np.flatnonzero((trees.feature >= 0) & np.isin(self.tree, kept))
        cheapest = np.argsort(self.loss[candidates], kind="stable")
        return _compact(self._collapsed(fewer, candidates[cheapest[: round(split_share * len(candidates))]]))

    def _collapsed(self, trees: Ensemble, splits: Ints) -> Ensemble:
        """``trees`` with leaves in the place of ``splits``.

        What is lost at a node is the squared deviation of its rows' leaves from their mean; it only grows towards the
        root, so the smallest losses are whole subtrees (Breiman et al., "Classification and Regression Trees", 1984,
        with the answers of the tree in the place of its targets).
        """
        leaves = self.total[splits] / self.weight[splits, None]
        if self.shared:
            leaves = trees.leaves[trees.leaf[self.heaviest[splits]]]
        changed = {
            name: getattr(trees, name).copy()
            for name in ("feature", "category_set", "leaf", "left", "right", "threshold")
        }
        for name, value in (("feature", -1), ("category_set", -1), ("left", 0), ("right", 0), ("threshold", 0)):
            changed[name][splits] = value
        changed["leaf"][splits] = len(trees.leaves) + np.arange(len(splits))
        return replace(trees, **changed, leaves=np.concatenate([trees.leaves, _held(trees, leaves)]))


def _least_of_sum(gram: Floats) -> Ints:
    """The members in the order to drop them: always the one next that keeps the sum of all dropped smallest.

    Backward selection on the Gram matrix, so that a step costs O(T); the idea of measuring the ensemble anew at each
    step is from Caruana et al., "Ensemble selection from libraries of models", ICML 2004.
    """
    cost = np.diag(gram).copy()
    order: list[int] = []
    for _ in range(len(gram)):
        best = int(np.argmin(cost))
        order.append(best)
        cost += 2 * gram[best]
        cost[best] = np.inf
    return np.array(order, np.intp)


def _least_of_average(gram: Floats) -> Ints:
    """The members in the order to drop them: always the one next that keeps the average nearest to that of all."""
    total = len(gram)
    order: list[int] = []
    to_mean, to_rest, own = gram.mean(axis=1), gram.sum(axis=1), np.diag(gram)
    rest_rest, rest_mean = gram.sum(), gram.sum() / total
    for left in range(total - 1, 0, -1):
        # |rest - member|^2 / left^2 - 2 <rest - member, mean> / left, which is the distance up to a constant
        error = (rest_rest - 2 * to_rest + own) / left**2 - 2 * (rest_mean - to_mean) / left
        error[order] = np.inf
        best = int(np.argmin(error))
        rest_rest, rest_mean = rest_rest - 2 * to_rest[best] + own[best], rest_mean - to_mean[best]
        to_rest = to_rest - gram[best]
        order.append(best)
    return np.array(order, np.intp)


def _compact(trees: Ensemble) -> Ensemble:
    """Without nodes and category sets that nothing names."""
    drop_unreached(trees)
    used = np.unique(trees.category_set[trees.category_set >= 0])
    number = np.full(len(trees.category_sets) + 1, -1, np.int32)
    number[used] = np.arange(len(used))
    trees = replace(
        trees, category_set=number[trees.category_set], category_sets=[trees.category_sets[at] for at in used]
    )
    trees.validate()
    return trees


def _held(trees: Ensemble, values: Floats) -> Floats:
    """``values`` as the source's sums can hold them."""
    return values.astype(trees.sum_dtype).astype(np.float64)
