"""LightGBM text models (v2 to v4) to TreeModel: every objective, random forest averaging, missing types, categories.

Reads the text itself. treelite's loader was measured against LightGBM: it drops zero_as_missing (38 % of test rows
came out wrong) and refuses denormal thresholds. Linear trees are `_lightgbm_linear`.

Arithmetic: all float64, x <= threshold, sums in tree order from 0. Before any tree LightGBM replaces |x| <= ZERO_LIMIT
by 0, so a threshold inside that range is moved to its edge, which sends every x the same way. NaN is 0 at a node of
missing type None; it and 0 take the default side at type Zero; only NaN does at type NaN. A category is trunc(x); NaN,
negative and unknown ones go right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._lightgbm_linear import is_linear, slope_features, with_slopes
from ._tree_builder import EnsembleBuilder
from ._tree_model import Decision, TreeModel
from ._tree_stages import Slopes
from ._trees import CORRUPT, ZERO_LIMIT

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_ZERO, _MISSING_NAN = 1, 2
_LINKS = {
    "binary": "sigmoid_pair",
    "multiclass": "softmax",
    "multiclassova": "sigmoid",
    "cross_entropy": "sigmoid",
    "cross_entropy_lambda": "log1p_exp",
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "exp"),
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile", "mape"), "identity"),
    **dict.fromkeys(("lambdarank", "rank_xendcg", "custom", "none"), "identity"),
}
_DECISIONS: dict[str, Decision] = {"binary": "y>0.5", "multiclass": "argmax", "multiclassova": "argmax"}


def load_lightgbm(source: Any) -> TreeModel:
    """A TreeModel from a text file (path), its bytes, a Booster, or a scikit-learn wrapper (LGBMClassifier, ...).

    A live model is taken with its best iteration when it has one, as its own `predict` does. Bit-exact with
    `Booster.predict(raw_score=True)`, divided by the number of rounds for a random forest. Raises ConvertError,
    UnsupportedError, OSError.
    """
    classes = None
    if not isinstance(source, (str, Path, bytes)):
        if hasattr(source, "booster_"):
            labels = getattr(source, "classes_", None)
            classes = None if labels is None else np.asarray(labels).tolist()
            source = source.booster_
        if not hasattr(source, "model_to_string"):
            remedy = "fit it, or give a path, bytes or Booster"
            raise ConvertError(f"a {type(source).__name__} is no LightGBM model, or is not fitted: {remedy}")
        text = source.model_to_string()
    else:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        text = data.decode(errors="replace")
    try:
        return _convert(text, classes)
    except UnsupportedError:
        raise
    except ConvertError as error:
        name = str(source) if isinstance(source, (str, Path)) else "LightGBM model"
        raise ConvertError(f"{name}: {error}") from error


def _fields(block: str) -> dict[str, str]:
    """key=value lines up to the first empty one."""
    lines = block.strip("\r\n").split("\n\n", 1)[0].splitlines()
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def _convert(text: str, classes: Sequence[Any] | None) -> TreeModel:
    text = text.replace("\r\n", "\n").lstrip()
    if text.split("\n", 1)[0].strip() != "tree":
        raise ConvertError("is no LightGBM text model: save it with Booster.save_model('model.txt')")
    head, *blocks = text.split("\nTree=")
    header = _fields(head)
    if not blocks:
        raise ConvertError("the model has no trees: train it for at least one iteration")
    if "\nend of trees" not in blocks[-1] and "\nfeature importances" not in blocks[-1]:
        raise ConvertError(f"ends within tree {len(blocks) - 1}: the file is truncated, save the model again")
    if len(header.get("tree_sizes", "").split()) not in (0, len(blocks)):
        raise ConvertError(f"has {len(blocks)} trees where tree_sizes lists another number: {CORRUPT}")
    name, *parameters = header.get("objective", "none").split() or ["none"]
    trees = [_fields(block) for block in blocks]
    if name not in _LINKS:
        reason = "its link function is unknown to this converter"
        raise UnsupportedError([Unsupported(f"objective {name}", reason, "train with a built-in objective")])

    width = _count(header, "max_feature_idx") + 1
    n_outputs = _count(header, "num_tree_per_iteration" if "num_tree_per_iteration" in header else "num_class")
    if n_outputs < 1 or len(trees) % n_outputs:
        raise ConvertError(f"has {len(trees)} trees for {n_outputs} trees per iteration: {CORRUPT}")
    slopes = Slopes(slope_features(trees)) if any(is_linear(tree) for tree in trees) else None
    sums = n_outputs * (1 + len(slopes.features) if slopes else 1)
    builder = EnsembleBuilder(width, sums, "float64", "float64")
    for number, tree in enumerate(trees):
        try:
            nodes = _nodes(tree, number % n_outputs)
            if slopes:
                nodes = with_slopes(nodes, tree, slopes.features, number % n_outputs, n_outputs)
            builder.add_tree(**nodes)
        except (ConvertError, ValueError, IndexError, OverflowError) as error:
            raise ConvertError(f"tree {number}: {error}") from error
    if slopes and np.any((slopes.features < 0) | (slopes.features >= width)):
        raise ConvertError(f"leaf_features names a feature beyond the {width} inputs: {CORRUPT}")
    rounds = len(trees) // n_outputs
    ensemble = builder.build(0.0, rounds if "average_output" in header else 1, category_rule="truncate")

    options = dict(part.partition(":")[::2] for part in parameters)
    link = "signed_square" if "sqrt" in options and _LINKS[name] == "identity" else _LINKS[name]
    if name in _DECISIONS and classes is None:
        classes = list(range(max(n_outputs, 2)))
    return TreeModel(
        ensemble=ensemble,
        link=link,
        source=f"LightGBM {header.get('version', '?')} {name}",
        link_params={"alpha": _alpha(options)} if name in ("binary", "multiclassova") else {},
        classes=classes if name in _DECISIONS else None,
        decision=_DECISIONS.get(name, "none"),
        feature_names=header["feature_names"].split(" ") if header.get("feature_names") else None,
        encoders=_encoders(text, header.get("feature_infos", "")),
        after=slopes,
    )


def _count(fields: Mapping[str, str], key: str) -> int:
    try:
        return int(fields[key])
    except (KeyError, ValueError) as error:
        raise ConvertError(f"has no integer field {key}: {CORRUPT}") from error


def _alpha(options: Mapping[str, str]) -> float:
    try:
        alpha = float(options["sigmoid"])
    except (KeyError, ValueError) as error:
        raise ConvertError(f"the objective line has no sigmoid parameter: {CORRUPT}") from error
    if not 0 < alpha < np.inf:
        raise ConvertError(f"the sigmoid parameter is {alpha}, not positive: {CORRUPT}")
    return alpha


def _vector(tree: Mapping[str, str], key: str, count: int, dtype: type[np.generic]) -> NDArray[Any]:
    parts = tree.get(key, "").split()
    if len(parts) != count:
        raise ConvertError(f"{key} has {len(parts)} entries where {count} should be: {CORRUPT}")
    return np.asarray(list(map(float if dtype is np.float64 else int, parts)), dtype)


def _nodes(tree: Mapping[str, str], target: int) -> dict[str, Any]:
    """The arguments of `add_tree`."""
    n_leaves = _count(tree, "num_leaves")
    splits = n_leaves - 1
    values = _vector(tree, "leaf_value", n_leaves, np.float64)
    feature = _vector(tree, "split_feature", splits, np.int64)
    threshold = _vector(tree, "threshold", splits, np.float64)
    # LightGBM numbers leaves apart from splits, and writes leaf i as child ~i.
    left, right = (_vector(tree, key, splits, np.int64) for key in ("left_child", "right_child"))
    left, right = (np.where(child < 0, splits + ~child, child) for child in (left, right))
    kind = np.zeros(splits, np.int64)
    if "decision_type" in tree:
        kind = _vector(tree, "decision_type", splits, np.int64)
    if np.any(feature < 0):
        raise ConvertError(f"node {np.argmax(feature < 0)} splits on a negative feature: {CORRUPT}")
    categorical, missing = kind & _CATEGORICAL != 0, (kind >> 2) & 3
    takes_default = (missing == _MISSING_ZERO) | (missing == _MISSING_NAN)
    missing_left = np.where(takes_default, kind & _DEFAULT_LEFT != 0, threshold >= 0) & ~categorical
    pad = np.zeros(n_leaves, np.int64)
    return {
        "feature": np.concatenate([feature, pad - 1]),
        "threshold": np.concatenate([_outside_zero(threshold), pad]),
        "left": np.concatenate([left, pad]),
        "right": np.concatenate([right, pad]),
        "missing_left": np.concatenate([missing_left, pad != 0]),
        "zero_missing": np.concatenate([(missing == _MISSING_ZERO) & ~categorical, pad != 0]),
        "values": np.concatenate([np.zeros(splits), values]),
        "target": target,
        "categories": _category_sets(tree, threshold, np.flatnonzero(categorical)),
    }


def _outside_zero(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thresholds that treat all of [-ZERO_LIMIT, ZERO_LIMIT] as they treat 0."""
    inside = np.abs(threshold) <= ZERO_LIMIT
    edge = np.where(threshold >= 0, ZERO_LIMIT, np.nextafter(-ZERO_LIMIT, -np.inf))
    return np.where(inside, edge, threshold)


