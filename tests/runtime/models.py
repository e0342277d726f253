"""Small models made by hand for the runtime's tests: what they compute is obvious."""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Feature, Graph
from edgescore_converters.writer import encode


def linear(
    width: int = 4, outputs: int = 1, *, squeeze: bool = True, dtype: str = "float32", **options: object
) -> bytes:
    """y[j] = sum(x) * (j + 1) + j."""
    graph = Graph()
    x = graph.input("x", width, dtype)
    weights = np.tile(np.arange(1.0, outputs + 1)[:, None], (1, width))
    graph.output("y", graph.add("dense", x, weights, np.arange(float(outputs))), squeeze=squeeze and outputs == 1)
    return encode(graph, **options)  # type: ignore[arg-type]


def classifier(labels: list[object] | None = None, *, label_first: bool = False) -> bytes:
    """Two named columns, three classes: the scores are (a, b, 1.5); the label is the largest."""
    graph = Graph()
    x = graph.input("features", 2, features=[Feature("a"), Feature("b")])
    scores = graph.add("dense", x, np.array([[1.0, 0], [0, 1], [0, 0]]), np.array([0.0, 0, 1.5]))
    labels = ["low", "high", "middle"] if labels is None else labels
    graph.output("scores", scores, labels=labels)
    graph.output("label", graph.add("argmax", scores), role="label", labels=labels)
    if label_first:
        graph.outputs.reverse()
    return encode(graph, metadata={"made": "by hand"})


def categorical(unknown: str = "error", unknown_flag: str = "error") -> bytes:
    """temp + 10 * code(state) + 100 * code(flag); state is text, flag a number that must be 0 or 1."""
    graph = Graph()
    features = [
        Feature("temp"),
        Feature("state", ["off", "on", "idle"], unknown),
        Feature("flag", [0.0, 1.0], unknown_flag),
    ]
    x = graph.input("features", 3, nan=unknown == "missing", features=features)
    graph.output("y", graph.add("dense", x, np.array([[1.0, 10.0, 100.0]]), None), squeeze=True)
    return encode(graph)


def two_inputs() -> bytes:
    """a (2 columns) and b (1 column): sum of a's first column and b; and b doubled."""
    graph = Graph()
    a, b = graph.input("a", 2), graph.input("b", 1)
    first = graph.add("dense", a, np.array([[1.0, 0.0]]), None)
    graph.output("sum", graph.add("add", first, b), squeeze=True)
    graph.output("double", graph.add("mul", b, np.array([2.0])))
    return encode(graph)
