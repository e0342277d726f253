"""ONNX tree ensembles against ONNX Runtime on one thread: exported models, and random ones over all attributes."""

from __future__ import annotations

import itertools
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tree_rows import probe_rows

from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers._onnx_trees import load_onnx_trees
from edgescore_converters.importers._tree_model import TreeModel

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE", "BRANCH_EQ", "BRANCH_NEQ"]
Attributes = dict[str, Any]


def attributes_of(node: Any) -> Attributes:
    values = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    tensor = onnx.TensorProto
    return {name: onnx.numpy_helper.to_array(x) if isinstance(x, tensor) else x for name, x in values.items()}


def run(attributes: Attributes, op_type: str, rows: NDArray[Any]) -> list[NDArray[Any]]:
    """[labels, scores] of a classifier, [values] of a regressor, from a model of this one node."""
    classifier = op_type == "TreeEnsembleClassifier"
    types = {"float32": onnx.TensorProto.FLOAT, "float64": onnx.TensorProto.DOUBLE, "int64": onnx.TensorProto.INT64}
    label = onnx.TensorProto.STRING if "classlabels_strings" in attributes else onnx.TensorProto.INT64
    info = onnx.helper.make_tensor_value_info
    outputs = [info("L", label, [None])] if classifier else []
    outputs.append(info("Y", onnx.TensorProto.FLOAT, [None, None]))
    names = [output.name for output in outputs]
    node = onnx.helper.make_node(op_type, ["X"], names, domain="ai.onnx.ml", **attributes)
    graph = onnx.helper.make_graph([node], "g", [info("X", types[str(rows.dtype)], [None, rows.shape[1]])], outputs)
    versions = [onnx.helper.make_opsetid("ai.onnx.ml", 3), onnx.helper.make_opsetid("", 17)]
    model = onnx.helper.make_model(graph, opset_imports=versions, ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    runtime = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found: list[NDArray[Any]] = runtime.run(None, {"X": rows})
    return found


def assert_same(attributes: Attributes, op_type: str, x: NDArray[Any], dtype: str = "float32") -> TreeModel:
    model = load_onnx_trees(attributes, op_type, x.shape[1], dtype)
    with np.errstate(over="ignore"):
        rows = probe_rows(model.ensemble, x.astype(np.float64)).astype(dtype)
    *labels, scores = run(attributes, op_type, rows)
    raw = model.sums(rows)
    outputs = model.outputs(raw).astype(np.float32)
    if labels:
        assert np.array_equal(model.labels(raw), labels[0])
    if model.link in ("identity", "complement_pair", "negate_pair"):
        rounded = 2e-7 if attributes.get("aggregate_function") == "AVERAGE" else 0
        assert np.allclose(outputs, scores, rtol=rounded, atol=rounded)
    else:
        # ONNX Runtime's probit cancels in float32, so that the last bits of its logarithm decide its third digit.
        assert np.allclose(outputs, scores, rtol=0, atol=1e-2 if model.link == "probit" else 3e-7, equal_nan=True)
    return model


def random_tree(rng: np.random.Generator, number: int, modes: list[str]) -> list[tuple[Any, ...]]:
    """(tree, node, feature, mode, value, true, false, missing) of every node, root first."""
    nodes: list[tuple[Any, ...]] = []

    def grow(depth: int) -> int:
        at = len(nodes)
        nodes.append((number, at, 0, "LEAF", 0.0, 0, 0, 0))
        if depth and rng.random() > 0.15:
            true, false = grow(depth - 1), grow(depth - 1)
            mode = str(rng.choice(modes))
            value = float(rng.choice([0, 1, 2, 3, 7])) if mode in MODES[4:] else float(np.float32(rng.normal()))
            nodes[at] = (number, at, int(rng.integers(3)), mode, value, true, false, int(rng.random() < 0.5))
        return at

    grow(4)
    return nodes


def random_attributes(
    seed: int, kind: str, ids: list[int], *, negative: bool, vectors: bool = False, **more: Any
) -> Attributes:
    rng = np.random.default_rng(seed)
    modes = rng.choice(MODES, rng.integers(1, 7), replace=False).tolist()
    nodes = [node for number in range(5) for node in random_tree(rng, number, modes)]
    entries = [
        (tree, node, output, float(np.float32(rng.normal() if negative else rng.random() * 0.3)))
        for tree, node, _, mode, *_ in nodes
        if mode == "LEAF"
        for output in (ids if vectors else [ids[tree % len(ids)]])
    ]
    names = ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")
    if seed % 2:
        names = (*names, "missing_value_tracks_true")
    columns = list(zip(*nodes, strict=True))
    result = {f"nodes_{name}": list(column) for name, column in zip(names, columns, strict=False)}
    for name, column in zip(("treeids", "nodeids", "ids", "weights"), zip(*entries, strict=True), strict=True):
        result[f"{kind}_{name}"] = list(column)
    return result | {key: value for key, value in more.items() if value is not None}


def table() -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(40, 3)) * 3).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x


