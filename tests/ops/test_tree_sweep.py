"""The sweep form of tree ensembles: sums are those of `Ensemble.raw` and of the walk bit for bit; the choice of form.

Every engine and kernel set, every kind of test, and the firmware build. Tables changed at random are refused by
both readers or give the same on both.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

from edgescore import _native_backend, _numpy_backend
from edgescore._reader import parse
from edgescore_converters import writer
from edgescore_converters.ensembles import ensembles, leaf_type, replace_ensembles
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._sweep_nodes import sweep_node
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Graph, Node
from edgescore_converters.tree_form import FEWEST_TREES, MOST_LEAVES, choose_tree_form
from tests.ops import test_ops, test_trees
from tests.ops.test_ops import run
from tests.ops.test_trees import SHAPES, chain, random_ensemble, rows_of, verdict

engine = test_ops.engine  # the fixtures
firmware = test_trees.firmware


def walked(ensemble: Ensemble, input_dtype: str = "float32", *, nan: bool = True, **options: Any) -> Graph:
    graph = Graph()
    x = graph.input("x", ensemble.n_features, input_dtype, nan=nan)
    graph.output("y", add_ensemble(graph, x, ensemble, **options))
    return graph


def swept(graph: Graph) -> Node | None:
    """The graph's ensemble takes the sweep form, if it can."""
    trees = next(node for node in graph.nodes if node.op == "trees")
    made = sweep_node(trees, nan=graph.inputs[0].nan)
    if made:
        graph.nodes.replace(trees, made)
    return made


def scored(engine: Any, graph: Graph, x: Any) -> Any:
    return run(engine(writer.encode(graph)), [x])


