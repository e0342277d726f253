"""ai.onnx.ml TreeEnsemble against ONNX Runtime: random models over all modes, membership sets, corrupt attributes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx_models import DOUBLE, FLOAT, agree, ml, model, table

from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers._onnx_trees import load_onnx_trees

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

Attributes = dict[str, Any]
LEQ, EQ, MEMBER = 0, 4, 6
SETS = [[1.0], [0.0, 2.0, 30.0], [2.0, 45.0], list(np.arange(0.0, 90, 3)), [70000.0, 3.0], [31.0]]


def random_ensemble(seed: int, targets: int = 1, trees: int = 5, **more: Any) -> Attributes:
    """Trees of up to four levels over three columns, and all branch modes but those that `modes` leaves out."""
    rng = np.random.default_rng(seed)
    modes = more.pop("modes", range(7))
    names = ("featureids", "modes", "splits", "truenodeids", "trueleafs", "falsenodeids", "falseleafs")
    names = (*names, "missing_value_tracks_true")
    nodes: list[dict[str, Any]] = []
    ids: list[int] = []
    members: list[float] = []

    def leaf() -> int:
        ids.append(int(rng.integers(targets)))
        return len(ids) - 1

    def grow(depth: int) -> int:
        at = len(nodes)
        mode = int(rng.choice(modes))
        whole = float(rng.choice([0, 1, 2, 3, 7]))
        nodes.append(
            {
                "featureids": int(rng.integers(3)),
                "modes": mode,
                "splits": whole if mode >= EQ else float(np.float32(rng.normal())),
                "missing_value_tracks_true": int(rng.random() < 0.5),
            }
        )
        if mode == MEMBER:
            members.extend([*SETS[rng.integers(len(SETS))], np.nan])
        for side in ("true", "false"):
            ends = depth == 0 or rng.random() < 0.3
            nodes[at] |= {f"{side}leafs": int(ends), f"{side}nodeids": leaf() if ends else grow(depth - 1)}
        return at

    roots = [grow(3) for _ in range(trees)]
    result: Attributes = {f"nodes_{name}": [node[name] for node in nodes] for name in names}
    result |= {"tree_roots": roots, "leaf_targetids": ids, "n_targets": targets, "membership_values": members}
    result["leaf_weights"] = np.round(rng.normal(size=len(ids)), 3)
    return result | more


def source(attributes: Attributes, kind: int = FLOAT) -> Any:
    dtype = np.float64 if kind == DOUBLE else np.float32
    given = {name: value for name, value in attributes.items() if np.size(value)}
    for name in ("leaf_weights", "nodes_splits", "membership_values"):
        if name in given:
            given[name] = onnx.numpy_helper.from_array(np.asarray(given[name], dtype))
    given["nodes_modes"] = onnx.numpy_helper.from_array(np.asarray(given["nodes_modes"], np.uint8))
    return model([ml("TreeEnsemble", "X", "Y", **given)], table(3, kind), ["Y"], ml_opset=5, kind=kind)


def rows(attributes: Attributes, kind: int = FLOAT) -> NDArray[Any]:
    """Every split and every member, one ulp beside them, fractions of members, and what is no ordinary number."""
    dtype = np.float64 if kind == DOUBLE else np.float32
    at = np.asarray([*attributes["nodes_splits"], *attributes["membership_values"]], dtype)
    at = np.unique(at[~np.isnan(at)])
    special = np.asarray([np.nan, np.inf, -np.inf, -0.0, -1.0, -0.5, 1e10], dtype)
    values = np.concatenate([at, np.nextafter(at, at - 1), np.nextafter(at, at + 1), at + dtype(0.5), special])
    rng = np.random.default_rng(1)
    return np.concatenate([rng.choice(values, (600, 3)), rng.normal(size=(100, 3)).astype(dtype) * 3])


@pytest.mark.parametrize("kind", [FLOAT, DOUBLE])
@pytest.mark.parametrize("aggregate", range(4))
@pytest.mark.parametrize("seed", range(4))
def test_random_models(seed: int, aggregate: int, kind: int) -> None:
    for more in ({}, {"modes": (MEMBER,)}, {"modes": range(4)}):
        attributes = random_ensemble(seed, aggregate_function=aggregate, **more)
        agree(source(attributes, kind), rows(attributes, kind), 1e-6, input_dtype="float64")


@pytest.mark.parametrize("post", range(5))
def test_several_targets_and_every_transform(post: int) -> None:
    for seed in range(4):
        attributes = random_ensemble(seed, 3, trees=12, post_transform=post)
        if post == 4:  # PROBIT loses digits around 1/2, and takes probabilities only
            attributes["leaf_weights"] = np.abs(attributes["leaf_weights"]) / 60 + 0.002
        agree(source(attributes), rows(attributes), 1e-3 if post == 4 else 1e-6)


def small(**changes: Any) -> Attributes:
    """One split with two leaves."""
    return {
        "tree_roots": [0],
        "nodes_featureids": [0],
        "nodes_modes": [LEQ],
        "nodes_splits": [0.5],
        "nodes_truenodeids": [0],
        "nodes_trueleafs": [1],
        "nodes_falsenodeids": [1],
        "nodes_falseleafs": [1],
        "leaf_targetids": [0, 0],
        "leaf_weights": [1.0, 2.0],
        "n_targets": 1,
        "membership_values": [],
    } | changes


def test_shared_leaves_and_trees_of_one_leaf() -> None:
    shared = small(nodes_featureids=[0, 1], nodes_modes=[LEQ, LEQ], nodes_splits=[0.5, 0.25])
    shared |= {"nodes_truenodeids": [1, 0], "nodes_trueleafs": [0, 1]}
    shared |= {"nodes_falsenodeids": [1, 1], "nodes_falseleafs": [1, 1]}
    agree(source(shared), rows(shared), 0)
    lone = small(
        tree_roots=[1, 0], nodes_featureids=[0, 9], nodes_modes=[LEQ, LEQ], nodes_splits=[0.5, 0.0],
        nodes_truenodeids=[0, 1], nodes_falsenodeids=[1, 1], nodes_trueleafs=[1, 1], nodes_falseleafs=[1, 1],
    )  # fmt: skip
    agree(source(lone), rows(lone), 0)


def test_membership_of_fractions_and_empty_sets() -> None:
    """What ONNX Runtime does not do: by the specification."""
    attributes = small(nodes_modes=[MEMBER], membership_values=[0.5, -2.0, 3.0, np.nan])
    found = load_onnx_trees(attributes, "TreeEnsemble", 1)
    assert found.sums([[0.5], [-2.0], [3.0], [0.0], [np.nan]])[:, 0].tolist() == [1, 1, 1, 2, 2]
    found = load_onnx_trees(attributes | {"membership_values": [np.nan]}, "TreeEnsemble", 1)
    assert found.sums([[0.0], [np.nan]])[:, 0].tolist() == [2, 2]


TWO: Attributes = {
    "nodes_featureids": [0, 0],
    "nodes_modes": [LEQ, LEQ],
    "nodes_splits": [0.5, 0.5],
    "nodes_trueleafs": [0, 1],
    "nodes_falseleafs": [1, 1],
    "nodes_falsenodeids": [1, 1],
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodes_truenodeids": [5]}, "split 0 has a child that is not there"),
        ({"nodes_falsenodeids": [-1]}, "split 0 has a child that is not there"),
        (TWO | {"nodes_truenodeids": [0, 0]}, "tree 0, split 0 is reached twice"),
        (TWO | {"nodes_truenodeids": [1, 0], "tree_roots": [0, 1]}, r"tree \d, split 1 is reached twice"),
        ({"tree_roots": []}, "has no trees"),
        ({"tree_roots": [3]}, "tree_roots names a split that is not there"),
        ({"nodes_splits": []}, "nodes_splits has 0 entries where 1 should be"),
        ({"nodes_splits": [np.nan]}, "has a NaN threshold"),
        ({"nodes_featureids": [7]}, "tree 0, node 0 splits on a feature beyond the 1 inputs"),
        ({"nodes_modes": [MEMBER], "nodes_featureids": [7]}, "splits on a feature beyond the 1 inputs"),
        ({"nodes_modes": [MEMBER], "nodes_featureids": [7], "membership_values": [0.5]}, "beyond the 1 inputs"),
        ({"nodes_trueleafs": [0, 1]}, "nodes_trueleafs has 2 entries for 1 nodes"),
        ({"nodes_modes": [9]}, "nodes_modes has 9, which is no branch mode"),
        ({"leaf_targetids": [0, 4]}, "do not fit 1 outputs"),
        (TWO | {"nodes_truenodeids": [1, 0], "nodes_modes": [MEMBER, MEMBER]}, "1 sets for 2 nodes"),
    ],
)
def test_corrupt_attributes_are_refused_by_name(changes: Attributes, message: str) -> None:
    with pytest.raises(ConvertError, match=message):
        load_onnx_trees(small(**changes), "TreeEnsemble", 1)


def test_unknown_numbers_are_refused() -> None:
    for name in ("aggregate_function", "post_transform"):
        with pytest.raises(UnsupportedError, match=f"{name} 9: it is none of 0 to"):
            load_onnx_trees(small(**{name: 9}), "TreeEnsemble", 1)
