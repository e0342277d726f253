"""The models of the good golden files: small ones that together have every operator, section and kind of port.

Those made by hand say something about the format; operators they do not have come from ``operator_models``.
``MODELS`` maps a name to a function that returns the file's bytes and the inputs to score, one array for each input.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore._budget import Budget
from edgescore._reader import parse
from edgescore.format import schema
from edgescore.ops.trees import CATEGORICAL, MISSING_RIGHT
from edgescore_converters.ir import Feature, Graph, Port, Value, constant
from edgescore_converters.writer import encode
from tests.format.operator_models import decade, decades
from tests.format.parts import File, Part

Array = NDArray[Any]
Model = tuple[bytes, list[Array]]
MODELS: dict[str, Callable[[], Model]] = {}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-40, 3e38, -3e38, float("inf"), float("-inf")]


def model(build: Callable[[], Model]) -> Callable[[], Model]:
    MODELS[build.__name__] = build
    return build


def rows(count: int, width: int, dtype: str = "float32", seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(0, 2, (count, width)).astype(dtype)


def weights(*shape: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(0, 1, shape).round(3)


@model
def network() -> Model:
    """A classifier with everything a tabular model may have in its file."""
    graph = Graph()
    x = graph.input("features", 3, features=[Feature("a"), Feature("b"), Feature("c")])
    hidden = graph.add("relu", graph.add("dense", x, weights(4, 3), weights(4)))
    logits = graph.add("dense", hidden, weights(3, 4, seed=2), None, lo=-8.0, hi=8.0)
    labels = ["low", "höher", ""]
    graph.output("probabilities", graph.add("softmax", logits), labels=labels)
    graph.output("label", graph.add("argmax", logits), role="label", labels=labels)
    budget = Budget(flash=65536, ram=1024, p99_ns=2_000_000, accuracy_drop=0.005, on_violation="callback")
    return encode(graph, budget=budget, metadata={"source": "made by hand"}), [rows(40, 3)]


@model
def linear() -> Model:
    """The smallest file: one node, no names for the columns."""
    graph = Graph()
    x = graph.input("x", 2)
    graph.output("y", graph.add("dense", x, np.array([[0.5, -2.0]]), np.array([1.0])), squeeze=True)
    return encode(graph), [rows(3, 2)]


@model
def indices() -> Model:
    """An index that is a label beside one that other nodes read."""
    graph = Graph()
    x = graph.input("x", 3)
    graph.output("largest", graph.add("argmax", x), role="label", labels=["a", "b", "c"])
    smallest = graph.add("argmin", x)
    graph.output("smallest", graph.add("cast", smallest, dtype="float32"), squeeze=True)
    graph.output("twice", graph.add("columns", smallest, np.array([0, 0])))
    return encode(graph), [rows(4, 3)]


def _unary(dtype: str) -> Model:
    graph = Graph()
    x = graph.input("x", 2, dtype, nan=True)
    for name in ("relu", "sigmoid", "tanh", "exp", "log", "sqrt", "abs", "log1p", "expm1", "softmax"):
        graph.output(name, graph.add(name, x))
    graph.output("clip", graph.add("clip", x, lo=-0.5, hi=2.0))
    return encode(graph), [np.array([*SPECIAL, float("nan"), 2.0], dtype).reshape(6, 2)]


@model
def unary_float32() -> Model:
    return _unary("float32")


@model
def unary_float64() -> Model:
    return _unary("float64")


def _binary(dtype: str) -> Model:
    graph = Graph()
    a, b = graph.input("a", 2, dtype), graph.input("b", 2, dtype)
    for name in ("add", "sub", "mul", "div", "power"):
        graph.output(f"{name}_both", graph.add(name, a, b))
        graph.output(f"{name}_row", graph.add(name, a, np.array([2.0, -0.5])))
        graph.output(f"{name}_one", graph.add(name, a, np.array(3.0)))
    return encode(graph), [np.abs(rows(5, 2, dtype)), rows(5, 2, dtype, seed=3)]


@model
def binary_float32() -> Model:
    return _binary("float32")


@model
def binary_float64() -> Model:
    return _binary("float64")


@model
def categories() -> Model:
    """Labels and categories of every type, the three policies, and the operators that look values up."""
    graph = Graph()
    features = [
        Feature("state", ["off", "on", "größer"], "slot"),
        Feature("level", [1, 2, 5], "error"),
        Feature("flag", [True, False], "missing"),
        Feature("size", [0.5, float("nan")], "error"),
    ]
    x = graph.input("x", 4, nan=True, features=features)
    offsets = np.array([0, 3, 6, 8, 10])
    values = np.array([0.0, 1, 2, 1, 2, 5, 0, 1, 0.5, float("nan")])
    graph.output("one_hot", graph.add("one_hot", x, offsets, values), labels=list(range(10)))
    default = np.array([-1.0, -2, -3, -4])
    graph.output("lookup", graph.add("lookup", x, offsets, values, np.arange(10) * 1.5, default, None))
    known = graph.add("lookup", x, offsets, values, np.arange(10.0), default, np.array([7.0, 8, 9, 10]))
    graph.output("largest", graph.add("argmax", known), role="label", labels=[1.5, 2.5, 3.5, 4.0])
    nan = float("nan")
    data = [[0, 1, 0, 0.5], [1, 2, 1, nan], [-1, 5, nan, 0.25], [2, 3, 0, 0.5]]
    return encode(graph), [np.array(data, "float32")]


@model
def columns() -> Model:
    """What is done to columns before a model sees them."""
    graph = Graph()
    x = graph.input("x", 3, nan=True, features=[Feature("a"), Feature("b"), Feature("c")])
    filled = graph.add("impute", x, np.array([0.5, 1.5, 2.5]))
    sentinel = graph.add("impute", x, np.array([7.0, 8.0, 9.0]), missing=-1.0, is_nan=0)
    graph.output("filled", filled)
    joined = graph.add("concat", filled, graph.add("missing_indicator", x), sentinel, shape=(1, 9))
    graph.output("chosen", graph.add("columns", joined, np.array([8, 0, 4])))
    for norm, name in enumerate(("max", "l1", "l2")):
        graph.output(name, graph.add("normalizer", filled, norm=norm))
    graph.output("binary", graph.add("binarize", x, np.array([0.0, 0.5, 1.0])))
    graph.output("bins", graph.add("bucketize", x, np.array([0, 2, 2, 3]), np.array([-1.0, 1.0, 0.25])))
    graph.output("products", graph.add("polynomial", filled, np.array([[-1, -1], [0, -1], [1, 2], [2, 2]])))
    data = rows(5, 3)
    data[1, 0], data[2], data[3, 1] = float("nan"), -1.0, float("nan")
    return encode(graph), [data]


def _distances(dtype: str) -> Model:
    graph = Graph()
    x = graph.input("x", 2, dtype)
    for kernel, name in enumerate(("linear", "rbf", "poly", "sigmoid")):
        pairs = graph.add(
            "kernel_sum", x, weights(4, 2), weights(3, 4), weights(3), kernel=kernel, degree=2, gamma=0.5, coef0=0.25
        )
        graph.output(name, pairs)
    graph.output("votes", graph.add("ovo_vote", pairs, shape=(1, 3)))
    graph.output("ovr", graph.add("ovo_vote", pairs, shape=(1, 3), mode=1))
    graph.output("proba", graph.add("ovo_proba", graph.add("sigmoid", pairs), shape=(1, 3)))
    distances = graph.add("sqdist", x, weights(3, 2), np.abs(weights(3, 2, seed=5)))
    graph.output("nearest", graph.add("argmin", distances), role="label", labels=["a", "b", "c"])
    for metric in (1, 2):
        nodes, how = (weights(3, 3), {"tree": 2}) if metric == 2 else (None, {})
        points = (weights(6, 2), weights(6, 1), nodes)
        nearest = graph.add("knn", x, *points, k=3, weights=metric - 1, metric=metric, shape=(1, 1), **how)
        graph.output(f"knn{metric}", nearest, squeeze=True)
    return encode(graph), [rows(4, 2, dtype)]


@model
def distances_float32() -> Model:
    return _distances("float32")


@model
def distances_float64() -> Model:
    return _distances("float64")


@model
def kernels_kept_in_float32() -> Model:
    """Float64 sums of float32 support vectors and coefficients."""
    graph = Graph()
    x = graph.input("x", 2, "float64")
    vectors, coefficients = constant(weights(4, 2), "float32"), constant(weights(3, 4), "float32")
    for kernel, name in enumerate(("linear", "rbf", "poly", "sigmoid")):
        params = {"kernel": kernel, "degree": 2, "gamma": 0.5, "coef0": 0.25}
        graph.output(name, graph.add("kernel_sum", x, vectors, coefficients, weights(3), **params))
    return encode(graph), [rows(4, 2, "float64")]


def _trees(
    table: str, real: str, leaf: str, y: str, targets: Array | None, *, counted: bool = False, **params: float
) -> Model:
    """Two trees of two splits each: a shared test, both routes for missing values, a set of categories.

    counted: nodes are one word, a test and the leaves on its left, and kinds are those of runs.
    """
    graph = Graph()
    x = graph.input("x", 3, real, nan=True)
    bits = 8 * np.dtype(table).itemsize
    flag, leaf_bit = 1 << (bits - 3), 1 << (bits - 1)
    nodes = [[0, leaf_bit, 1], [2, leaf_bit + 1, leaf_bit + 2], [3, 1, leaf_bit + 2], [1, leaf_bit, leaf_bit + 1]]
    kinds, runs = [0, 0, 1 + flag * MISSING_RIGHT, 2 + flag * CATEGORICAL], [2, 3, 4]
    if counted:
        nodes = [[test << (bits - 2) | left] for test, left in ((0, 1), (2, 1), (3, 2), (1, 1))]
        kinds = kinds[1:]
    sets = np.array([2, 0b1010, 1], "uint32")  # the categories 1, 3 and 32
    leaves = np.random.default_rng(8).integers(-100, 100, (6, 1 if targets is not None else 2))
    y_ = graph.add(
        "trees",
        x,
        constant(np.array(nodes), table),
        constant(np.array([[0, 0], [2, 3]]), "uint32"),
        constant(np.array(kinds), table),
        constant(np.array(runs), table),
        constant(np.array([-0.5, 0.5, 1.0, 0.0]), real),
        constant(leaves if leaf.startswith("int") else leaves / 64, leaf),
        constant(np.array([0.5, -1.5]), y),
        None if targets is None else constant(targets, "uint16"),
        constant(sets),
        dtype=y,
        **params,
    )
    graph.output("y", y_)
    data = rows(12, 3, real)
    data[:, 2] = [0, 1, 2, 3, 31, 32, 33, -1, 1.5, float("nan"), 3e9, float("inf")]
    data[:4, 0] = [-0.5, 0.5, float("nan"), np.nextafter(data.dtype.type(0.5), data.dtype.type(1))]
    data[4:7, 1] = [float("nan"), 1.0, float("-inf")]
    return encode(graph), [data]


@model
def trees_float32() -> Model:
    return _trees("uint16", "float32", "float32", "float32", None)


@model
def trees_float64() -> Model:
    """What scikit-learn's forests become: averaged in float64."""
    return _trees("uint16", "float32", "float64", "float64", None, divisor=2.0)


