"""CatBoost's JSON export to TreeModel: symmetric and other trees, one-hot categories, every objective but custom ones.

A symmetric tree asks the same question at all nodes of a level; here it becomes a full binary tree, whose equal tests
and leaves are stored once each when it is packed. Refused by name: features that CatBoost computes from targets (ctr),
texts or embeddings.

Arithmetic: features are cast to float32, a split asks x > border, or whether the category is the one it names; the sum
is float64 in tree order, times a scale, plus a bias. NaN is below or above every border, as the feature says.
Categories are known by a hash of their text, so the file must list the texts: save it with the training pool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._tree_builder import EnsembleBuilder
from ._tree_model import Decision, TreeModel
from ._trees import CORRUPT
from ._xgboost_document import field

_IDENTITY = (
    "RMSE MAE Quantile MultiQuantile GroupQuantile LogLinQuantile Expectile Huber LogCosh Lq MAPE SurvivalAft Cox "
    "MultiRMSE MultiRMSEWithMissingValues YetiRank YetiRankPairwise QueryRMSE QuerySoftMax QueryCrossEntropy PairLogit "
    "PairLogitPairwise LambdaMart StochasticRank StochasticFilter"
)
_LINKS = {
    **dict.fromkeys(_IDENTITY.split(), "identity"),
    **dict.fromkeys(("Poisson", "Tweedie"), "exp"),
    **dict.fromkeys(("Logloss", "CrossEntropy", "Focal"), "sigmoid_pair"),
    **dict.fromkeys(("MultiClassOneVsAll", "MultiLogloss", "MultiCrossEntropy"), "sigmoid"),
    "MultiClass": "softmax",
    "RMSEWithUncertainty": "mean_variance",
}
_DECISIONS: dict[str, Decision] = {
    **dict.fromkeys(("Logloss", "CrossEntropy", "Focal"), "raw>0"),
    **dict.fromkeys(("MultiClass", "MultiClassOneVsAll"), "raw argmax"),
}
MAX_DEPTH = 20  # CatBoost grows to 16; beyond, a table of leaves would exhaust memory
# Whole numbers that float32 holds.
_MAX_NUMBER = 2**24
_REMEDY = "train with one_hot_max_size above the number of categories, or encode the column before"


def parse(data: bytes) -> dict[str, Any]:
    """The document in `data`. Raises ConvertError for what is no such export or is cut short."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConvertError(
            f"is no valid JSON ({error}): the file is truncated or corrupt, save the model again"
        ) from error
    if not isinstance(document, dict) or "features_info" not in document:
        raise ConvertError("is no CatBoost model: save it with save_model(path, format='json', pool=train_pool)")
    return document


def load_catboost(document: Mapping[str, Any]) -> TreeModel:
    """A TreeModel from a parsed export. Raises ConvertError naming tree and split, UnsupportedError."""
    objective = field(document, "model_info", "params", "loss_function", "type", kind=str)
    trees = field(document, "oblivious_trees" if "oblivious_trees" in document else "trees", kind=list)
    columns = _Columns(field(document, "features_info", kind=dict))
    _refuse_unsupported(document, objective)
    if "scale_and_bias" not in document:
        raise ConvertError(
            "has no field scale_and_bias: an old CatBoost saved it, or it is cut short; load it with a newer CatBoost "
            "and save it again as JSON"
        )
    scale, bias = field(document, "scale_and_bias", kind=list)
    builder = EnsembleBuilder(columns.width, max(len(bias), 1), "float32", "float64")
    for number, tree in enumerate(trees):
        try:
            nodes = _symmetric(tree, columns, len(bias)) if "splits" in tree else _nested(tree, columns, len(bias))
        except UnsupportedError as error:
            raise UnsupportedError([_within(number, part) for part in error.parts]) from error
        except (ConvertError, ValueError, IndexError, TypeError, KeyError) as error:
            raise ConvertError(f"tree {number}: {error}") from error
        nodes["values"] = np.asarray(nodes["values"]) * float(scale)
        builder.add_tree(**nodes, target=0 if len(bias) == 1 else -1)
    classes = _classes(document, objective, max(len(bias), 2)) if objective in _DECISIONS else None
    return TreeModel(
        ensemble=builder.build(np.asarray(bias, np.float64), category_rule="exact"),
        link=_LINKS[objective],
        source=f"CatBoost {objective}",
        classes=classes,
        decision=_DECISIONS.get(objective, "none"),
        feature_names=columns.names,
        encoders=columns.encoders,
    )


