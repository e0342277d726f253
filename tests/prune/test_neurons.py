"""Hidden neurons: which go, what the next layer makes of those that stay, what it costs on digits."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Graph
from edgescore_converters.prune import prune
from edgescore_converters.prune.crossing import crossed
from edgescore_converters.prune.neurons import Fit, hidden_layers, remove_neurons
from edgescore_converters.quantize import Recipe, quantize
from edgescore_converters.writer import encode
from tests.quantize.networks import Array, digits, graph_of, layer

SEEDS = range(3)
RANDOM = np.random.default_rng(0)


def widths(graph: Graph) -> list[int]:
    return [node.outputs[0].shape[1] for node in graph.nodes if node.op == "dense"]


def network(sizes: list[int], activation: str = "tanh") -> Graph:
    """Random layers of these sizes and a plain output."""
    graph = Graph()
    x = graph.input("x", sizes[0])
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        w = RANDOM.normal(size=(inputs, outputs)) / np.sqrt(inputs)
        last = number == len(sizes) - 2
        x = layer(graph, x, w, RANDOM.normal(size=outputs) / 10, "none" if last else activation)
    graph.output("y", x)
    return graph


@pytest.mark.parametrize("hidden", [(32,), (64, 32)], ids=["64-32-10", "64-64-32-10"])
def test_half_of_the_neurons_cost_at_most_one_and_a_half_points(hidden: tuple[int, ...]) -> None:
    drops = []
    for seed in SEEDS:
        trained = digits(hidden, seed)
        smaller, (step,) = prune(trained.graph, trained.rows, trained.labels, fraction=0.5)
        drops.append(trained.drop(smaller))
        assert step.accepted
        assert widths(smaller) == [*(size // 2 for size in hidden), 10]
        assert step.bytes_after < 0.55 * step.bytes_before
        assert step.work_after < 0.55 * step.work_before

    assert np.max(drops) <= 1.5
    assert np.mean(drops) <= 1.0


@pytest.mark.parametrize("seed", range(3))
def test_what_is_removed_within_a_limit_costs_little_on_unseen_rows(seed: int) -> None:
    trained = digits((32,), seed)
    smaller, (step,) = prune(trained.graph, trained.rows, trained.labels, max_accuracy_drop=0.005)

    assert step.accepted
    assert step.metric_before - step.metric_after <= 0.005 + 1e-9
    assert widths(smaller)[0] <= 24
    assert trained.drop(smaller) <= 1.0  # the limit, and three of 540 rows


def test_pruned_and_quantized() -> None:
    trained = digits((64, 32), 0)
    pruned, _ = prune(trained.graph, trained.rows, trained.labels, fraction=0.5)
    smaller, (step,) = quantize(pruned, Recipe.preset("int8"), trained.rows, trained.labels)

    assert step.accepted
    assert step.bytes_after < 0.15 * 4 * (64 * 64 + 64 * 32 + 32 * 10 + 106)
    assert trained.drop(smaller) <= 1.5


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "none"])
def test_neurons_that_say_the_same_go_for_free(activation: str) -> None:
    w, b, out = RANDOM.normal(size=(8, 6)), RANDOM.normal(size=6), RANDOM.normal(size=(12, 3))
    graph = Graph()
    hidden = layer(graph, graph.input("x", 8), np.tile(w, 2), np.tile(b, 2), activation)
    graph.output("y", layer(graph, hidden, out, np.zeros(3), "none"))
    rows = RANDOM.normal(size=(500, 8))

    smaller, (step,) = prune(graph, rows, fraction=0.5)

    before, after = evaluate(graph, rows)[0], evaluate(smaller, rows)[0]
    assert widths(smaller) == [6, 3]
    assert "refitted error" in step.name
    assert np.sqrt(np.mean((after - before) ** 2)) < 0.01 * np.std(before)


def test_the_next_layer_is_refitted() -> None:
    graph, rows = network([8, 12, 3]), RANDOM.normal(size=(500, 8))
    smaller = remove_neurons(graph, rows, 0.25, "norm", np.ones(500))
    hidden, out = (node for node in smaller.nodes if node.op == "dense")
    kept = [
        next(at for at, row in enumerate(graph.nodes[0].inputs[1].data) if np.array_equal(row, mine))  # type: ignore[union-attr, arg-type]
        for mine in hidden.inputs[1].data  # type: ignore[union-attr]
    ]
    cut = smaller.copy()
    last = next(node for node in reversed(cut.nodes) if node.op == "dense")
    original = graph.nodes[-1].inputs[1].data  # type: ignore[union-attr]
    last.inputs[1].data = original[:, kept]  # type: ignore[union-attr, index]

    target = evaluate(graph, rows)[0]

    assert error(smaller, rows, target) < 0.8 * error(cut, rows, target)
    assert out.inputs[1].data.shape == (3, 9)  # type: ignore[union-attr]


def error(graph: Graph, rows: Array, target: Array) -> float:
    return float(np.mean((evaluate(graph, rows)[0] - target) ** 2))


def test_each_step_back_drops_the_neuron_that_is_missed_least() -> None:
    inputs = RANDOM.normal(size=(300, 6)) @ RANDOM.normal(size=(6, 6))
    targets = inputs @ RANDOM.normal(size=(6, 2))
    fit = Fit(inputs, targets, RANDOM.uniform(0.5, 2, 300))

    def loss(columns: tuple[int, ...]) -> float:
        chosen = list(columns)
        gram = fit.gram[np.ix_(chosen, chosen)] + fit.ridge * np.eye(len(chosen))
        return -float(np.sum(fit.cross[chosen] * np.linalg.solve(gram, fit.cross[chosen])))

    alive = tuple(range(6))
    while len(alive) > 1:
        alive = min(combinations(alive, len(alive) - 1), key=loss)
        assert tuple(fit.backward(len(alive))) == alive


def test_hidden_layers_are_those_that_one_layer_reads() -> None:
    graph = Graph()
    x = graph.input("x", 4)
    shared = layer(graph, x, RANDOM.normal(size=(4, 4)), np.zeros(4), "relu")
    hidden = layer(graph, shared, RANDOM.normal(size=(4, 4)), np.zeros(4), "tanh")
    shown = layer(graph, shared, RANDOM.normal(size=(4, 4)), np.zeros(4), "relu")
    graph.output("shown", shown)
    graph.output("y", layer(graph, hidden, RANDOM.normal(size=(4, 2)), np.zeros(2), "none"))
    layer(graph, shown, RANDOM.normal(size=(4, 2)), np.zeros(2), "none")

    assert [(pair.first, pair.second) for pair in hidden_layers(graph)] == [(1, 3)]


def test_one_neuron_always_stays() -> None:
    graph, rows = network([8, 12, 5, 3]), RANDOM.normal(size=(100, 8))
    smaller, _ = prune(graph, rows, fraction=0.99)

    assert widths(smaller) == [1, 1, 3]
    assert np.isfinite(evaluate(smaller, rows)[0]).all()


def test_a_limit_that_nothing_keeps_leaves_the_graph() -> None:
    graph, rows = network([8, 4, 3]), RANDOM.normal(size=(200, 8))
    same, (step,) = prune(graph, rows, max_accuracy_drop=0.0)

    assert same is graph
    assert not step.accepted
    assert step.reason


def test_a_fraction_is_the_most_that_is_removed() -> None:
    trained = digits((32,), 0)
    little, (one,) = prune(trained.graph, trained.rows, trained.labels, fraction=0.25, max_accuracy_drop=0.9)
    careful, (two,) = prune(trained.graph, trained.rows, trained.labels, fraction=0.9, max_accuracy_drop=0.01)

    assert widths(little)[0] == 24
    assert one.accepted
    assert 4 < widths(careful)[0] < 24
    assert two.metric_before - two.metric_after <= 0.01 + 1e-9


def test_no_hidden_layer_is_said() -> None:
    graph = network([8, 3])
    same, (step,) = prune(graph, RANDOM.normal(size=(50, 8)), fraction=0.5)

    assert same is graph
    assert not step.accepted
    assert "neither hidden neurons nor trees" in step.reason


def test_float64_stays_float64_and_results_repeat() -> None:
    sizes = [(8, 10), (10, 3)]
    graph = graph_of([RANDOM.normal(size=size) for size in sizes], [np.zeros(10), np.zeros(3)], "relu", "float64")
    rows = RANDOM.normal(size=(100, 8))
    before = encode(graph)

    first, second = (prune(graph, rows, fraction=0.5)[0] for _ in range(2))

    assert encode(graph) == before
    assert encode(first) == encode(second)
    assert evaluate(first, rows)[0].dtype == np.float64


def test_bad_arguments_are_named() -> None:
    graph, rows = network([8, 4, 3]), RANDOM.normal(size=(20, 8))
    with pytest.raises(ConvertError, match=r"--prune.*--max-accuracy-drop"):
        prune(graph, rows)
    with pytest.raises(ConvertError, match="between 0 and 1, 1 excluded; it is 1"):
        prune(graph, rows, fraction=1.0)
    with pytest.raises(ConvertError, match=r"a share such as 0\.005"):
        prune(graph, rows, max_accuracy_drop=-0.1)
    with pytest.raises(ConvertError, match="one value for each row"):
        prune(graph, rows, rows[:3, :3], fraction=0.5)
    with pytest.raises(ConvertError, match="rows of 8 values"):
        prune(graph, rows[:, :3], fraction=0.5)


def test_crossed_rows_mix_two_rows_of_a_class() -> None:
    rows = np.array([["a", 1.0], ["b", 2.0], ["c", 30.0], ["d", 40.0]], object)
    strata = np.array([0, 0, 1, 1])

    mixed, source = crossed(rows, strata)

    assert mixed.shape == (2000, 2)
    combined = {tuple(row) for row in mixed.tolist()}
    assert combined == {
        (text, number) for text, number in [*zip("aabbccdd", [1, 2, 1, 2, 30, 40, 30, 40], strict=True)]
    }
    assert all((row[1] < 10) == (strata[at] == 0) for row, at in zip(mixed, source, strict=True))