POSTS = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("post", POSTS)
def test_random_regressors(seed: int, post: str) -> None:
    for base, aggregate in itertools.product((None, [0.3, 0.1, 0.2]), (None, "AVERAGE", "MIN", "MAX")):
        common = {"negative": seed % 3 > 0, "post_transform": post, "aggregate_function": aggregate}
        three = random_attributes(seed, "target", [0, 1, 2], vectors=seed > 2, n_targets=3, base_values=base, **common)
        assert_same(three, "TreeEnsembleRegressor", table())
        one = random_attributes(seed, "target", [0], n_targets=1, base_values=base and base[:1], **common)
        assert_same(one, "TreeEnsembleRegressor", table())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("post", POSTS)
@pytest.mark.parametrize("negative", [False, True])
def test_random_classifiers(seed: int, post: str, negative: bool) -> None:
    common = {"negative": negative, "post_transform": post}
    for base in (None, [0.3, 0.1, 0.2]):
        labels = {"classlabels_strings": ["a", "b", "c"]} if base else {"classlabels_int64s": [10, 30, 20]}
        three = random_attributes(seed, "class", [0, 1, 2], vectors=seed > 2, base_values=base, **labels, **common)
        assert_same(three, "TreeEnsembleClassifier", table())
        if post != "PROBIT":
            two = random_attributes(
                seed, "class", [0], classlabels_int64s=[5, 6], base_values=base and base[:1], **common
            )
            assert_same(two, "TreeEnsembleClassifier", table())
    second = random_attributes(seed, "class", [1], classlabels_int64s=[5, 6], **common)
    assert_same(second, "TreeEnsembleClassifier", table())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", ["BRANCH_EQ", "BRANCH_NEQ"])
@pytest.mark.parametrize("track", [None, [1, 0, 0]])
def test_equality_with_what_is_no_category(dtype: str, mode: str, track: list[int] | None) -> None:
    for value in (0.5, -3.0, 1e6, 3e9, 0.1):
        changes: Attributes = {"nodes_modes": [mode, "LEAF", "LEAF"], "nodes_missing_value_tracks_true": track}
        changes |= {"nodes_values": None, "nodes_values_as_tensor": np.full(3, value, dtype)}
        attributes = small(n_targets=1, **changes)
        model = load_onnx_trees(attributes, "TreeEnsembleRegressor", 1, dtype)
        at = np.asarray([value], dtype)
        near = np.concatenate([at, np.nextafter(at, at + 1), np.nextafter(at, at - 1), [0.0, np.nan, np.inf, 1.0]])
        attributes["nodes_values_as_tensor"] = onnx.numpy_helper.from_array(attributes["nodes_values_as_tensor"])
        if dtype == "float64":
            del attributes["target_weights"]
            attributes["target_weights_as_tensor"] = onnx.numpy_helper.from_array(np.asarray([1.0, 2.0]))
        rows = near.astype(dtype)[:, None]
        assert np.array_equal(run(attributes, "TreeEnsembleRegressor", rows)[0], model.sums(rows))


