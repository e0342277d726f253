"""``predict()`` stops asking trees where the class is certain: always the class of all trees, in fewer of them."""

from __future__ import annotations

import array
import ctypes
import itertools
import threading
from typing import Any

import numpy as np
import pytest

import edgescore
from edgescore import _native_backend
from edgescore._reader import parse
from edgescore.format import schema
from edgescore_converters import convert, early_exit, writer
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._link_nodes import add_decision, add_link
from edgescore_converters.importers._sweep_nodes import sweep_node
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Graph
from tests.ops import test_trees

firmware = test_trees.firmware  # the fixture

COLUMNS = 8
# Every row that stumps on so many columns can tell apart; the last column is the last tree's alone.
ROWS = np.array(list(itertools.product((0.0, 1.0), repeat=COLUMNS)), np.float32)
FORMS = {"trees": 61, "tree_sweep": 193}  # with more than one point to stop at
ONE = [
    ("identity", {}, "raw>0"),
    ("identity", {}, "raw>0.5"),
    ("sigmoid", {}, "y>0.5"),
    ("sigmoid_pair", {"alpha": 2.0}, "argmax"),
    ("complement_pair", {}, "argmax"),
    ("negate_pair", {}, "argmax"),
    ("isolation", {"offset": -0.5}, "y>=0"),
]
SEVERAL = [
    ("identity", {}, "argmax"),
    ("softmax", {}, "argmax"),
    ("softmax", {"divisor": 4.0}, "argmax"),
    ("softmax", {}, "raw argmax"),
    ("sigmoid", {}, "argmax"),
]
KINDS = ["votes", "shares", "boosted", "steps", "small beside the base", "saturated"]


def leaves_of(kind: str, rng: np.random.Generator, trees: int, outputs: int, agreed: float = 0.8) -> tuple[Any, Any]:
    """[trees, side, outputs], and [trees] those whose sides speak for the first class and the second: so many agree."""
    shape, classes = (trees, 2, outputs), max(outputs, 2)
    if kind == "votes":
        leaves = np.eye(classes)[rng.integers(0, classes, shape[:2])][..., -outputs:]
    elif kind == "shares":
        leaves = rng.dirichlet(np.full(classes, 0.3), shape[:2])[..., -outputs:]
    elif kind == "steps":  # sums that tie exactly
        leaves = rng.integers(-1, 2, shape) / 8
    elif kind == "small beside the base":  # every addition rounds
        leaves = rng.standard_normal(shape) * 1e-4
    else:
        size = 4.0 if kind == "saturated" else 0.5
        leaves = rng.standard_normal(shape) * size * 0.97 ** np.arange(trees)[:, None, None]
    agree = rng.random(trees) < agreed
    largest = abs(leaves).max(axis=(1, 2), keepdims=True)
    leaves[agree] = (np.eye(classes)[[0, 1], -outputs:] * largest)[agree]
    return leaves, agree


def stumps(made: Any, base: Any, *, vector: bool, dtype: Any, divisor: float = 1.0) -> Ensemble:
    """Trees of one split each, those that agree on one column, the last on a column of its own; with ``vector`` leaves
    hold all outputs.
    """
    leaves, agree = made if isinstance(made, tuple) else (made, np.zeros(len(made), bool))
    trees, _, outputs = leaves.shape
    builder = EnsembleBuilder(COLUMNS, outputs, "float32", dtype)
    for tree in range(trees):
        target = -1 if vector else tree % outputs
        column = 0 if agree[tree] else COLUMNS - 1 if tree == trees - 1 else 1 + tree * 5 % (COLUMNS - 2)
        builder.add_tree(
            feature=[column, -1, -1],
            threshold=[0.5, 0, 0],
            left=[1, 0, 0],
            right=[2, 0, 0],
            missing_left=[True] * 3,
            values=np.vstack([0 * leaves[tree, :1], leaves[tree]])[:, slice(None) if vector else [target]],
            target=target,
        )
    return builder.build(np.broadcast_to(np.asarray(base, np.float64), outputs), divisor)


def classifier(ensemble: Ensemble, decided: Any, *, form: str = "trees", leaves: str | None = None) -> bytes:
    """The file of ``ensemble`` with a link and the class behind it."""
    link, params, decision = decided
    graph = Graph()
    raw = add_ensemble(graph, graph.input("x", COLUMNS), ensemble, leaf_dtype=leaves)
    if form == "tree_sweep":
        swept = sweep_node(graph.nodes[-1])
        assert swept is not None
        graph.nodes.replace(graph.nodes[-1], swept)
    y = add_link(graph, raw, link, params)
    graph.output("y", y)
    classes = list(range(max(2, ensemble.n_outputs)))
    graph.output("label", add_decision(graph, raw, y, decision), role="label", labels=classes)
    return writer.encode(graph)


