"""Networks for the tests of lossy steps: scikit-learn's MLP on handwritten digits, as a graph built by hand."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Graph, Value

Array = NDArray[Any]
ACTIVATIONS = {"tanh": "tanh", "logistic": "sigmoid"}


@dataclass
class Trained:
    """A classifier's graph, with the rows it was trained on and rows it has not seen."""

    graph: Graph
    rows: Array
    labels: Array
    test_rows: Array
    test_labels: Array

    def drop(self, graph: Graph) -> float:
        """Points of accuracy on the unseen rows that ``graph`` loses against the trained one."""
        return 100 * (self._accuracy(self.graph) - self._accuracy(graph))

    def _accuracy(self, graph: Graph) -> float:
        return float(np.mean(evaluate(graph, self.test_rows)[-1][:, 0] == self.test_labels))


@cache
def digits(hidden: tuple[int, ...], seed: int, activation: str = "relu") -> Trained:
    """An MLP of 64 inputs, ``hidden`` layers and 10 classes on pixels divided by 16, 30 % of the rows kept from it."""
    x, y = load_digits(return_X_y=True)
    rows, test_rows, labels, test_labels = train_test_split(x / 16, y, test_size=0.3, random_state=seed, stratify=y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 200 rounds are enough to be worth compressing
        model = MLPClassifier(hidden, activation=activation, random_state=seed).fit(rows, labels)
    return Trained(graph_of(model.coefs_, model.intercepts_, activation), rows, labels, test_rows, test_labels)


def graph_of(weights: list[Array], biases: list[Array], activation: str = "relu", dtype: str = "float32") -> Graph:
    """Logits' softmax and its argmax; relu fused into the layers, as the passes leave it."""
    graph = Graph()
    x = graph.input("x", len(weights[0]), dtype)
    for number, (w, b) in enumerate(zip(weights, biases, strict=True)):
        last = number == len(weights) - 1
        x = layer(graph, x, w, b, "none" if last else activation)
    labels = list(range(x.shape[1]))
    graph.output("probabilities", graph.add("softmax", x), labels=labels)
    graph.output("label", graph.add("argmax", x), role="label", labels=labels)
    return graph


def layer(graph: Graph, x: Value, w: Array, b: Array, activation: str) -> Value:
    """x w + b and what follows it; weights are [inputs, outputs], as scikit-learn has them."""
    y = graph.add("dense", x, w.T, b, lo=0.0 if activation == "relu" else -np.inf)
    return graph.add(ACTIVATIONS[activation], y) if activation in ACTIVATIONS else y


def operators(graph: Graph) -> list[str]:
    """The names of the nodes in order."""
    return [node.op for node in graph.nodes]
