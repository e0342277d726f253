"""Scores by a deadline: bounds that hold for every cut, on both backends, in both forms, behind every link."""

from __future__ import annotations

import array
import ctypes
import time
from typing import Any

import numpy as np
import pytest

import edgescore
from edgescore import _native_backend, _numpy_backend
from edgescore_converters import writer
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._link_nodes import add_link
from edgescore_converters.importers._small_nodes import small_node
from edgescore_converters.importers._sweep_nodes import sweep_node
from edgescore_converters.ir import Graph
from tests.ops import test_trees
from tests.ops.test_trees import random_ensemble, rows_of

firmware = test_trees.firmware  # the fixture

ENGINES = {"native": _native_backend.Engine, "numpy": _numpy_backend.Engine}
NEVER = 1 << 62
TREES = 150
CUTS = (0, 1, 63, 64, 100, 149, 150, 1000)
# number (odd ones average), outputs, vector leaves, type of sums, leaves
SUMS = [
    (2, 1, False, "float32", None),
    (3, 1, True, "float64", None),
    (4, 3, False, "float64", None),
    (5, 3, True, "float32", None),
    (6, 2, False, "float32", "int16"),
    (7, 2, True, "float64", "int8"),
]
LINKS = [
    ("identity", {}),
    ("sigmoid", {}),
    ("softmax", {}),
    ("softmax", {"divisor": 4.0}),
    ("exp", {"alpha": -0.5}),
    ("isolation", {"offset": -0.4}),
    ("sigmoid_pair", {}),
    ("negate_pair", {}),
]


def model(sums: Any, link: tuple[str, dict[str, float]] = ("identity", {}), *, form: str = "trees") -> Any:
    """(ensemble, file): what `add_link` makes of random trees."""
    number, outputs, vector, dtype, leaves = sums
    ensemble = random_ensemble(number, (TREES, 2, 4, outputs, vector), ("float32", dtype))
    ensemble.leaves /= 8  # links of large sums are flat
    graph = Graph()
    raw = add_ensemble(graph, graph.input("x", 4, nan=True), ensemble, leaf_dtype=leaves)
    if form != "trees":
        trees = next(node for node in graph.nodes if node.op == "trees")
        made = (sweep_node if form == "tree_sweep" else small_node)(trees)
        assert made is not None
        graph.nodes.replace(trees, made)
    y = add_link(graph, raw, *link)
    graph.output("y", y, squeeze=y.shape[1] == 1)
    return ensemble, writer.encode(graph)


def until(engine: Any, row: Any, most: int, deadline: int = NEVER) -> Any:
    """(score, low, high, trees)"""
    info = engine.outputs[0]
    out = array.array(info.dtype.letter, bytes(4 * info.nbytes))
    status, trees, of = engine.run_until([row], [out], deadline, most)
    assert (status >= 0, of) == (True, TREES)
    rows = np.array(out).reshape(4, -1)
    return rows[0], rows[1], rows[2], trees


def whole(engine: Any, row: Any) -> Any:
    info = engine.outputs[0]
    out = array.array(info.dtype.letter, bytes(info.nbytes))
    assert engine.run([row], [out], 1) >= 0
    return np.array(out)


@pytest.mark.parametrize("form", ["trees", "counted", "tree_sweep"])
@pytest.mark.parametrize("link", LINKS, ids=str)
@pytest.mark.parametrize("sums", SUMS, ids=str)
def test_bounds_hold_for_every_cut_and_meet_at_the_end(sums: Any, link: Any, form: str) -> None:
    if link[0] in ("sigmoid_pair", "isolation", "negate_pair") and sums[1] != 1:
        pytest.skip("a link of one sum")
    if link[0] == "softmax" and sums[1] == 1:
        pytest.skip("1, whatever the sum")
    ensemble, data = model(sums, link, form=form)
    engines = {name: make(data) for name, make in ENGINES.items()}
    for row in rows_of(ensemble, np.float32)[:: 60 if form == "trees" else 45]:
        found = {}
        for name, engine in engines.items():
            full, widths = whole(engine, row), []
            for cut in CUTS:
                score, low, high, trees = until(engine, row, cut)
                assert trees == min(cut, TREES)
                assert (low <= full).all()
                assert (full <= high).all()
                assert (low <= score).all()
                assert (score <= high).all()
                widths.append((high - low).max())
                found[name, cut] = np.stack([score, low, high])
            assert score.tobytes() == low.tobytes() == high.tobytes() == full.tobytes()
            assert widths[0] > widths[3] >= widths[5] >= widths[6] == 0
        for cut in CUTS:
            np.testing.assert_allclose(found["native", cut], found["numpy", cut], rtol=3e-5, atol=1e-6)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("form", ["trees", "counted", "tree_sweep"])
