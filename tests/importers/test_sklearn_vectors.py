"""Support vectors, neighbours, clusters and outliers against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluate import check
from sklearn import cluster, covariance, linear_model, neighbors, svm
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

KERNELS = ["linear", "rbf", "poly", "sigmoid"]
LOADERS = {"cancer": load_breast_cancer, "iris": load_iris, "wine": load_wine}


@pytest.mark.parametrize("data", LOADERS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_svc(kernel: str, data: str) -> None:
    x, y = LOADERS[data](return_X_y=True)
    model = make_pipeline(StandardScaler(), svm.SVC(kernel=kernel, coef0=0.5)).fit(x, y)
    imported = check(model, x, narrow=1e-3)
    assert imported.graph.outputs[0].name == "decision"
    assert imported.graph.outputs[0].squeeze == (data == "cancer")


@pytest.mark.parametrize(
    "estimator",
    [
        svm.SVC(decision_function_shape="ovo"),
        svm.SVC(break_ties=True),
        svm.SVC(class_weight="balanced", gamma=0.01),
        svm.NuSVC(nu=0.1),
    ],
    ids=str,
)
def test_svc_of_ten_classes(estimator: Any) -> None:
    x, y = load_digits(return_X_y=True)
    check(estimator.fit(x[:600], y[:600]), x[500:1000], narrow=None)


@pytest.mark.parametrize("data", LOADERS)
def test_svc_probabilities(data: str) -> None:
    x, y = LOADERS[data](return_X_y=True)
    with pytest.warns(FutureWarning, match="probability"):
        model = make_pipeline(StandardScaler(), svm.SVC(probability=True, random_state=0)).fit(x, y)
    imported = check(model, x, narrow=None)
    assert imported.graph.outputs[0].name == "probabilities"


@pytest.mark.parametrize("estimator", [svm.SVR(C=100), svm.SVR(kernel="poly"), svm.NuSVR(kernel="linear")], ids=str)
def test_svr(estimator: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    check(make_pipeline(StandardScaler(), estimator).fit(x, y), x)


@pytest.mark.parametrize(
    "estimator",
    [
        svm.OneClassSVM(nu=0.1),
        linear_model.SGDOneClassSVM(random_state=0),
        covariance.EllipticEnvelope(random_state=0),
    ],
    ids=str,
)
def test_outliers(estimator: Any) -> None:
    x, _ = load_wine(return_X_y=True)
    rows = np.concatenate([x, 3 * x[:20], np.zeros((1, x.shape[1]))])
    imported = check(make_pipeline(StandardScaler(), estimator).fit(x), rows, narrow=1e-3)
    assert imported.task == "anomaly"
    assert set(imported.graph.outputs[1].labels) == {-1, 1}


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("p", [1, 2])
def test_neighbours(weights: str, p: int) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    scaled = StandardScaler()
    classifier = neighbors.KNeighborsClassifier(4, weights=weights, p=p)
    check(make_pipeline(scaled, classifier).fit(x[:300], y[:300]), x, narrow=None)
    regressor = neighbors.KNeighborsRegressor(3, weights=weights, p=p)
    check(make_pipeline(scaled, regressor).fit(x[:300], np.stack([y, 1 - y], axis=1)[:300]), x, narrow=None)


def test_neighbours_of_digits() -> None:
    x, y = load_digits(return_X_y=True)
    check(neighbors.KNeighborsClassifier(3).fit(x[:500], y[:500]), x[500:1000])


@pytest.mark.parametrize("priors", ["uniform", "empirical"])
def test_nearest_centroid(priors: str) -> None:
    x, y = load_wine(return_X_y=True)
    check(make_pipeline(StandardScaler(), neighbors.NearestCentroid(priors=priors)).fit(x, y), x)


@pytest.mark.parametrize(
    "estimator", [cluster.KMeans(5, random_state=0), cluster.MiniBatchKMeans(4, random_state=0)], ids=str
)
def test_clusters(estimator: Any) -> None:
    x, y = load_digits(return_X_y=True)
    x, y = x[:500], y[:500]
    imported = check(estimator.fit(x), x)
    assert imported.task == "clustering"
    assert [port.name for port in imported.graph.outputs] == ["distances", "label"]
    check(make_pipeline(estimator, StandardScaler(), LogisticRegression()).fit(x, y), x)


@pytest.mark.parametrize(
    "estimator",
    [
        cluster.BisectingKMeans(1, random_state=0),
        cluster.BisectingKMeans(7, random_state=0),
        cluster.BisectingKMeans(6, random_state=0, bisecting_strategy="largest_cluster"),
        cluster.Birch(n_clusters=3, threshold=1.5),
        cluster.Birch(n_clusters=None, threshold=2.5),
        cluster.MeanShift(),
        cluster.AffinityPropagation(random_state=0),
    ],
    ids=str,
)
def test_other_clusters(estimator: Any) -> None:
    x, y = load_wine(return_X_y=True)
    imported = check(make_pipeline(StandardScaler(), estimator).fit(x), x, narrow=1e-3)
    assert imported.task == "clustering"
    if hasattr(estimator, "transform"):
        check(make_pipeline(estimator, StandardScaler(), LogisticRegression(max_iter=2000)).fit(x, y), x, narrow=None)
