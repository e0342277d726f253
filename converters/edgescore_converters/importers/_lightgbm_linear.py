"""LightGBM's linear trees: leaves that are linear functions of the row, as vectors of a constant and slopes.

The sum of linear functions is the linear function of the sums, so such trees add up like any others and meet the row
once, at the end (`_tree_stages.Slopes`). A leaf whose features are NaN in a row gives a plain number instead: each of
its features is tested for that before, by splits of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError

from ._trees import CORRUPT

Tree = Mapping[str, str]


def is_linear(tree: Tree) -> bool:
    """Whether the tree's leaves are functions."""
    return tree.get("is_linear", "0") != "0"


def slope_features(trees: Sequence[Tree]) -> NDArray[np.int64]:
    """The features that leaves of any tree have slopes for, ascending."""
    numbers = [int(text) for tree in trees if is_linear(tree) for text in tree.get("leaf_features", "").split()]
    return np.unique(np.asarray(numbers, np.int64))


def with_slopes(
    nodes: Mapping[str, Any], tree: Tree, features: NDArray[np.int64], output: int, n_outputs: int
) -> dict[str, Any]:
    """`nodes`, the arguments of `add_tree` for a plain tree, with vectors for leaves and the tests for NaN before them.

    A vector is a constant and slopes of `features` for each of `n_outputs`, 0 but for those of `output`. Raises
    ConvertError for lists that do not fit together.
    """
    count, width = len(nodes["feature"]), 1 + len(features)
    leaves = np.flatnonzero(np.asarray(nodes["feature"]) < 0).tolist()
    plain = np.asarray(nodes["values"], np.float64)[leaves].tolist()
    functions = _functions(tree, len(leaves)) if is_linear(tree) else [(number, [], []) for number in plain]
    tests: list[int] = []
    grown: dict[str, list[Any]] = {name: [] for name in ("feature", "left", "right")}
    place = {int(feature): number for number, feature in enumerate(features.tolist())}
    vectors = np.zeros((count + 2 * sum(len(names) for _, names, _ in functions), n_outputs, width))
    feature, left, right = (np.asarray(nodes[name], np.int64).copy() for name in grown)
    for leaf, number, (intercept, names, slopes) in zip(leaves, plain, functions, strict=True):
        at = leaf  # where the function goes: behind a test for each of its features, whose other side is the number
        for name in names:
            new = count + len(grown["feature"])
            grown["feature"] += [-1, -1]
            grown["left"] += [0, 0]
            grown["right"] += [0, 0]
            if at < count:
                feature[at], left[at], right[at] = name, new, new + 1
            else:
                for key, value in (("feature", name), ("left", new), ("right", new + 1)):
                    grown[key][at - count] = value
            tests.append(at)
            vectors[new, output, 0] = number
            at = new + 1
        vectors[at, output, 0] = intercept
        for name, slope in zip(names, slopes, strict=True):
            vectors[at, output, 1 + place[name]] += slope
    more = len(grown["feature"])
    missing_left = np.append(nodes["missing_left"], np.zeros(more, np.bool_))
    missing_left[tests] = True
    return {
        **nodes,
        "feature": np.concatenate([feature, np.asarray(grown["feature"], np.int64)]),
        "left": np.concatenate([left, np.asarray(grown["left"], np.int64)]),
        "right": np.concatenate([right, np.asarray(grown["right"], np.int64)]),
        "threshold": np.append(nodes["threshold"], np.zeros(more)),
        "missing_left": missing_left,
        "zero_missing": np.append(nodes["zero_missing"], np.zeros(more, np.bool_)),
        # No number is in the empty set: a test for NaN and nothing else.
        "categories": {**nodes["categories"], **dict.fromkeys(tests, ())},
        "values": vectors.reshape(len(vectors), -1),
        "target": -1,
    }


def _functions(tree: Tree, n_leaves: int) -> list[tuple[float, list[int], list[float]]]:
    """(constant, features, slopes) of each leaf."""
    constants = [float(text) for text in tree.get("leaf_const", "").split()]
    counts = [int(text) for text in tree.get("num_features", "").split()]
    names = [int(text) for text in tree.get("leaf_features", "").split()]
    slopes = [float(text) for text in tree.get("leaf_coeff", "").split()]
    if not len(constants) == len(counts) == n_leaves or not sum(counts) == len(names) == len(slopes):
        raise ConvertError(
            f"leaf_const, num_features, leaf_features and leaf_coeff do not fit {n_leaves} leaves: {CORRUPT}"
        )
    if min(counts, default=0) < 0 or not np.all(np.isfinite([*constants, *slopes])):
        raise ConvertError(f"a linear leaf has a count below 0 or a coefficient that is not finite: {CORRUPT}")
    ends = np.cumsum([0, *counts]).tolist()
    return [
        (constants[leaf], names[ends[leaf] : ends[leaf + 1]], slopes[ends[leaf] : ends[leaf + 1]])
        for leaf in range(n_leaves)
    ]
