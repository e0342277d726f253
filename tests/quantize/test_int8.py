"""int8 layers: what they cost and gain on digits, what the graph becomes, and that all backends give the same bytes."""

from __future__ import annotations

import numpy as np
import pytest

import edgescore
from edgescore._reader import parse
from edgescore_converters.cost import constant_bytes
from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Graph
from edgescore_converters.layers import dense_layers
from edgescore_converters.quantize import Recipe, Rule, quantize
from edgescore_converters.quantize.apply import fused
from edgescore_converters.writer import encode
from tests.quantize.networks import Array, digits, graph_of, layer, operators

INT8 = Recipe.preset("int8")
SEEDS = range(3)
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("hidden", [(32,), (64, 32)], ids=["64-32-10", "64-64-32-10"])
def test_digits_lose_at_most_a_fifth_of_a_point(hidden: tuple[int, ...]) -> None:
    drops = []
    for seed in SEEDS:
        trained = digits(hidden, seed)
        smaller, (step,) = quantize(trained.graph, INT8, trained.rows, trained.labels)
        drops.append(trained.drop(smaller))
        assert step.accepted
        assert step.metric_name == "accuracy"
        assert step.bytes_after <= 0.30 * step.bytes_before

    assert np.mean(drops) <= 0.2
    assert np.max(drops) <= 0.4  # two of 540 rows


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_other_activations_become_tables(activation: str) -> None:
    trained = digits((32,), 0, activation)
    smaller, (step,) = quantize(trained.graph, INT8, trained.rows, trained.labels)

    assert operators(smaller)[:4] == ["quantize", "dense_int8", "table", "dense_int8"]
    assert step.accepted
    assert trained.drop(smaller) <= 0.4


def test_reported_bytes_are_those_of_the_file() -> None:
    trained = digits((64, 32), 0)
    smaller, (step,) = quantize(trained.graph, INT8, trained.rows, trained.labels)

    for graph, told in ((trained.graph, step.bytes_before), (smaller, step.bytes_after)):
        # The section ends with its last constant, the report counts that one's padding.
        assert 0 <= told - len(parse(encode(graph), np).constants) < 16
    assert step.work_before == step.work_after == 64 * 64 + 64 * 32 + 32 * 10


def test_values_between_layers_stay_int8() -> None:
    trained = digits((64, 32), 0)
    smaller, _ = quantize(trained.graph, INT8, trained.rows)

    assert operators(smaller) == ["quantize", *["dense_int8"] * 3, "dequantize", "softmax", "argmax"]
    assert operators(trained.graph)[:3] == ["dense"] * 3


@pytest.mark.usefixtures("backend")
def test_all_backends_give_the_same_bytes() -> None:
    graph = _logits()
    rows = RANDOM.normal(size=(100, 20)).astype(np.float32)
    smaller, _ = quantize(graph, INT8, rows)
    (expected,) = evaluate(smaller, rows)
    model = edgescore.load(encode(smaller))

    assert np.array_equal(model.score(rows), expected)
    assert np.array_equal([model.score(row) for row in rows[:5]], expected[:5])
    np.testing.assert_allclose(expected, evaluate(graph, rows)[0], atol=0.1)


def _logits() -> Graph:
    """Three layers, with tanh and relu between them."""
    graph = Graph()
    x = layer(graph, graph.input("x", 20), *_random(20, 16), "tanh")
    x = layer(graph, x, *_random(16, 16), "relu")
    graph.output("y", layer(graph, x, *_random(16, 4), "none"))
    return graph


def _random(inputs: int, outputs: int) -> tuple[Array, Array]:
    return RANDOM.normal(size=(inputs, outputs)) / np.sqrt(inputs), RANDOM.normal(size=outputs) / 10


