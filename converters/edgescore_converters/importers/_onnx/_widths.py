"""How many columns an input has, where the file does not say: the operator that reads it knows, by its constants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SAME_WIDTH = ("Identity", "Cast", "Imputer", "Scaler", "Normalizer", "Binarizer", "Neg", "Abs", "Exp", "Log", "Sqrt")


def infer(model: Any, name: str) -> int | None:
    """Columns of the tensor ``name``, or None. Trees only tell the last column they use, so they are asked last."""
    from onnx import helper, numpy_helper

    constants = {tensor.name: numpy_helper.to_array(tensor).shape for tensor in model.graph.initializer}
    names, least = {name}, None
    for node in model.graph.node:
        if names.isdisjoint(node.input):
            continue
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if (width := _width(node, attributes, constants)) is not None:
            return width
        if node.op_type in ("TreeEnsembleClassifier", "TreeEnsembleRegressor"):
            least = max([least or 0, *(feature + 1 for feature in attributes.get("nodes_featureids", ()))])
        if node.op_type in _SAME_WIDTH:
            names.update(node.output)
    return least


def _width(node: Any, attributes: Mapping[str, Any], constants: Mapping[str, tuple[int, ...]]) -> int | None:
    count = None
    if node.op_type == "Scaler":
        count = max(len(attributes.get("scale", ())), len(attributes.get("offset", ())))
    elif node.op_type == "Imputer":
        count = max(len(attributes.get(f"imputed_value_{kind}s", ())) for kind in ("float", "int64"))
    elif node.op_type == "LinearClassifier":
        count = len(attributes["coefficients"]) // max(len(attributes.get("intercepts", ())), 1)
    elif node.op_type == "LinearRegressor":
        count = len(attributes["coefficients"]) // attributes.get("targets", 1)
    elif node.op_type in ("SVMClassifier", "SVMRegressor") and attributes.get("support_vectors"):
        vectors = sum(attributes.get("vectors_per_class", ())) or attributes.get("n_supports", 0)
        count = len(attributes["support_vectors"]) // max(vectors, 1)
    elif node.op_type in ("MatMul", "Gemm") and len(shape := constants.get(node.input[1], ())) == 2:
        return shape[1] if attributes.get("transB") else shape[0]
    # A single constant serves any number of columns.
    return count if count is not None and count > 1 else None