@pytest.mark.parametrize("input_dtype", ["float32", "float64"])
@pytest.mark.parametrize("types", [(c, s) for c in ("float32", "float64") for s in ("float32", "float64")], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sums_are_exact(shape: Any, types: Any, input_dtype: str, engine: Any) -> None:
    ensemble = random_ensemble(SHAPES.index(shape), shape, types)
    x = rows_of(ensemble, input_dtype)
    graph = walked(ensemble, input_dtype)
    assert swept(graph)
    np.testing.assert_array_equal(scored(engine, graph, x).astype(np.float64), ensemble.raw(x))


@pytest.mark.parametrize("leaf_dtype", ["float32", "float64", "int16", "int8"])
def test_leaves_of_every_type_sum_as_in_the_walk(leaf_dtype: str, engine: Any) -> None:
    ensemble = random_ensemble(1, (70, 5, 3, 2, True), ("float32", "float64"))
    x = rows_of(ensemble, "float32")
    graph = walked(ensemble, leaf_dtype=leaf_dtype)
    expected = scored(engine, graph, x)
    made = swept(graph)
    assert made
    assert leaf_type(made) == leaf_dtype
    np.testing.assert_array_equal(scored(engine, graph, x), expected)


def monotone(missing_left: Any) -> Ensemble:
    """Stumps over one feature with thresholds 0, 1, ..., and where each sends missing values."""
    builder = EnsembleBuilder(1, 1, "float32", "float64")
    for threshold, left in enumerate(missing_left):
        tree = {"feature": [0, -1, -1], "threshold": [threshold, 0, 0], "left": [1, 0, 0], "right": [2, 0, 0]}
        builder.add_tree(**tree, missing_left=[left, True, True], values=[[0], [1], [2.0**threshold]], target=0)
    return builder.build([0])


@pytest.mark.parametrize(
    ("missing_left", "nan", "runs"),
    [
        ([False, False, True], True, 1),
        ([True] * 3, True, 1),
        ([False] * 3, True, 1),
        ([True, False, False], True, 2),
        ([True, False, True], True, 2),
        ([True, False, True], False, 1),
    ],
)
def test_tests_share_a_run_where_one_rank_says_where_missing_values_go(
    missing_left: list[bool], nan: bool, runs: int, engine: Any
) -> None:
    ensemble = monotone(missing_left)
    graph = walked(ensemble, nan=nan)
    made = swept(graph)
    assert made
    assert made.inputs[4] is not None
    assert made.inputs[4].shape == (runs,)
    x = np.array([[-1], [0], [0.5], [1], [7], [np.nan if nan else 2]], np.float32)
    np.testing.assert_array_equal(scored(engine, graph, x), ensemble.raw(x))


def test_many_thresholds_of_a_feature_are_several_runs(engine: Any) -> None:
    ensemble = monotone([False] * 300 + [True] * 300)
    ensemble.leaves[:] = np.arange(len(ensemble.leaves))[:, None]
    graph = walked(ensemble)
    made = swept(graph)
    assert made
    assert made.inputs[4] is not None
    assert made.inputs[4].shape == (3,)
    x = np.append(np.arange(-1, 601, 0.5), np.nan).astype(np.float32)[:, None]
    np.testing.assert_array_equal(scored(engine, graph, x), ensemble.raw(x))


def of_chains(trees: int, leaves: int, features: int = 1) -> Ensemble:
    builder = EnsembleBuilder(features, 1, "float32", "float64")
    for _ in range(trees):
        builder.add_tree(**chain(leaves - 1, features), target=0)
    return builder.build([0])


def test_what_the_tables_cannot_hold_keeps_the_walk(engine: Any) -> None:
    largest = walked(of_chains(1, 256))
    assert swept(largest)
    x = np.arange(-2, 300, dtype=np.float32)[:, None]
    np.testing.assert_array_equal(scored(engine, largest, x), of_chains(1, 256).raw(x))
    assert swept(walked(of_chains(1, 257))) is None
    many = EnsembleBuilder(300, 1, "float32", "float64")
    for feature in range(300):
        tree = {"feature": [feature, -1, -1], "threshold": [0, 0, 0], "left": [1, 0, 0], "right": [2, 0, 0]}
        many.add_tree(**tree, missing_left=[True] * 3, values=[[0], [1], [2]], target=0)
    assert swept(walked(many.build([0]))) is None


@pytest.mark.parametrize(
    ("trees", "leaves", "form"),
    [
        (FEWEST_TREES, MOST_LEAVES, "tree_sweep"),
        (FEWEST_TREES, MOST_LEAVES + 1, "trees"),
        (FEWEST_TREES - 1, MOST_LEAVES, "trees"),
    ],
)
def test_the_form_follows_from_trees_and_leaves(trees: int, leaves: int, form: str) -> None:
    graph = walked(of_chains(trees, leaves))
    chosen = choose_tree_form(graph)
    assert [node.op for node in graph.nodes] == ["trees"]
    assert [node.op for node in chosen.nodes] == [form]
    assert len(writer.encode(chosen)) <= len(writer.encode(graph))
    x = np.arange(-2, 80, dtype=np.float32)[:, None]
    for engine in (_native_backend.Engine, _numpy_backend.Engine):
        np.testing.assert_array_equal(scored(engine, chosen, x), scored(engine, graph, x))


def test_a_swept_ensemble_can_still_be_changed() -> None:
    graph = choose_tree_form(walked(of_chains(20, 9)))
    ((_, origin),) = ensembles(graph)
    changed = replace_ensembles(graph, lambda _: origin)
    assert [node.op for node in changed.nodes] == ["trees"]
    assert writer.encode(choose_tree_form(changed)) == writer.encode(graph)


def test_changed_tables_are_refused_or_swept_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = walked(random_ensemble(1, (70, 5, 3, 2, False), ("float32", "float32")))
    node = swept(graph)
    assert node
    monkeypatch.setattr(writer, "parse", lambda *_: None)
    monkeypatch.setattr(writer.early_exit, "table", lambda _: b"")
    rng = np.random.default_rng(0)
    rows = np.array([[0, 1, -1], [np.nan, np.inf, 1e-40], [-np.inf, 5, 33]], np.float32)
    verdicts = []
    for _ in range(300):
        value = node.inputs[int(rng.integers(1, 7))]
        assert value is not None
        assert value.data is not None
        place = value.data.ravel()
        at, kept = rng.integers(0, len(place)), place.copy()
        place.view(f"u{place.itemsize}")[at] ^= 1 << rng.integers(0, 8 * place.itemsize)
        data = writer.encode(graph)
        place[:] = kept
        verdicts.append([verdict(reader, data) for reader in (_native_backend.Engine, lambda d: parse(d, np))])
        if verdicts[-1][0] == 0:
            native, numpy = (run(made(data), [rows]) for made in (_native_backend.Engine, _numpy_backend.Engine))
            np.testing.assert_array_equal(native, numpy)
    assert all(native == python for native, python in verdicts)
    assert {native for native, _ in verdicts} == {0, -13}


@pytest.mark.parametrize("input_dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_firmware_sweep_is_exact(shape: Any, input_dtype: str, firmware: ctypes.CDLL) -> None:
    ensemble = random_ensemble(3, shape, ("float64", "float64"))
    x = rows_of(ensemble, input_dtype)
    graph = walked(ensemble, input_dtype)
    assert swept(graph)
    np.testing.assert_array_equal(
        test_trees.score_in(firmware, writer.encode(graph), x, ensemble.n_outputs), ensemble.raw(x)
    )
