"""Trees and splits: which go, what they leave behind, and that the graph says what the ensemble says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgescore_converters.cost import node_visits, work
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Graph
from edgescore_converters.prune import prune
from edgescore_converters.prune.trees import TreeRemover, _least_of_average, _least_of_sum
from edgescore_converters.quantize import Recipe, quantize
from tests.quantize.forests import boosting, forest, origin, packed

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.uniform(-1, 1, (400, 3))


def stump(builder: EnsembleBuilder, feature: int, threshold: float, left: Any, right: Any, target: int = -1) -> None:
    """A tree of one split."""
    builder.add_tree(
        feature=[feature, -1, -1],
        threshold=[threshold, 0, 0],
        left=[1, 0, 0],
        right=[2, 0, 0],
        missing_left=[True] * 3,
        values=[left, left, right],
        target=target,
    )


def without(ensemble: Ensemble, trees: float, splits: float) -> tuple[Graph, Ensemble]:
    graph = TreeRemover(packed(ensemble), ROWS).without(trees, splits)
    return graph, origin(graph)


def test_an_average_of_twins_keeps_its_value_without_half_of_them() -> None:
    builder = EnsembleBuilder(3, 2, "float32", "float64")
    for feature in (0, 1, 2, 0, 1, 2):
        stump(builder, feature, 0.1 * feature, [1.0, 0.0], [0.25, 0.75])
    ensemble = builder.build(divisor=6.0)

    graph, smaller = without(ensemble, 0.5, 0.0)

    assert len(smaller.roots) == 3
    assert smaller.divisor == 3.0
    np.testing.assert_allclose(evaluate(graph, ROWS)[0], ensemble.raw(ROWS), atol=1e-12)


def test_a_sum_keeps_the_mean_of_what_is_gone() -> None:
    builder = EnsembleBuilder(3, 2, "float32", "float32")
    for target in (0, 1):
        stump(builder, target, 0.0, -1.0, 1.0, target)
        stump(builder, 2, 5.0, 0.125, -9.0, target)  # no row gets to the right
    ensemble = builder.build(base=[0.5, 1.5])

    graph, smaller = without(ensemble, 0.5, 0.0)

    assert smaller.target.tolist() == [0, 1]
    assert smaller.base.tolist() == [0.625, 1.625]
    np.testing.assert_allclose(evaluate(graph, ROWS)[0], ensemble.raw(ROWS), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_members_go_in_the_order_of_what_all_dropped_change_together(seed: int) -> None:
    answers = np.random.default_rng(seed).normal(size=(7, 5))
    gram = answers @ answers.T

    def sum_change(gone: list[int]) -> float:
        return float(np.sum(answers[gone].sum(axis=0) ** 2))

    def average_change(gone: list[int]) -> float:
        rest = np.delete(answers, gone, axis=0)
        return float(np.sum((rest.mean(axis=0) - answers.mean(axis=0)) ** 2))

    for order, change in ((_least_of_sum(gram), sum_change), (_least_of_average(gram), average_change)):
        gone: list[int] = []
        while len(gone) < 6:
            gone.append(min((at for at in range(7) if at not in gone), key=lambda at: change([*gone, at])))
        assert order[:6].tolist() == gone


def three_leaves(builder: EnsembleBuilder, values: list[float]) -> None:
    """x0 <= 0 ? (x1 <= 0 ? a : b) : c, in one tree."""
    builder.add_tree(
        feature=[0, 1, -1, -1, -1],
        threshold=[0.0, 0.0, 0, 0, 0],
        left=[1, 2, 0, 0, 0],
        right=[4, 3, 0, 0, 0],
        missing_left=[True] * 5,
        values=[0, 0, *values],
        target=0,
    )


def test_the_split_between_nearly_equal_leaves_goes_first() -> None:
    builder = EnsembleBuilder(3, 1, "float32", "float64")
    three_leaves(builder, [1.0, 1.01, 5.0])
    three_leaves(builder, [-3.0, 7.0, 8.0])
    ensemble = builder.build()

    graph, smaller = without(ensemble, 0.0, 0.25)

    assert smaller.feature.tolist() == [0, -1, -1, 0, 1, -1, -1, -1]
    assert node_visits(smaller) == work(graph) == 3
    merged = smaller.leaves[smaller.leaf[1], 0]
    assert 1.0 < merged < 1.01
    np.testing.assert_allclose(evaluate(graph, ROWS)[0], ensemble.raw(ROWS), atol=0.01)
    np.testing.assert_allclose(evaluate(graph, ROWS)[0], smaller.raw(ROWS), atol=1e-12)


def test_splits_no_row_reaches_still_count() -> None:
    builder = EnsembleBuilder(3, 1, "float32", "float64")
    stump(builder, 0, 9.0, 0.0, 100.0, 0)  # all rows go left
    stump(builder, 1, 0.0, 1.0, 1.001, 0)

    _, smaller = without(builder.build(), 0.0, 0.5)

    assert smaller.feature[smaller.roots].tolist() == [0, -1]


def test_all_splits_gone_leave_the_mean() -> None:
    builder = EnsembleBuilder(3, 1, "float32", "float64")
    three_leaves(builder, [1.0, 2.0, 4.0])
    ensemble = builder.build()

    graph, smaller = without(ensemble, 0.0, 0.999)

    assert len(smaller.feature) == 1
    assert evaluate(graph, ROWS)[0][0, 0] == pytest.approx(ensemble.raw(ROWS).mean(), rel=0.01)


def test_category_sets_that_nothing_names_go() -> None:
    builder = EnsembleBuilder(3, 1, "float32", "float64")
    for codes, left in (([1, 2], 1.0), ([0, 40], 1.0), ([3], -5.0)):
        builder.add_tree(
            feature=[0, -1, -1],
            threshold=[0, 0, 0],
            left=[1, 0, 0],
            right=[2, 0, 0],
            missing_left=[True] * 3,
            values=[0, left, 1.0],
            target=0,
            categories={0: codes},
        )
    ensemble = builder.build()
    codes = RANDOM.integers(0, 5, (100, 3)).astype(float)

    smaller = origin(TreeRemover(packed(ensemble), codes).without(0.0, 0.67))

    assert [codes.tolist() for codes in smaller.category_sets] == [[3]]
    np.testing.assert_allclose(smaller.raw(codes), ensemble.raw(codes))


@pytest.mark.parametrize("name", ["forest", "boosting"])
def test_the_graph_says_what_the_smaller_ensemble_says(name: str) -> None:
    trained = {"forest": forest, "boosting": boosting}[name]()
    graph = TreeRemover(trained.graph, trained.rows).without(0.3, 0.3)
    smaller = origin(graph)

    assert len(smaller.roots) == len(origin(trained.graph).roots) * 7 // 10
    np.testing.assert_allclose(evaluate(graph, trained.test_rows)[0], smaller.raw(trained.test_rows), rtol=1e-6)


def test_half_of_a_forest() -> None:
    trained = forest()
    smaller, (step,) = prune(trained.graph, trained.rows, trained.labels, fraction=0.5)

    assert step.accepted
    assert step.metric_name == "accuracy on crossed rows"
    assert step.bytes_after < 0.65 * step.bytes_before
    assert trained.drop(smaller) <= 1.0


def test_a_limit_holds_on_unseen_rows_although_training_rows_show_no_loss() -> None:
    trained = forest()
    blind = TreeRemover(trained.graph, trained.rows).without(0.95, 0.0)
    on_training_rows = np.mean(evaluate(blind, trained.rows)[1][:, 0] == trained.labels)

    smaller, (step,) = prune(trained.graph, trained.rows, trained.labels, max_accuracy_drop=0.005)

    assert on_training_rows > 0.98
    assert trained.drop(blind) > 5
    assert step.accepted
    assert step.bytes_after < 0.8 * step.bytes_before
    assert trained.drop(smaller) <= 1.0


def test_a_regression_within_a_limit() -> None:
    trained = boosting()
    smaller, (step,) = prune(trained.graph, trained.rows, trained.labels, max_accuracy_drop=0.01)

    before, after = (evaluate(graph, trained.test_rows)[0][:, 0] for graph in (trained.graph, smaller))

    def r2(scores: np.ndarray[Any, Any]) -> float:
        return float(1 - np.mean((scores - trained.test_labels) ** 2) / np.var(trained.test_labels))

    assert step.accepted
    assert step.metric_name.startswith("R2")
    assert step.bytes_after < 0.9 * step.bytes_before
    assert r2(before) - r2(after) <= 0.03


def test_rounded_leaves_stay_narrow() -> None:
    trained = boosting()
    narrow, _ = quantize(trained.graph, Recipe("16", leaf_bits=16), trained.rows)
    smaller, (step,) = prune(narrow, trained.rows, fraction=0.5)

    assert step.accepted
    assert [value.dtype for node in smaller.nodes for value in node.inputs if value is not None].count("int16") == 1


def test_one_tree_stays_and_nothing_to_gain_is_refused() -> None:
    builder = EnsembleBuilder(3, 1, "float32", "float64")
    builder.add_tree(feature=[-1], threshold=[0], left=[0], right=[0], missing_left=[True], values=[2.0], target=0)
    graph = packed(builder.build())

    same, (step,) = prune(graph, ROWS, fraction=0.9)

    assert same is graph
    assert not step.accepted
    assert "gains neither" in step.reason