def test_bounds_are_what_the_leaves_allow(form: str, name: str) -> None:
    """As tight as they can be without looking at the row: each remaining tree at its least, and at its greatest."""
    ensemble, data = model(SUMS[0], form=form)
    row = rows_of(ensemble, np.float32)[3]
    _, low, high, _ = until(ENGINES[name](data), row, 100)
    leaves = ensemble.leaves[:, 0].astype(np.float32)
    starts = [*ensemble.roots[1:], len(ensemble.feature)]
    least = most = ensemble.base.astype(np.float32)[0]
    for tree, (root, end) in enumerate(zip(ensemble.roots, starts, strict=True)):
        there = leaves[ensemble.leaf[root:end][ensemble.feature[root:end] < 0]]
        taken = leaves[ensemble.leaf[ensemble.leaf_nodes(row[None], root)[0]]]
        least += taken if tree < 100 else there.min()
        most += taken if tree < 100 else there.max()
    assert (low, high) == (least, most)


@pytest.mark.parametrize("name", ENGINES)
def test_an_average_goes_on_as_it_began(name: str) -> None:
    ensemble, data = model(SUMS[3])
    row = rows_of(ensemble, np.float32)[3]
    score, _, _, _ = until(ENGINES[name](data), row, 120)
    so_far = ensemble.base + sum(
        ensemble.leaves[ensemble.leaf[ensemble.leaf_nodes(row[None], root)[0]]] for root in ensemble.roots[:120]
    )
    expected = (ensemble.base + (so_far - ensemble.base) * TREES / 120) / ensemble.divisor
    np.testing.assert_allclose(score, expected, rtol=1e-5)


