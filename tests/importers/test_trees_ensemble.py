"""The normal form itself: thresholds, missing values, categories, sums, links, and what validate refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._tree_builder import EnsembleBuilder, at_most, less_than
from edgescore_converters.importers._tree_model import LINKS, TreeModel
from edgescore_converters.importers._trees import ZERO_LIMIT, Ensemble

BORDERS = [
    0.0,
    -0.0,
    0.1,
    -0.1,
    1e-45,
    -1e-45,
    1e-50,
    -1e-50,
    5e-324,
    3.5e38,
    -3.5e38,
    1e308,
    -1e308,
    np.inf,
    -np.inf,
    1.0,
]


def stump(**changes: Any) -> dict[str, Any]:
    """Left leaf 1, right leaf 2, split on feature 0 at 0.5."""
    tree: dict[str, Any] = {
        "feature": [0, -1, -1],
        "threshold": [0.5, 0, 0],
        "left": [1, 0, 0],
        "right": [2, 0, 0],
        "missing_left": [True, False, False],
        "values": [0.0, 1.0, 2.0],
        "target": 0,
    }
    return tree | changes


def build(*trees: dict[str, Any], n_features: int = 1, n_outputs: int = 1, **more: Any) -> Ensemble:
    builder = EnsembleBuilder(n_features, n_outputs, "float32", "float32")
    for tree in trees:
        builder.add_tree(**tree)
    return builder.build(**more)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("threshold", BORDERS)
def test_rounding_a_threshold_changes_no_decision(dtype: Any, threshold: float) -> None:
    with np.errstate(over="ignore"):
        near = np.asarray([threshold], dtype)
    x = np.concatenate(
        [near, np.nextafter(near, near.dtype.type(np.inf)), np.nextafter(near, near.dtype.type(-np.inf))]
    )
    x = np.concatenate([x, np.asarray([0.0, -0.0, np.inf, -np.inf], dtype)]).astype(np.float64)
    assert np.array_equal(x <= threshold, x <= at_most(threshold, dtype))
    if threshold != -np.inf:
        assert np.array_equal(x < threshold, x <= less_than(threshold, dtype))


def test_less_than_minus_infinity_is_never() -> None:
    ensemble = build(stump(threshold=[-np.inf, 0, 0], strict=True))
    assert ensemble.raw([[-np.inf], [0.0], [np.inf], [np.nan]])[:, 0].tolist() == [2, 2, 2, 1]


def test_missing_and_zero_take_the_stated_side() -> None:
    x = [[np.nan], [0.0], [-0.0], [ZERO_LIMIT], [-ZERO_LIMIT], [1e-34], [-1e-34]]
    assert build(stump(threshold=[-1, 0, 0])).raw(x)[:, 0].tolist() == [1, 2, 2, 2, 2, 2, 2]
    zero = build(stump(threshold=[-1, 0, 0], zero_missing=[True, False, False]))
    assert zero.raw(x)[:, 0].tolist() == [1, 1, 1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("floor", [0.0, -0.0, 0.5, 3.0, 3.9]),
        ("truncate", [0.0, -0.0, -0.5, 0.5, 3.0, 3.9]),
        ("exact", [0.0, -0.0, 3.0]),
    ],
)
def test_categories_by_each_rule(rule: Any, left: list[float]) -> None:
    ensemble = build(stump(categories={0: [3, 0, 3]}, missing_left=[False] * 3), category_rule=rule)
    x = [0.0, -0.0, -0.5, 0.5, -1.0, 1.0, 2.0, 3.0, 3.9, 4.0, 64.0, 2.0**31, 2.0**32, 1e30, np.inf, -np.inf, np.nan]
    goes_left = ensemble.raw(np.asarray(x)[:, None])[:, 0] == 1
    assert [value for value, went in zip(x, goes_left, strict=True) if went] == left
    assert ensemble.category_sets[0].tolist() == [0, 3]


def test_equal_category_sets_are_stored_once() -> None:
    ensemble = build(stump(categories={0: [1, 2]}), stump(categories={0: [2, 1]}), stump(categories={0: [5]}))
    assert ensemble.category_set[ensemble.roots].tolist() == [0, 0, 1]


def test_sums_round_in_order_and_type() -> None:
    tiny = 2.0**-24
    trees = [stump(values=[0, value, value]) for value in (1.0, tiny, tiny)]
    assert build(*trees).raw([[0.0]])[0, 0] == 1
    assert build(*trees[1:], base=1.0).raw([[0.0]])[0, 0] == 1
    assert build(*reversed(trees)).raw([[0.0]])[0, 0] == 1 + 2 * tiny
    assert build(*trees, divisor=3.0).raw([[0.0]])[0, 0] == np.float32(1) / np.float32(3)


def test_vector_leaves_and_targets() -> None:
    vectors = stump(values=[[0, 0], [1, 2], [3, 4]], target=-1)
    assert build(vectors, n_outputs=2, base=[10, 20]).raw([[0.0], [1.0]]).tolist() == [[11, 22], [13, 24]]
    scalars = [stump(target=0), stump(target=1), stump(target=1)]
    assert build(*scalars, n_outputs=2).raw([[0.0]]).tolist() == [[1, 2]]


def test_unreached_nodes_are_refused_or_dropped() -> None:
    tree = stump(
        feature=[0, 7, -1, -1, -1],
        threshold=[0.5, np.nan, 0, 0, 0],
        left=[3, 99, 0, 0, 0],
        right=[4, -7, 0, 0, 0],
        missing_left=[True] * 5,
        values=[0, 0, 5, 1, 2],
    )
    with pytest.raises(ConvertError, match="tree 1, node 1 is reached by no path"):
        build(stump(), tree)
    ensemble = build(tree, stump(), deleted_nodes=True)
    assert ensemble.raw([[0.0], [1.0]])[:, 0].tolist() == [2, 4]
    assert ensemble.stats() == {
        "trees": 2,
        "nodes": 6,
        "leaves": 4,
        "max_depth": 1,
        "features": 1,
        "categorical_splits": 0,
    }


def test_a_chain_of_ten_thousand_splits() -> None:
    depth = 10_000
    feature = [0, -1] * depth + [-1]
    left, right = [(np.arange(2 * depth + 1) + step) % (2 * depth + 1) for step in (1, 2)]
    threshold = np.repeat(np.arange(depth + 1), 2)[: 2 * depth + 1]
    tree = stump(
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        missing_left=[False] * len(feature),
        values=np.arange(2 * depth + 1),
    )
    ensemble = build(tree)
    assert ensemble.stats()["max_depth"] == depth
    assert ensemble.raw([[0.0], [4.5], [1e9]])[:, 0].tolist() == [1, 11, 2 * depth]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"left": [0, 0, 0]}, "tree 1, node 0 is reached twice"),
        ({"left": [2, 0, 0]}, "tree 1, node 2 is reached twice"),
        ({"left": [3, 0, 0]}, "tree 1, node 0 has a child that is not there"),
        ({"right": [-1, 0, 0]}, "tree 1, node 0 has a child that is not there"),
        ({"feature": [1, -1, -1]}, "tree 1, node 0 splits on a feature beyond the 1 inputs"),
        ({"threshold": [np.nan, 0, 0]}, "tree 1, node 0 has a NaN threshold"),
        ({"values": [0, np.nan, 0]}, "a leaf value is not finite"),
        ({"values": [0, 1]}, "tree 1 has 3 nodes, but 2 values"),
        ({"left": [1, 0]}, "tree 1 has 3 nodes, but left is of another length"),
        ({"feature": []}, "tree 1 has no nodes"),
        ({"target": 1}, "tree 1 adds to output 1 of 1"),
        ({"categories": {0: [-3]}}, "category set 0 is not sorted"),
        ({"categories": {0: [2**31]}}, "category set 0 is not sorted"),
        ({"values": [[0, 0], [1, 2], [3, 4]]}, "leaves of different widths"),
    ],
)
def test_corrupt_trees_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvertError, match=message):
        build(stump(), stump(**changes))


def test_an_empty_or_unbounded_model_is_refused() -> None:
    with pytest.raises(ConvertError, match="no trees"):
        build()
    with pytest.raises(ConvertError, match="0 inputs"):
        build(stump(), n_features=0)
    with pytest.raises(ConvertError, match="outputs"):
        build(stump(), n_outputs=10**12)
    with pytest.raises(ConvertError, match="base score is not finite"):
        build(stump(), base=np.inf)
    with pytest.raises(ConvertError, match="divisor is 0"):
        build(stump(), divisor=0)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ConvertError, match="give a table of 1 columns"):
        build(stump()).raw([[1.0, 2.0]])


@pytest.mark.parametrize(
    ("link", "params", "raw", "expected"),
    [
        ("identity", {}, [2.0], [2.0]),
        ("sigmoid", {"alpha": 2.0}, [1.0, -1e9], [1 / (1 + np.exp(-2.0)), 0.0]),
        ("sigmoid_pair", {}, [0.0], [0.5, 0.5]),
        ("complement_pair", {}, [0.25], [0.75, 0.25]),
        ("negate_pair", {}, [0.25], [-0.25, 0.25]),
        ("softmax", {"divisor": 2.0}, [2.0, 0.0], [np.e / (1 + np.e), 1 / (1 + np.e)]),
        ("exp", {}, [1.0], [np.e]),
        ("exp", {"alpha": -2.0}, [1.0], [np.exp(-2.0)]),
        ("mean_variance", {}, [3.0, 0.5], [3.0, np.e]),
        ("log1p_exp", {}, [1e3], [1e3]),
        ("signed_square", {}, [-3.0], [-9.0]),
        ("hinge", {}, [1e-9], [1.0]),
        ("argmax", {}, [1.0, 3.0, 3.0], [1.0]),
        ("isolation", {"offset": -0.5}, [1.0], [0.0]),
        ("softmax_zero", {}, [0.0, 1.0, 1.0], [0.0, 0.5, 0.5]),
        ("probit", {}, [0.5], [0.0]),
    ],
)
def test_links(link: str, params: dict[str, float], raw: list[float], expected: list[float]) -> None:
    ensemble = EnsembleBuilder(1, len(raw), "float64", "float64")
    ensemble.add_tree(**stump(values=np.zeros((3, len(raw))), target=-1))
    model = TreeModel(ensemble=ensemble.build(), link=link, source="test", link_params=params)
    assert model.outputs(np.asarray([raw]))[0] == pytest.approx(expected, abs=1e-15)


def test_every_link_is_tested() -> None:
    marks = [mark for mark in test_links.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == set(LINKS)


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ("raw>0", [0, 0, 1, 1]),
        ("raw>=0", [0, 1, 1, 1]),
        ("raw>0.5", [0, 0, 0, 1]),
        ("y>0.5", [0, 0, 1, 1]),
        ("y>=0", [1, 1, 1, 1]),
        ("argmax", [0, 0, 1, 1]),
    ],
)
def test_decisions(decision: Any, expected: list[int]) -> None:
    model = TreeModel(
        ensemble=build(stump()), link="sigmoid_pair", source="test", classes=["no", "yes"], decision=decision
    )
    raw = np.asarray([[-1.0], [0.0], [0.5], [1.0]])
    assert model.labels(raw).tolist() == [["no", "yes"][index] for index in expected]
