"""Each pass: what it rewrites, what it leaves alone, and that no output changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgescore_converters import passes
from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Graph, Value
from edgescore_converters.passes import (
    drop_dead_nodes,
    fold_affine_into_dense,
    fuse_activation,
    narrow_floats,
    remove_identity,
)

RNG = np.random.default_rng(5)
ROWS = np.float32(RNG.normal(0, 3, (200, 4))).astype(np.float64)
W, B, S = RNG.normal(size=(3, 4)), RNG.normal(size=3), np.abs(RNG.normal(size=4)) + 0.1
Build = Callable[[Graph, Value], Value]


def graph_of(build: Build, *, dtype: str = "float64") -> Graph:
    graph = Graph()
    graph.output("y", build(graph, graph.input("x", 4, dtype, nan=True)))
    return graph


def ops(graph: Graph) -> list[str]:
    return [node.op for node in graph.nodes]


def same(graph: Graph, change: Callable[[Graph], Any], *, rows: NDArray[Any] = ROWS, atol: float = 1e-12) -> Any:
    """Apply ``change`` and check that every output stays."""
    before = evaluate(graph, rows)
    result = change(graph)
    for old, new in zip(before, evaluate(graph, rows), strict=True):
        np.testing.assert_allclose(new, old, rtol=0, atol=atol, equal_nan=True)
    return result


FOLDED: dict[str, Build] = {
    "sub, then dense": lambda g, x: g.add("dense", g.add("sub", x, S), W, B),
    "div, then dense": lambda g, x: g.add("dense", g.add("div", x, S), W, None),
    "mul and add by numbers": lambda g, x: g.add("dense", g.add("add", g.add("mul", x, 2.0), 1.5), W, B),
    "scaled either side": lambda g, x: g.add("add", g.add("dense", g.add("div", x, S), W, B), B),
    "dense, then mul": lambda g, x: g.add("mul", g.add("dense", x, W, None), -1.0),
    "dense, then div by columns": lambda g, x: g.add("div", g.add("dense", x, W, B), B),
    "dense, then smaller dense": lambda g, x: g.add("dense", g.add("dense", x, W, B), W[:2, :3], B[:2]),
    "scaled, then clamped": lambda g, x: g.add("dense", g.add("mul", x, S), W, B, lo=0.0, hi=1.0),
}


@pytest.mark.parametrize("case", FOLDED)
def test_scaling_folds_into_dense(case: str) -> None:
    graph = graph_of(FOLDED[case])
    same(graph, passes.run)
    assert ops(graph) == ["dense"]


def _two_readers(g: Graph, x: Value) -> Value:
    scaled = g.add("sub", x, S)
    return g.add("concat", g.add("dense", scaled, W, B), scaled, shape=(1, 7))


def _scaled_output(g: Graph, x: Value) -> Value:
    y = g.add("dense", x, W, B)
    g.output("raw", y)
    return g.add("mul", y, 2.0)


KEPT: dict[str, Build] = {
    "a scaled value with another reader": _two_readers,
    "a dense value that is an output": _scaled_output,
    "scaling after a clamp": lambda g, x: g.add("mul", g.add("dense", x, W, B, lo=0.0), 2.0),
    "division by zero": lambda g, x: g.add("dense", g.add("div", x, np.zeros(4)), W, B),
    "a wider dense product": lambda g, x: g.add("dense", g.add("dense", x, W[:1], None), W[:, :1], None),
    "a product of two values": lambda g, x: g.add(
        "mul", g.add("dense", x, W[:, :4], B), g.add("columns", x, [0, 1, 2])
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_may_not_fold_stays(case: str) -> None:
    graph = graph_of(KEPT[case])
    before = ops(graph)
    assert not same(graph, fold_affine_into_dense.apply)
    assert ops(graph) == before


@pytest.mark.parametrize(
    ("bounds", "then", "expected"),
    [
        ({}, ("relu", {}), (0.0, np.inf)),
        ({}, ("clip", {"lo": -1.0, "hi": 6.0}), (-1.0, 6.0)),
        ({"lo": 0.0, "hi": 2.0}, ("clip", {"lo": 1.0, "hi": 6.0}), (1.0, 2.0)),
        ({"lo": 0.0, "hi": 2.0}, ("clip", {"lo": 3.0, "hi": 6.0}), (3.0, 3.0)),
        ({"lo": -3.0, "hi": -2.0}, ("relu", {}), (0.0, 0.0)),
    ],
)
def test_activations_fuse(bounds: dict[str, float], then: tuple[str, dict[str, float]], expected: Any) -> None:
    rows = np.concatenate([ROWS, [[np.nan, 0, 0, 0], [np.inf, 0, 0, 0]]])
    graph = graph_of(lambda g, x: g.add(then[0], g.add("dense", x, W, B, **bounds), **then[1]))
    assert same(graph, fuse_activation.apply, rows=rows)
    assert ops(graph) == ["dense"]
    assert (graph.nodes[0].params["lo"], graph.nodes[0].params["hi"]) == expected


def test_bounds_that_float32_cannot_hold_do_not_fuse() -> None:
    graph = graph_of(lambda g, x: g.add("clip", g.add("dense", x, W, B), lo=0.0, hi=0.1))
    assert not same(graph, fuse_activation.apply)


IDENTITIES: dict[str, Build] = {
    "casts there and back": lambda g, x: g.add("cast", g.add("cast", x, dtype="float64"), dtype="float32"),
    "all columns": lambda g, x: g.add("columns", x, [0, 1, 2, 3]),
    "neutral numbers": lambda g, x: g.add("add", g.add("div", g.add("mul", x, 1.0), np.ones(4)), 0.0),
    "an open clip": lambda g, x: g.add("clip", x),
    "columns turned twice": lambda g, x: g.add("columns", g.add("columns", x, [3, 2, 1, 0]), [3, 2, 1, 0]),
}


@pytest.mark.parametrize("case", IDENTITIES)
def test_identities_go(case: str) -> None:
    graph = graph_of(lambda g, x: g.add("relu", IDENTITIES[case](g, x)), dtype="float32")
    same(graph, passes.run)
    assert ops(graph) == ["relu"]


def test_an_output_stays_a_tensor_of_its_own() -> None:
    graph = graph_of(lambda g, x: g.add("cast", x, dtype="float32"), dtype="float32")
    y = graph.outputs[0].value
    graph.output("again", y)
    same(graph, passes.run)
    values = [port.value for port in (*graph.inputs, *graph.outputs)]
    assert len({id(value) for value in values}) == 3


def test_selections_merge_and_narrowing_casts_stay() -> None:
    graph = graph_of(lambda g, x: g.add("columns", g.add("columns", x, [3, 1, 0]), [2, 0]))
    same(graph, passes.run)
    assert ops(graph) == ["columns"]
    graph = graph_of(lambda g, x: g.add("cast", g.add("cast", x, dtype="float32"), dtype="float64"))
    assert not same(graph, remove_identity.apply, rows=ROWS + 1e-9)


def test_dead_nodes_go() -> None:
    graph = graph_of(lambda g, x: [g.add("exp", g.add("relu", x)), g.add("relu", x)][1])
    assert same(graph, drop_dead_nodes.apply)
    assert ops(graph) == ["relu"]
    assert not drop_dead_nodes.apply(graph)


# Narrowing


def wide_ops(graph: Graph) -> set[str]:
    return {node.op for node in graph.nodes if any(value.dtype == "float64" for value in node.outputs)}


def narrowed(build: Build, *, atol: float = 1e-5, rows: NDArray[Any] = ROWS) -> Graph:
    graph = graph_of(lambda g, x: build(g, g.add("cast", x, dtype="float64")), dtype="float32")

    def narrow(graph: Graph) -> None:
        assert narrow_floats.apply(graph)
        passes.run(graph)

    same(graph, narrow, atol=atol, rows=rows)
    return graph


OFFSETS = np.arange(5, dtype=np.int32)


def test_arithmetic_becomes_float32() -> None:
    graph = narrowed(lambda g, x: g.add("softmax", g.add("dense", g.add("sub", x, S), W, B)))
    assert not wide_ops(graph)
    assert "cast" not in ops(graph)


def test_arithmetic_before_a_comparison_stays_float64() -> None:
    graph = narrowed(lambda g, x: g.add("tanh", g.add("binarize", g.add("div", x, S), S)), atol=1e-6)
    assert wide_ops(graph) == {"cast", "div", "binarize"}


@pytest.mark.parametrize("threshold", [0.1, 0.3, 1.0, float(np.float32(0.1)), -0.7])
def test_comparing_an_input_is_exact_in_float32(threshold: float) -> None:
    at = np.float32(threshold)
    values = [at, np.nextafter(at, np.float32(9)), np.nextafter(at, np.float32(-9))]
    rows = np.repeat(np.asarray(values, np.float64)[:, None], 4, axis=1)
    for build in (
        lambda g, x: g.add("binarize", g.add("columns", x, [1, 1, 0, 2]), np.full(4, threshold)),
        lambda g, x: g.add("bucketize", x, OFFSETS, np.full(4, threshold)),
    ):
        assert not wide_ops(narrowed(build, atol=0, rows=rows))


def test_a_category_that_float32_cannot_hold_keeps_float64() -> None:
    keys = np.asarray([0.1, 0.2, 0.5, 1])
    rows = np.float32([[0.1, 0.2, 0.5, 1]]).astype(np.float64)
    graph = narrowed(lambda g, x: g.add("relu", g.add("one_hot", x, OFFSETS, keys)), atol=0, rows=rows)
    assert "one_hot" in wide_ops(graph)
    graph = narrowed(lambda g, x: g.add("one_hot", x, OFFSETS, np.arange(4.0)), atol=0, rows=np.ones((1, 4)))
    assert not wide_ops(graph)


def test_a_comparison_that_only_names_the_class_is_float32() -> None:
    graph = Graph()
    x = graph.add("cast", graph.input("x", 4), dtype="float64")
    score = graph.add("dense", x, W[:1], B[:1])
    graph.output("score", score)
    graph.output("label", graph.add("cast", graph.add("binarize", score, np.zeros(1)), dtype="int32"), role="label")
    same(graph, narrow_floats.apply, atol=1e-5)
    passes.run(graph)
    assert not wide_ops(graph)


def test_numbers_too_large_for_float32_keep_float64() -> None:
    graph = narrowed(lambda g, x: g.add("tanh", g.add("mul", x, 1e300)), atol=1e-6)
    assert wide_ops(graph) >= {"mul"}


def test_a_wide_input_is_cast_where_arithmetic_is_narrow() -> None:
    graph = graph_of(lambda g, x: g.add("exp", g.add("mul", x, 0.1)))
    assert same(graph, narrow_floats.apply, atol=1e-4)
    assert graph.inputs[0].value.dtype == "float64"
    assert graph.outputs[0].value.dtype == "float32"