@pytest.mark.parametrize("backend", ENGINES)
def test_a_model_takes_a_deadline(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGESCORE_BACKEND", backend)
    ensemble, data = model(SUMS[0], ("sigmoid", {}))
    opened = edgescore.load(data)
    rows = rows_of(ensemble, np.float32)
    given = rows[5].tolist()
    everything = opened.score(given, deadline_us=1e9)
    assert isinstance(everything, edgescore.Partial)
    assert everything.score == everything.low == everything.high == opened.score(given)
    assert (everything.trees, everything.of, everything.complete) == (TREES, TREES, True)
    nothing = opened.score(given, deadline_us=0)
    assert (nothing.trees, nothing.complete) == (0, False)
    assert nothing.low <= nothing.score <= nothing.high
    assert "trees=0, of=150" in repr(nothing)
    of_array = opened.score(rows[5], deadline_us=1e9)
    assert of_array.score == opened.score(rows[5])
    assert opened._engine.latency()[0] == 5, "predictions, and nothing else"


@pytest.mark.parametrize("name", ENGINES)
def test_stops_between_trees_when_it_is_late(name: str) -> None:
    """Deadlines from none to plenty: some of them fall between the first tree and the last, and bounds hold then."""
    ensemble, data = model(SUMS[2], ("softmax", {}))
    engine = ENGINES[name](data)
    row = rows_of(ensemble, np.float32)[3]
    full = whole(engine, row)
    until(engine, row, TREES)
    start = time.perf_counter_ns()
    until(engine, row, TREES)
    took, seen = time.perf_counter_ns() - start, set()
    for share in np.linspace(0, 3, 400):
        _, low, high, trees = until(engine, row, TREES, time.perf_counter_ns() + int(share * took))
        assert (low <= full).all()
        assert (full <= high).all()
        seen.add(trees)
    assert 0 in seen
    assert TREES in seen
    assert seen & {64, 128}


@pytest.mark.parametrize("backend", ENGINES)
def test_refuses_what_has_no_bounds(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGESCORE_BACKEND", backend)
    ensemble, data = model(SUMS[0])
    opened = edgescore.load(data)
    row = rows_of(ensemble, np.float32)[0].tolist()
    with pytest.raises(edgescore.ShapeError, match="one row at a time; got 2"):
        opened.score([row, row], deadline_us=50)
    for deadline in (-1, float("nan"), "50", True):
        with pytest.raises(edgescore.DtypeError, match="microseconds"):
            opened.score(row, deadline_us=deadline)
    for refused in (dense(), two_ensembles(), beside_the_row(), wavy(), slope()):
        with pytest.raises(edgescore.InputError, match="one tree ensemble"):
            edgescore.load(refused).score([0.0] * 4, deadline_us=50)


class Until(ctypes.Structure):
    """edsc_anytime"""

    _fields_ = (
        ("stop", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)),
        ("context", ctypes.c_void_p),
        ("most", ctypes.c_uint32),
        ("trees", ctypes.c_uint32),
        ("of", ctypes.c_uint32),
        ("memory", ctypes.c_void_p),
    )


@pytest.mark.parametrize("form", ["trees", "counted", "tree_sweep"])
def test_firmware_stops_at_a_number_of_trees_or_when_told(form: str, firmware: ctypes.CDLL) -> None:
    ensemble, data = model(SUMS[2], form=form)
    row = rows_of(ensemble, np.float32)[3]
    file = np.zeros(len(data) // 16 + 2, np.complex128)
    start = file.ctypes.data + -file.ctypes.data % 16
    ctypes.memmove(start, data, len(data))
    opened = (ctypes.c_uint64 * 64)()
    firmware.edsc_anytime_size.restype = ctypes.c_size_t
    assert firmware.edsc_open(opened, ctypes.c_void_p(start), ctypes.c_size_t(len(data))) == 0
    size = firmware.edsc_anytime_size(opened)
    assert size == (2 * TREES + 4 * 3) * 8
    memory, arena, y = np.empty(size // 8 + 1), np.empty(1 << 12), np.zeros((4, 3))
    memory[-1] = 77
    assert firmware.edsc_anytime_prepare(opened, ctypes.c_void_p(memory.ctypes.data)) == 0
    ins, outs = (ctypes.c_void_p * 1)(row.ctypes.data), (ctypes.c_void_p * 1)(y.ctypes.data)

    def run(until: Until) -> Any:
        place = ctypes.c_void_p(arena.ctypes.data)
        given = opened, place, ctypes.c_size_t(arena.nbytes), ins, outs, ctypes.byref(until)
        assert firmware.edsc_run_until(*given) == 0
        assert until.of == TREES
        return until.trees, y[:3].copy()

    expected = ENGINES["native"](data)
    for most in CUTS:
        trees, rows = run(Until(most=most, memory=memory.ctypes.data))
        assert trees == min(most, TREES)
        np.testing.assert_array_equal(rows, np.stack(until(expected, row, most)[:3]))
    asked: list[int] = []
    stop = Until._fields_[0][1](lambda _: asked.append(0) or len(asked) > 2)
    trees, rows = run(Until(stop=stop, most=TREES, memory=memory.ctypes.data))
    assert len(asked) == 3
    np.testing.assert_array_equal(rows, np.stack(until(expected, row, trees)[:3]))
    assert 0 < trees < TREES or form == "tree_sweep"
    assert memory[-1] == 77


def dense() -> bytes:
    graph = Graph()
    graph.output("y", graph.add("dense", graph.input("x", 4), np.ones((1, 4)), None))
    return writer.encode(graph)


def raw_sums(outputs: int = 1) -> Any:
    graph = Graph()
    x = graph.input("x", 4, nan=True)
    ensemble = random_ensemble(2, (20, 3, 4, outputs, False), ("float32", "float32"))
    return graph, x, add_ensemble(graph, x, ensemble)


def two_ensembles() -> bytes:
    graph, x, first = raw_sums()
    second = add_ensemble(graph, x, random_ensemble(4, (20, 3, 4, 1, False), ("float32", "float32")))
    graph.output("y", graph.add("add", first, second))
    return writer.encode(graph)


def beside_the_row() -> bytes:
    """Something else that the row decides, besides the sum."""
    graph, x, y = raw_sums()
    graph.output("y", graph.add("mul", y, graph.add("columns", x, np.zeros(1))))
    return writer.encode(graph)


def wavy() -> bytes:
    """The ends of the sum are not the ends of the score."""
    graph, _, y = raw_sums()
    graph.output("y", graph.add("abs", y))
    return writer.encode(graph)


def slope() -> bytes:
    """A softmax of sums with different signs: an output does not go one way with each."""
    graph, _, y = raw_sums(3)
    graph.output("y", graph.add("softmax", graph.add("mul", y, np.array([1.0, -1.0, 1.0]))))
    return writer.encode(graph)
