"""Leaves of trees rounded to 8 or 16 bits: what is gained and lost, and which width is taken."""

from __future__ import annotations

import numpy as np
import pytest

from edgescore_converters.ensembles import leaf_type
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.quantize import Recipe, quantize
from tests.quantize.forests import boosting, forest, packed


def test_a_forest_keeps_its_classes_with_8_bits() -> None:
    trained = forest()

    smaller, (step,) = quantize(trained.graph, Recipe.preset("int8"), trained.rows, trained.labels)

    assert step.name == "8-bit tree leaves"
    assert step.accepted
    assert step.bytes_after < step.bytes_before
    assert step.work_after == step.work_before
    assert abs(trained.drop(smaller)) <= 0.2


def test_boosting_with_8_and_16_bits() -> None:
    trained = boosting()
    graph = trained.graph

    eight, (step,) = quantize(graph, Recipe("8", leaf_bits=8), trained.rows, trained.labels)
    sixteen, (other,) = quantize(graph, Recipe("16", leaf_bits=16), trained.rows, trained.labels)

    assert step.metric_name == other.metric_name == "R2"
    assert step.bytes_after < other.bytes_after < step.bytes_before
    assert [leaf_type(node) for g in (eight, sixteen) for node in g.nodes if node.op == "trees"] == ["int8", "int16"]
    before, after = evaluate(graph, trained.test_rows)[0], evaluate(sixteen, trained.test_rows)[0]
    assert np.sqrt(np.mean((after - before) ** 2)) < 1e-4 * np.std(before)


@pytest.fixture
def lopsided() -> EnsembleBuilder:
    """One leaf so large that the others are nothing beside it in 8 bits."""
    builder = EnsembleBuilder(1, 1, "float32", "float64")
    ends = {"left": [1, 0, 0], "right": [2, 0, 0], "missing_left": [True] * 3}
    for threshold, values in ((0.0, [0, -1.0, 1.0]), (100.0, [0, 0.0, 1000.0])):
        builder.add_tree(feature=[0, -1, -1], threshold=[threshold, 0, 0], values=values, target=0, **ends)
    # Leaves enough for a narrower type to save bytes.
    for number in np.linspace(1, 2, 20):
        builder.add_tree(feature=[0, -1, -1], threshold=[0.0, 0, 0], values=[0, -number, number], target=0, **ends)
    return builder


def test_16_bits_are_taken_where_8_cost_too_much(lopsided: EnsembleBuilder) -> None:
    graph = packed(lopsided.build(base=0.5))
    rows = np.linspace(-1, 1, 64)[:, None]

    narrow, steps = quantize(graph, Recipe.preset("int8"), rows)
    strict, refused = quantize(graph, Recipe("strict", leaf_bits=8, max_drop=0.0), rows)

    assert [(step.name, step.accepted) for step in steps] == [
        ("8-bit tree leaves", False),
        ("16-bit tree leaves", True),
    ]
    assert "falls by" in steps[0].reason
    np.testing.assert_allclose(evaluate(narrow, rows)[0], evaluate(graph, rows)[0], atol=0.5)
    assert strict is graph
    assert [step.accepted for step in refused] == [False, False]


def test_leaves_that_cannot_be_rounded_stay() -> None:
    builder = EnsembleBuilder(1, 1, "float32", "float64")
    builder.add_tree(feature=[-1], threshold=[0], left=[0], right=[0], missing_left=[True], values=[0.0], target=0)
    graph = packed(builder.build(base=1.0))

    same, steps = quantize(graph, Recipe.preset("int8"), np.zeros((50, 1)))

    assert same is graph
    assert all("cannot be rounded" in step.reason and not step.accepted for step in steps)
