"""Scaling moved into thresholds: the same sums for every input, one ulp around each threshold, or nothing folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tree_rows import probe_rows

from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Graph, Value
from edgescore_converters.passes import drop_dead_nodes, fold_scaling_into_trees

WIDTH = 4
RNG = np.random.default_rng(8)
MEAN, SCALE = RNG.normal(size=WIDTH), np.array([0.3, -2.7, 1e-3, 5.0])
SPECIAL = [0.0, -0.0, 5e-324, 1e-45, -1e-45, 3.4e38, -3.4e38, 1e300, np.inf, -np.inf, np.nan]
Build = Callable[[Graph, Value], Value]


def wide(build: Build) -> Build:
    """In float64, as a float64 source computes, and back to what trees are asked."""
    return lambda g, x: g.add("cast", build(g, g.add("cast", x, dtype="float64")), dtype="float32")


FOLDED: dict[str, Build] = {
    "standard scaler": wide(lambda g, x: g.add("div", g.add("sub", x, MEAN), SCALE)),
    "min max scaler": wide(lambda g, x: g.add("add", g.add("mul", x, SCALE), MEAN)),
    "in float32": lambda g, x: g.add("div", g.add("sub", x, MEAN), SCALE),
    "without a cast back": lambda g, x: g.add("div", g.add("cast", x, dtype="float64"), SCALE),
    "by numbers": wide(lambda g, x: g.add("sub", g.add("mul", x, -3.0), 1e10)),
    "that overflows": wide(lambda g, x: g.add("mul", x, np.array([1e300, 1e-300, -1e39, 1.0]))),
    "twice": wide(lambda g, x: g.add("div", g.add("sub", g.add("mul", x, -SCALE), MEAN), SCALE)),
    "imputed": wide(lambda g, x: g.add("sub", g.add("impute", x, MEAN), MEAN)),
    "reordered": lambda g, x: g.add("columns", x, np.array([3, 0, 0, 1])),
    "part by part": wide(
        lambda g, x: g.add(
            "concat",
            g.add("sub", g.add("columns", x, np.array([2])), 1.5),
            g.add("columns", x, np.array([1])),
            g.add("div", g.add("columns", x, np.array([0, 1])), SCALE[1:3]),
            shape=(1, WIDTH),
        )
    ),
}
LEFT: dict[str, Build] = {
    "nothing in front": lambda g, x: x,
    "only a cast": lambda g, x: g.add("cast", x, dtype="float64"),
    "a sum of columns": lambda g, x: g.add("dense", x, RNG.normal(size=(WIDTH, WIDTH)), None),
    "times zero": lambda g, x: g.add("mul", x, np.array([1.0, 0.0, 1.0, 1.0])),
    "infinite": lambda g, x: g.add("sub", x, np.array([1.0, np.inf, 1.0, 1.0])),
    "rounded to integers": lambda g, x: g.add("cast", g.add("cast", x, dtype="int32"), dtype="float32"),
    "a product of columns": lambda g, x: g.add("mul", x, x),
}


def ensemble(compare: Any = "float32", **changes: Any) -> Ensemble:
    """Full trees over all columns; infinite thresholds among them, and every missing side."""
    builder = EnsembleBuilder(WIDTH, 2, compare, "float64")
    splits = 31
    number = np.arange(2 * splits + 1)
    for tree in range(6):
        threshold = RNG.normal(0, 3, len(number))
        threshold[5:9] = [np.inf, -np.inf, 0.0, 1e-40]
        given = {
            "feature": np.where(number < splits, RNG.integers(0, WIDTH, len(number)), -1),
            "threshold": np.where(number < splits, threshold, 0),
            "left": np.where(number < splits, 2 * number + 1, 0),
            "right": np.where(number < splits, 2 * number + 2, 0),
            "missing_left": RNG.random(len(number)) < 0.5,
            "values": RNG.normal(size=len(number)),
        }
        builder.add_tree(**given | changes, target=tree % 2)
    return builder.build()


def graph_of(build: Build, trees: Ensemble, dtype: str, **options: Any) -> Graph:
    graph = Graph()
    x = graph.input("x", WIDTH, dtype, nan=True)
    graph.output("y", add_ensemble(graph, build(graph, x), trees, **options))
    return graph


def rows_for(graph: Graph) -> NDArray[Any]:
    """Rows around every threshold that the trees compare now, in the input's type."""
    trees = next(node.origin for node in graph.nodes if node.op == "trees")
    data = np.random.default_rng(0).normal(0, 3, (50, WIDTH))
    with np.errstate(over="ignore"):
        return probe_rows(trees, data, extra=SPECIAL).astype(graph.inputs[0].value.dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FOLDED)
