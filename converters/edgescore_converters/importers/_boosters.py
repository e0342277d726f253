"""From the TreeModel of a boosting library to Imported: what its importers share.

Owns inputs (names, categories), outputs and the judge. A scikit-learn wrapper of two classes gives a probability for
each, (n, 2), as its predict_proba does; a booster or a model file gives one number, (n,), as Booster.predict does.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Feature, Graph, Value

from ._imported import Imported
from ._link_nodes import add_decision, add_link
from ._model_nodes import add_sums
from ._tree_model import TreeModel
from ._tree_stages import numeric_probes

Array = NDArray[Any]
_PROBABLE = ("sigmoid", "sigmoid_pair", "softmax")


@dataclass(frozen=True)
class Judge:
    """The framework, as a function of a table of numbers (categories as codes) to its scores, and its name."""

    predict: Callable[[Array], Array]
    name: str


@contextmanager
def named(path: str | os.PathLike[str] | None) -> Iterator[None]:
    """Puts the name of the file before what is wrong with it; parts that cannot be converted are listed as they are."""
    try:
        yield
    except ConvertError as error:
        if path is None or type(error) is not ConvertError:
            raise
        raise ConvertError(f"{Path(path).name}: {error}") from error


def imported(model: TreeModel, judge: Judge, *, paired: bool, input_dtype: str, missing: float = math.nan) -> Imported:
    """The graph and the oracle of ``model``; ``paired``: two classes have two probabilities.

    missing: the number that stands for a missing value, as well as NaN.
    """
    graph = Graph()
    columns = x = graph.input("features", model.n_features, input_dtype, nan=True, features=_features(model))
    if not math.isnan(missing):
        columns = graph.add("impute", x, np.full(model.n_features, np.nan), missing=missing, is_nan=0)
    raw = add_sums(graph, _coded(graph, columns, model), model)
    link = "sigmoid" if model.link == "sigmoid_pair" and not paired else model.link
    y = add_link(graph, raw, link, model.link_params)
    if model.link == "hinge" and paired:
        y = add_link(graph, y, "complement_pair")
    classes = list(model.classes or ())
    labels = classes if len(classes) == y.shape[1] else ()
    name = "probabilities" if labels or (classes and model.link in _PROBABLE) else "prediction"
    graph.output(name, y, labels=labels, squeeze=y.shape[1] == 1)
    if classes:
        graph.output("label", add_decision(graph, raw, y, model.decision), role="label", labels=classes)
    return Imported(
        graph,
        _Oracle(model, judge.predict, y.shape[1]),
        f"{model.source} (checked by {judge.name})",
        "classification" if classes else "regression",
        _probes(model),
    )


def _features(model: TreeModel) -> list[Feature]:
    names = model.feature_names or [f"f{j}" for j in range(model.n_features)]
    features = [Feature(str(name)) for name in names]
    for column, categories in model.encoders.items():
        if _is_text(categories):
            features[column].categories, features[column].unknown = list(categories), "missing"
    return features


def _is_text(categories: Sequence[Any]) -> bool:
    """Whether the boundary gives these their codes; numbers reach the graph as they are."""
    return any(isinstance(category, (str, bool)) for category in categories)


def _coded(graph: Graph, x: Value, model: TreeModel) -> Value:
    """Columns of numeric categories replaced by their codes; NaN for any other number."""
    columns = [column for column, categories in model.encoders.items() if not _is_text(categories)]
    if not columns:
        return x
    lists = [np.asarray(model.encoders[column], np.float64) for column in columns]
    codes = graph.add(
        "lookup",
        graph.add("columns", x, np.asarray(columns)),
        np.cumsum([0, *map(len, lists)]),
        np.concatenate(lists),
        np.concatenate([np.arange(len(categories)) for categories in lists]),
        np.full(len(columns), np.nan),
        None,
    )
    width = x.shape[1]
    place = np.arange(width)
    place[columns] = width + np.arange(len(columns))
    return graph.add("columns", graph.add("concat", x, codes, shape=(1, width + len(columns))), place)


def _probes(model: TreeModel) -> dict[int, Array]:
    """Thresholds and categories by column; a column of text has its categories in its feature."""
    trees = model.ensemble
    found = numeric_probes(trees, model.matches)
    for column in np.unique(trees.feature[trees.category_set >= 0]).tolist():
        if column >= model.n_features:
            continue
        sets = np.unique(trees.category_set[(trees.feature == column) & (trees.category_set >= 0)])
        codes = np.unique(np.concatenate([trees.category_sets[each] for each in sets.tolist()]))
        found[column] = np.append(codes, codes.max(initial=0) + 1).astype(np.float64)
    for column, categories in model.encoders.items():
        found.pop(column, None)
        if not _is_text(categories):
            found[column] = np.asarray(categories, np.float64)
    return found


class _Oracle:
    """Asks the judge: text and numeric categories become codes as the framework itself codes a data frame."""

    def __init__(self, model: TreeModel, predict: Callable[[Array], Array], width: int) -> None:
        self._model, self._predict, self._width = model, predict, width

    def __call__(self, rows: Array) -> list[Array]:
        """Scores [n] or [n, k], then class indices where there are classes."""
        scores = np.asarray(self._predict(self._codes(np.asarray(rows))))
        scores = scores.reshape(len(rows), -1)
        outputs = scores
        if self._width == 2 and scores.shape[1] == 1:
            outputs = np.concatenate([1 - scores, scores], axis=1)
        shaped = outputs[:, 0] if self._width == 1 else outputs
        if not self._model.classes:
            return [shaped]
        return [shaped, self._labels(scores)]

    def _labels(self, scores: Array) -> Array:
        if scores.shape[1] > 1:
            return np.asarray(np.argmax(scores, axis=1))
        number = scores[:, 0]
        return number.astype(np.int64) if self._model.link in ("argmax", "hinge") else (number > 0.5).astype(np.int64)

    def _codes(self, rows: Array) -> NDArray[np.float64]:
        columns = []
        for column in range(rows.shape[1]):
            values = rows[:, column].tolist()
            if (categories := self._model.encoders.get(column)) is not None:
                code = {category: float(number) for number, category in enumerate(categories)}
                values = [code.get(value, np.nan) for value in values]
            columns.append(np.asarray(values, np.float64))
        return np.stack(columns, axis=1)


def treelite_judge(load: Callable[[], Any], width: int) -> Judge:
    """treelite's reference predictor, for where the framework itself is not installed."""
    import treelite

    model = functools.cache(load)

    def predict(table: Array) -> Array:
        with np.errstate(over="ignore"):
            rows = table.astype(np.float32)
        return np.asarray(treelite.gtil.predict(model(), rows, nthread=1)).reshape(len(table), width)

    return Judge(predict, f"treelite {treelite.__version__}, as the framework is not installed")
