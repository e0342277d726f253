"""From a prediction to the graph's outputs, and the estimator itself as the oracle of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Value

from .builder import Builder
from .columns import InputColumn, is_missing
from .prediction import Prediction

# The first of these that an estimator has is its score, and the name of the output.
SCORES = {
    "classification": ("predict_proba", "decision_function", "votes"),
    "regression": ("predict",),
    "clustering": ("transform", "predict_proba"),
    "anomaly": ("decision_function",),
    "transform": ("transform",),
}
NAMES = {
    "predict_proba": "probabilities",
    "decision_function": "decision",
    "votes": "votes",
    "predict": "prediction",
    "transform": "transformed",
}


@dataclass(frozen=True)
class Answer:
    """One output: the method of the estimator that gives it, the target it is for, and the classes of a label."""

    method: str
    part: int | None
    squeeze: bool
    classes: Sequence[Any] | None = None


def declare(b: Builder, found: Prediction) -> list[Answer]:
    """Add the graph's outputs: the score, then the label, for every target."""
    answers: list[Answer] = []
    for several, part in [(None, found), *enumerate(found.parts)]:
        suffix = "" if several is None else f"_{several}"
        method = next((method for method in SCORES[part.task] if method in part.scores), None)
        if method is not None:
            value = _as_computed(b, part.scores[method])
            name = "distances" if (part.task, method) == ("clustering", "transform") else NAMES[method]
            squeeze = value.shape[-1] == 1 and method in ("predict", "decision_function")
            per_class = len(part.classes) == value.shape[-1] and part.task != "anomaly"
            b.graph.output(name + suffix, value, labels=part.classes if per_class else (), squeeze=squeeze)
            answers.append(Answer(method, several, squeeze))
        if part.label is not None:
            b.graph.output(f"label{suffix}", part.label, role="label", labels=part.classes)
            answers.append(Answer("predict", several, True, list(part.classes)))
    return answers


def _as_computed(b: Builder, value: Value) -> Value:
    """A float32 result (of XGBoost) from before it was widened to meet others."""
    cast = b.graph.producer(value)
    before = cast.inputs[0] if cast is not None and cast.op == "cast" else None
    return value if before is None or before.dtype != "float32" else before


class Oracle:
    """The estimator asked in its own terms: rows as the table it was trained on, labels as class numbers."""

    def __init__(self, estimator: Any, answers: Sequence[Answer], inputs: Sequence[InputColumn], named: bool) -> None:
        self.estimator, self.answers, self.inputs, self.named = estimator, answers, inputs, named

    def __call__(self, rows: NDArray[Any]) -> list[NDArray[Any]]:
        """Outputs for rows [n, columns], in the graph's order. What scikit-learn raises for a row it raises here."""
        table = self._table(np.asarray(rows))
        given: dict[str, Any] = {}
        with warnings.catch_warnings():
            # Rows with unknown categories are asked on purpose.
            warnings.filterwarnings("ignore", message="Found unknown categories", category=UserWarning)
            for method in dict.fromkeys(answer.method for answer in self.answers):
                if method == "predict" and _predicts_likeliest(self.estimator) and "predict_proba" in given:
                    likeliest = np.argmax(given["predict_proba"], axis=1)
                    given[method] = self.estimator.classes_.take(likeliest)
                elif method == "votes":
                    given[method] = _votes(self.estimator, table)
                else:
                    given[method] = self._asked(method, table)
        return [self._answer(answer, given[answer.method]) for answer in self.answers]

    def _asked(self, method: str, table: Any) -> Any:
        try:
            return getattr(self.estimator, method)(table)
        except IndexError as error:  # what CategoricalNB raises for a category that it does not know
            raise ValueError(f"{type(self.estimator).__name__} takes no such row: {error}") from error
        except TypeError:
            if not self.named:
                raise
            # Truth values that are passed through make a table of objects, in which categories were learned.
            return getattr(self.estimator, method)(table.astype(object))

    def _table(self, rows: NDArray[Any]) -> Any:
        columns = [self._column(known, rows[:, j]) for j, known in enumerate(self.inputs)]
        if self.named:
            import pandas

            return pandas.DataFrame({known.name: column for known, column in zip(self.inputs, columns, strict=True)})
        if any(column.dtype.kind != "f" for column in columns):
            return np.stack([column.astype(object) for column in columns], axis=1)
        return np.stack(columns, axis=1)

    @staticmethod
    def _column(known: InputColumn, values: NDArray[Any]) -> NDArray[Any]:
        if not known.is_text:
            try:
                return values.astype(np.float64)
            except (TypeError, ValueError):
                return values  # a column that no estimator reads may hold anything
        missing = [is_missing(value) for value in values]
        if isinstance(next(iter(known.codes)), bool) and not any(missing):
            return values.astype(np.bool_)
        column = np.asarray(values, object).copy()
        column[missing] = known.missing
        return column

    @staticmethod
    def _answer(answer: Answer, given: Any) -> NDArray[Any]:
        if answer.classes is not None:
            predicted = np.asarray(given)
            predicted = predicted if answer.part is None else predicted[:, answer.part]
            number = {name: index for index, name in enumerate(answer.classes)}
            return np.asarray([number[name] for name in predicted.ravel().tolist()], np.int64)
        if answer.part is not None and isinstance(given, list):
            given = given[answer.part]
        scores = np.asarray(given.toarray() if hasattr(given, "toarray") else given, np.float64)
        return scores.reshape(len(scores)) if answer.squeeze else scores


def _predicts_likeliest(estimator: Any) -> bool:
    """Whether ``predict`` is a forest's, which walks all trees again to take the first largest probability."""
    from sklearn.ensemble._forest import ForestClassifier

    plain = isinstance(estimator, ForestClassifier) and type(estimator).predict is ForestClassifier.predict
    return plain and estimator.n_outputs_ == 1


def _votes(estimator: Any, table: Any) -> NDArray[np.float64]:
    """Sums of weights by class of a VotingClassifier that votes hard, which has no method for them."""
    predicted = np.asarray(estimator.transform(table))
    voting = estimator
    while not hasattr(voting, "voting"):  # inside pipelines and searches, which transform with all their steps
        voting = voting.steps[-1][1] if hasattr(voting, "steps") else voting.best_estimator_
    weights = voting._weights_not_none or [1.0] * predicted.shape[1]
    chosen = predicted[:, :, None] == np.arange(len(voting.classes_))
    votes: NDArray[np.float64] = np.einsum("nmc,m->nc", chosen.astype(np.float64), np.asarray(weights, np.float64))
    return votes


def check_outputs(answers: Sequence[Answer], name: str) -> None:
    """Raises ConvertError for an estimator that gives nothing to score."""
    if not answers:
        raise ConvertError(f"{name} gives no score and no label; convert an estimator that predicts or transforms")
