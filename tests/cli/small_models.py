"""Models small enough to compute by hand, made by the writer."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from edgescore_converters.ir import Feature, Graph
from edgescore_converters.writer import encode

# Halves and quarters: every score is exact in float32, so tests compare for equality.
WEIGHTS = np.array([[1, 0.5, -2], [-1, 0.25, 2]], np.float32)
BIAS = np.array([0.5, -0.25], np.float32)
THIRD = {
    "numbers": Feature("c"),
    "gaps": Feature("c"),
    "labelled": Feature("c"),
    "words": Feature("c", ["low", "mid", "high"]),
    "codes": Feature("c", [1, 2, 5]),
}


def expected(row: list[float]) -> list[float]:
    """The scores that the kinds of model in THIRD give for three numbers."""
    return [float(value) for value in WEIGHTS @ np.asarray(row, np.float32) + BIAS]


def model_bytes(kind: str, **options: Any) -> bytes:
    """A model file: ``scalar``, ``nameless``, ``two`` (inputs and outputs), or a classifier with a feature of THIRD.

    ``gaps`` takes NaN, the others do not. ``labelled`` names the class with the lowest score, the others leave it to
    the runtime to find the highest. options: of ``encode``.
    """
    graph = Graph()
    if kind == "scalar":
        x = graph.input("x", 1, features=[Feature("a")])
        graph.output("y", graph.add("dense", x, np.array([[2]], np.float32), None), squeeze=True)
    elif kind == "nameless":
        x = graph.input("x", 4)
        graph.output("y", graph.add("dense", x, np.ones((1, 4), np.float32), None), squeeze=True)
    elif kind == "two":
        a, b = graph.input("a", 1), graph.input("b", 2)
        graph.output("twice", graph.add("dense", a, np.array([[2]], np.float32), None), squeeze=True)
        graph.output("both", graph.add("dense", b, np.array([[1, 0], [0, 1]], np.float32), None))
    else:
        x = graph.input("x", 3, features=[Feature("a"), Feature("b"), THIRD[kind]], nan=kind == "gaps")
        scores = graph.add("dense", x, WEIGHTS, BIAS)
        if kind == "labelled":
            graph.output("label", graph.add("argmin", scores), role="label", labels=[10, 20], squeeze=True)
            graph.output("scores", scores)
        else:
            graph.output("scores", scores, labels=["no", "yes"])
    return encode(graph, **options)


def command(*arguments: object) -> list[str]:
    """The command line ``edgescore arguments...`` as a process."""
    return [sys.executable, "-m", "edgescore", *map(str, arguments)]
