"""Trees that are too deep or too wide to come from training, in every file format, through to the runtime."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import edgescore
from edgescore_converters import passes
from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers import import_model
from edgescore_converters.writer import encode

Ints = NDArray[np.int64]
# Splits in preorder, leaves behind them; the left child of a split, the right one, and x <= k is asked.
Shape = tuple[Ints, Ints, Ints]


def chain(depth: int) -> Shape:
    """Split k asks x <= k: yes ends in leaf k, no goes on to split k + 1."""
    at = np.arange(depth)
    right = np.append(at[1:], 2 * depth)
    return at, depth + at, right


def heap(levels: int) -> Shape:
    """A full binary tree over whole numbers: leaf k is that of k - 1 < x <= k."""
    count = (1 << levels) - 1
    node = np.arange(count)
    level = np.floor(np.log2(node + 1)).astype(np.int64)
    width = 1 << (levels - level)
    threshold = (node + 1 - (1 << level)) * width + width // 2 - 1
    return threshold, 2 * node + 1, 2 * node + 2


def _numbers(values: Any) -> list[float]:
    return [float(value) for value in values]


def xgboost_json(shape: Shape) -> bytes:
    threshold, left, right = shape
    splits, leaves = len(threshold), len(threshold) + 1
    pad, none = [0] * leaves, [-1] * leaves
    tree = {
        "left_children": left.tolist() + none,
        "right_children": right.tolist() + none,
        "split_indices": [0] * (splits + leaves),
        "split_conditions": _numbers(np.append(threshold + 0.5, np.arange(leaves))),
        "default_left": [0] * (splits + leaves),
        "split_type": [0] * splits + pad,
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
        "tree_param": {"size_leaf_vector": "1"},
    }
    model = {"gbtree_model_param": {"num_parallel_tree": "1"}, "trees": [tree], "tree_info": [0]}
    learner = {
        "objective": {"name": "reg:squarederror"},
        "gradient_booster": {"name": "gbtree", "model": model},
        "learner_model_param": {"num_feature": "1", "num_class": "0", "num_target": "1", "base_score": "0"},
        "feature_names": [],
    }
    return json.dumps({"learner": learner, "version": [3, 0, 0]}).encode()


def lightgbm_text(shape: Shape) -> bytes:
    threshold, left, right = shape
    splits = len(threshold)

    def line(name: str, values: Any) -> str:
        return f"{name}={' '.join(str(value) for value in values)}"

    def children(side: Ints) -> list[int]:
        return [int(child) if child < splits else int(splits - 1 - child) for child in side]

    head = ["tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "max_feature_idx=0"]
    head += ["objective=regression", "feature_names=f0", "feature_infos=[0:1]", ""]
    tree = ["Tree=0", f"num_leaves={splits + 1}", "num_cat=0", line("split_feature", [0] * splits)]
    tree += [line("threshold", _numbers(threshold)), line("decision_type", [0] * splits)]
    tree += [line("left_child", children(left)), line("right_child", children(right))]
    tree += [line("leaf_value", _numbers(range(splits + 1))), "", "", "end of trees", ""]
    return "\n".join(head + tree).encode()


def onnx_file(shape: Shape) -> bytes:
    pytest.importorskip("onnxruntime")
    from onnx_models import ml, model, table

    threshold, left, right = shape
    splits, leaves = len(threshold), len(threshold) + 1
    node = ml(
        "TreeEnsembleRegressor",
        "X",
        "Y",
        n_targets=1,
        nodes_treeids=[0] * (splits + leaves),
        nodes_nodeids=list(range(splits + leaves)),
        nodes_featureids=[0] * (splits + leaves),
        nodes_modes=["BRANCH_LEQ"] * splits + ["LEAF"] * leaves,
        nodes_values=_numbers(threshold) + [0.0] * leaves,
        nodes_truenodeids=left.tolist() + [0] * leaves,
        nodes_falsenodeids=right.tolist() + [0] * leaves,
        target_treeids=[0] * leaves,
        target_nodeids=list(range(splits, splits + leaves)),
        target_ids=[0] * leaves,
        target_weights=_numbers(range(leaves)),
    )
    data: bytes = model([node], table(1), ["Y"]).SerializeToString()
    return data


def treelite_checkpoint(shape: Shape) -> bytes:
    treelite = pytest.importorskip("treelite")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.txt"
        file.write_bytes(lightgbm_text(shape))
        data: bytes = treelite.frontend.load_lightgbm_model(file).serialize_bytes()
    return data


FORMATS: dict[str, Callable[[Shape], bytes]] = {
    "xgboost": xgboost_json,
    "lightgbm": lightgbm_text,
    "onnx": onnx_file,
    "treelite": treelite_checkpoint,
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("shape", "leaves"),
    [(chain(10_000), 10_001), (heap(17), 1 << 17)],
    ids=["10,000 levels", "131,072 leaves"],
)
def test_depth_and_width_have_no_limit(form: str, shape: Shape, leaves: int) -> None:
    graph = import_model(FORMATS[form](shape)).graph
    rows = np.unique(np.append(np.linspace(-1, leaves + 1, 200).round(), [0, 1, leaves - 2, leaves - 1]))[:, None]
    expected = np.clip(rows[:, 0], 0, leaves - 1)
    np.testing.assert_array_equal(np.ravel(evaluate(graph, rows)[0]), expected)
    passes.run(graph)
    np.testing.assert_array_equal(np.ravel(edgescore.load(encode(graph)).outputs(rows)[0]), expected)


def _changed(shape: Shape, left: int | None = None, threshold: float | None = None) -> Shape:
    """With another left child, or threshold, of split 3."""
    bounds, ways, right = shape[0].astype(np.float64), shape[1].copy(), shape[2]
    if left is not None:
        ways[3] = left
    if threshold is not None:
        bounds[3] = threshold
    return bounds, ways, right  # type: ignore[return-value]


@pytest.mark.parametrize("form", ["xgboost", "lightgbm", "onnx"])
@pytest.mark.parametrize(
    ("left", "message"),
    [(0, "reached twice|reached by no path|no root"), (5, "reached twice"), (99, "not there")],
    ids=["cycle", "shared", "beyond"],
)
def test_wrong_children_are_refused(form: str, left: int, message: str) -> None:
    with pytest.raises(ConvertError, match=rf"tree 0[\s\S]*({message})"):
        import_model(FORMATS[form](_changed(chain(8), left=left)))


@pytest.mark.parametrize("form", ["lightgbm", "onnx"])
def test_nan_thresholds_are_refused(form: str) -> None:
    with pytest.raises(ConvertError, match=r"tree 0, node 3 has a NaN threshold"):
        import_model(FORMATS[form](_changed(chain(8), threshold=np.nan)))


@pytest.mark.parametrize("form", ["xgboost", "lightgbm"])
def test_models_without_trees_are_refused(form: str) -> None:
    data = FORMATS[form](chain(8))
    if form == "xgboost":
        document = json.loads(data)
        document["learner"]["gradient_booster"]["model"] |= {"trees": [], "tree_info": []}
        data = json.dumps(document).encode()
    else:
        data = data[: data.index(b"Tree=0")] + b"end of trees\n"
    with pytest.raises(ConvertError, match="has no trees: train it for at least one iteration"):
        import_model(data)


def test_old_binary_models_of_xgboost_are_refused_with_the_way_out() -> None:
    """With and without the mark that some versions wrote before it."""
    body = (
        b"\x00\x00\x00\x3f"
        + bytes(132)
        + b"\x0f"
        + bytes(7)
        + b"binary:logistic\x06"
        + bytes(7)
        + b"gbtree"
        + bytes(99)
    )
    for data in (body, b"binf" + body, b"bs64\tYmluZg=="):
        with pytest.raises(ConvertError, match=r"old binary format, load it with xgboost < 3\.1"):
            import_model(data)
