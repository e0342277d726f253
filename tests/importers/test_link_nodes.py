"""Links and decisions as nodes against the formulas of ``_tree_model``: in both float types, at the edges as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers._ensemble_nodes import add_link
from edgescore_converters.importers._link_nodes import BUILDERS, add_decision
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.importers._tree_model import LINKS, TreeModel
from edgescore_converters.ir import Graph

SCALAR = {"hinge", "isolation", "sigmoid_pair", "complement_pair", "negate_pair"}
PARAMS: dict[str, dict[str, float]] = {
    "sigmoid": {"alpha": 1.7},
    "sigmoid_pair": {"alpha": 0.3},
    "softmax": {"divisor": 3.0},
    "exp": {"alpha": -0.7},
    "isolation": {"offset": -0.4},
}
# Where the formula has no finite answer, or its quotient loses all digits.
DOMAIN = {"probit": (1e-6, 1 - 1e-6), "exp": (-80, 80), "mean_variance": (-40, 40), "softmax_zero": (-20, 20)}
TOLERANCE = {"float32": 2e-6, "float64": 1e-13}


def sums(link: str, width: int, dtype: Any) -> Any:
    rng = np.random.default_rng(0)
    low, high = DOMAIN.get(link, (-90, 90))
    edges = [0, -0.0, 1e-8, -1e-8, 1e-7, 1.0, -1.0, low, high, 0.5]
    small = rng.normal(0, 0.3, (100, width))
    rows = np.concatenate([rng.choice(edges, (100, width)), rng.uniform(low, high, (100, width)), small])
    rows = np.clip(rows, low, high).astype(dtype)
    # A row of zeros only has no other entries to be divided by.
    return rows[~np.all(np.abs(rows) <= 1e-7, axis=1)] if link == "softmax_zero" else rows


def graph_of(link: str, width: int, dtype: str, params: dict[str, float]) -> Graph:
    graph = Graph()
    graph.output("y", add_link(graph, graph.input("raw", width, dtype, nan=True), link, params))
    return graph


def test_every_link_has_nodes() -> None:
    assert set(BUILDERS) == set(LINKS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("link", sorted(LINKS))
def test_nodes_compute_the_formula(link: str, dtype: str) -> None:
    width = 1 if link in SCALAR else 2 if link == "mean_variance" else 4
    for params in ({}, PARAMS.get(link, {})):
        if link == "isolation" and not params:
            continue
        rows = sums(link, width, dtype)
        (have,) = evaluate(graph_of(link, width, dtype, params), rows)
        with np.errstate(all="ignore"):
            want = LINKS[link](rows, params)
        assert have.dtype == dtype
        assert np.all(np.isfinite(want))
        np.testing.assert_allclose(have, want, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] / 10)


DECISIONS = [
    ("argmax", "softmax", 4),
    ("raw argmax", "softmax", 4),
    ("raw argmax", "identity", 4),
    ("raw>0", "sigmoid_pair", 1),
    ("raw>=0", "sigmoid_pair", 1),
    ("raw>0.5", "complement_pair", 1),
    ("y>0.5", "sigmoid_pair", 1),
    ("y>=0", "isolation", 1),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("decision", "link", "width"), DECISIONS)
def test_nodes_choose_the_class(decision: Any, link: str, width: int, dtype: Any) -> None:
    params = PARAMS.get(link, {})
    builder = EnsembleBuilder(1, width, dtype, dtype)
    leaf = {"feature": [-1], "threshold": [0], "left": [0], "right": [0], "missing_left": [False]}
    builder.add_tree(**leaf, values=np.zeros((1, width)), target=-1)  # type: ignore[arg-type]
    model = TreeModel(builder.build(), link, "test", params, list(range(max(width, 2))), decision)
    graph = Graph()
    raw = graph.input("raw", width, dtype, nan=True)
    graph.output("label", add_decision(graph, raw, add_link(graph, raw, link, params), decision), role="label")
    rows = sums(link, width, dtype)
    tiny = np.finfo(dtype).smallest_subnormal
    rows = np.concatenate([rows, np.full((1, width), tiny), np.full((1, width), -tiny)])
    (have,) = evaluate(graph, rows)
    assert have.dtype == np.int32
    np.testing.assert_array_equal(have[:, 0], model.labels(rows.astype(np.float64)))
    assert len(np.unique(have)) > 1


def test_unknown_names_are_refused() -> None:
    graph = Graph()
    raw = graph.input("raw", 1)
    with pytest.raises(ConvertError, match="there is no link 'logit'; there are identity, "):
        add_link(graph, raw, "logit")
    with pytest.raises(ConvertError, match="no class is decided by 'none'"):
        add_decision(graph, raw, raw, "none")
