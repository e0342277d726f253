"""The post_transform of linear and support vector operators, and how two classes share one score.

Where the specification is silent, as ONNX Runtime does it.
"""

from __future__ import annotations

from edgescore_converters.importers._link_nodes import add_link
from edgescore_converters.importers._onnx_trees import POST_TRANSFORMS
from edgescore_converters.ir import Value

from ._call import Call


def post_transform(call: Call) -> str:
    """The link that the attribute names."""
    name = call.attribute("post_transform", "NONE")
    if name not in POST_TRANSFORMS:
        call.refuse(f"its post_transform {name} is unknown", f"use one of {', '.join(POST_TRANSFORMS)}")
    return POST_TRANSFORMS[name]


def transformed(call: Call, scores: Value, link: str) -> Value:
    """Scores of several columns with the link applied. A single column knows none but probit."""
    if scores.shape[1] == 1 and link != "probit":
        return scores
    return add_link(call.graph, scores, link)


def pair(call: Call, score: Value, link: str, *, signed: bool) -> Value:
    """One score as those of two classes: (-s, s) if ``signed``, else (1 - s, s), which only LOGISTIC is applied to."""
    if link == "probit":
        call.refuse("ONNX Runtime leaves the second of two PROBIT scores undefined", "export with post_transform NONE")
    if link == "sigmoid":
        return add_link(call.graph, score, "sigmoid_pair")
    return add_link(call.graph, score, "negate_pair" if signed else "complement_pair")