def test_every_decision_stays(name: str, dtype: str) -> None:
    if dtype == "float64" and name == "in float32":
        pytest.skip("the input is no float32")
    compare = "float64" if name == "without a cast back" else "float32"
    trees = ensemble(compare)
    graph, folded = (graph_of(FOLDED[name], trees, dtype) for _ in range(2))
    assert fold_scaling_into_trees.apply(folded)
    assert not fold_scaling_into_trees.apply(folded)
    drop_dead_nodes.apply(folded)
    assert [node.op for node in folded.nodes] == ["trees"]
    assert folded.nodes[0].inputs[0] is folded.inputs[0].value
    rows = rows_for(folded)
    assert len(rows) > 200
    (before,), (after,) = evaluate(graph, rows), evaluate(folded, rows)
    np.testing.assert_array_equal(before, after)
    assert len(np.unique(after)) > 10


@pytest.mark.parametrize("name", LEFT)
def test_what_is_no_scaling_is_left_alone(name: str) -> None:
    graph = graph_of(LEFT[name], ensemble(), "float32")
    before = list(graph.nodes)
    assert not fold_scaling_into_trees.apply(graph)
    assert list(graph.nodes) == before


@pytest.mark.parametrize("special", [{"zero_missing": True}, {"categories": {0: [1, 2]}}])
def test_special_splits_follow_columns_but_not_scaling(special: dict[str, Any]) -> None:
    trees = ensemble(**special)
    scaled = graph_of(FOLDED["standard scaler"], trees, "float32")
    assert not fold_scaling_into_trees.apply(scaled)
    graph, folded = (graph_of(FOLDED["reordered"], trees, "float32") for _ in range(2))
    assert fold_scaling_into_trees.apply(folded)
    rows = rows_for(folded)
    np.testing.assert_array_equal(evaluate(graph, rows)[0], evaluate(folded, rows)[0])


def test_a_column_that_no_split_uses_may_be_anything() -> None:
    trees = ensemble(feature=np.where(np.arange(63) < 31, 1, -1))
    graph = graph_of(LEFT["times zero"], trees, "float32")
    assert not fold_scaling_into_trees.apply(graph)
    trees = ensemble(feature=np.where(np.arange(63) < 31, 2, -1))
    graph = graph_of(LEFT["times zero"], trees, "float32")
    assert fold_scaling_into_trees.apply(graph)


def test_scaling_that_something_else_reads_stays_for_it() -> None:
    graph = Graph()
    x = graph.input("x", WIDTH, nan=True)
    scaled = graph.add("sub", x, MEAN)
    graph.output("y", add_ensemble(graph, scaled, ensemble()))
    graph.output("linear", graph.add("dense", scaled, RNG.normal(size=(1, WIDTH)), None))
    assert fold_scaling_into_trees.apply(graph)
    drop_dead_nodes.apply(graph)
    assert sorted(node.op for node in graph.nodes) == ["dense", "sub", "trees"]


def test_rounded_leaves_stay_rounded() -> None:
    graph = graph_of(FOLDED["standard scaler"], ensemble(), "float32", leaf_dtype="int16")
    assert fold_scaling_into_trees.apply(graph)
    leaves = next(node for node in graph.nodes if node.op == "trees").inputs[6]
    assert leaves is not None
    assert leaves.dtype == "int16"