@model
def trees_wide() -> Model:
    """Tables of 32 bits, float64 throughout, a tree for each output, categories that are cut off."""
    return _trees("uint32", "float64", "float64", "float64", np.array([1, 0]), category=1)


@model
def trees_whole() -> Model:
    """Leaves of 8 bits."""
    return _trees("uint16", "float32", "int8", "float32", np.array([1, 1]), scale=0.25, category=2)


@model
def trees_counted() -> Model:
    """Nodes of one word of 16 bits."""
    return _trees("uint16", "float32", "int16", "float64", np.array([1, 0]), counted=True, scale=0.5, category=1)


@model
def trees_counted_wide() -> Model:
    """Nodes of one word of 32 bits."""
    return _trees("uint32", "float64", "float32", "float64", None, counted=True, divisor=2.0)


def _forest(table: str, trees: int, tests: int) -> Model:
    """Full trees of three splits: enough of them, or of tests, that the kernel walks many trees at once."""
    chance = np.random.default_rng(9)
    graph = Graph()
    x = graph.input("x", 4, nan=True)
    leaf_bit = 1 << (8 * np.dtype(table).itemsize - 1)
    shape = np.array([[0, 1, 2], [0, leaf_bit, leaf_bit + 1], [0, leaf_bit + 2, leaf_bit + 3]])
    nodes = np.tile(shape, (trees, 1))
    nodes[:, 0] = chance.integers(0, tests, len(nodes))
    kinds = np.sort(chance.integers(0, 4, tests))
    y = graph.add(
        "trees",
        x,
        constant(nodes, table),
        constant(np.arange(trees)[:, None] * [[3, 4]], "uint32"),
        constant(kinds, table),
        constant(np.flatnonzero(np.diff(kinds, append=9)) + 1, table),
        constant(chance.normal(size=tests), "float32"),
        constant(chance.integers(-9, 9, (4 * trees, 1)) / 8, "float32"),
        constant(np.zeros(3), "float32"),
        constant(np.arange(trees) % 3, "uint16"),
        None,
    )
    graph.output("y", y)
    data = rows(9, 4)
    data[2, 1], data[5] = float("nan"), [float("inf"), float("-inf"), -0.0, 1e-40]
    return encode(graph), [data]


