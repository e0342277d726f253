"""XGBoost models in JSON or UBJSON to TreeModel: gbtree and dart, every built-in objective, categories, vector leaves.

Reads the document itself, as the schema in XGBoost's manual describes it. treelite's loader was measured against it and
loses what exactness needs: the base score in float32, best_iteration, and any model trained on a DataFrame with
categories (XGBoost >= 3.1), which it refuses. gblinear and the binary format of XGBoost < 3.1 are refused by name.

Arithmetic: features are cast to float32, a split asks x < threshold, the sum is float32: base score first, then trees
in order. A category c goes right iff it is in the node's set; negative ones and those from 2^24 on are in no set.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._tree_builder import EnsembleBuilder
from ._tree_model import Decision, TreeModel
from ._trees import CORRUPT
from ._xgboost_document import CATEGORIES, array, field, integer, parse

# objective -> link. Ranking and the regressions that fit the value itself are the identity.
_LINKS = {
    "binary:logistic": "sigmoid_pair",
    "reg:logistic": "sigmoid",
    "binary:hinge": "hinge",
    "multi:softprob": "softmax",
    "multi:softmax": "argmax",
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"), "exp"),
    **dict.fromkeys(("reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror"), "identity"),
    **dict.fromkeys(("reg:absoluteerror", "reg:quantileerror", "reg:expectileerror", "binary:logitraw"), "identity"),
    **dict.fromkeys(("rank:ndcg", "rank:pairwise", "rank:map"), "identity"),
}
_DECISIONS: dict[str, Decision] = {
    "binary:logistic": "y>0.5",
    "binary:hinge": "raw>0",
    "multi:softprob": "argmax",
    "multi:softmax": "raw argmax",
}


def load_xgboost(source: Any, best_iteration: bool | None = None) -> TreeModel:
    """A TreeModel from a file (path), its bytes, a Booster, or a scikit-learn wrapper (XGBClassifier, XGBRegressor...).

    `best_iteration` True stops after the best round of an early-stopped training, False takes all rounds. None does
    what the source would: a Booster predicts with all rounds, files and wrappers are taken for the best one.

    Bit-exact with `Booster.predict(output_margin=True)`, but for a base score whose logit or log XGBoost's C library
    rounds otherwise than to nearest (one ulp). Raises ConvertError, UnsupportedError, OSError.
    """
    classes = None
    if not isinstance(source, (str, Path, bytes)):
        if hasattr(source, "get_booster"):
            classes = [_plain(label) for label in getattr(source, "classes_", ())] or None
            try:
                source = source.get_booster()
            except AttributeError as error:  # scikit-learn's NotFittedError is one
                raise ConvertError(f"{type(source).__name__} is not fitted: call fit before converting") from error
        elif best_iteration is None:
            best_iteration = False
        if not hasattr(source, "save_raw"):
            raise ConvertError(
                f"a {type(source).__name__} is no XGBoost model: give a path, bytes, Booster or XGBModel"
            )
        source = bytes(source.save_raw("ubj"))
    name = str(source) if isinstance(source, (str, Path)) else "XGBoost model"
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        return _convert(parse(data), classes, best_iteration is not False)
    except UnsupportedError:
        raise
    except ConvertError as error:
        raise ConvertError(f"{name}: {error}") from error


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _convert(document: Any, classes: list[Any] | None, stop_at_best: bool) -> TreeModel:
    learner = field(document, "learner", kind=dict)
    objective = field(learner, "objective", "name", kind=str)
    booster = field(learner, "gradient_booster", kind=dict)
    _refuse_unsupported(field(booster, "name", kind=str), objective)
    model = field(booster, *(("gbtree", "model") if "gbtree" in booster else ("model",)), kind=dict)
    parameters = field(learner, "learner_model_param", kind=dict)
    n_classes = integer(parameters, "num_class", 0)
    n_outputs = max(n_classes, integer(parameters, "num_target", 1), 1)
    trees = field(model, "trees", kind=list)
    iterations = None
    if stop_at_best and "best_iteration" in (attributes := field(learner, "attributes", kind=dict, default={})):
        iterations = integer(attributes, "best_iteration") + 1
        trees = trees[: _trees_of(model, iterations, n_outputs)]
    groups = array(model, "tree_info", np.int64)
    weights = array(booster, "weight_drop", np.float32) if "weight_drop" in booster else np.ones(len(trees), np.float32)
    if min(len(groups), len(weights)) < len(trees):
        raise ConvertError(f"tree_info or weight_drop has fewer entries than there are trees: {CORRUPT}")

    builder = EnsembleBuilder(integer(parameters, "num_feature"), n_outputs, "float32", "float32")
    for number, tree in enumerate(trees):
        try:
            _add_tree(builder, tree, int(groups[number]), weights[number])
        except (IndexError, ValueError) as error:
            raise ConvertError(f"tree {number} does not fit together ({error}): {CORRUPT}") from error
    base = _margin(field(parameters, "base_score"), objective, n_outputs)
    ensemble = builder.build(base, deleted_nodes=True)  # a file keeps the nodes that pruning deleted

    link = _LINKS[objective]
    classes = (classes or list(range(max(n_classes, 2)))) if objective in _DECISIONS else None
    if link == "sigmoid_pair" and n_outputs > 1:  # each target has its own yes or no
        link, classes = "sigmoid", None
    version = field(document, "version", kind=(list, np.ndarray), default=["?"])
    return TreeModel(
        ensemble=ensemble,
        link=link,
        source=f"XGBoost {'.'.join(str(part) for part in version)} {objective}",
        classes=classes,
        decision=_DECISIONS[objective] if classes else "none",
        feature_names=[str(name) for name in field(learner, "feature_names", kind=list, default=[])] or None,
        encoders=_encoders(field(model, "cats", "enc", kind=list, default=[])),
        iterations=iterations,
    )


def _refuse_unsupported(booster: str, objective: str) -> None:
    parts = []
    if booster not in ("gbtree", "dart"):
        parts.append(Unsupported(f"booster {booster}", "it is no tree ensemble", "train with booster='gbtree'"))
    if objective not in _LINKS:
        reason = "its link function is unknown to this converter"
        parts.append(Unsupported(f"objective {objective}", reason, "set a built-in objective and save the model again"))
    if parts:
        raise UnsupportedError(parts)


def _trees_of(model: Mapping[str, Any], iterations: int, n_outputs: int) -> int:
    """Number of trees in the first `iterations` rounds."""
    if "iteration_indptr" in model and len(starts := array(model, "iteration_indptr", np.int64)):
        return int(starts[max(0, min(iterations, len(starts) - 1))])
    parallel = integer(field(model, "gbtree_model_param", kind=dict), "num_parallel_tree", 1)
    return max(0, iterations * max(parallel, 1) * n_outputs)


def _add_tree(builder: EnsembleBuilder, tree: Any, group: int, weight: np.float32) -> None:
    left, right = array(tree, "left_children", np.int64), array(tree, "right_children", np.int64)
    conditions = array(tree, "split_conditions", np.float32)
    # Models of XGBoost < 1.3 have no split types.
    split_type = array(tree, "split_type", np.int64) if "split_type" in tree else np.zeros(len(left), np.int64)
    leaf, categorical = left < 0, (split_type == 1) & (left >= 0)
    width = integer(field(tree, "tree_param", kind=dict), "size_leaf_vector", 1)
    with np.errstate(over="ignore", invalid="ignore"):
        values = _leaf_vectors(tree, leaf, right, width) if width > 1 else conditions * weight
    builder.add_tree(
        feature=np.where(leaf, -1, array(tree, "split_indices", np.int64)),
        threshold=conditions,
        strict=~categorical,
        # A category in the set goes right in XGBoost and left here.
        left=np.where(categorical, right, left),
        right=np.where(categorical, left, right),
        missing_left=(array(tree, "default_left", np.int64) != 0) ^ categorical,
        values=values,
        target=-1 if width > 1 else group,
        categories=_category_sets(tree, categorical),
    )


def _leaf_vectors(tree: Mapping[str, Any], leaf: NDArray[np.bool_], right: NDArray[Any], width: int) -> NDArray[Any]:
    """XGBoost >= 3.1 keeps a table of leaves, numbered by the right child; before, every node had its vector."""
    if "leaf_weights" in tree:
        table = array(tree, "leaf_weights", np.float32).reshape(-1, width)
        return table[np.where(leaf, right, 0)]
    return array(tree, "base_weights", np.float32).reshape(len(leaf), width)


def _category_sets(tree: Mapping[str, Any], categorical: NDArray[np.bool_]) -> dict[int, NDArray[Any]]:
    if not np.any(categorical):
        return {}
    codes, nodes, starts, sizes = (array(tree, name, np.int64) for name in CATEGORIES)
    sets = {}
    for node, start, size in zip(nodes.tolist(), starts.tolist(), sizes.tolist(), strict=True):
        sets[node] = codes[start : start + size]
    if lost := set(np.flatnonzero(categorical).tolist()) - set(sets):
        raise ConvertError(f"categorical node {min(lost)} has no categories: {CORRUPT}")
    return sets


def _margin(text: Any, objective: str, n_outputs: int) -> NDArray[np.float32]:
    """base_score as a margin, with XGBoost's float32 steps: its logit or log is of the mean that the file holds."""
    try:
        with np.errstate(over="ignore"):
            scores = np.asarray([float(part) for part in str(text).strip("[]").split(",")]).astype(np.float32)
    except ValueError as error:
        raise ConvertError(f"base_score is {text!r}, which is no list of numbers: {CORRUPT}") from error
    if len(scores) not in (1, n_outputs):
        raise ConvertError(f"base_score has {len(scores)} values for {n_outputs} outputs: {CORRUPT}")
    one = np.float32(1)
    if objective in ("binary:logistic", "reg:logistic"):
        scores = np.clip(scores, np.float32(1e-6), one - np.float32(1e-6))
        scores = np.asarray([-math.log(one / score - one) for score in scores], np.float32)
    elif _LINKS[objective] == "exp":
        if np.any(scores <= 0):
            raise ConvertError(f"base_score is {text}, but {objective} takes its logarithm: set a positive base_score")
        scores = np.asarray([math.log(score) for score in scores], np.float32)
    return np.broadcast_to(scores, (n_outputs,))


def _encoders(columns: list[Any]) -> dict[int, list[Any]]:
    """Categories by feature of a model trained on a DataFrame: text comes as offsets into one run of bytes."""
    encoders = {}
    for feature, entry in enumerate(columns):
        if "type" in field(entry, kind=dict):
            encoders[feature] = [_plain(value) for value in field(entry, "values", kind=(list, np.ndarray))]
        elif len(offsets := array(entry, "offsets", np.int64)) > 1:
            text = array(entry, "values", np.int64).astype(np.uint8).tobytes()
            if not text.isascii():
                reason = "XGBoost counts letters where it should count bytes, and so saves such text cut short"
                name = f"categories of feature {feature} outside ASCII"
                raise UnsupportedError([Unsupported(name, reason, "rename them and train again")])
            encoders[feature] = [text[a:b].decode() for a, b in itertools.pairwise(offsets)]
    return encoders
