"""ai.onnx.ml TreeEnsembleClassifier, TreeEnsembleRegressor and TreeEnsemble, as plain attributes, to TreeModel.

The meaning is ONNX Runtime's where the specification is silent, observed on version 1.31: how two classes share one
score, what NaN does without a missing track (the false branch, but for BRANCH_NEQ), the base values added last, a
single target that is transformed by PROBIT and by nothing else. Refused by name: the cases in which ONNX Runtime's
label is not its best score or in which it ignores a base value, and a minimum or maximum over leaves without a weight.

Arithmetic: comparisons and sums in float32 for float and integer inputs, in float64 for double inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._onnx_tree_leaves import LEVELS, Leaves, add_pooled, add_summed
from ._onnx_tree_nodes import TreeNodes, floats, integers, text
from ._onnx_tree_v5 import as_regressor
from ._tree_builder import EnsembleBuilder
from ._tree_model import Decision, TreeModel
from ._trees import CORRUPT, FloatType

POST_TRANSFORMS = {
    "NONE": "identity",
    "LOGISTIC": "sigmoid",
    "SOFTMAX": "softmax",
    "SOFTMAX_ZERO": "softmax_zero",
    "PROBIT": "probit",
}


def load_onnx_trees(
    attributes: Mapping[str, Any], op_type: str, n_features: int | None = None, input_dtype: str = "float32"
) -> TreeModel:
    """A TreeModel from a node's attributes by name, as lists, arrays or strings (bytes or str).

    `n_features` is the input's width, else the largest feature used plus one; `input_dtype` the input's element type.
    Sums are bit-exact with ONNX Runtime on one thread, but for AVERAGE together with base values (a rounding). Raises
    ConvertError naming tree and node, UnsupportedError.
    """
    source = f"ONNX {op_type}"
    if op_type == "TreeEnsemble":
        attributes, op_type = as_regressor(attributes), "TreeEnsembleRegressor"
    classifier = op_type == "TreeEnsembleClassifier"
    kind = "class" if classifier else "target"
    post = text(attributes.get("post_transform", "NONE"))
    aggregate = text(attributes.get("aggregate_function", "SUM"))
    labels = [text(x) for x in attributes.get("classlabels_strings", ())] or list(
        attributes.get("classlabels_int64s", ())
    )
    labels = [label if isinstance(label, str) else int(label) for label in labels]
    n_outputs = len(labels) if classifier else int(attributes.get("n_targets", 1))
    nodes = TreeNodes(attributes)
    ids = integers(attributes, f"{kind}_ids")
    weights = floats(attributes, f"{kind}_weights")
    base = floats(attributes, "base_values")
    one_score = classifier and n_outputs == 2 and len(set(ids.tolist())) == 1
    first_class = one_score and ids[0] == 0

    parts: list[Unsupported] = []
    if op_type not in ("TreeEnsembleClassifier", "TreeEnsembleRegressor"):
        parts.append(Unsupported(op_type, "it is another operator", "give a TreeEnsembleClassifier or -Regressor"))
    if aggregate not in ("SUM", "AVERAGE", *LEVELS):
        parts.append(Unsupported(f"aggregate_function {aggregate}", "it is unknown", "export with SUM or AVERAGE"))
    if post not in POST_TRANSFORMS:
        parts.append(Unsupported(f"post_transform {post}", "it is unknown", f"use one of {', '.join(POST_TRANSFORMS)}"))
    if classifier:
        parts += _unsupported_classes(n_outputs, one_score, int(ids[0]) if len(ids) else 0, len(base), post)
    if parts:
        raise UnsupportedError(parts)
    if len(base) not in (0, 1 if first_class else n_outputs):
        raise ConvertError(f"base_values has {len(base)} entries for {n_outputs} outputs: {CORRUPT}")
    if len(ids) != len(weights) or np.any((ids < 0) | (ids >= n_outputs)):
        raise ConvertError(f"{kind}_ids and {kind}_weights do not fit {n_outputs} outputs: {CORRUPT}")

    n_outputs = 1 if first_class else n_outputs
    width = int(nodes.feature.max(initial=-1)) + 1 if n_features is None else n_features
    dtype: FloatType = "float64" if input_dtype in ("float64", "double") else "float32"
    holders = nodes.find(
        integers(attributes, f"{kind}_treeids"), integers(attributes, f"{kind}_nodeids"), f"{kind}_nodeids"
    )
    leaves = Leaves(nodes, holders, ids, weights, n_outputs)
    pool, divisor = None, nodes.n_trees if aggregate == "AVERAGE" else 1
    if aggregate in LEVELS:
        builder, pool = add_pooled(leaves, base, aggregate, width, dtype)
    else:
        builder = EnsembleBuilder(width, n_outputs, dtype, dtype)
        add_summed(builder, leaves, base if divisor == 1 else base[:0])
    ensemble = builder.build(base * divisor if divisor > 1 and len(base) else 0.0, divisor, nodes.category_rule)

    link = POST_TRANSFORMS[post] if n_outputs > 1 or classifier or post == "PROBIT" else "identity"
    decision: Decision = "none"
    if classifier:
        positive = bool(np.all(weights >= 0))
        link = _two_class_link(post, positive) if first_class else link
        decision = ("raw>0.5" if positive else "raw>0") if one_score else "raw argmax"
        _require_scores(leaves, len(base), positive)
    return TreeModel(
        ensemble=ensemble,
        link=link,
        source=source,
        classes=labels if classifier else None,
        decision=decision,
        matches=builder.matches,
        after=pool,
    )


def _unsupported_classes(n_classes: int, one_score: bool, scored: int, n_base: int, post: str) -> list[Unsupported]:
    """The classifiers for which ONNX Runtime's answer is not what the attributes say."""
    name = "TreeEnsembleClassifier"
    remedy = "export the probabilities with a TreeEnsembleRegressor"
    if n_classes < 2:
        return [Unsupported(f"{name} with {n_classes} classes", "there is nothing to choose", "train on two or more")]
    if n_classes > 2:
        return []
    if not one_score:
        reason = "ONNX Runtime then answers 1 whenever that class's score is positive, not the class with more"
        return [Unsupported(f"{name} with weights for both of two classes", reason, remedy)]
    if n_base > 1 or (n_base and scored == 1):
        reason = "ONNX Runtime uses only one of them or none"
        return [Unsupported(f"{name} with two classes and {n_base} base_values", reason, "fold them into the trees")]
    if post == "PROBIT" and scored == 0:
        return [Unsupported(f"{name} with two classes and PROBIT", "only one class's score is transformed", remedy)]
    return []


def _two_class_link(post: str, positive: bool) -> str:
    """One score for two classes: a probability if all weights are positive, else a margin."""
    if post == "LOGISTIC":
        return "sigmoid_pair"
    return "complement_pair" if positive else "negate_pair"


def _require_scores(leaves: Leaves, n_base: int, positive: bool) -> None:
    """ONNX Runtime passes over a class that no leaf of a row names, even if the others are negative."""
    if leaves.n_outputs < 3 or n_base or positive:
        return
    missing = np.flatnonzero(~np.any(leaves.named == 1, axis=0))
    if len(missing):
        reason = f"no tree has a weight for class {missing[0]} in every leaf, and ONNX Runtime skips it in such rows"
        raise UnsupportedError(
            [Unsupported("TreeEnsembleClassifier", reason, "export with base_values (zeros will do)")]
        )
