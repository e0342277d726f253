"""passes.widen_floats: what becomes float64, and what stays as the source rounds it."""

from __future__ import annotations

import numpy as np

from edgescore_converters import passes
from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Graph, constant
from edgescore_converters.passes import widen_floats

ROWS = np.random.default_rng(0).normal(0, 3, (50, 3)).astype(np.float32).astype(np.float64)
WEIGHTS = np.array([[0.1, 0.2, 0.3], [300.0, -200.0, 0.7]], np.float32)


def widened(graph: Graph) -> list[tuple[str, str]]:
    """(operator, dtype of its result) of each node, after the pass and those that clean up."""
    assert widen_floats.apply(graph)
    passes.run(graph)
    return [(node.op, node.outputs[0].dtype) for node in graph.nodes]


def test_sums_become_float64_and_ports_stay_float32() -> None:
    graph = Graph()
    scores = graph.add("dense", graph.input("x", 3), WEIGHTS, np.zeros(2))
    graph.output("p", graph.add("softmax", scores))
    graph.output("class", graph.add("argmax", scores), role="label", labels=["a", "b"])
    nodes = widened(graph)

    expected = [("cast", "float64"), ("dense", "float64"), ("argmax", "int32"), ("softmax", "float64")]
    assert sorted(nodes) == sorted([*expected, ("cast", "float32")])
    assert [port.value.dtype for port in graph.inputs + graph.outputs] == ["float32", "float32", "int32"]
    logits = ROWS @ WEIGHTS.astype(np.float64).T
    odds = np.exp(logits - logits.max(1, keepdims=True))
    truth = odds / odds.sum(1, keepdims=True)
    np.testing.assert_allclose(evaluate(graph, ROWS)[0], truth, rtol=0, atol=6e-8)


def test_what_leads_to_a_comparison_stays_float32() -> None:
    graph = Graph()
    scaled = graph.add("mul", graph.input("x", 3), np.float32(0.1))
    flags = graph.add("binarize", scaled, np.full(3, 0.3))
    graph.output("y", graph.add("dense", flags, WEIGHTS, None))
    before = evaluate(graph, ROWS)[0]
    nodes = widened(graph)

    assert nodes[:2] == [("mul", "float32"), ("binarize", "float32")]
    assert ("dense", "float64") in nodes
    np.testing.assert_allclose(evaluate(graph, ROWS)[0], before, rtol=1e-6)


def test_a_binarize_that_only_names_the_class_keeps_nothing_narrow() -> None:
    graph = Graph()
    score = graph.add("dense", graph.input("x", 3), WEIGHTS[1:], np.zeros(1))
    graph.output("p", graph.add("sigmoid", score))
    above = graph.add("cast", graph.add("binarize", score, np.zeros(1)), dtype="int32")
    graph.output("class", above, role="label", labels=["a", "b"])

    assert ("dense", "float64") in widened(graph)
    assert evaluate(graph, ROWS)[1].ravel().tolist() == (ROWS @ WEIGHTS[1].astype(np.float64) > 0).tolist()


def test_a_graph_of_comparisons_is_left_alone() -> None:
    graph = Graph()
    graph.output("y", graph.add("binarize", graph.input("x", 3), np.zeros(3)))

    assert not widen_floats.apply(graph)
    assert [node.op for node in graph.nodes] == ["binarize"]


def test_constants_that_are_float32_beside_float64_sums_are_left_alone() -> None:
    graph = Graph()
    x = graph.add("cast", graph.input("x", 3), dtype="float64")
    graph.output("y", graph.add("kernel_sum", x, constant(WEIGHTS), constant(WEIGHTS[:1, :2]), np.zeros(1)))
    widen_floats.apply(graph)

    assert [value.dtype for value in graph.nodes[-1].inputs if value] == ["float64", "float32", "float32", "float64"]