def outputs_of(engine: Any, rows: Any, label_only: bool) -> list[Any]:
    """Each output for ``rows``; by one call for each row if ``label_only``."""
    parts = [rows[at : at + 1] for at in range(len(rows))] if label_only else [rows]
    found = []
    for part in parts:
        made = [np.zeros(len(part) * info.size, info.dtype.name) for info in engine.outputs]
        assert engine.run([np.ascontiguousarray(part)], made, len(part), label_only) >= 0
        found.append(made)
    return [np.concatenate(each) for each in zip(*found, strict=True)]


def assert_same_class(data: bytes, rows: Any = ROWS) -> float:
    """The class of every row is that of all trees; returns the mean number of trees asked."""
    engine = _native_backend.Engine(data)
    _, full = outputs_of(engine, rows, False)
    _, label = outputs_of(engine, rows, True)
    np.testing.assert_array_equal(label, full)
    asked, predictions = engine.asked()
    return asked / predictions if predictions else np.inf


def points_of(data: bytes) -> list[int]:
    """The numbers of trees after which ``data`` may stop."""
    parsed = parse(data, np)
    points = early_exit.table(parsed)
    outputs = next(
        parsed.tensors[node.outputs[0]].shape[1] for node in parsed.nodes if node.op.name in early_exit.ENSEMBLES
    )
    return np.frombuffer(points, "<u4").reshape(-1, 1 + 2 * outputs)[:, 0].tolist()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("decided", [(1, each) for each in ONE] + [(3, each) for each in SEVERAL], ids=str)
def test_the_class_is_that_of_all_trees(decided: Any, dtype: Any, form: str) -> None:
    """Random ensembles of every kind: votes, shares, boosting, exact ties, sums that round, links that saturate."""
    outputs, links = decided
    rng, trees, fewest = np.random.default_rng(len(dtype)), FORMS[form], np.inf
    for kind in KINDS:
        made = leaves_of(kind, rng, trees, outputs, rng.choice([0.0, 0.6, 0.8, 0.9]))
        base = 1000.0 if kind == "small beside the base" else 0.0
        base = base if outputs > 1 else base / 1e4 - made[0].mean(axis=1).sum()
        vector, divisor = rng.random() < 0.5, rng.choice([1.0, trees])
        ensemble = stumps(made, base, vector=vector, dtype=dtype, divisor=divisor)
        fewest = min(fewest, assert_same_class(classifier(ensemble, links, form=form)))
    assert fewest < trees


@pytest.mark.parametrize("kind", ["votes", "steps", "boosted"])
@pytest.mark.parametrize("leaves", ["int16", "int8"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_whole_number_leaves_with_a_base_behind_them(outputs: int, leaves: str, kind: str) -> None:
    rng = np.random.default_rng(5)
    made = leaves_of(kind, rng, 120, outputs)
    middle = made[0].mean(axis=1).sum(axis=0)
    base = rng.standard_normal(outputs) - (middle if outputs == 1 else 2 * abs(middle) * np.arange(outputs))
    ensemble = stumps(made, base, vector=True, dtype="float32", divisor=3.0)
    decided = ONE[0] if outputs == 1 else SEVERAL[1]
    assert assert_same_class(classifier(ensemble, decided, leaves=leaves)) < 120


@pytest.mark.parametrize("ulps", [-1, 0, 1])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("outputs", [1, 2, 10])
def test_the_last_tree_decides(outputs: int, dtype: Any, form: str, ulps: int) -> None:
    """The first class leads by what the last tree can give the second, give or take a unit in the last place."""
    number = np.dtype(dtype).type
    leaves = np.zeros((FORMS[form], 2, outputs))
    leaves[:-1, :, 0] = 0.1 if outputs > 1 else -0.1
    lead = number(0)
    for _ in leaves[:-1]:
        lead += number(np.float32(0.1))
    for _ in range(abs(ulps)):
        lead = np.nextafter(lead, number(ulps * np.inf))
    leaves[-1, 1, min(1, outputs - 1)] = lead
    links = [ONE[0], ONE[2], ONE[3]] if outputs == 1 else SEVERAL
    for decided in links:
        graph_leaves = "float64" if dtype == "float64" else None
        ensemble = stumps(leaves, 0.0, vector=True, dtype=dtype)
        assert_same_class(classifier(ensemble, decided, form=form, leaves=graph_leaves))
    if outputs > 1:  # and where it cannot, nobody asks it
        leaves[-1] /= 2
        ensemble = stumps(leaves, 0.0, vector=True, dtype=dtype)
        assert assert_same_class(classifier(ensemble, links[0], form=form)) < FORMS[form]


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0, 30.0])
def test_sigmoids_that_saturate_tie_for_the_first(size: float) -> None:
    """Sums apart by little, far up where float32 probabilities are 1 or nearly: the first of equals is the class."""
    rng = np.random.default_rng(3)
    for top in (0.0, 9.0, 16.0, 18.0, 40.0, -40.0, -100.0):
        leaves = rng.choice([-1, 1], (60, 2, 3)) * size * 0.8 ** np.arange(60)[:, None, None]
        ensemble = stumps(leaves, [top, top + size, top + 2 * size], vector=True, dtype="float32")
        for decided in SEVERAL:
            assert_same_class(classifier(ensemble, decided))