def test_relu_and_clip_between_layers_are_fused() -> None:
    w, b = _random(20, 16)
    fused, apart = Graph(), Graph()
    y = fused.add("dense", fused.input("x", 20), w.T, b, lo=0.0, hi=0.5)
    fused.output("y", fused.add("dense", y, w[:16].T, None))
    y = apart.add("clip", apart.add("relu", apart.add("dense", apart.input("x", 20), w.T, b)), lo=-1.0, hi=0.5)
    apart.output("y", apart.add("dense", y, w[:16].T, None))
    rows = RANDOM.normal(size=(100, 20))

    one, other = (quantize(graph, INT8, rows)[0] for graph in (fused, apart))

    assert encode(one) == encode(other)
    assert operators(one) == ["quantize", "dense_int8", "dense_int8", "dequantize"]


def test_clamps_one_after_the_other_become_one() -> None:
    graph = Graph()
    x = graph.input("x", 4)
    inside = graph.add("dense", x, np.eye(4), None, lo=0.0)
    graph.output("a", graph.add("clip", inside, lo=-5.0, hi=1.0))
    below = graph.add("clip", graph.add("dense", x, np.eye(4), None), lo=-2.0, hi=-1.0)
    graph.output("b", graph.add("tanh", graph.add("relu", below)))

    assert [fused(layer) for layer in dense_layers(graph)] == [(0.0, 1.0, 1), (0.0, 0.0, 2)]


def test_rounded_weights_move_no_mean() -> None:
    w, b = _random(64, 16)
    graph = Graph()
    graph.output("y", graph.add("dense", graph.input("x", 64), w.T, b))
    rows = 5 + RANDOM.normal(size=(2000, 64)) / 10  # errors of all weights add up in every row

    smaller, _ = quantize(graph, Recipe("plain", layers=(Rule("dense"),), ranges=("minmax",)), rows)
    wrong = evaluate(smaller, rows)[0] - evaluate(graph, rows)[0]

    assert np.abs(wrong.mean(axis=0)).max() < 0.3 * wrong.std(axis=0).max()


def test_what_else_reads_a_layer_reads_real_numbers() -> None:
    graph = Graph()
    hidden = layer(graph, graph.input("x", 20), *_random(20, 16), "relu")
    graph.output("hidden", hidden)
    graph.output("y", graph.add("sigmoid", layer(graph, hidden, *_random(16, 16), "none")))
    rows = RANDOM.normal(size=(200, 20))

    smaller, (step,) = quantize(graph, INT8, rows)

    assert step.accepted
    assert operators(smaller).count("dequantize") == 2
    for before, after in zip(evaluate(graph, rows), evaluate(smaller, rows), strict=True):
        assert after.dtype == before.dtype
        np.testing.assert_allclose(after, before, atol=0.05)


def test_float64_layers_keep_their_neighbours_in_float64() -> None:
    weights = [_random(20, 16), _random(16, 3)]
    graph = graph_of([w for w, _ in weights], [b for _, b in weights], "tanh", "float64")
    rows = RANDOM.normal(size=(200, 20))

    smaller, _ = quantize(graph, INT8, rows)

    assert operators(smaller)[:2] == ["cast", "quantize"]
    assert [array.dtype for array in evaluate(smaller, rows)] == [np.float64, np.int32]
    assert np.mean(evaluate(smaller, rows)[1] == evaluate(graph, rows)[1]) > 0.95


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_columns_of_unequal_size_are_scaled_first(activation: str) -> None:
    sizes = 10.0 ** np.arange(-3, 5)
    w, b = _random(8, 64)
    graph = Graph()
    hidden = layer(graph, graph.input("x", 8), w / sizes[:, None], b, activation)
    graph.output("y", layer(graph, hidden, *_random(64, 4), "none"))
    rows = RANDOM.normal(size=(300, 8)) * sizes

    smaller, (step,) = quantize(graph, INT8, rows)

    assert "inputs scaled" in step.name
    assert operators(smaller)[:2] == ["mul", "quantize"]
    assert step.metric_name == "R2 of agreement"
    assert step.metric_after > 0.999


def test_columns_far_from_zero_are_centred_first() -> None:
    offsets = np.linspace(1000, 2000, 8)
    w, b = _random(8, 64)
    graph = Graph()
    hidden = layer(graph, graph.input("x", 8), w, b - offsets @ w, "relu")
    graph.output("y", layer(graph, hidden, *_random(64, 4), "none"))

    smaller, (step,) = quantize(graph, INT8, RANDOM.normal(size=(300, 8)) + offsets)

    assert "inputs centred" in step.name
    assert operators(smaller)[:3] == ["sub", "mul", "quantize"]
    assert step.metric_after > 0.999