def _within(number: int, part: Unsupported) -> Unsupported:
    return Unsupported(f"tree {number}, {part.name}", part.reason, part.remedy)


def _refuse_unsupported(document: Mapping[str, Any], objective: str) -> None:
    parts = []
    if objective not in _LINKS:
        reason = "its link function is unknown to this converter"
        parts.append(Unsupported(f"objective {objective}", reason, "train with a built-in objective"))
    threshold = document["model_info"].get("binclass_probability_threshold", "0.5")
    if float(threshold) != 0.5:
        remedy = "set_probability_threshold(0.5), and compare the probability with your own"
        parts.append(Unsupported("binclass_probability_threshold", f"it is {threshold}, not 0.5", remedy))
    parts += [
        unreadable(kind) for kind in ("text_features", "embedding_features") if document["features_info"].get(kind)
    ]
    if parts:
        raise UnsupportedError(parts)


def unreadable(kind: str) -> Unsupported:
    """Why columns of ``kind`` are refused, in files and in live models."""
    reason = "CatBoost computes numbers from them that its JSON does not hold"
    return Unsupported(kind, reason, "turn them to numbers before training")


def _classes(document: Mapping[str, Any], objective: str, count: int) -> list[Any]:
    names = field(document, "model_info", "class_params", "class_names", kind=list, default=[])
    if names and len(names) != count:
        raise ConvertError(f"class_names has {len(names)} entries for {count} classes: {CORRUPT}")
    return list(names) if names else list(range(count))


def _entries(info: Mapping[str, Any], name: str) -> list[Any]:
    """A list that the file leaves out, or null, where it is empty."""
    return [] if info.get(name) is None else list(field(info, name, kind=list))


class _Columns:
    """Which column of a row each feature is, and the code of each category that a split may name."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        self.floats: list[Mapping[str, Any]] = _entries(info, "float_features")
        self.categorical: list[Mapping[str, Any]] = _entries(info, "categorical_features")
        others = [*_entries(info, "text_features"), *_entries(info, "embedding_features")]
        everything = [*self.floats, *self.categorical, *others]
        self.at = {id(feature): int(field(feature, "flat_feature_index")) for feature in everything}
        self.width = max(self.at.values(), default=-1) + 1
        if sorted(self.at.values()) != list(range(self.width)):
            raise ConvertError(f"features_info does not list each column once: {CORRUPT}")
        named = {self.at[id(feature)]: str(feature.get("feature_id") or "") for feature in everything}
        self.names = [named[column] or f"f{column}" for column in range(self.width)]
        hashed = _entries(info, "cat_features_hash")
        texts = {int(entry["hash"]): entry["value"] for entry in hashed}
        self.codes: list[dict[int, int]] = []
        self.encoders: dict[int, list[Any]] = {}
        for feature in self.categorical:
            hashes = [int(value) for value in feature.get("values", [])]
            lost = [value for value in hashes if value % 2**32 not in texts]
            if lost:
                name = f"categories of feature {self.names[self.at[id(feature)]]}"
                reason = "the file has only their hashes, and not their texts"
                remedy = (
                    "save it with save_model(path, format='json', pool=train_pool), or convert(model, pool=train_pool)"
                )
                raise UnsupportedError([Unsupported(name, reason, remedy)])
            self.codes.append({value: code for code, value in enumerate(hashes)})
            known = [texts[value % 2**32] for value in hashes]
            # A column that no split reads still has to be given.
            self.encoders[self.at[id(feature)]] = _as_numbers(known) or [""]

    def test(self, split: Mapping[str, Any]) -> tuple[int, float, bool, int]:
        """(column, border, whether NaN goes right, code of the category that goes right or -1) of a split."""
        kind = field(split, "split_type", kind=str)
        if kind == "FloatFeature":
            feature = self.floats[int(field(split, "float_feature_index"))]
            return self.at[id(feature)], float(split["border"]), feature.get("nan_value_treatment") == "AsTrue", -1
        if kind == "OneHotFeature":
            number = int(field(split, "cat_feature_index"))
            return self.at[id(self.categorical[number])], 0.0, False, self.codes[number][int(split["value"])]
        reason = "it needs statistics of the training data"
        raise UnsupportedError([Unsupported(f"split of type {kind}", reason, _REMEDY)])


def _as_numbers(texts: list[str]) -> list[Any]:
    """Categories that were whole numbers, as CatBoost turns them to text, as numbers again."""
    if all(text.removeprefix("-").isdecimal() and str(int(text)) == text for text in texts):
        numbers = [int(text) for text in texts]
        return numbers if all(abs(number) <= _MAX_NUMBER for number in numbers) else list(texts)
    return list(texts)


def _nodes(tests: list[tuple[int, float, bool, int]], ends: Any) -> dict[str, Any]:
    """What `add_tree` takes of splits that are followed by their leaves. A category's own side becomes the left one."""
    feature, code = (np.asarray([test[part] for test in tests], np.int64) for part in (0, 3))
    border, nan_right = np.asarray([test[1] for test in tests]), np.asarray([test[2] for test in tests], np.bool_)
    left, right, leaves = ends
    pad = np.zeros(len(leaves), np.int64)
    of_set = code >= 0
    return {
        "feature": np.concatenate([feature, pad - 1]),
        "threshold": np.concatenate([border, pad]),
        "left": np.concatenate([np.where(of_set, right, left), pad]),
        "right": np.concatenate([np.where(of_set, left, right), pad]),
        "missing_left": np.concatenate([~nan_right & ~of_set, pad != 0]),
        "values": np.concatenate([np.zeros((len(tests), leaves.shape[1])), leaves]),
        "categories": {int(node): [int(code[node])] for node in np.flatnonzero(of_set)},
    }


