"""scikit-learn tree estimators to TreeModel, straight from the arrays of the fitted trees.

Single trees, forests, gradient boosting, isolation forests, AdaBoost and bagging over trees; histogram gradient
boosting is `_sklearn_hist_trees`. Arithmetic: X is cast to float32 and compared with <=, sums are float64 in tree order
(with n_jobs=1). A classifier of several outputs is a model for each. Refused: ensembles over something other than
trees, and embeddings, whose result is no number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._sklearn_hist_trees import hist_gradient_boosting
from ._tree_builder import EnsembleBuilder
from ._tree_model import TreeModel
from ._tree_stages import Pool

_REFUSED = {
    "RandomTreesEmbedding": "its result is the leaves reached, not a sum over them",
}


def load_sklearn_trees(estimator: Any, output: int = 0) -> TreeModel:
    """A TreeModel from a fitted estimator whose class is a key of LOADERS; of several classes at once that of `output`.

    Bit-exact sums: predict_proba and predict of trees, forests and bagging, decision_function of boosting (to the order
    of its last additions), the mean depth behind an isolation forest's scores. Raises ConvertError (not fitted),
    UnsupportedError.
    """
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    name = type(estimator).__name__
    if name not in LOADERS or not type(estimator).__module__.startswith("sklearn."):
        reason = _REFUSED.get(name, "it is no tree estimator of scikit-learn that this converter knows")
        raise UnsupportedError([Unsupported(name, reason, f"use one of {', '.join(LOADERS)}")])
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        raise ConvertError(f"{name} is not fitted: call fit before converting") from error
    loader = LOADERS[name]
    return _mean_of_trees(estimator, output) if loader is _mean_of_trees else loader(estimator)


def _model(builder: EnsembleBuilder, estimator: Any, base: Any = 0.0, divisor: float = 1.0, **more: Any) -> TreeModel:
    names = getattr(estimator, "feature_names_in_", None)
    return TreeModel(
        ensemble=builder.build(base, divisor),
        source=f"scikit-learn {type(estimator).__name__}",
        feature_names=None if names is None else [str(name) for name in names],
        **more,
    )


def _add(
    builder: EnsembleBuilder,
    estimator: Any,
    values: NDArray[np.float64],
    features: NDArray[Any] | None = None,
    target: int = -1,
    routes_missing: bool = True,
) -> None:
    """Adds one DecisionTree or ExtraTree; `features` are the columns it was given, `values` what its nodes add."""
    tree = estimator.tree_
    leaf = tree.children_left < 0
    feature = tree.feature if features is None else np.asarray(features)[np.where(leaf, 0, tree.feature)]
    missing = tree.missing_go_to_left if routes_missing and hasattr(tree, "missing_go_to_left") else np.zeros(len(leaf))
    builder.add_tree(
        feature=np.where(leaf, -1, feature),
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=missing != 0,
        values=values,
        target=target,
    )


def _require_trees(owner: Any, estimators: Sequence[Any]) -> None:
    others = sorted({type(member).__name__ for member in estimators if not hasattr(member, "tree_")})
    if others:
        remedy = "use a DecisionTree or ExtraTree as its estimator"
        reason = f"it combines {', '.join(others)}, which are no single trees"
        raise UnsupportedError([Unsupported(type(owner).__name__, reason, remedy)])


def _mean_of_trees(estimator: Any, output: int = 0) -> TreeModel:
    """A tree, a forest, or bagging over trees: the mean of the leaves, class probabilities or values."""
    members = list(getattr(estimator, "estimators_", [estimator]))
    _require_trees(estimator, members)
    subsets = getattr(estimator, "estimators_features_", [None] * len(members))
    classes = getattr(estimator, "classes_", None)
    n_outputs = members[0].n_outputs_
    if classes is not None and n_outputs > 1:
        classes = classes[output]
    width = n_outputs if classes is None else len(classes)
    builder = EnsembleBuilder(estimator.n_features_in_, width, "float32", "float64")
    for member, features in zip(members, subsets, strict=True):
        values = member.tree_.value[:, :, 0]
        if classes is not None:
            values = member.tree_.value[:, output, : width if n_outputs > 1 else None]
            if values.shape[1] < width:  # a bag that saw no row of some class
                narrow, values = values, np.zeros((len(values), width))
                values[:, member.classes_.astype(np.int64)] = narrow
        _add(builder, member, values, features)
    if classes is None:
        return _model(builder, estimator, divisor=len(members), link="identity")
    return _model(
        builder, estimator, divisor=len(members), link="identity", classes=classes.tolist(), decision="argmax"
    )


def _gradient_boosting(estimator: Any) -> TreeModel:
    """Base from the init estimator, which must not look at the row, plus learning_rate times each tree's leaf."""
    init = estimator.init_
    constant = type(init).__name__ in ("DummyClassifier", "DummyRegressor")
    if not (isinstance(init, str) and init == "zero") and (not constant or init.strategy in ("stratified", "uniform")):
        reason = f"its init estimator {init} depends on the row"
        raise UnsupportedError([Unsupported(type(estimator).__name__, reason, "train with init=None or init='zero'")])
    stages = estimator.estimators_
    builder = EnsembleBuilder(estimator.n_features_in_, stages.shape[1], "float32", "float64")
    for stage in stages:
        for target, member in enumerate(stage):
            values = estimator.learning_rate * member.tree_.value[:, 0, 0]
            _add(builder, member, values, target=target, routes_missing=False)
    base = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), np.float32))[0]
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        return _model(builder, estimator, base, link="identity")
    if stages.shape[1] > 1:
        return _model(builder, estimator, base, link="softmax", classes=classes.tolist(), decision="raw argmax")
    alpha = 2.0 if estimator.loss == "exponential" else 1.0
    return _model(
        builder,
        estimator,
        base,
        link="sigmoid_pair",
        link_params={"alpha": alpha},
        classes=classes.tolist(),
        decision="raw>=0",
    )


