"""ai.onnx.ml TreeEnsembleRegressor and TreeEnsembleClassifier, by the normal form that all tree sources share."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._link_nodes import add_decision, add_link
from edgescore_converters.importers._onnx_trees import load_onnx_trees
from edgescore_converters.importers._tree_model import TreeModel
from edgescore_converters.ir import Value

from ._call import ML, Call, handles, table
from ._tensors import Tensor, as_float
from .linear import label_output

_PARTS = ("treeids", "nodeids", "ids", "weights", "weights_as_tensor")
_NODES = (
    "treeids nodeids featureids values values_as_tensor hitrates hitrates_as_tensor modes truenodeids falsenodeids "
    "missing_value_tracks_true"
)
_COMMON = ("post_transform", "aggregate_function", "base_values", "base_values_as_tensor")
_NAMES = {
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


@handles("TreeEnsembleRegressor", "TreeEnsembleClassifier", domain=ML)
def tree_ensemble(call: Call) -> Tensor | tuple[Tensor, ...]:
    """Sums of leaves; for a classifier (label, scores). What is not double is compared and summed in float32."""
    rows = call.table()
    dtype = "float64" if rows.dtype == "float64" else "float32"
    x = as_float(call.graph, rows, dtype)
    model = _model(call, dtype, rows.width)
    _remember(call, x, model)
    raw = add_ensemble(call.graph, x, model.ensemble)
    scores = add_link(call.graph, raw, model.link, model.link_params)
    as_stored = table(as_float(call.graph, table(scores), "float32"))
    if model.classes is None:
        return as_stored
    return label_output(call, add_decision(call.graph, raw, scores, model.decision), list(model.classes)), as_stored


def _remember(call: Call, x: Value, model: TreeModel) -> None:
    trees = model.ensemble
    numeric = (trees.feature >= 0) & (trees.category_set < 0)
    pairs = np.unique(np.stack([trees.feature[numeric], trees.threshold[numeric]], axis=1), axis=0)
    call.remember(x, pairs[:, 1], pairs[:, 0].astype(np.int64))
    for feature, sets in zip(trees.feature, trees.category_set, strict=True):
        if sets >= 0:
            call.remember(x, trees.category_sets[sets], [feature] * len(trees.category_sets[sets]))