def _category_sets(
    tree: Mapping[str, str], threshold: NDArray[np.float64], nodes: NDArray[np.int64]
) -> dict[int, NDArray[np.int64]]:
    if not len(nodes):
        return {}
    n_sets = _count(tree, "num_cat")
    bounds = _vector(tree, "cat_boundaries", n_sets + 1, np.int64)
    words = _vector(tree, "cat_threshold", int(bounds[-1]), np.int64).astype("<u4")
    sets = {}
    for node in nodes.tolist():
        index = int(threshold[node])
        if not 0 <= index < n_sets:
            raise ConvertError(f"node {node} names category set {index} of {n_sets}: {CORRUPT}")
        bits = np.unpackbits(words[bounds[index] : bounds[index + 1]].view(np.uint8), bitorder="little")
        sets[node] = np.flatnonzero(bits)
    return sets


def _encoders(text: str, infos: str) -> dict[int, list[Any]]:
    """The categories of a model trained on a DataFrame; the file lists them without saying which column is meant."""
    line = next((line for line in reversed(text.splitlines()) if line.startswith("pandas_categorical:")), ":null")
    try:
        lists = json.loads(line.partition(":")[2]) or []
    except ValueError as error:
        raise ConvertError(f"pandas_categorical is no valid JSON: {CORRUPT}") from error
    if not lists:
        return {}
    # A numeric column is described by its range; a constant one, of either kind, by "none".
    kinds = ["number" if info.startswith("[") else info for info in infos.split()]
    for columns in (
        [index for index, kind in enumerate(kinds) if kind not in ("number", "none")],
        [index for index, kind in enumerate(kinds) if kind != "number"],
    ):
        if len(columns) == len(lists):
            return dict(zip(columns, lists, strict=True))
    reason = f"the file has {len(lists)} lists of categories and does not say which columns they belong to"
    raise UnsupportedError([Unsupported("pandas_categorical", reason, "drop constant columns and train again")])