@model
def forest() -> Model:
    return _forest("uint32", 14, 10)


@model
def forest_of_many_tests() -> Model:
    return _forest("uint16", 7, 260)


@model
def integers() -> Model:
    """Quantized arithmetic, which is exact everywhere, with a quantized input beside a real one."""
    graph = Graph()
    x = graph.input("x", 3)
    q = graph.input("q", 3, "int8")
    q.quant = (0.05, -3)
    w = np.random.default_rng(4).integers(-127, 128, (2, 3))
    quantized = graph.add("quantize", x, dtype="int8", scale=0.05, zero=-3)
    both = graph.add("concat", quantized, q, shape=(1, 6))
    chosen = graph.add("columns", both, np.array([0, 4, 2]))
    bias, multiplier = np.array([10, -2000]), np.array([0.004, 0.02])
    y = graph.add("dense_int8", chosen, w, bias, multiplier, x_zero=-3, y_zero=5, lo=-100, hi=100)
    y.quant = (0.1, 5)
    graph.output("y", y)
    graph.output("table", graph.add("table", y, (np.arange(256) ^ 0x55).astype("uint8").view("int8")))
    graph.output("real", graph.add("dequantize", y, scale=0.1, zero=5))
    unsigned = graph.add("quantize", x, dtype="uint8", scale=0.05, zero=100)
    graph.output("unsigned", graph.add("table", unsigned, np.arange(256)[::-1]))
    return encode(graph), [rows(6, 3), np.random.default_rng(6).integers(-128, 128, (6, 3)).astype("int8")]