def test_large_biases_fit_their_integers() -> None:
    graph = Graph()
    w = np.full((8, 40), 1e-6)
    graph.output(
        "y", graph.add("dense", graph.input("x", 40), w, np.array([0.0, 1e6, -1e6, 1.0, 1e-9, 5.0, -3.0, 2.0]))
    )
    rows = RANDOM.normal(size=(50, 40))
    wide = Recipe("wide", layers=(Rule("dense"),))

    smaller, _ = quantize(graph, wide, rows)

    before, after = evaluate(graph, rows)[0], evaluate(smaller, rows)[0]
    np.testing.assert_allclose(after, before, atol=2e6 / 255)
    encode(smaller)  # the reader proves that no sum can leave int32


def test_a_step_that_saves_nothing_is_refused() -> None:
    graph = Graph()
    graph.output("y", graph.add("dense", graph.input("x", 4), np.ones((1, 4)), np.zeros(1)))

    same, (step,) = quantize(graph, INT8, RANDOM.normal(size=(50, 4)))

    assert same is graph
    assert not step.accepted
    assert step.bytes_after >= step.bytes_before
    assert "gains neither" in step.reason


def test_a_step_that_costs_more_than_allowed_is_refused() -> None:
    graph, rows = _logits(), RANDOM.normal(size=(50, 20))
    strict = Recipe("strict", layers=(Rule("dense"),), max_drop=1e-6)

    same, (step,) = quantize(graph, strict, rows)

    assert same is graph
    assert not step.accepted
    assert "more than 1e-06" in step.reason


def test_nothing_to_quantize_is_said() -> None:
    graph = Graph()
    graph.output("y", graph.add("relu", graph.input("x", 4)))

    same, (step,) = quantize(graph, INT8, RANDOM.normal(size=(50, 4)))

    assert same is graph
    assert not step.accepted
    assert "no layer or leaf" in step.reason
    assert quantize(graph, Recipe.preset("lossless"), RANDOM.normal(size=(50, 4)))[1] == []


def test_the_recipe_says_which_layers() -> None:
    trained = digits((64, 32), 0)
    dense = [node.outputs[0] for node in trained.graph.nodes if node.op == "dense"]
    graph = trained.graph.copy()
    [node for node in graph.nodes if node.op == "dense"][-1].outputs[0].name = "logits"
    recipe = Recipe("all but the last", layers=(Rule("logit*", 32), Rule("dense", 8)))

    smaller, _ = quantize(graph, recipe, trained.rows)

    assert len(dense) == 3
    assert operators(smaller)[:5] == ["quantize", "dense_int8", "dense_int8", "dequantize", "dense"]


def test_the_graph_given_stays_as_it_is_and_results_repeat() -> None:
    trained = digits((32,), 0)
    before = encode(trained.graph)

    first, _ = quantize(trained.graph, INT8, trained.rows, trained.labels)
    second, _ = quantize(trained.graph, INT8, trained.rows, trained.labels)

    assert encode(trained.graph) == before
    assert encode(first) == encode(second)
    assert constant_bytes(first) < constant_bytes(trained.graph)


def test_bad_data_is_named() -> None:
    trained = digits((32,), 0)
    with pytest.raises(ConvertError, match="rows of 64 values"):
        quantize(trained.graph, INT8, trained.rows[:, :5])
    with pytest.raises(ConvertError, match="no rows"):
        quantize(trained.graph, INT8, trained.rows[:0])
    with pytest.raises(ConvertError, match="one value for each row"):
        quantize(trained.graph, INT8, trained.rows, trained.labels[:5])
    with pytest.raises(ConvertError, match="names no class of the model, such as 'cat'"):
        quantize(trained.graph, INT8, trained.rows, ["cat"] * len(trained.rows))
    with pytest.raises(ConvertError, match="never finite"):
        quantize(_logits(), INT8, np.full((5, 20), np.inf))