def test_double_and_integer_inputs() -> None:
    attributes = random_attributes(1, "target", [0], negative=True, n_targets=1)
    exact = np.random.default_rng(0).normal(size=len(attributes["nodes_values"]))
    keep = np.isin(attributes["nodes_modes"], MODES[4:])
    exact = np.where(keep, attributes["nodes_values"], exact)
    del attributes["nodes_values"]
    attributes["nodes_values_as_tensor"] = exact
    weights = np.asarray(attributes.pop("target_weights"))
    given = attributes | {"target_weights_as_tensor": weights}
    for name in ("nodes_values_as_tensor", "target_weights_as_tensor"):
        given[name] = onnx.numpy_helper.from_array(np.asarray(given[name], np.float64))
    plain = attributes | {"target_weights_as_tensor": weights}
    model = load_onnx_trees(plain, "TreeEnsembleRegressor", 3, "float64")
    rows = probe_rows(model.ensemble, table().astype(np.float64))
    assert np.array_equal(run(given, "TreeEnsembleRegressor", rows)[0], model.ensemble.raw(rows).astype(np.float32))

    whole = random_attributes(3, "class", [0, 1, 2], negative=True, classlabels_int64s=[0, 1, 2])
    rows = np.random.default_rng(0).integers(-5, 9, size=(300, 3))
    rows[:3] = [[2**24 + 1, -(2**40), 2**62], [0, 2**31, -1], [7, 7, 7]]
    model = load_onnx_trees(whole, "TreeEnsembleClassifier", 3, "int64")
    labels, scores = run(whole, "TreeEnsembleClassifier", rows)
    assert np.array_equal(model.ensemble.raw(rows), scores)
    assert np.array_equal(model.labels(model.ensemble.raw(rows)), labels)


def test_any_order_of_nodes() -> None:
    attributes = random_attributes(5, "target", [0], negative=True, n_targets=1)
    expected = load_onnx_trees(attributes, "TreeEnsembleRegressor", 3).ensemble
    trees = np.asarray(attributes["nodes_treeids"])
    order = np.concatenate(
        [np.random.default_rng(0).permutation(np.flatnonzero(trees == number)) for number in range(5)]
    )
    mixed = {
        name: [column[row] for row in order] if name.startswith("nodes_") else column
        for name, column in attributes.items()
    }
    found = load_onnx_trees(mixed, "TreeEnsembleRegressor", 3).ensemble
    rows = probe_rows(expected, table().astype(np.float64))
    assert np.array_equal(found.raw(rows), expected.raw(rows))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("RandomForestClassifier", "two"),
        ("RandomForestClassifier", "three"),
        ("GradientBoostingClassifier", "two"),
        ("GradientBoostingClassifier", "three"),
        ("GradientBoostingRegressor", "value"),
        ("ExtraTreesRegressor", "values"),
    ],
)
def test_models_of_skl2onnx(name: str, label: str, dtype: str) -> None:
    skl2onnx = pytest.importorskip("skl2onnx")
    ensemble = pytest.importorskip("sklearn.ensemble")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)).astype(dtype)
    value = x[:, 0] + x[:, 1] * x[:, 2]
    targets = {
        "two": value > 0,
        "three": np.array(["a", "b", "c"])[np.digitize(value, [-0.5, 0.5])],
        "value": value,
        "values": np.column_stack([value, -value]),
    }
    estimator = getattr(ensemble, name)(n_estimators=8, random_state=0).fit(x, targets[label])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = skl2onnx.to_onnx(estimator, x[:1], target_opset={"": 17, "ai.onnx.ml": 3})
    node = next(node for node in model.graph.node if node.op_type.startswith("TreeEnsemble"))
    assert_same(attributes_of(node), node.op_type, x, dtype)


def test_treecl(shared: Path) -> None:
    node = onnx.load(shared / "models" / "onnx_ml" / "treecl.onnx").graph.node[0]
    golden = np.load(shared / "models" / "golden" / "onnx_ml__treecl.onnx.npz")
    model = assert_same(attributes_of(node), node.op_type, golden["in0"])
    raw = model.ensemble.raw(golden["in0"])
    assert np.array_equal(model.labels(raw), golden["out_label"])
    assert np.allclose(model.outputs(raw), golden["out_proba"], rtol=0, atol=3e-7)


