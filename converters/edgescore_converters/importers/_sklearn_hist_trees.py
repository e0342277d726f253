"""scikit-learn's HistGradientBoosting estimators to TreeModel, from their predictors' node tables and bitsets.

Owns what differs from other scikit-learn trees: float64 comparisons, categories, and the column order. The estimator
encodes categorical columns and moves them to the front; here features have their original numbers again. Categories
that are small whole numbers are tested as such; others get an encoder. A category that training did not see, a fraction
included, takes the side of missing values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._tree_builder import EnsembleBuilder
from ._tree_model import Decision, TreeModel
from ._trees import MAX_CATEGORY

_LINKS = {"poisson": "exp", "gamma": "exp"}


def hist_gradient_boosting(estimator: Any) -> TreeModel:
    """A TreeModel from a fitted HistGradientBoostingClassifier or -Regressor; sums are bit-exact with _raw_predict."""
    width = estimator.n_features_in_
    columns, values = _columns(estimator)
    rounds = estimator._predictors
    builder = EnsembleBuilder(width, len(rounds[0]) if rounds else 1, "float64", "float64")
    for trees in rounds:
        for target, tree in enumerate(trees):
            _add(builder, tree, target, columns, values)
    base = np.asarray(estimator._baseline_prediction, np.float64).reshape(-1)
    ensemble = builder.build(base, category_rule="exact")

    classes = getattr(estimator, "classes_", None)
    link = _LINKS.get(str(estimator.loss), "identity")
    decision: Decision = "none"
    if classes is not None:
        link, decision = ("sigmoid_pair", "raw>0") if ensemble.n_outputs == 1 else ("softmax", "raw argmax")
    names = getattr(estimator, "feature_names_in_", None)
    return TreeModel(
        ensemble=ensemble,
        link=link,
        source=f"scikit-learn {type(estimator).__name__}",
        classes=None if classes is None else classes.tolist(),
        decision=decision,
        feature_names=None if names is None else [str(name) for name in names],
        encoders={feature: kept.tolist() for feature, kept in values.items() if not _are_codes(kept)},
    )


def _columns(estimator: Any) -> tuple[NDArray[np.int64], dict[int, NDArray[Any]]]:
    """Original number of each column that the trees see, and the categories of each categorical one."""
    width = estimator.n_features_in_
    categorical = estimator.is_categorical_
    if categorical is None:
        return np.arange(width), {}
    front, rest = np.flatnonzero(categorical), np.flatnonzero(~categorical)
    found = estimator._preprocessor.named_transformers_["encoder"].categories_
    # NaN and None, when training saw them, are the last entry and are no category but the missing value.
    kept = {
        int(feature): np.asarray([value for value in values if value is not None and value == value], values.dtype)
        for feature, values in zip(front, found, strict=True)
    }
    return np.concatenate([front, rest]), kept


def _are_codes(values: NDArray[Any]) -> bool:
    if values.dtype.kind not in "iuf":
        return False
    return bool(np.all((values >= 0) & (values <= MAX_CATEGORY) & (values == np.floor(values))))


def _add(
    builder: EnsembleBuilder, tree: Any, target: int, columns: NDArray[np.int64], values: dict[int, NDArray[Any]]
) -> None:
    nodes = tree.nodes
    leaf = nodes["is_leaf"] != 0
    categorical = (nodes["is_categorical"] != 0) & ~leaf
    missing_left = nodes["missing_go_to_left"] != 0
    feature = np.where(leaf, -1, columns[np.where(leaf, 0, nodes["feature_idx"])])
    # The set goes left in the normal form and all else right: it must hold the side that missing values do not take.
    swap = categorical & missing_left
    sets = {}
    for node in np.flatnonzero(categorical).tolist():
        known = values[int(feature[node])]
        words = np.ascontiguousarray(tree.raw_left_cat_bitsets[nodes["bitset_idx"][node]], "<u4")
        goes_left = np.unpackbits(words.view(np.uint8), bitorder="little")[: len(known)] != 0
        codes = np.flatnonzero(goes_left != swap[node])
        sets[node] = known[codes].astype(np.int64) if _are_codes(known) else codes
    builder.add_tree(
        feature=feature,
        threshold=np.where(categorical, 0.0, nodes["num_threshold"]),
        left=np.where(swap, nodes["right"], nodes["left"]),
        right=np.where(swap, nodes["left"], nodes["right"]),
        missing_left=missing_left & ~categorical,
        values=nodes["value"],
        target=target,
        categories=sets,
    )