def _isolation_forest(estimator: Any) -> TreeModel:
    """The mean over trees of a leaf's depth plus the path length expected for its rows, over that of a whole sample."""
    from sklearn.ensemble._iforest import _average_path_length

    builder = EnsembleBuilder(estimator.n_features_in_, 1, "float32", "float64")
    lengths = zip(estimator._decision_path_lengths, estimator._average_path_length_per_tree, strict=True)
    divisor = len(estimator.estimators_) * float(_average_path_length([estimator._max_samples])[0])
    for member, features, (depth, rest) in zip(
        estimator.estimators_, estimator.estimators_features_, lengths, strict=True
    ):
        # Trained on one row, every depth is 0 and scikit-learn sets the mean to 1.
        _add(builder, member, depth + rest - 1.0 if divisor else np.zeros(len(depth)), features, target=0)
    return _model(
        builder,
        estimator,
        base=0.0 if divisor else 1.0,
        divisor=divisor or 1.0,
        link="isolation",
        link_params={"offset": float(estimator.offset_)},
        classes=[-1, 1],
        decision="y>=0",
    )


def _ada_boost(estimator: Any) -> TreeModel:
    """SAMME: a tree's class gets its weight, the other K - 1 classes together minus that; over the sum of weights."""
    members, weights, classes = estimator.estimators_, estimator.estimator_weights_, estimator.classes_
    _require_trees(estimator, members)
    if len(classes) < 2:
        raise UnsupportedError([Unsupported("AdaBoostClassifier", "it knows one class only", "train on two or more")])
    builder = EnsembleBuilder(estimator.n_features_in_, len(classes), "float32", "float64")
    for member, weight in zip(members, weights, strict=False):
        predicted = member.classes_[np.argmax(member.tree_.value[:, 0, :], axis=1)]
        values = np.where(predicted[:, None] == classes[None, :], weight, -1 / (len(classes) - 1) * weight)
        _add(builder, member, values)
    return _model(
        builder,
        estimator,
        divisor=float(weights.sum()),
        link="softmax",
        link_params={"divisor": len(classes) - 1.0},
        classes=classes.tolist(),
        decision="raw argmax" if len(classes) > 2 else "raw>0",
    )


def _median_of_trees(estimator: Any) -> TreeModel:
    """AdaBoost.R2: the weighted median of the trees' values."""
    members = estimator.estimators_
    _require_trees(estimator, members)
    weights = np.asarray(estimator.estimator_weights_[: len(members)], np.float64)
    builder = EnsembleBuilder(estimator.n_features_in_, len(members), "float32", "float64")
    for number, member in enumerate(members):
        _add(builder, member, member.tree_.value[:, 0, 0], target=number)
    pool = Pool(0.5, [np.arange(len(members))], [weights], np.zeros(1))
    return _model(builder, estimator, link="identity", after=pool)


LOADERS: dict[str, Callable[[Any], TreeModel]] = {
    **dict.fromkeys(("DecisionTreeClassifier", "DecisionTreeRegressor"), _mean_of_trees),
    **dict.fromkeys(("ExtraTreeClassifier", "ExtraTreeRegressor"), _mean_of_trees),
    **dict.fromkeys(("RandomForestClassifier", "RandomForestRegressor"), _mean_of_trees),
    **dict.fromkeys(("ExtraTreesClassifier", "ExtraTreesRegressor"), _mean_of_trees),
    **dict.fromkeys(("BaggingClassifier", "BaggingRegressor"), _mean_of_trees),
    **dict.fromkeys(("GradientBoostingClassifier", "GradientBoostingRegressor"), _gradient_boosting),
    **dict.fromkeys(("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"), hist_gradient_boosting),
    "IsolationForest": _isolation_forest,
    "AdaBoostClassifier": _ada_boost,
    "AdaBoostRegressor": _median_of_trees,
}
