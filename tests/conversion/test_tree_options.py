"""What a conversion says of trees and lets choose: node visits, the form, and what the certificate reaches of NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgescore
from edgescore._reader import operand_value, parse
from edgescore_converters import ConvertError, convert
from edgescore_converters.certificate import Coverage, split_rows
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.ir import Graph


@pytest.fixture(scope="module")
def forest() -> Any:
    sklearn = pytest.importorskip("sklearn.ensemble")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4)).astype(np.float32)
    return sklearn.RandomForestRegressor(20, max_depth=4, random_state=0, n_jobs=1).fit(x, x[:, 0] * x[:, 1])


def operators(data: bytes) -> set[str]:
    return {entry["name"] for entry in edgescore.load(data).describe()["operators"]}


def visits_of_rows(data: bytes, rows: Any) -> int:
    """The most splits that one of ``rows`` meets, walking the tables in the file."""
    parsed = parse(data, np)
    node = next(node for node in parsed.nodes if node.op.name == "trees")
    nodes, roots, kinds, _, thresholds = (operand_value(parsed, number, np) for number in node.inputs[1:6])
    top, most = 1 << (8 * nodes.itemsize - 1), 0
    for row in rows:
        count = 0
        for root in roots[:, 0].tolist():
            at = root
            while True:
                count += 1
                test = nodes[at, 0]
                child = int(nodes[at, 1 + int(row[kinds[test] & (top // 4 - 1)] > thresholds[test])])
                if child >= top:
                    break
                at += child
        most = max(most, count)
    return most


def test_no_row_visits_more_nodes_than_the_file_says(forest: Any) -> None:
    conversion = convert(forest, trees="walk")
    said = edgescore.load(conversion.data).describe()["metadata"]["cost"]["node_visits"]
    rows = np.random.default_rng(1).normal(size=(400, 4)).astype(np.float32)
    assert said == sum(int(tree.get_depth()) for tree in forest.estimators_)
    assert 0.8 * said < visits_of_rows(conversion.data, rows) <= said
    assert conversion.to_dict()["cost"] == {"node_visits": said}
    assert f"at most {said} nodes" in str(conversion)


def test_the_longest_way_is_counted() -> None:
    """One tree with a way of three splits, and rows that take it."""
    sklearn = pytest.importorskip("sklearn.tree")
    x = np.arange(8, dtype=np.float32)[:, None]
    tree = sklearn.DecisionTreeRegressor().fit(x, x[:, 0] ** 3)
    data = convert(tree).data
    assert edgescore.load(data).describe()["metadata"]["cost"]["node_visits"] == visits_of_rows(data, x)


def test_a_sweep_visits_all_splits(forest: Any) -> None:
    data = convert(forest, trees="sweep").data
    most = max(int((tree.tree_.feature >= 0).sum()) for tree in forest.estimators_)
    assert edgescore.load(data).describe()["metadata"]["cost"]["node_visits"] == 20 * most


def test_the_form_can_be_chosen(forest: Any) -> None:
    walk, sweep = convert(forest, trees="walk"), convert(forest, trees="sweep")
    assert operators(walk.data) == {"trees"}
    assert operators(sweep.data) == {"tree_sweep"}
    rows = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    np.testing.assert_array_equal(edgescore.load(walk.data).score(rows), edgescore.load(sweep.data).score(rows))
    with pytest.raises(ConvertError, match="auto, walk, sweep, small"):
        convert(forest, trees="run")


def test_small_takes_the_form_of_the_fewest_bytes(forest: Any) -> None:
    made = {form: convert(forest, trees=form) for form in ("walk", "sweep", "small")}
    assert len(made["small"].data) < min(len(made["walk"].data), len(made["sweep"].data))
    parsed = parse(made["small"].data, np)
    node = next(node for node in parsed.nodes if node.op.name == "trees")
    assert parsed.tensors[node.inputs[1]].shape[1] == 1
    rows = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    walked, small = (edgescore.load(made[form].data).score(rows) for form in ("walk", "small"))
    np.testing.assert_array_equal(small, walked)


def test_small_keeps_leaves_that_are_shared_when_they_weigh_more() -> None:
    """A forest of classes has few distinct leaves, of many bytes; nodes of one word would need each of them often."""
    sklearn = pytest.importorskip("sklearn.ensemble")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)).astype(np.float32)
    model = sklearn.RandomForestClassifier(10, random_state=0, n_jobs=1).fit(x, rng.integers(0, 6, 400))
    small, walk = convert(model, trees="small"), convert(model, trees="walk")
    parsed = parse(small.data, np)
    node = parsed.nodes[0]
    assert parsed.tensors[node.inputs[1]].shape[1:] != (1,)
    assert len(small.data) <= len(walk.data)


def test_a_test_for_nan_alone_counts_as_reached() -> None:
    """Linear trees test for NaN with an empty set: the column is one of numbers all the same."""
    builder = EnsembleBuilder(1, 1, "float32", "float32")
    builder.add_tree(
        feature=[0, -1, 0, -1, -1],
        threshold=[0.0, 0.0, 0.5, 0.0, 0.0],
        left=[1, 0, 3, 0, 0],
        right=[2, 0, 4, 0, 0],
        missing_left=[True] * 5,
        categories={0: []},
        values=[0.0, 1.0, 0.0, 2.0, 3.0],
        target=0,
    )
    graph = Graph()
    x = graph.input("x", 1, nan=True)
    graph.output("y", add_ensemble(graph, x, builder.build(np.zeros(1), 1.0)))
    found = Coverage("float32")
    for _, part in split_rows(graph, np.ones((4, 1)), "float32", np.random.default_rng(0)):
        found.add(part)
    assert (found.splits, found.reached, found.missing, found.categories) == (2, 2, 1, 0)
