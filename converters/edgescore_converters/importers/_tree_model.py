"""What a tree loader hands over: the Ensemble, what follows its sum (the link), and the names of inputs and classes.

`outputs` and `labels` evaluate a link slowly and in the source's precision, for tests and certificates. Nothing here
builds a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._tree_stages import Matches, Pool, Slopes
from ._trees import Ensemble

Floats = Any  # an ndarray of the ensemble's sum_dtype
Decision = Literal["none", "argmax", "raw argmax", "raw>0", "raw>=0", "raw>0.5", "y>0.5", "y>=0"]


def sigmoid(r: Floats) -> Floats:
    """1 / (1 + exp(-r)), without overflow."""
    small = np.exp(-np.abs(r))
    return np.where(r < 0, small, np.ones_like(small)) / (1 + small)


def softmax(r: Floats) -> Floats:
    """exp(r_k - max) / sum over a row."""
    shifted = np.exp(r - r.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _softmax_zero(r: Floats) -> Floats:
    """ONNX: entries within 1e-7 of zero become r exp(-max) in place of exp(r - max), and are not in the sum."""
    top = r.max(axis=1, keepdims=True)
    zero = np.abs(r) <= 1e-7
    shifted = np.where(zero, r * np.exp(-top), np.exp(r - top))
    return shifted / np.where(zero, 0, shifted).sum(axis=1, keepdims=True)


def _probit(r: Floats) -> Floats:
    """ONNX Runtime: sqrt(2) erfinv(2r - 1) by Winitzki's formula (a = 0.147), in its order because it cancels badly."""
    f = r.dtype.type
    x = 2 * r - 1
    log = np.log((1 - x) * (1 + x))
    v = f(2) / (f(3.14159) * f(0.147)) + f(0.5) * log
    root = np.sqrt(-v + np.sqrt(v * v - f(1) / f(0.147) * log))
    return f(1.41421356) * np.where(x < 0, -root, root)


def _pair(y: Floats) -> Floats:
    return np.concatenate([1 - y, y], axis=1)


# y from the sum r [n, n_outputs] and the link's parameters, element by element unless the formula says row.
LINKS: dict[str, Callable[[Floats, Mapping[str, float]], Floats]] = {
    # y = r
    "identity": lambda r, p: r,
    # y = 1 / (1 + exp(-alpha r))
    "sigmoid": lambda r, p: sigmoid(p.get("alpha", 1.0) * r),
    # y_k = exp(s_k - max s) / sum_j exp(s_j - max s), s = r / divisor, over the row
    "softmax": lambda r, p: softmax(r / p.get("divisor", 1.0)),
    # y = exp(alpha r)
    "exp": lambda r, p: np.exp(p.get("alpha", 1.0) * r),
    # y = (r_1, exp(2 r_2)): a mean and, from half its logarithm, a variance
    "mean_variance": lambda r, p: np.stack([r[:, 0], np.exp(2 * r[:, 1])], axis=1),
    # y = log(1 + exp(r))
    "log1p_exp": lambda r, p: np.logaddexp(0, r).astype(r.dtype),
    # y = sign(r) r^2
    "signed_square": lambda r, p: np.sign(r) * r * r,
    # y = 1 if r > 0, else 0
    "hinge": lambda r, p: (r > 0).astype(r.dtype),
    # y = number of the first largest entry of the row; one output
    "argmax": lambda r, p: np.argmax(r, axis=1, keepdims=True).astype(r.dtype),
    # y = -2^(-r) - offset: scikit-learn's decision_function; score_samples is y + offset
    "isolation": lambda r, p: -np.power(2, -r) - p["offset"],
    # a scalar r becomes the row (1 - y, y) with y = 1 / (1 + exp(-alpha r)), or (1 - r, r), or (-r, r)
    "sigmoid_pair": lambda r, p: _pair(sigmoid(p.get("alpha", 1.0) * r)),
    "complement_pair": lambda r, p: _pair(r),
    "negate_pair": lambda r, p: np.concatenate([-r, r], axis=1),
    # ONNX post_transform SOFTMAX_ZERO and PROBIT
    "softmax_zero": lambda r, p: _softmax_zero(r),
    "probit": lambda r, p: _probit(r),
}


@dataclass(frozen=True)
class TreeModel:
    """A tree source in normal form.

    `link` is a key of LINKS, applied to `ensemble.raw` with `link_params`; for a classifier its row has a column for
    each class, but for "hinge" and "argmax", whose y is the class's number, and "isolation".
    `classes` are the labels in class order, None for a regression. `decision` picks the class: "argmax" and
    "raw argmax" the first largest output or sum; "raw>0", "raw>=0", "raw>0.5", "y>0.5", "y>=0" the second of two where
    the last sum or the last y passes.
    `encoders` maps a feature to the categories whose position is the number the trees test (text, or numbers that are
    no codes); an unseen one becomes NaN. `iterations` is the number of boosting rounds kept, None where all are.
    `matches` are columns that the ensemble has more than the source; `after` makes the sums that `link` and `decision`
    take out of those of the ensemble.
    """

    ensemble: Ensemble
    link: str
    source: str
    link_params: Mapping[str, float] = field(default_factory=dict)
    classes: Sequence[Any] | None = None
    decision: Decision = "none"
    feature_names: Sequence[str] | None = None
    encoders: Mapping[int, Sequence[Any]] = field(default_factory=dict)
    iterations: int | None = None
    matches: Matches | None = None
    after: Pool | Slopes | None = None

    @property
    def n_features(self) -> int:
        """The source's columns."""
        return self.ensemble.n_features - (len(self.matches.features) if self.matches else 0)

    def sums(self, x: ArrayLike) -> NDArray[np.float64]:
        """What the link takes for rows `x` [n, n_features]: `ensemble.raw`, with the stages around it."""
        with np.errstate(over="ignore"):
            rows = np.asarray(x).astype(self.ensemble.compare_dtype)
        raw = self.ensemble.raw(self.matches.of(rows) if self.matches else rows)
        if self.after is None:
            return raw
        return np.asarray(self.after.of(raw.astype(self.ensemble.sum_dtype), rows), np.float64)

    def outputs(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the source predicts (probabilities, values, scores) from `ensemble.raw`'s sums, in `sum_dtype`."""
        return np.asarray(self._link(raw), np.float64)

    def labels(self, raw: NDArray[np.float64]) -> NDArray[Any]:
        """The class that the source predicts for each row of sums. The model must have classes."""
        assert self.classes is not None
        if self.decision == "argmax":
            index = np.argmax(self._link(raw), axis=1)
        elif self.decision == "raw argmax":
            index = np.argmax(raw, axis=1)
        else:
            value = (self._link(raw) if self.decision.startswith("y") else raw)[:, -1]
            limit = 0.5 if self.decision.endswith("0.5") else 0.0
            index = (value >= limit if ">=" in self.decision else value > limit).astype(np.int64)
        return np.asarray(np.asarray(self.classes)[index])

    def _link(self, raw: NDArray[np.float64]) -> Floats:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return LINKS[self.link](raw.astype(self.ensemble.sum_dtype), self.link_params)
