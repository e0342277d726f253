"""Clusters beside k-means: the nearest of many centres, halves of halves, and columns grouped by likeness."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction
from .registry import predictor, transformer


@predictor("MeanShift", "AffinityPropagation")
def nearest_centre(b: Builder, est: Any, x: Table) -> Prediction:
    """The label of the nearest centre."""
    if not len(est.cluster_centers_):
        raise b.refusal("it found no centre", "train again with other parameters")
    squares = _squares(b, est.cluster_centers_, x)
    return Prediction("clustering", {}, b.add("argmin", squares), list(range(len(est.cluster_centers_))))


@predictor("Birch")
def nearest_part(b: Builder, est: Any, x: Table) -> Prediction:
    """The cluster of the nearest of many small parts; the distances to all of them."""
    squares = _squares(b, est.subcluster_centers_, x)
    clusters = np.asarray(est.subcluster_labels_)
    count = int(clusters.max()) + 1
    label = b.add("cast", b.label_values(b.add("argmin", squares), clusters.tolist()), dtype="int32")
    return Prediction("clustering", {"transform": b.add("sqrt", squares)}, label, list(range(count)))


@transformer("Birch")
def distances(b: Builder, est: Any, x: Table) -> Table:
    """Distances to the centres of all parts."""
    return Table(b.add("sqrt", _squares(b, est.subcluster_centers_, x)))


@predictor("BisectingKMeans")
def halves(b: Builder, est: Any, x: Table) -> Prediction:
    """Down a tree of halves, to the nearer centre at each; the distances to the centres at its ends."""
    shift = getattr(est, "_X_mean", 0.0)
    centres: list[Any] = []
    paths: dict[int, list[tuple[int, int]]] = {}

    def walk(node: Any, path: list[tuple[int, int]]) -> None:
        if node.left is None:
            paths[int(node.label)] = path
            return
        number = len(centres) // 2
        centres.extend([node.left.center + shift, node.right.center + shift])
        walk(node.left, [*path, (number, 0)])
        walk(node.right, [*path, (number, 1)])

    walk(est._bisecting_tree, [])
    scores = {"transform": b.add("sqrt", _squares(b, est.cluster_centers_, x))}
    if not centres:
        return Prediction("clustering", scores, b.add("argmin", scores["transform"]), [0])
    squares = b.add("sqdist", x.value, np.stack(centres), None)
    # 1 where the second of two centres is the nearer one
    sides = b.affine(squares, np.kron(np.eye(len(centres) // 2), [1.0, -1.0]))
    turns = b.add("binarize", sides, np.zeros(len(centres) // 2))
    fits = np.zeros((len(paths), len(centres) // 2))
    for label, path in paths.items():
        for number, side in path:
            fits[label, number] = 1.0 if side else -1.0
    # 0 for the one path whose every turn is taken, less for the others
    met = b.affine(turns, fits, -(fits == 1).sum(axis=1))
    return Prediction("clustering", scores, b.argmax(met), list(range(len(paths))))


@transformer("BisectingKMeans")
def bisecting_distances(b: Builder, est: Any, x: Table) -> Table:
    """Distances to the centres."""
    return Table(b.add("sqrt", _squares(b, est.cluster_centers_, x)))


@transformer("FeatureAgglomeration")
def grouped(b: Builder, est: Any, x: Table) -> Table:
    """The mean of each group of columns."""
    if est.pooling_func is not np.mean:
        name = getattr(est.pooling_func, "__name__", str(est.pooling_func))
        raise b.refusal(f"it pools columns by {name!r}", "train with pooling_func=numpy.mean")
    member = est.labels_[None, :] == np.unique(est.labels_)[:, None]
    return Table(b.affine(x.value, member / member.sum(axis=1, keepdims=True)))


def _squares(b: Builder, centres: Any, x: Table) -> Value:
    points = np.asarray(centres, np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    b.saw(x, low - (high - low) / 2, high + (high - low) / 2)
    return b.add("sqdist", x.value, points, None)
