"""Tree ensembles from their normal form through the file to the sums: equal to ``Ensemble.raw`` bit for bit.

Every engine and kernel set, every way the tables can be packed, and the firmware build's walk. Tables that were changed
at random are refused by both readers or walked to an end.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from edgescore import _native_backend, _numpy_backend
from edgescore._errors import FormatError
from edgescore._reader import parse
from edgescore_converters import writer
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._small_nodes import small_node
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Graph, Node
from tests.conftest import ROOT
from tests.importers.tree_rows import probe_rows
from tests.ops import test_ops
from tests.ops.cases._case import Array
from tests.ops.test_ops import run

Tree = Mapping[str, Any]
engine = test_ops.engine  # the fixture
SHAPES = [
    # trees, depth, features, outputs, vector leaves
    (1, 0, 1, 1, False),
    (3, 6, 2, 1, False),
    (12, 5, 5, 1, True),
    (40, 4, 9, 4, False),
    (13, 6, 3, 7, True),
    (300, 2, 4, 3, False),
]


def random_tree(rng: np.random.Generator, depth: int, features: int, width: int, *, plain: bool = False) -> Tree:
    """A tree that is not full, with few distinct thresholds; unless ``plain`` with every kind of split."""
    feature, left, right = [0], [0], [0]
    open_nodes = [(0, depth)]
    while open_nodes:
        at, room = open_nodes.pop()
        if room == 0 or rng.random() < 0.2:
            feature[at] = -1
            continue
        feature[at] = int(rng.integers(0, features))
        left[at], right[at] = len(feature), len(feature) + 1
        open_nodes += [(len(feature), room - 1), (len(feature) + 1, room - 1)]
        for column in (feature, left, right):
            column += [0, 0]
    count = len(feature)
    splits = np.flatnonzero(np.asarray(feature) >= 0)
    of_set = [] if plain else splits[rng.random(len(splits)) < 0.3]
    values = rng.choice([rng.standard_normal((count, width)), np.ones((count, width))])
    return {
        "feature": feature,
        "threshold": np.where(rng.random(count) < 0.5, rng.integers(-2, 3, count), rng.standard_normal(count)),
        "left": left,
        "right": right,
        "missing_left": rng.random(count) < (1.0 if plain else 0.5),
        "zero_missing": rng.random(count) < (0.0 if plain else 0.2),
        "categories": {int(node): rng.integers(0, 80, rng.integers(0, 5)) for node in of_set},
        "values": values.astype(np.float32),
    }


def random_ensemble(seed: int, shape: tuple[int, int, int, int, bool], types: tuple[Any, Any], **rest: Any) -> Ensemble:
    trees, depth, features, outputs, vector = shape
    rng = np.random.default_rng(seed)
    builder = EnsembleBuilder(features, outputs, *types)
    for _ in range(trees):
        target = -1 if vector else int(rng.integers(0, outputs))
        builder.add_tree(**random_tree(rng, depth, features, outputs if vector else 1, **rest), target=target)
    rule = ("floor", "truncate", "exact")[seed % 3]
    base = rng.standard_normal(outputs).astype(np.float32)
    return builder.build(base, 3.0 if seed % 2 else 1.0, category_rule=rule)  # type: ignore[arg-type]


def packed(ensemble: Ensemble, input_dtype: str = "float32", **options: Any) -> tuple[Node, bytes]:
    """The node, and the file of it alone."""
    graph = Graph()
    x = graph.input("x", ensemble.n_features, input_dtype, nan=input_dtype.startswith("float"))
    graph.output("y", add_ensemble(graph, x, ensemble, **options))
    return next(node for node in graph.nodes if node.op == "trees"), writer.encode(graph)


def counted(ensemble: Ensemble, input_dtype: str = "float32", **options: Any) -> tuple[Node, bytes]:
    """The same with nodes of one word."""
    made = small_node(packed(ensemble, input_dtype, **options)[0])
    assert made is not None
    return made, file_of(made, input_dtype)


def table(node: Node, name: str) -> Array:
    place = ("x", "nodes", "roots", "kinds", "runs", "thresholds", "leaves", "base", "targets", "sets").index(name)
    value = node.inputs[place]
    assert value is not None
    assert value.data is not None
    return value.data


def rows_of(ensemble: Ensemble, dtype: Any, **options: Any) -> Array:
    data = np.random.default_rng(0).standard_normal((40, ensemble.n_features))
    with np.errstate(over="ignore"):
        rows = probe_rows(ensemble, data, limit=150, **options)
        if np.issubdtype(dtype, np.integer):
            rows = np.clip(np.floor(np.nan_to_num(rows)), np.iinfo(dtype).min, np.iinfo(dtype).max)
        return rows.astype(dtype)


def assert_exact(engine: Any, ensemble: Ensemble, x: Array, data: bytes) -> None:
    np.testing.assert_array_equal(run(engine(data), [x]).astype(np.float64), ensemble.raw(x))


@pytest.mark.parametrize("input_dtype", ["float32", "float64", "int16", "int8", "uint8"])
@pytest.mark.parametrize("types", [(c, s) for c in ("float32", "float64") for s in ("float32", "float64")], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sums_are_exact(shape: Any, types: Any, input_dtype: str, engine: Any) -> None:
    ensemble = random_ensemble(SHAPES.index(shape), shape, types)
    x = rows_of(ensemble, input_dtype)
    assert_exact(engine, ensemble, x, packed(ensemble, input_dtype)[1])
    assert_exact(engine, ensemble, x, counted(ensemble, input_dtype)[1])


@pytest.mark.parametrize("shape", [(40, 9, 6, 1, False), (4, 11, 6, 3, True)], ids=str)
def test_many_tests_are_exact_with_and_without_missing_values(shape: Any, engine: Any) -> None:
    ensemble = random_ensemble(4, shape, ("float32", "float32"), plain=True)
    for nan in (False, True):
        x = rows_of(ensemble, np.float32, nan=nan)
        assert_exact(engine, ensemble, x, packed(ensemble)[1])
        assert_exact(engine, ensemble, x, counted(ensemble)[1])
        ensemble.missing_left[::2] = False


def chain(depth: int, features: int = 1, leaf: float = 0.0) -> Tree:
    """A tree that splits off one leaf after the other."""
    count = 2 * depth + 1
    number = np.arange(count)
    is_leaf = (number % 2 == 1) | (number == count - 1)
    return {
        "feature": np.where(is_leaf, -1, number // 2 % features),
        "threshold": np.where(is_leaf, 0, number // 2),
        "left": np.where(is_leaf, 0, number + 2),
        "right": np.where(is_leaf, 0, number + 1),
        "missing_left": np.zeros(count, np.bool_),
        "values": number + leaf,
    }


def heap(splits: int, feature: int = 0, leaf: float = 0.0) -> Tree:
    """A full tree, the children of node n at 2 n + 1 and 2 n + 2, every threshold and leaf another one."""
    number = np.arange(2 * splits + 1)
    return {
        "feature": np.where(number < splits, feature, -1),
        "threshold": np.where(number < splits, (number * 7919) % splits, 0),
        "left": np.where(number < splits, 2 * number + 1, 0),
        "right": np.where(number < splits, 2 * number + 2, 0),
        "missing_left": number % 2 == 0,
        "values": number + leaf,
    }


def build(*trees: Tree, features: int = 1) -> Ensemble:
    builder = EnsembleBuilder(features, 1, "float32", "float64")
    for tree in trees:
        builder.add_tree(**tree, target=0)
    return builder.build()


@pytest.mark.parametrize(
    ("make", "width"),
    [
        (lambda: build(chain(3, 8192), features=8192), "uint16"),
        (lambda: build(chain(3, 8193), {**chain(1), "feature": [8192, -1, -1]}, features=8193), "uint32"),
        (lambda: build(heap(32_767)), "uint16"),
        (lambda: build(heap(32_768)), "uint32"),  # one leaf too many
        (lambda: build({**heap(70_000), "values": np.zeros(140_001)}), "uint32"),  # a child is too far away
        # 80,004 leaves, too many for 15 bits, but not in one tree; 4 * 20,000 splits ask 20,000 questions
        (lambda: build(*(heap(20_000, leaf=0.25 * tree) for tree in range(4))), "uint16"),
        (lambda: build(*(heap(22_000, feature) for feature in range(3)), features=3), "uint32"),  # 66,000 tests
    ],
    ids=["features fit", "features", "leaves fit", "leaves", "distance", "leaves of trees fit", "tests"],
)
def test_tables_are_narrow_where_they_fit(make: Callable[[], Ensemble], width: str, engine: Any) -> None:
    ensemble = make()
    node, data = packed(ensemble)
    assert table(node, "nodes").dtype == width
    rng = np.random.default_rng(0)
    x = rng.integers(-1, 40_000, (30, ensemble.n_features)).astype(np.float32)
    x[0], x[1], x[2] = np.nan, np.inf, -np.inf
    assert_exact(engine, ensemble, x, data)


@pytest.mark.parametrize(
    ("make", "width"),
    [
        (lambda: build({**heap(4095), "threshold": np.zeros(8191)}), "uint16"),  # 1 test, 2,048 leaves on the left
        (lambda: build(heap(127)), "uint16"),  # 127 tests, 64 leaves on the left
        (lambda: build(heap(255)), "uint16"),  # 8 bits each
        (lambda: build(heap(511)), "uint32"),
        (lambda: build(*[heap(255)] * 3, features=8193), "uint16"),
        (lambda: build(heap(255), heap(255, 8192), features=8193), "uint32"),  # no room for the feature
        (lambda: build(heap(32_768)), "uint32"),
        (lambda: build(chain(3000)), "uint32"),
        (
            lambda: build({**heap(40_000), "threshold": np.zeros(80_001)}),
            "uint16",
        ),  # 40,001 leaves, not 2^15 on the left
    ],
    ids=["one test", "fit", "just fit", "tests", "features fit", "features", "large", "chain", "many leaves"],
)
def test_nodes_of_one_word_are_narrow_where_they_fit(
    make: Callable[[], Ensemble], width: str, engine: Any, firmware: ctypes.CDLL
) -> None:
    ensemble = make()
    node, data = counted(ensemble)
    assert table(node, "nodes").dtype == width
    assert table(node, "nodes").shape[1] == 1
    assert len(table(node, "kinds")) == len(table(node, "runs"))
    x = np.random.default_rng(0).integers(-1, 40_000, (30, ensemble.n_features)).astype(np.float32)
    x[0], x[1], x[2] = np.nan, np.inf, -np.inf
    assert_exact(engine, ensemble, x, data)
    np.testing.assert_array_equal(score_in(firmware, data, x, 1), ensemble.raw(x))


def test_a_node_of_one_word_that_does_not_fit_is_not_made() -> None:
    assert small_node(packed(build(heap(300_000)))[0]) is None  # tests of 19 bits, leaves of 18


def test_equal_tests_and_leaves_are_stored_once() -> None:
    tree = {**chain(2), "threshold": [1, 0, 1, 0, 0], "values": [0, 5, 0, 5, 7]}
    node, _ = packed(build(tree, tree))
    assert table(node, "thresholds").tolist() == [1]
    assert table(node, "leaves").ravel().tolist() == [5, 7]
    assert table(node, "roots").tolist() == [[0, 0], [2, 0]]
    assert table(node, "nodes").tolist() == [[0, 1, 0x8000], [0, 0x8001, 0x8000]] * 2


def test_a_float64_threshold_is_rounded_for_float32_inputs() -> None:
    builder = EnsembleBuilder(1, 1, "float64", "float64")
    builder.add_tree(**{**chain(1), "threshold": [0.1, 0, 0]}, target=0)
    ensemble = builder.build()
    graph = Graph()
    x = graph.input("x", 1)
    add_ensemble(graph, graph.add("cast", x, dtype="float64"), ensemble)
    node = graph.nodes[-1]
    assert node.inputs[0] is x  # the cast is not needed
    assert node.origin is ensemble
    near = np.float32(0.1)
    assert float(near) > 0.1
    assert table(node, "thresholds").tolist() == [np.nextafter(near, np.float32(0))]


def test_a_float64_column_is_rounded_as_the_source_does() -> None:
    graph = Graph()
    x = graph.input("x", 1, "float64")
    add_ensemble(graph, x, build(chain(1)))
    assert [node.op for node in graph.nodes] == ["cast", "trees"]


@pytest.mark.parametrize(
    ("leaf", "divisor", "sums", "expected"),
    [
        (0.1, 3.0, "float64", "float64"),
        (0.5, 3.0, "float64", "float32"),
        (0.1, 1.0, "float64", "float32"),
        (1e300, 1.0, "float64", "float64"),
        (0.5, 3.0, "float32", "float32"),
    ],
)
def test_leaves_are_wide_where_ties_or_size_need_it(leaf: float, divisor: float, sums: Any, expected: str) -> None:
    builder = EnsembleBuilder(1, 1, "float32", sums)
    builder.add_tree(**{**chain(1), "values": [0, leaf, 0]}, target=0)
    assert table(packed(builder.build(divisor=divisor))[0], "leaves").dtype == expected


@pytest.mark.parametrize("dtype", ["int16", "int8"])
@pytest.mark.parametrize("sums", ["float32", "float64"])
def test_rounded_leaves_are_off_by_half_a_step_a_tree(dtype: str, sums: Any, engine: Any) -> None:
    ensemble = random_ensemble(2, (40, 4, 5, 3, False), ("float32", sums))
    node, data = packed(ensemble, leaf_dtype=dtype)
    assert table(node, "leaves").dtype == dtype
    step = np.abs(ensemble.leaves).max() / np.iinfo(dtype).max
    assert node.params["scale"] == pytest.approx(step)
    x = rows_of(ensemble, np.float32)
    error = np.abs(run(engine(data), [x]) - ensemble.raw(x)).max()
    assert 0 < error <= 40 * step / 2


def test_leaves_that_have_no_step_are_not_rounded() -> None:
    with pytest.raises(ConvertError, match="float32"):
        packed(build({**chain(1), "values": [0, 0, 0]}), leaf_dtype="int8")


def test_a_huge_category_is_refused_with_a_remedy() -> None:
    with pytest.raises(ConvertError, match="number the categories from 0"):
        packed(build({**chain(1), "categories": {0: [2**31 - 1]}}))


@pytest.mark.parametrize("pack", [packed, counted])
def test_changed_nodes_are_refused_or_walked_to_an_end(pack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    node, _ = pack(random_ensemble(1, (13, 5, 3, 2, False), ("float32", "float32")))
    monkeypatch.setattr(writer, "parse", lambda *_: None)
    monkeypatch.setattr(writer.early_exit, "table", lambda _: b"")
    rng = np.random.default_rng(0)
    rows = np.array([[0, 1, -1], [np.nan, np.inf, 1e-40], [-np.inf, 5, 33]], np.float32)
    verdicts = []
    for _ in range(300):
        name = str(rng.choice(["nodes", "nodes", "roots", "kinds", "runs", "thresholds"]))
        place = table(node, name).ravel()
        at, kept = rng.integers(0, len(place)), place.copy()
        place.view(f"u{place.itemsize}")[at] ^= 1 << rng.integers(0, 8 * place.itemsize)
        data = file_of(node)
        place[:] = kept
        verdicts.append([verdict(reader, data) for reader in (_native_backend.Engine, lambda d: parse(d, np))])
        if verdicts[-1][0] == 0:
            native, numpy = (run(made(data), [rows]) for made in (_native_backend.Engine, _numpy_backend.Engine))
            np.testing.assert_array_equal(native, numpy)
    assert all(native == python for native, python in verdicts)
    assert {native for native, _ in verdicts} == {0, -13}


def file_of(node: Node, input_dtype: str = "float32") -> bytes:
    graph = Graph()
    x, y = node.inputs[0], node.outputs[0]
    assert x is not None
    value = graph.input("x", x.shape[1], input_dtype, nan=input_dtype.startswith("float"))
    if input_dtype != x.dtype:
        value = graph.add("cast", value, dtype=x.dtype)
    graph.nodes.append(Node(node.op, [value, *node.inputs[1:]], [y], node.params))
    graph.output("y", y)
    return writer.encode(graph)


def verdict(reader: Callable[[bytes], Any], data: bytes) -> int:
    try:
        reader(data)
    except FormatError as refused:
        return refused.status
    return 0


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ctypes.CDLL]:
    """The library as a microcontroller gets it, which walks one tree at a time, for this machine."""
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    library = tmp_path_factory.mktemp("firmware") / "edgescore.so"
    source = ROOT / "native/src"
    operators = [source / f"ops/{name}.c" for name in ("trees", "tree_sweep", "argmax")]
    files = [*source.glob("*.c"), *source.glob("kernels/*.c"), *operators]
    flags = "-shared -fPIC -O1 -std=c99 -ffp-contract=off -DEDSC_SMALL -DEDSC_STATIC_KERNELS"
    flags += " -DEDSC_SELECT_OPS -DEDSC_WITH_TREES -DEDSC_WITH_TREE_SWEEP -DEDSC_WITH_ARGMAX"
    command = ["gcc", *flags.split(), f"-I{ROOT / 'native/include'}", "-o", str(library), *map(str, files), "-lm"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))


def score_in(firmware: ctypes.CDLL, data: bytes, x: Array, outputs: int) -> Array:
    """What the library makes of rows, as float64 sums [n, outputs]."""
    y = np.empty((len(x), outputs))
    file = np.frombuffer(data, np.uint8)
    aligned = np.empty(len(file) // 16 + 2, np.complex128).view(np.uint8)
    bytes_ = aligned[-aligned.ctypes.data % 16 :][: len(file)]
    bytes_[:] = file
    model = (ctypes.c_uint64 * 64)()
    assert firmware.edsc_open(model, ctypes.c_void_p(bytes_.ctypes.data), ctypes.c_size_t(len(file))) == 0
    arena = np.empty(1 << 16, np.uint64)
    ins, outs = (ctypes.c_void_p * 1)(x.ctypes.data), (ctypes.c_void_p * 1)(y.ctypes.data)
    size = ctypes.c_size_t(arena.nbytes)
    assert firmware.edsc_run(model, ctypes.c_void_p(arena.ctypes.data), size, ins, outs, ctypes.c_size_t(len(x))) == 0
    return y


@pytest.mark.parametrize("input_dtype", ["float32", "float64", "int16"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_firmware_walk_is_exact(shape: Any, input_dtype: str, firmware: ctypes.CDLL) -> None:
    ensemble = random_ensemble(3, shape, ("float64", "float64"))
    x = rows_of(ensemble, input_dtype)
    for pack in (packed, counted):
        y = score_in(firmware, pack(ensemble, input_dtype)[1], x, ensemble.n_outputs)
        np.testing.assert_array_equal(y, ensemble.raw(x))
