"""How good a changed graph still is on given rows: one number for people, and one finer number for choosing.

The number is the accuracy against the target when there is one, else the agreement with the graph before the change;
for models without classes it is R^2 against the same two. The name says which. It refuses targets that name no class of
the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Array, Graph, Port

Floats = NDArray[np.float64]
MAX_ROWS = 4096  # enough to choose by; more rows cost time and move little


@dataclass(frozen=True)
class Measured:
    """value: the metric, 1 is perfect. error: mean squared change of the scores, in units of their variance."""

    value: float
    error: float


def sample(rows: Any, target: Any) -> tuple[Array, Array | None]:
    """At most MAX_ROWS of the rows and their target, evenly spaced, so that sorted data keeps all its kinds.

    Raises ConvertError where they are not equally many.
    """
    table, truth = np.asarray(rows), None if target is None else np.asarray(target)
    count = len(table) if table.ndim else 0
    if truth is not None and truth.shape[:1] != (count,):
        raise ConvertError(f"the target has shape {truth.shape} for {count} rows: give one value for each row")
    if count <= MAX_ROWS:
        return table, truth
    chosen = np.linspace(0, count - 1, MAX_ROWS).astype(int)
    return table[chosen], None if truth is None else truth[chosen]


class Metric:
    """A metric with its rows and truth, so that every candidate is measured alike.

    graph: the model before any change; its own outputs are the truth without ``target``. rows: [n, columns]. target:
    class names, class indices or numbers, [n]. ``name`` is "accuracy", "agreement", "R2" or "R2 of agreement", and
    ``where`` behind it. Raises ConvertError when rows and target do not fit each other or the model.
    """

    def __init__(self, graph: Graph, rows: Any, target: Any = None, where: str = "") -> None:
        self.rows = np.asarray(rows)
        if not self.rows.ndim or not len(self.rows):
            raise ConvertError("there are no rows to measure on: give data that looks like what the model will see")
        outputs = evaluate(graph, self.rows)
        self._scores = [at for at, port in enumerate(graph.outputs) if port.role == "score"]
        self._original = [outputs[at].astype(np.float64) for at in self._scores]
        self._decision = _decision_port(graph)
        if self._decision is None:
            self.name = "R2 of agreement" if target is None else "R2"
            self._truth: Array = self._joined(outputs) if target is None else _numbers(target, outputs[self._scores[0]])
        else:
            port = graph.outputs[self._decision]
            self.name = "agreement" if target is None else "accuracy"
            self._truth = self._classes(outputs) if target is None else _indices(target, port, len(self.rows))
        self.name += where
        self._joint = target is None
        self.before = self._measure(outputs)

    def __call__(self, graph: Graph) -> Measured:
        """Measure a graph with the same outputs as the original."""
        return self._measure(evaluate(graph, self.rows))

    @property
    def decides(self) -> bool:
        """Whether the model names classes."""
        return self._decision is not None

    def strata(self) -> NDArray[np.int64]:
        """Groups of rows that are alike: the true class, or the tenth in which the first true number lies, [n]."""
        if self.decides:
            return self._truth.astype(np.int64)
        first = np.nan_to_num(self._truth[:, 0])
        return np.searchsorted(np.quantile(first, np.arange(1, 10) / 10), first).astype(np.int64)

    def _measure(self, outputs: list[Array]) -> Measured:
        if self._decision is not None:
            value = float(np.mean(self._classes(outputs) == self._truth))
        else:
            scores = self._joined(outputs) if self._joint else outputs[self._scores[0]]
            value = _r2(self._truth, scores.astype(np.float64).reshape(self._truth.shape))
        changes = [_relative(before, outputs[at]) for before, at in zip(self._original, self._scores)]
        return Measured(_or_worst(value, -np.inf), _or_worst(float(np.mean(changes)) if changes else 1 - value, np.inf))

    def _joined(self, outputs: list[Array]) -> Floats:
        return np.concatenate([outputs[at].astype(np.float64) for at in self._scores], axis=1)

    def _classes(self, outputs: list[Array]) -> NDArray[np.int64]:
        assert self._decision is not None
        answer = outputs[self._decision]
        return (answer[:, 0] if answer.shape[1] == 1 else np.argmax(answer, axis=1)).astype(np.int64)


def _decision_port(graph: Graph) -> int | None:
    """The output that names a class: the label, else scores of several classes; None for a model without classes."""
    for at, port in enumerate(graph.outputs):
        if port.role == "label":
            return at
    return next((at for at, p in enumerate(graph.outputs) if p.labels and p.value.shape[-1] == len(p.labels) > 1), None)


def _indices(target: Any, port: Port, count: int) -> NDArray[np.int64]:
    """Class indices of ``target``; names are compared as values, and as text where no value is a class."""
    names = np.asarray(target).reshape(-1).tolist()
    if len(names) != count:
        raise ConvertError(f"the target has {len(names)} values for {count} rows")
    classes = [label.item() if isinstance(label, np.generic) else label for label in port.labels]
    # A model whose classes have no names is its own list of indices.
    known: dict[Any, int] = {label: at for at, label in enumerate(classes or range(count))}
    found = [known.get(name, -1) for name in names]
    if max(found) < 0:
        texts = {str(label): at for label, at in known.items()}
        found = [texts.get(str(name), -1) for name in names]
    if max(found) < 0:
        some = ", ".join(map(repr, classes[:8])) or "numbers from 0"
        raise ConvertError(f"the target names no class of the model, such as {names[0]!r}; the classes are {some}")
    return np.asarray(found, np.int64)


def _numbers(target: Any, scores: Array) -> Floats:
    try:
        truth = np.asarray(target, np.float64)
    except (TypeError, ValueError):
        raise ConvertError("the model predicts numbers, the target has text: give the column of numbers") from None
    if truth.size != scores.size:
        raise ConvertError(f"the target has shape {truth.shape}, the model's scores {scores.shape}: give one for each")
    return truth.reshape(scores.shape)


def _r2(truth: Floats, scores: Floats) -> float:
    """1 - squared error / variance, averaged over the columns that vary."""
    wrong, spread = _difference(truth, scores), _variance(truth, 0)
    varies = spread > 0
    if not varies.any():
        return 1.0 if not wrong.any() else 0.0
    return float(1 - np.mean(np.mean(wrong**2, axis=0)[varies] / spread[varies]))


def _relative(before: Floats, after: Array) -> float:
    return float(np.mean(_difference(before, after.astype(np.float64)) ** 2) / max(float(_variance(before)), 1e-12))


def _or_worst(value: float, worst: float) -> float:
    """A model that gives NaN is not to be preferred to any."""
    return worst if np.isnan(value) else value


def _difference(truth: Floats, scores: Floats) -> Floats:
    """scores - truth, where two infinities or two NaN are no difference."""
    same = (truth == scores) | (np.isnan(truth) & np.isnan(scores))
    with np.errstate(invalid="ignore"):
        return np.where(same, 0.0, scores - truth)


def _variance(values: Floats, axis: int | None = None) -> Floats:
    return np.asarray(np.var(np.where(np.isfinite(values), values, 0.0), axis=axis))