@model
def casts() -> Model:
    """Every dtype in a file, with the values that do not fit."""
    graph = Graph()
    x = graph.input("x", 3, "float64", nan=True)
    names = [dtype.name for dtype in schema.DTYPES]
    values = [graph.add("cast", x, dtype=name) for name in names]
    for name, value in zip(names, values):
        graph.output(name, value)
        graph.output(f"{name}_back", graph.add("cast", value, dtype="int16"))
    data = [[0.0, -0.5, 1.9], [300.0, -300.0, 7e4], [1e30, -1e30, float("inf")], [float("nan"), -1.0, 2.0**31]]
    return encode(graph), [np.array(data)]


@model
def pictures() -> Model:
    """Not row-wise: the activations have shapes of their own, and rows go through one after the other."""
    graph = Graph()
    x = Value("float32", (2, 2, 2), name="x")
    graph.inputs.append(Port("x", x))
    scaled = graph.add("mul", x, np.array([[1.0, 2.0], [3.0, 4.0]]))
    graph.output("y", graph.add("softmax", graph.add("clip", scaled, lo=-3.0, hi=3.0)))
    return encode(graph), [rows(6, 4).reshape(6, 2, 2)]


@model
def running_sum() -> Model:
    """Keeps state: y is the sum of all rows so far. The state is updated in place, under two tensor ids."""
    graph = Graph()
    x, before = Value("float32", (1, 2), name="x"), Value("float32", (1, 2), name="before")
    graph.inputs += [Port("x", x), Port("before", before)]
    after = graph.add("add", x, before)
    graph.output("after", after)
    graph.output("y", graph.add("abs", after))
    file = File(encode(graph))
    state = dict(file.plan.records[0], state=16, flags=0)
    file.plan.records[0] = state
    file.ports.records = [port for at, port in enumerate(file.ports.records) if at in (0, 3)]
    for tensor in file.tensors.records:
        if tensor["offset"] == 1 and tensor["kind"] == schema.KIND["input"]:
            tensor["kind"], tensor["offset"] = schema.KIND["state"], 0
        elif tensor["kind"] == schema.KIND["output"]:
            tensor["kind"] = schema.KIND["output" if tensor["offset"] else "state"]
            tensor["offset"] = 0
    return file.build(), [rows(4, 2)]