def _symmetric(tree: Mapping[str, Any], columns: _Columns, width: int) -> dict[str, Any]:
    splits = field(tree, "splits", kind=list)
    depth = len(splits)
    if depth > MAX_DEPTH:
        raise ConvertError(f"has depth {depth} where {MAX_DEPTH} is the most: {CORRUPT}")
    values = np.asarray(field(tree, "leaf_values", kind=list), np.float64)
    if len(values) != width << depth:
        raise ConvertError(f"has {len(values)} leaf values where {width << depth} should be: {CORRUPT}")
    # Split k decides bit k of the leaf's number; the first is asked at the root, so that it becomes the highest here.
    place = np.arange(1 << depth)
    number = sum((((place >> (depth - 1 - bit)) & 1) << bit for bit in range(depth)), np.zeros_like(place))
    tests = [columns.test(split) for split in splits]
    levels = [test for level, test in enumerate(tests) for _ in range(1 << level)]
    node = np.arange((1 << depth) - 1)
    return _nodes(levels, (2 * node + 1, 2 * node + 2, values.reshape(-1, width)[number]))


def _nested(tree: Mapping[str, Any], columns: _Columns, width: int) -> dict[str, Any]:
    tests: list[tuple[int, float, bool, int]] = []
    leaves: list[Any] = []
    children: list[list[int]] = []
    waiting: list[tuple[Any, int, int]] = [(tree, -1, 0)]
    while waiting:
        node, parent, side = waiting.pop()
        if "split" in node:
            mine = len(tests)
            tests.append(columns.test(node["split"]))
            children.append([0, 0])
            waiting += [(field(node, "right"), mine, 1), (field(node, "left"), mine, 0)]
        else:
            mine = ~len(leaves)
            leaves.append(field(node, "value"))
        if parent >= 0:
            children[parent][side] = mine
    ends = np.asarray(children, np.int64).reshape(-1, 2)
    ends = np.where(ends < 0, len(tests) + ~ends, ends)
    return _nodes(tests, (ends[:, 0], ends[:, 1], np.asarray(leaves, np.float64).reshape(-1, width)))


def evaluate(document: Mapping[str, Any], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums [n, outputs] of symmetric trees by the file's own words, bit by bit: a judge for where CatBoost is not.

    `table` holds categories as codes, as `load_catboost` numbers them, NaN for others.
    """
    columns = _Columns(document["features_info"])
    scale, bias = document["scale_and_bias"]
    with np.errstate(over="ignore"):
        rows = table.astype(np.float32)
    total = np.zeros((len(rows), len(bias)))
    for tree in document["oblivious_trees"]:
        index = np.zeros(len(rows), np.int64)
        for bit, split in enumerate(tree["splits"]):
            column, border, nan_right, code = columns.test(split)
            x = rows[:, column]
            right = x == code if code >= 0 else (x > np.float32(border)) | (nan_right & np.isnan(x))
            index |= right.astype(np.int64) << bit
        total += np.asarray(tree["leaf_values"], np.float64).reshape(-1, len(bias))[index]
    return np.asarray(total * scale + np.asarray(bias, np.float64))
