"""Support vector machines in float64, for ONNX's reference evaluator, and what ONNX Runtime's rounding may do to them.

Owes nothing to the handler in `svm`, which it judges: one formula from the attributes, without the graph's operators.
The evaluator's own form of them couples the probabilities of three and more classes in another way than libsvm.
Refuses, with ValueError, post_transforms, which no trainer exports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

OPERATORS = ("SVMClassifier", "SVMRegressor")
ULP = 2.0**-24  # what one float32 rounding is off by, at most, of a number


@dataclass
class Noise:
    """Rounding as if the sums were made in another order: each is off by up to ``steps`` times ULP of its terms."""

    steps: float = 0.0
    draw: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def on(self, values: Array, terms: Array) -> Array:
        """``values`` off by chance to one side or the other; terms: sums of the absolute values of what was added."""
        if not self.steps:
            return values
        off = self.steps * ULP * terms * self.draw.choice([-1.0, 1.0], values.shape)
        return np.asarray((values + off).astype(np.float32), np.float64)  # which may be too large for it


def operators(noise: Noise) -> list[Any]:
    """Both operators, for ReferenceEvaluator(new_ops=...); ``noise`` may be turned on later."""
    from onnx.reference.op_run import OpRun

    class SVMClassifier(OpRun):
        op_domain = "ai.onnx.ml"

        def _run(self, x: Array, **_: Any) -> tuple[Array, Array]:
            given = _attributes(self.onnx_node)
            labels = np.array(given.get("classlabels_strings") or given["classlabels_ints"])
            labels = labels.astype(str).astype(object) if labels.dtype.kind == "S" else labels
            index, scores = _classified(x.astype(np.float64), given, len(labels), noise)
            return labels[index], scores

    class SVMRegressor(OpRun):
        op_domain = "ai.onnx.ml"

        def _run(self, x: Array, **_: Any) -> tuple[Array]:
            given = _attributes(self.onnx_node)
            weights, value = _floats(given, "coefficients"), x.astype(np.float64)
            count = given.get("n_supports", 0)
            value = (
                _kernels(value, given, count, noise) @ weights if count else _sums(value, weights[None], noise)[:, 0]
            )
            value = value + _floats(given, "rho")[0]
            return (np.where(value > 0, 1.0, -1.0)[:, None] if given.get("one_class", 0) else value[:, None],)

    return [SVMClassifier, SVMRegressor]


def _attributes(node: Any) -> dict[str, Any]:
    from onnx import helper

    given = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    if given.get("post_transform", b"NONE") != b"NONE":
        raise ValueError(f"{node.op_type} with a post_transform")
    return given


def _floats(given: dict[str, Any], name: str) -> Array:
    return np.asarray(given.get(name, []), np.float32).astype(np.float64)


def _sums(x: Array, weights: Array, noise: Noise) -> Array:
    """x [n, k] times weights [m, k], [n, m]."""
    return noise.on(x @ weights.T, np.abs(x) @ np.abs(weights).T)


def _kernels(x: Array, given: dict[str, Any], count: int, noise: Noise) -> Array:
    """The kernel of x [n, k] and ``count`` support vectors, [n, count]."""
    vectors = _floats(given, "support_vectors").reshape(count, -1)
    gamma, coef0, degree = [*_floats(given, "kernel_params"), 0.0, 0.0, 0.0][:3]
    name = given.get("kernel_type", b"LINEAR")
    if name == b"RBF":
        distances = np.stack([((x - vector) ** 2).sum(axis=1) for vector in vectors], axis=1)
        value = np.exp(-gamma * noise.on(distances, distances))
    else:
        value = _sums(x, vectors, noise)
        if name != b"LINEAR":
            value = noise.on(gamma * value + coef0, np.abs(gamma * value) + abs(coef0))
            value = np.tanh(value) if name == b"SIGMOID" else value ** int(degree)
    return noise.on(value, np.abs(value))


def _classified(x: Array, given: dict[str, Any], classes: int, noise: Noise) -> tuple[Array, Array]:
    """(number of the class [n], scores [n, m])."""
    counts = given.get("vectors_per_class", [])
    weights, rho = _floats(given, "coefficients"), _floats(given, "rho")
    if not sum(counts):
        scores = _sums(x, weights.reshape(classes, -1), noise) + rho[0]
        passed = scores >= 0.5 if (weights >= 0).all() else scores > 0
        return np.where(classes == 2 and passed.any(axis=1), 1, scores.argmax(axis=1)), scores
    kernels = _kernels(x, given, sum(counts), noise)
    weights = weights[: (classes - 1) * sum(counts)].reshape(classes - 1, -1)
    ends = np.cumsum([0, *counts])
    votes, decisions = np.zeros((len(x), classes)), []
    for pair, (i, j) in enumerate(combinations(range(classes), 2)):
        ours, theirs = slice(ends[i], ends[i + 1]), slice(ends[j], ends[j + 1])
        value = kernels[:, ours] @ weights[j - 1, ours] + kernels[:, theirs] @ weights[i, theirs] + rho[pair]
        votes[np.arange(len(x)), np.where(value > 0, i, j)] += 1
        decisions.append(value)
    scores = np.stack(decisions, axis=1)
    if len(a := _floats(given, "prob_a")):
        wins = 1 / (1 + np.exp(np.clip(scores * a + _floats(given, "prob_b"), -700, 700)))
        scores = _coupled(np.clip(wins, 1e-7, 1 - 1e-7), classes, noise)
    elif classes == 2:
        scores = np.concatenate([-scores, scores], axis=1)
    return votes.argmax(axis=1), scores


def _coupled(wins: Array, classes: int, noise: Noise) -> Array:
    """Class probabilities from those of pairs (i before j), [n, pairs] -> [n, classes].

    Method 2 of Wu, Lin and Weng (JMLR 2004), which stops as libsvm does: rounding may make it go a step further.
    """
    first, second = np.triu_indices(classes, 1)
    r = np.zeros((len(wins), classes, classes))
    r[:, first, second], r[:, second, first] = wins, 1 - wins
    q = -r * r.swapaxes(1, 2)
    q[:, np.arange(classes), np.arange(classes)] = (r**2).sum(axis=1)
    p, going = np.full((len(wins), classes), 1 / classes), np.arange(len(wins))
    for _ in range(max(100, classes)):
        qp = np.einsum("nij,nj->ni", q[going], p[going])
        off = np.abs(qp - (p[going] * qp).sum(axis=1, keepdims=True)).max(axis=1)
        going = going[noise.on(off, np.ones(len(off))) >= 0.005 / classes]
        for t in range(classes):
            now = p[going]
            qp = np.einsum("nij,nj->ni", q[going], now)
            now[:, t] += ((now * qp).sum(axis=1) - qp[:, t]) / q[going, t, t]
            p[going] = now / now.sum(axis=1, keepdims=True)
    return p