@model
def unknown_section() -> Model:
    """A section from the future that a reader may skip."""
    data, inputs = linear()
    file = File(data)
    file.parts.append(Part(4711, 0, b"whatever this is"))
    return file.build(), inputs


@model
def numbers() -> Model:
    """Inputs and outputs of no dimension, and a state that does not start at zero."""
    graph = Graph()
    x = graph.tensor_input("x", (), nan=True)
    mean = graph.state("mean", (), initial=np.array(2.0))
    graph.state("unused", (3,), "int16")
    after = graph.add("add", graph.add("mul", mean, np.array(0.75)), graph.add("mul", x, np.array(0.25)))
    graph.assign(mean, after)
    graph.output("mean", after)
    graph.output("above", graph.add("less", mean, x))
    return encode(graph), [np.array([1.0, -2.0, 8.0, 0.5], "float32")]


@model
def quantized() -> Model:
    """Operators that came after the files of their decades."""
    return decade(["prelu_int8", "matmul_int8", "resize_int8", "sigmoid_int16", "conv_hybrid"])


def _add_decades() -> None:
    used = {node.op.name for build in MODELS.values() for node in parse(build()[0], np).nodes}
    for name, operators in decades(used).items():
        MODELS[name] = functools.partial(decade, operators)


_add_decades()


@model
def views() -> Model:
    """A stream: a window of the state and what is new, of which parts are worked on in place, joined, and kept."""
    graph = Graph()
    x = graph.tensor_input("x", (1, 3), "int32")
    state = graph.state("window", (2, 3), "int32")
    window = graph.add("concat", state, graph.add("abs", x), shape=(3, 3), axis=0)
    first, rest = (
        graph.add("slice", window, np.array([at, 0]), np.array([1, 1]), shape=(size, 3))
        for at, size in ((0, 1), (1, 2))
    )
    graph.assign(state, rest)
    flat = graph.add("reshape", graph.add("concat", graph.add("sign", first), rest, shape=(3, 3), axis=0), shape=(9,))
    graph.output("y", graph.add("mul", flat, 2))
    return encode(graph), [np.array([[1, -2, 3], [-40, 50, -60], [7, 8, 9], [0, -1, 0]], "int32")]
