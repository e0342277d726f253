"""Neighbours at one distance: which of them counts is scikit-learn's choice, and the device's must be the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import neighbors
from sklearn.datasets import load_digits, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from edgescore_converters.importers import import_model
from edgescore_converters.input_dtype import choose
from edgescore_converters.passes import narrow_floats
from tests.importers.evaluate import Array, check


def tied(data: str) -> tuple[Array, Array, Array]:
    """Points, labels and rows: measured ones, many of them twice and with another label."""
    rng = np.random.default_rng(0)
    if data == "grid":
        x, y = rng.integers(0, 5, (400, 3)).astype(float), rng.integers(0, 4, 400)
    else:
        x, y = {"iris": load_iris, "digits": load_digits}[data](return_X_y=True)
        order = rng.permutation(len(x))[:400]
        x, y = x[order], y[order]
    points, rows = x[: len(x) * 2 // 3], x[len(x) // 2 :]
    again = rng.integers(len(points), size=len(points) // 2)
    labels = y[: len(points)]
    return np.concatenate([points, points[again]]), np.concatenate([labels, rng.permutation(labels[again])]), rows


def same(estimator: Any, x: Array, y: Array, rows: Array) -> None:
    check(estimator.fit(x, y), rows, narrow=None, input_dtype="float64")


@pytest.mark.parametrize("data", ["iris", "digits", "grid"])
@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree"])
@pytest.mark.parametrize("k", [1, 3, 10, 20])
@pytest.mark.parametrize("p", [1, 2])
def test_the_search_tree_decides(data: str, algorithm: str, k: int, p: int) -> None:
    x, y, rows = tied(data)
    options: dict[str, Any] = {"algorithm": algorithm, "p": p}
    same(neighbors.KNeighborsClassifier(k, **options), x, y, rows)
    same(neighbors.KNeighborsRegressor(k, weights="distance", leaf_size=3, **options), x, y, rows)
    same(make_pipeline(StandardScaler(), neighbors.KNeighborsClassifier(k, **options)), x, y, rows)


@pytest.mark.parametrize("data", ["digits", "grid"])
@pytest.mark.parametrize("k", [1, 3, 10, 20])
@pytest.mark.parametrize("p", [1, 2])
def test_the_order_of_the_points_decides_by_brute_force(data: str, k: int, p: int) -> None:
    x, y, rows = tied(data)
    with threadpool_limits(1, user_api="openmp"):  # what several threads find is merged in an order of its own
        same(neighbors.KNeighborsClassifier(k, algorithm="brute", p=p), x, y, rows)
        same(neighbors.KNeighborsRegressor(k, algorithm="brute", p=p), x, y, rows)


def test_a_tree_that_is_too_large_is_refused() -> None:
    x = np.arange(70_000.0)[:, None]
    search = neighbors.KNeighborsRegressor(1, algorithm="kd_tree", leaf_size=1).fit(x, x[:, 0])
    with pytest.raises(Exception, match="leaf_size"):
        import_model(search)


@pytest.mark.parametrize("nested", [False, True])
def test_brute_force_is_asked_again_without_its_rounding(nested: bool) -> None:
    x, y, rows = tied("iris")
    brute: Any = neighbors.KNeighborsClassifier(10, algorithm="brute")
    plain = make_pipeline(StandardScaler(), brute) if nested else brute
    imported = import_model(plain.fit(x, y), input_dtype="float64")
    assert imported.again is not None
    assert brute._fit_method == "brute"  # the user's own is left alone
    points = rows if not nested else plain[0].transform(rows)
    distances = np.zeros((len(rows), len(x)))
    for j in range(x.shape[1]):
        distances += (points[:, j, None] - brute._fit_X[:, j]) ** 2
    clear = np.sort(distances)[:, 9] < np.sort(distances)[:, 10]
    shares = np.stack([np.bincount(brute._y[each], minlength=3) for each in np.argsort(distances)[:, :10]]) / 10
    assert 20 < clear.sum() < len(rows)
    np.testing.assert_allclose(imported.again(rows)[0][clear], shares[clear], atol=1e-12)
    assert import_model(neighbors.KNeighborsClassifier(algorithm="kd_tree").fit(x, y)).again is None


def test_arithmetic_in_which_ties_remain_ties() -> None:
    """Iris is measured in tenths, which no float32 is; the digits are whole numbers, and so are their distances."""
    for data, dtype in (("iris", "float64"), ("digits", "float32")):
        x, y, _ = tied(data)
        search = neighbors.KNeighborsClassifier(3).fit(x, y)
        graph = choose(lambda wanted, search=search: import_model(search, input_dtype=wanted), "auto").graph
        assert graph.inputs[0].value.dtype == dtype
        narrow_floats.apply(graph)
        assert next(node for node in graph.nodes if node.op == "knn").outputs[0].dtype == dtype
    quarters = neighbors.KNeighborsClassifier(3).fit(x / 4, y)  # float32 holds the points, but not their distances
    graph = choose(lambda wanted: import_model(quarters, input_dtype=wanted), "auto").graph
    assert graph.inputs[0].value.dtype == "float32"
    narrow_floats.apply(graph)
    assert next(node for node in graph.nodes if node.op == "knn").outputs[0].dtype == "float64"
