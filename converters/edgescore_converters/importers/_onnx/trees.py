"""ai.onnx.ml TreeEnsembleRegressor, -Classifier and TreeEnsemble, by the normal form that all tree sources share."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.importers._link_nodes import add_decision, add_link
from edgescore_converters.importers._model_nodes import add_sums
from edgescore_converters.importers._onnx_trees import load_onnx_trees
from edgescore_converters.importers._tree_model import TreeModel
from edgescore_converters.importers._tree_stages import numeric_probes
from edgescore_converters.ir import Value

from ._call import ML, Call, handles, table
from ._tensors import Tensor, as_float
from .linear import label_output

_PARTS = ("treeids", "nodeids", "ids", "weights", "weights_as_tensor")
_NODES = (
    "treeids nodeids featureids values values_as_tensor hitrates hitrates_as_tensor modes truenodeids falsenodeids "
    "missing_value_tracks_true"
)
_NEWER = (
    *("aggregate_function", "post_transform", "n_targets", "tree_roots", "membership_values"),
    *("leaf_targetids", "leaf_weights", "nodes_splits", "nodes_trueleafs", "nodes_falseleafs"),
)
_COMMON = ("post_transform", "aggregate_function", "base_values", "base_values_as_tensor")
_NAMES = {
    "TreeEnsemble": _NEWER,
    "TreeEnsembleRegressor": (*_COMMON, "n_targets", *(f"target_{part}" for part in _PARTS)),
    "TreeEnsembleClassifier": (
        *_COMMON,
        "classlabels_strings",
        "classlabels_int64s",
        *(f"class_{part}" for part in _PARTS),
    ),
}


def _model(call: Call, input_dtype: str, width: int) -> TreeModel:
    from onnx import TensorProto, numpy_helper

    attributes: dict[str, Any] = {}
    for name in (*_NAMES[call.op_type], *(f"nodes_{part}" for part in _NODES.split())):
        value = call.attribute(name)
        if value is not None:
            attributes[name] = numpy_helper.to_array(value) if isinstance(value, TensorProto) else value
    return load_onnx_trees(attributes, call.op_type, width, input_dtype)


@handles("TreeEnsembleRegressor", "TreeEnsembleClassifier", "TreeEnsemble", domain=ML)
def tree_ensemble(call: Call) -> Tensor | tuple[Tensor, ...]:
    """Sums of leaves; for a classifier (label, scores). What is not double is compared and summed in float32.

    Only TreeEnsemble answers doubles with doubles.
    """
    rows = call.table()
    dtype = "float64" if rows.dtype == "float64" else "float32"
    x = as_float(call.graph, rows, dtype)
    model = _model(call, dtype, rows.width)
    _remember(call, x, model)
    raw = add_sums(call.graph, x, model)
    scores = add_link(call.graph, raw, model.link, model.link_params)
    kept = dtype if call.op_type == "TreeEnsemble" else "float32"
    as_stored = table(as_float(call.graph, table(scores), kept), kept)
    if model.classes is None:
        return as_stored
    return label_output(call, add_decision(call.graph, raw, scores, model.decision), list(model.classes)), as_stored


def _remember(call: Call, x: Value, model: TreeModel) -> None:
    trees = model.ensemble
    for feature, numbers in numeric_probes(trees, model.matches).items():
        call.remember(x, numbers, [feature] * len(numbers))
    own = (trees.category_set >= 0) & (trees.feature < model.n_features)
    for feature, number in np.unique(np.stack([trees.feature[own], trees.category_set[own]], axis=1), axis=0).tolist():
        call.remember(x, trees.category_sets[number], [feature] * len(trees.category_sets[number]))
