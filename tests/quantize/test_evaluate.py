"""The reference evaluator, and the metrics measured with it."""

from __future__ import annotations

import numpy as np
import pytest

import edgescore
from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Feature, Graph
from edgescore_converters.metric import MAX_ROWS, Metric, sample
from edgescore_converters.writer import encode
from tests.quantize.networks import digits

ROWS = np.arange(12.0).reshape(4, 3)


def doubled(factor: float = 2.0) -> Graph:
    graph = Graph()
    graph.output("y", graph.add("mul", graph.input("x", 3), np.full(3, factor)))
    return graph


@pytest.mark.usefixtures("backend")
def test_it_agrees_with_the_runtime_on_more_than_a_block() -> None:
    graph, rows = digits((32,), 0).graph, np.tile(digits((32,), 0).rows, (2, 1))

    probabilities, labels = evaluate(graph, rows)

    assert labels.dtype == np.int32
    np.testing.assert_allclose(edgescore.load(encode(graph)).score(rows), probabilities, atol=1e-6)


def test_kept_values_need_no_other_nodes() -> None:
    graph = Graph()
    x = graph.input("x", 3)
    first = graph.add("relu", x)
    graph.output("y", graph.add("exp", graph.add("mul", first, np.full(3, 1e6))))

    given, kept = evaluate(graph, ROWS, [x, first])

    assert np.array_equal(given, ROWS)
    assert np.array_equal(kept, ROWS)
    assert evaluate(graph, ROWS[:0])[0].shape == (0, 3)


def test_text_and_several_inputs_are_side_by_side() -> None:
    graph = Graph()
    a = graph.input("a", 1, features=[Feature("state", ["off", "on"], unknown="slot")])
    b = graph.input("b", 2, dtype="float64")
    graph.output("y", graph.add("concat", graph.add("cast", a, dtype="float64"), b, shape=(1, 3)))
    rows = np.array([["on", 1.0, 2.0], ["broken", 3.0, 4.0]], object)

    assert evaluate(graph, rows)[0].tolist() == [[1, 1, 2], [-1, 3, 4]]
    with pytest.raises(ConvertError, match=r"shape \(2, 2\); the model takes rows of 3"):
        evaluate(graph, rows[:, :2])


def test_accuracy_and_agreement() -> None:
    trained = digits((32,), 0)
    wrong = np.where(np.arange(len(trained.labels)) < 100, (trained.labels + 1) % 10, trained.labels)

    right, half, agreement = (Metric(trained.graph, trained.rows, truth) for truth in (trained.labels, wrong, None))

    assert (right.name, agreement.name) == ("accuracy", "agreement")
    assert agreement.before.value == 1.0
    assert agreement.before.error == 0.0
    # At most 100 rows became wrong, and those that the model has wrong may have become right.
    assert right.before.value - half.before.value == pytest.approx(100 / len(wrong), abs=0.005)
    assert Metric(trained.graph, trained.rows, trained.labels.astype(str)).before == right.before


def test_regression_is_measured_as_r2() -> None:
    graph = doubled()
    truth = 2 * ROWS + np.array([1.0, -1.0, 1.0, -1.0])[:, None]

    assert Metric(graph, ROWS, truth).before.value == pytest.approx(1 - 1 / truth.var(axis=0).mean(), rel=1e-3)
    own = Metric(graph, ROWS)
    assert own.name == "R2 of agreement"
    assert own.before.value == 1.0
    assert own(doubled(2.1)).value < own(doubled(2.01)).value < 1.0
    assert own(doubled(2.1)).error > own(doubled(2.01)).error > 0.0
    assert own(doubled(np.nan)).value == -np.inf
    assert own(doubled(np.nan)).error == np.inf


def test_infinite_answers_that_stay_are_no_change() -> None:
    graph = Graph()
    graph.output("y", graph.add("log", graph.input("x", 3)))

    metric = Metric(graph, ROWS - 1)

    assert metric.before.value == 1.0
    assert metric.before.error == 0.0


def test_targets_that_do_not_fit_are_named() -> None:
    graph = doubled()
    with pytest.raises(ConvertError, match="text"):
        Metric(graph, ROWS, ["a", "b", "c", "d"])
    with pytest.raises(ConvertError, match=r"shape \(4,\), the model's scores \(4, 3\)"):
        Metric(graph, ROWS, [1.0, 2.0, 3.0, 4.0])


def test_a_sample_is_spread_evenly() -> None:
    rows = np.arange(10 * MAX_ROWS)[:, None]
    chosen, target = sample(rows, rows[:, 0])

    assert target is not None
    assert len(chosen) == MAX_ROWS
    assert np.array_equal(chosen[:, 0], target)
    assert (chosen[0, 0], chosen[-1, 0]) == (0, len(rows) - 1)
    assert np.ptp(np.diff(chosen[:, 0])) <= 1