def test_refuses_what_cannot_be_known() -> None:
    rng = np.random.default_rng(0)
    leaves, _ = leaves_of("votes", rng, 60, 3)
    assert points_of(classifier(stumps(leaves, 0.0, vector=True, dtype="float32", divisor=60), SEVERAL[0]))
    for ensemble in (
        stumps(leaves, 0.0, vector=True, dtype="float32", divisor=-60.0),
        stumps(leaves[:30], 0.0, vector=True, dtype="float32"),
        stumps(leaves * 1e30, 0.0, vector=True, dtype="float32"),
    ):
        data = classifier(ensemble, SEVERAL[0])
        assert not points_of(data)
        assert not _native_backend.Engine(data).exits_early
        assert assert_same_class(data) == np.inf
    assert not points_of(classifier(stumps(leaves[..., :1], 0.0, vector=True, dtype="float32"), ("exp", {}, "argmax")))


def sections_of(data: bytes) -> dict[str, bytes]:
    names, found = {section.id: section.name for section in schema.SECTIONS}, {}
    for at in range(schema.HEADER.unpack(data)["sections"]):
        entry = schema.SECTION.unpack(data, schema.HEADER.size + at * schema.SECTION.size)
        found[names[entry["id"]]] = data[entry["offset"] : entry["offset"] + entry["size"]]
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_section_does_no_harm(form: str) -> None:
    """Whatever the section says, nothing is read or written out of place, and the class is a class."""
    rng = np.random.default_rng(1)
    ensemble = stumps(leaves_of("votes", rng, FORMS[form], 3), 0.0, vector=True, dtype="float64", divisor=9.0)
    sections = sections_of(classifier(ensemble, SEVERAL[0], form=form))
    size = len(sections["early_exit"])
    tampered = [b"", b"\1", bytes(27), bytes(size), b"\xff" * size, sections["early_exit"][:-1]]
    tampered += [rng.bytes(28 * int(rng.integers(1, 6))) for _ in range(50)]
    for first in (1, 63, 65, 100, FORMS[form], 1 << 31):
        tampered.append(np.array([first, first, 2, 5], "<u4").repeat([1, 6, 1, 6]).tobytes())
        never = np.array([-np.inf] * 3 + [np.inf] * 3, "<f4").tobytes()
        tampered.append(b"".join(np.uint32(first + more).tobytes() + never for more in (0, 1, 2)))
    for points in tampered:
        engine = _native_backend.Engine(writer.assemble(sections | {"early_exit": points}))
        _, label = outputs_of(engine, ROWS[::16], True)
        assert set(label) <= {0, 1, 2}


