"""Neighbours and centres: k nearest neighbours, nearest centroid, k-means.

Refuses weights and metrics that are functions. Which of two neighbours at the same distance counts, scikit-learn leaves
to the order in which its search meets them; so its search tree goes into the graph, and its points as they are ordered
there. By brute force, the rounding of a matrix product and the number of threads have a say as well, which cannot be
met: `without_brute_force` asks scikit-learn for the answer without them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from .bayes import difference
from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor, transformer

MAX_NEIGHBOURS = 64
MAX_NODES = 1 << 16
METRICS = {"euclidean": 2, "l2": 2, "manhattan": 1, "cityblock": 1, "l1": 1}


@predictor("KNeighborsClassifier")
def classifier(b: Builder, est: Any, x: Table) -> Prediction:
    """Shares of the classes among the neighbours; the class is the largest share, the first of equals."""
    if est.outputs_2d_:
        return _several(b, est, x)
    classes = plain(est.classes_)
    p = _nearest(b, est, x, np.reshape(est._y, (-1, 1)), len(classes))
    return Prediction("classification", {"predict_proba": p}, b.argmax(p), classes)


def _several(b: Builder, est: Any, x: Table) -> Prediction:
    """The same for every target: shares are the means of zeros and ones, one for each class of each target."""
    shown = [np.eye(len(names))[est._y[:, target]] for target, names in enumerate(est.classes_)]
    shares = _nearest(b, est, x, np.concatenate(shown, axis=1), 0)
    parts, start = [], 0
    for names in est.classes_:
        p = b.add("columns", shares, np.arange(start, start + len(names), dtype=np.int32))
        parts.append(Prediction("classification", {"predict_proba": p}, b.argmax(p), plain(names)))
        start += len(names)
    return Prediction("classification", parts=parts)


@predictor("KNeighborsRegressor")
def regressor(b: Builder, est: Any, x: Table) -> Prediction:
    """The mean of the neighbours' targets."""
    targets = np.reshape(est._y, (len(est._y), -1))
    return Prediction("regression", {"predict": _nearest(b, est, x, targets, 0)})


def _nearest(b: Builder, est: Any, x: Table, values: Any, classes: int) -> Value:
    metric = METRICS.get(est.effective_metric_)
    if metric is None:
        raise b.refusal(f"its metric is {est.metric!r} (p={est.p})", "train with metric='euclidean' or 'manhattan'")
    if est.weights not in ("uniform", "distance", None):
        raise b.refusal("its weights are a function", "train with weights='uniform' or 'distance'")
    if est.n_neighbors > MAX_NEIGHBOURS:
        raise b.refusal(f"it asks {est.n_neighbors} neighbours", f"train with at most {MAX_NEIGHBOURS}")
    points = est._fit_X.toarray() if hasattr(est._fit_X, "toarray") else np.asarray(est._fit_X)
    b.saw(x, points.min(axis=0), points.max(axis=0))
    order, nodes, tree = _tree(est)
    if tree and len(nodes) >= MAX_NODES:
        raise b.refusal(f"its search tree has {len(nodes)} nodes", "train with a larger leaf_size")
    return b.add(
        "knn",
        x.value,
        np.asarray(points, np.float64)[order],
        np.asarray(values, np.float64)[order],
        nodes,
        shape=(1, classes or values.shape[1]),
        k=int(est.n_neighbors),
        weights=int(est.weights == "distance"),
        metric=metric,
        classes=classes,
        tree=tree,
    )


def _tree(est: Any) -> tuple[Any, Any, int]:
    """The order of the points in the search tree, its nodes as knn takes them and their kind; all of them if none."""
    if est._fit_method == "brute":
        return slice(None), None, 0
    _, order, data, (first, *rest) = est._tree.get_arrays()
    if len(data) == 1:
        return order, None, 0
    boxes = est._fit_method == "kd_tree"
    return order, np.hstack([first, rest[0] if boxes else data["radius"][:, None]]), 1 if boxes else 2


def without_brute_force(estimator: Any) -> Any:
    """A copy of the estimator with a tree of one leaf in place of every brute-force search; None if it has none.

    The points are met in the same order, but one after the other, and a distance is the sum of squared differences.
    """
    from sklearn.neighbors import KDTree

    if not any(True for _ in _brute_searches(estimator, set())):
        return None
    twin = copy.deepcopy(estimator)
    for search in list(_brute_searches(twin, set())):
        search._tree = KDTree(search._fit_X, len(search._fit_X), metric=search.effective_metric_)
        search._fit_method = "kd_tree"
    return twin


def _brute_searches(held: Any, seen: set[int]) -> Iterator[Any]:
    """The estimator itself, or those it was fitted with, however deep."""
    if id(held) in seen:
        return
    seen.add(id(held))
    if getattr(held, "_fit_method", "") == "brute" and held.effective_metric_ in METRICS:
        if isinstance(held._fit_X, np.ndarray):
            yield held
    elif isinstance(held, (list, tuple, dict)) or hasattr(held, "get_params"):
        inside = held if isinstance(held, (list, tuple)) else (held if isinstance(held, dict) else vars(held)).values()
        for each in inside:
            yield from _brute_searches(each, seen)


@predictor("NearestCentroid")
def centroid(b: Builder, est: Any, x: Table) -> Prediction:
    """The nearest centroid; with unequal priors or for probabilities, the discriminant scores decide."""
    classes = plain(est.classes_)
    if est.metric != "euclidean":
        raise b.refusal(f"its metric is {est.metric!r}", "train with metric='euclidean'")
    deviation = np.where(est.within_class_std_dev_ != 0, est.within_class_std_dev_, 1.0)
    scaled = b.add("sqdist", x.value, est.centroids_, np.broadcast_to(1 / deviation**2, est.centroids_.shape))
    scores = b.add("add", b.add("mul", scaled, -1.0), 2.0 * np.log(est.class_prior_))
    equal = np.isclose(est.class_prior_, 1 / len(classes)).all()
    label = b.add("argmin", b.add("sqdist", x.value, est.centroids_, None)) if equal else b.argmax(scores)
    answers = {"predict_proba": b.add("softmax", scores), "decision_function": difference(b, scores)}
    return Prediction("classification", answers, label, classes)


@predictor("KMeans", "MiniBatchKMeans")
def k_means(b: Builder, est: Any, x: Table) -> Prediction:
    """Distances to the centres; the label is the nearest one."""
    squares = _squares(b, est, x)
    classes = list(range(len(est.cluster_centers_)))
    return Prediction("clustering", {"transform": b.add("sqrt", squares)}, b.add("argmin", squares), classes)


@transformer("KMeans", "MiniBatchKMeans")
def distances(b: Builder, est: Any, x: Table) -> Table:
    """Distances to the centres."""
    return Table(b.add("sqrt", _squares(b, est, x)))


def _squares(b: Builder, est: Any, x: Table) -> Value:
    centres = np.asarray(est.cluster_centers_, np.float64)
    low, high = centres.min(axis=0), centres.max(axis=0)
    b.saw(x, low - (high - low) / 2, high + (high - low) / 2)
    return b.add("sqdist", x.value, centres, None)
