"""treelite models and checkpoints to TreeModel, with the meaning that treelite's own GTIL gives them.

For models that exist only in that form. XGBoost and LightGBM models have their own loaders, because treelite loses
facts that exactness needs (see there). Arithmetic: comparisons and sums in the model's threshold type; GTIL adds the
base score last and not first, so that sums agree with it to a rounding. Refused: classes for each of several targets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._tree_builder import EnsembleBuilder
from ._tree_model import Decision, TreeModel
from ._trees import CORRUPT, FloatType

Field = Callable[[str], Any]
_EQ, _LT, _LE, _GT, _GE = 1, 2, 3, 4, 5
_CATEGORICAL_NODE = 2
_BINARY, _MULTICLASS = 0, 2
_LINKS = {
    "identity": "identity",
    "identity_multiclass": "identity",
    "signed_square": "signed_square",
    "hinge": "hinge",
    "sigmoid": "sigmoid",
    "exponential": "exp",
    "exponential_standard_ratio": "exp",
    "logarithm_one_plus_exp": "log1p_exp",
    "max_index": "argmax",
    "softmax": "softmax",
    "multiclass_ova": "sigmoid",
}


def load_treelite(source: Any) -> TreeModel:
    """A TreeModel from a treelite.Model, a checkpoint file (path) or a checkpoint's bytes.

    A checkpoint must come from a treelite that the installed one can read. Raises ConvertError, UnsupportedError.
    """
    return _convert(read(source))


def read(source: Any) -> Any:
    """The model in a checkpoint file (path) or its bytes; a treelite.Model is returned. Raises ConvertError."""
    import treelite

    if not isinstance(source, (str, Path, bytes)):
        return source
    try:
        if isinstance(source, bytes):
            return treelite.Model.deserialize_bytes(source)
        return treelite.Model.deserialize(str(source))
    except treelite.core.TreeliteError as error:
        raise ConvertError(f"no treelite checkpoint that treelite {treelite.__version__} reads: {error}") from error


def _convert(model: Any) -> TreeModel:
    header: Field = model.get_header_accessor().get_field
    postprocessor = str(header("postprocessor"))
    n_targets, n_classes = int(header("num_target")[0]), int(np.max(header("num_class")))
    trees = [model.get_tree_accessor(number).get_field for number in range(model.num_tree)]
    _refuse_unsupported(postprocessor, n_targets, n_classes)
    dtype: FloatType = "float32" if header("threshold_type")[0] == 2 else "float64"
    builder = EnsembleBuilder(int(header("num_feature")[0]), n_targets * n_classes, dtype, dtype)
    targets, class_ids = header("target_id"), header("class_id")
    for number, tree in enumerate(trees):
        # One of the two is always 0, see _refuse_unsupported; -1 means that leaves are vectors over it.
        vector = targets[number] < 0 or class_ids[number] < 0
        _add_tree(builder, tree, -1 if vector else int(targets[number] + class_ids[number]), number)
    divisor = 1
    if header("average_tree_output")[0]:
        vectors = np.any((targets < 0) | (class_ids < 0))
        divisor = len(trees) // (1 if vectors else builder.n_outputs)
    ensemble = builder.build(np.asarray(header("base_scores")) * divisor, divisor)

    link, task = _LINKS[postprocessor], int(header("task_type")[0])
    classes = list(range(max(n_classes, 2))) if n_targets == 1 and task in (_BINARY, _MULTICLASS) else None
    decision: Decision = "none"
    if classes is not None:
        decision = "argmax"
        if n_classes == 1:
            decision = "y>0.5" if link == "sigmoid" else "raw>0"
            link = "sigmoid_pair" if link == "sigmoid" else link
    params = {"alpha": float(header("sigmoid_alpha")[0])} if link.startswith("sigmoid") else {}
    if postprocessor == "exponential_standard_ratio":  # 2^(-r / ratio)
        params = {"alpha": -math.log(2) / float(header("ratio_c")[0])}
    return TreeModel(
        ensemble=ensemble,
        link=link,
        source=f"treelite {postprocessor}",
        link_params=params,
        classes=classes,
        decision=decision,
        matches=builder.matches,
    )


def _refuse_unsupported(postprocessor: str, n_targets: int, n_classes: int) -> None:
    parts = []
    if postprocessor not in _LINKS:
        reason = "it is unknown to this converter"
        parts.append(Unsupported(f"postprocessor {postprocessor}", reason, "convert the model that treelite loaded"))
    if n_targets > 1 and n_classes > 1:
        parts.append(
            Unsupported("several targets with classes", "one output is one target", "convert a model a target")
        )
    if parts:
        raise UnsupportedError(parts)


def _add_tree(builder: EnsembleBuilder, tree: Field, target: int, number: int) -> None:
    left, right, operator = (np.asarray(tree(name)) for name in ("cleft", "cright", "cmp"))
    leaf = left < 0
    categorical = np.asarray(tree("node_type")) == _CATEGORICAL_NODE
    swap = np.where(categorical, np.asarray(tree("category_list_right_child")) != 0, operator >= _GT) & ~leaf
    values = np.asarray(tree("leaf_value"))
    if target < 0:
        begin, end = (np.asarray(tree(f"leaf_vector_{part}")).astype(np.int64) for part in ("begin", "end"))
        table = np.asarray(tree("leaf_vector"))
        width = int(np.max(end - begin, initial=0))
        if width != builder.n_outputs or np.any((end - begin)[leaf] != width):
            raise ConvertError(f"tree {number} has leaves that are no vectors of {builder.n_outputs}: {CORRUPT}")
        values = table.reshape(-1, width)[np.where(leaf, begin // width, 0)]
    first, last, codes = (np.asarray(tree(f"category_list{part}")) for part in ("_begin", "_end", ""))
    nodes = np.flatnonzero(categorical).tolist()
    sets: dict[int, Any] = {node: codes[int(first[node]) : int(last[node])] for node in nodes}
    feature = np.where(leaf, -1, np.asarray(tree("split_index"))).astype(np.int64)
    for node in np.flatnonzero((operator == _EQ) & ~categorical & ~leaf).tolist():
        feature[node], sets[node] = builder.match(int(feature[node]), [float(tree("threshold")[node])])
    builder.add_tree(
        feature=feature,
        threshold=np.asarray(tree("threshold")),
        strict=~categorical & ((operator == _LT) | (operator == _GE)),
        left=np.where(swap, right, left),
        right=np.where(swap, left, right),
        missing_left=(np.asarray(tree("default_left")) != 0) ^ swap,
        values=values,
        target=target,
        categories=sets,
    )