def small(**changes: Any) -> Attributes:
    """One split with two leaves, as a regressor."""
    attributes = {
        "nodes_treeids": [0, 0, 0],
        "nodes_nodeids": [0, 1, 2],
        "nodes_featureids": [0, 0, 0],
        "nodes_modes": [b"BRANCH_LEQ", b"LEAF", b"LEAF"],
        "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0],
        "nodes_falsenodeids": [2, 0, 0],
        "target_treeids": [0, 0],
        "target_nodeids": [1, 2],
        "target_ids": [0, 0],
        "target_weights": [1.0, 2.0],
    }
    return {name: value for name, value in (attributes | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodes_truenodeids": [5, 0, 0]}, "nodes_truenodeids names tree 0, node 5, not there"),
        ({"nodes_truenodeids": [0, 0, 0]}, "tree 0, node 1 is reached by no path"),
        ({"nodes_modes": ["BRANCH_LT"] * 3, "nodes_falsenodeids": [2, 0, 0]}, "tree 0 has no root"),
        ({"nodes_falsenodeids": [1, 0, 0]}, "tree 0, node 1 is reached twice"),
        ({"nodes_nodeids": [0, 1, 1]}, "tree 0, node 1 is there twice"),
        ({"nodes_nodeids": [0, 1, -1]}, "numbers outside"),
        ({"nodes_featureids": [7, 0, 0]}, "tree 0, node 0 splits on a feature beyond the 1 inputs"),
        ({"nodes_values": [np.nan, 0.0, 0.0]}, "tree 0, node 0 has a NaN threshold"),
        ({"nodes_values": [0.5]}, "different lengths"),
        ({"nodes_modes": [b"BRANCH_LEQ", b"LEAF", b"WORD"]}, "nodes_modes WORD"),
        ({"target_nodeids": [1, 9]}, "target_nodeids names tree 0, node 9, not there"),
        ({"target_ids": [0, 3]}, "do not fit 1 outputs"),
        ({"base_values": [1.0, 2.0]}, "base_values has 2 entries for 1 outputs"),
        ({name: [] for name in small()}, "has no trees"),
    ],
)
def test_corrupt_attributes_are_refused_by_name(changes: Attributes, message: str) -> None:
    with pytest.raises(ConvertError, match=message):
        load_onnx_trees(small(**changes), "TreeEnsembleRegressor", 1)


@pytest.mark.parametrize(
    ("changes", "op_type", "message"),
    [
        ({"aggregate_function": b"MEAN", "post_transform": "SQUARE"}, "TreeEnsembleRegressor", "MEAN[\\s\\S]*SQUARE"),
        (
            {"aggregate_function": b"MAX", "target_nodeids": [1, 1]},
            "TreeEnsembleRegressor",
            "MAX: tree 0 has leaves without a weight for target 0",
        ),
        ({"aggregate_function": b"MIN", "n_targets": 2}, "TreeEnsembleRegressor", "no tree has weights for target 1"),
        ({"nodes_modes": ["BRANCH_MEMBER", "LEAF", "LEAF"]}, "TreeEnsembleRegressor", "nodes_modes BRANCH_MEMBER"),
        ({}, "TreeEnsembleRanker", "TreeEnsembleRanker: it is another operator"),
        ({"classlabels_int64s": [1]}, "TreeEnsembleClassifier", "nothing to choose"),
        (
            {"classlabels_int64s": [1, 2], "class_ids": [0, 1]},
            "TreeEnsembleClassifier",
            "weights for both of two classes",
        ),
        ({"classlabels_int64s": [1, 2], "base_values": [1.0, 2.0]}, "TreeEnsembleClassifier", "and 2 base_values"),
        ({"classlabels_int64s": [1, 2], "post_transform": "PROBIT"}, "TreeEnsembleClassifier", "and PROBIT"),
        (
            {"classlabels_int64s": [1, 2, 3], "class_ids": [0, 1], "class_weights": [-1.0, -2.0]},
            "TreeEnsembleClassifier",
            "no tree has a weight for class 0 in every leaf",
        ),
    ],
)
def test_what_has_no_exact_counterpart_is_refused(changes: Attributes, op_type: str, message: str) -> None:
    attributes = small()
    if op_type == "TreeEnsembleClassifier":
        attributes = {name.replace("target_", "class_"): value for name, value in attributes.items()}
    with pytest.raises(UnsupportedError, match=message):
        load_onnx_trees(attributes | changes, op_type, 1)