def test_firmware_stops_as_the_host_does(firmware: ctypes.CDLL) -> None:
    rng = np.random.default_rng(2)
    for form, trees in FORMS.items():
        ensemble = stumps(leaves_of("votes", rng, trees, 3), 0.0, vector=True, dtype="float32", divisor=trees)
        data = classifier(ensemble, SEVERAL[0], form=form)
        engine = _native_backend.Engine(data)
        _, expected = outputs_of(engine, ROWS, True)
        file = np.zeros(len(data) // 16 + 2, np.complex128)
        start = file.ctypes.data + -file.ctypes.data % 16
        ctypes.memmove(start, data, len(data))
        opened, arena = (ctypes.c_uint64 * 64)(), np.empty(1 << 12)
        assert firmware.edsc_open(opened, ctypes.c_void_p(start), ctypes.c_size_t(len(data))) == 0
        scores, label, asked = np.zeros((len(ROWS), 3)), np.full(len(ROWS), -1, np.int32), ctypes.c_uint64(0)
        ins = (ctypes.c_void_p * 1)(ROWS.ctypes.data)
        outs = (ctypes.c_void_p * 2)(scores.ctypes.data, label.ctypes.data)
        place, rows = ctypes.c_void_p(arena.ctypes.data), ctypes.c_size_t(len(ROWS))
        given = opened, place, ctypes.c_size_t(arena.nbytes), ins, outs, rows
        assert firmware.edsc_predict(*given, ctypes.byref(asked)) == 0
        np.testing.assert_array_equal(label, expected)
        assert asked.value == engine.asked()[0] < trees * len(ROWS)
        label[:] = -1
        assert firmware.edsc_predict(*given, None) == 0
        np.testing.assert_array_equal(label, expected)


def test_model_predicts_early_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    trees = FORMS["trees"]
    data = classifier(stumps(leaves_of("votes", rng, trees, 3), 0.0, vector=True, dtype="float64"), SEVERAL[0])
    model = edgescore.load(data)
    expected = np.argmax(model.score(ROWS), axis=1)
    assert model.report().trees is None
    for row, label in zip(ROWS, expected, strict=True):
        assert model.predict(row) == model.predict(row.tolist()) == model.predict(array.array("f", row)) == label
    np.testing.assert_array_equal(model.predict(ROWS), expected)
    report = model.report()
    assert 0 < report.trees < trees
    assert report.to_dict()["trees"] == report.trees
    assert f"{report.trees:.1f} on average" in report.text()
    assert report.count == 5 * len(ROWS), "all are counted"
    np.testing.assert_array_equal(model.outputs(ROWS)[1].ravel(), expected)
    assert model.score(ROWS[3]).tobytes() == np.asarray(model.outputs(ROWS[3:4])[0]).tobytes()
    model.reset()
    assert model.report().trees is None
    monkeypatch.setenv("EDGESCORE_BACKEND", "numpy")
    reference = edgescore.load(data)
    np.testing.assert_array_equal(reference.predict(ROWS), expected)
    assert reference.report().trees is None


def test_threads_share_a_model() -> None:
    rng = np.random.default_rng(6)
    data = classifier(stumps(leaves_of("shares", rng, 200, 3), 0.0, vector=True, dtype="float32"), SEVERAL[1])
    model = edgescore.load(data)
    expected = model.outputs(ROWS)[1].ravel().tolist()
    wrong: list[int] = []

    def work(seed: int) -> None:
        for at in np.random.default_rng(seed).integers(0, len(ROWS), 2000):
            wrong.extend([at] if model.predict(ROWS[at]) != expected[at] else [])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert model.report().trees < 200


def digits() -> tuple[Any, Any]:
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.data.astype(np.float32), data.target


def real_models() -> dict[str, Any]:
    """Name: (what makes a fitted model, its trees)."""
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier

    def boosted(kind: str) -> Any:
        x, y = digits()
        if kind == "lightgbm":
            import lightgbm

            return lightgbm.LGBMClassifier(n_estimators=25, n_jobs=1, verbose=-1).fit(x[:900], y[:900])
        import xgboost

        return xgboost.XGBClassifier(n_estimators=25, n_jobs=1).fit(x[:900], y[:900])

    def fitted(model: Any) -> Any:
        x, y = digits()
        return model.fit(x[:900], y[:900])

    return {
        "RandomForest": (lambda: fitted(RandomForestClassifier(100, max_depth=8, random_state=0)), 100),
        "ExtraTrees": (lambda: fitted(ExtraTreesClassifier(100, max_depth=8, random_state=0)), 100),
        "HistGradientBoosting": (lambda: fitted(HistGradientBoostingClassifier(max_iter=15, random_state=0)), 150),
        "LightGBM": (lambda: boosted("lightgbm"), 250),
        "XGBoost": (lambda: boosted("xgboost"), 250),
    }


@pytest.mark.parametrize("name", ["RandomForest", "ExtraTrees", "HistGradientBoosting", "LightGBM", "XGBoost"])
def test_real_models_ask_fewer_trees(name: str) -> None:
    if name in ("LightGBM", "XGBoost"):
        pytest.importorskip(name.lower())
    from threadpoolctl import threadpool_limits

    make, trees = real_models()[name]
    with threadpool_limits(1):  # a team of threads waits for the processors that others have
        data = convert(make(), input_dtype="float32").data
    x, _ = digits()
    noise = np.random.default_rng(0).integers(-3, 4, x.shape)
    rows = np.clip(np.concatenate([x, x + noise]), 0, 16).astype(np.float32)
    assert assert_same_class(data, rows) < 0.9 * trees
