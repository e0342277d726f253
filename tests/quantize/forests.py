"""Tree ensembles for the tests of lossy steps: scikit-learn's, read by the tree loader and packed into a graph."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier

from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._sklearn_trees import load_sklearn_trees
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Graph
from tests.quantize.networks import Trained, digits


def packed(ensemble: Ensemble, classes: list[Any] | None = None) -> Graph:
    """The sums, and with classes their argmax."""
    graph = Graph()
    sums = add_ensemble(graph, graph.input("x", ensemble.n_features), ensemble)
    graph.output("sums", sums, labels=classes or ())
    if classes:
        graph.output("label", graph.add("argmax", sums), role="label", labels=classes)
    return graph


def origin(graph: Graph) -> Ensemble:
    """The ensemble in a graph that has one."""
    (found,) = (node.origin for node in graph.nodes if node.origin is not None)
    assert isinstance(found, Ensemble)
    return found


@cache
def forest() -> Trained:
    """A random forest of 60 trees on digits, with the split of `digits`."""
    given = digits((32,), 0)
    model = RandomForestClassifier(60, max_depth=12, random_state=0, n_jobs=1).fit(given.rows, given.labels)
    graph = packed(load_sklearn_trees(model).ensemble, list(range(10)))
    return Trained(graph, given.rows, given.labels, given.test_rows, given.test_labels)


@cache
def boosting() -> Trained:
    """Gradient boosting of 80 trees on diabetes, a regression."""
    x, y = load_diabetes(return_X_y=True)
    x = x.astype(np.float32).astype(np.float64)
    model = GradientBoostingRegressor(n_estimators=80, random_state=0).fit(x[:300], y[:300])
    return Trained(packed(load_sklearn_trees(model).ensemble), x[:300], y[:300], x[300:], y[300:])
