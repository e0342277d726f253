"""Linear models, perceptrons, naive Bayes and discriminant analysis against scikit-learn, class for class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluate import check
from sklearn import discriminant_analysis, linear_model, mixture, naive_bayes, neural_network, svm
from sklearn.cross_decomposition import CCA, PLSCanonical, PLSRegression
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler

import edgescore
from edgescore_converters import convert
from edgescore_converters.writer import encode

LOADERS = {"cancer": load_breast_cancer, "digits": load_digits, "iris": load_iris, "wine": load_wine}

CLASSIFIERS = [
    linear_model.LogisticRegression(max_iter=500),
    linear_model.LogisticRegressionCV(Cs=[0.1], cv=2, max_iter=500, l1_ratios=(0.0,), use_legacy_attributes=False),
    linear_model.RidgeClassifier(),
    linear_model.RidgeClassifierCV(),
    linear_model.SGDClassifier(random_state=0),
    linear_model.SGDClassifier(loss="log_loss", random_state=0),
    linear_model.SGDClassifier(loss="modified_huber", random_state=0),
    linear_model.Perceptron(),
    svm.LinearSVC(),
    discriminant_analysis.LinearDiscriminantAnalysis(),
    discriminant_analysis.QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=0.1),
    naive_bayes.GaussianNB(),
    naive_bayes.BernoulliNB(),
    neural_network.MLPClassifier((8,), max_iter=20, random_state=0),
    neural_network.MLPClassifier((6, 5), activation="tanh", max_iter=20, random_state=0),
    neural_network.MLPClassifier((5,), activation="logistic", max_iter=20, random_state=0),
]


@pytest.fixture(autouse=True)
def _unfinished_training() -> Any:
    """Short training is enough for a comparison."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="sklearn")
        yield


@pytest.mark.parametrize("data", LOADERS)
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=str)
def test_classifiers(estimator: Any, data: str) -> None:
    x, y = LOADERS[data](return_X_y=True)
    x, y = x[:400], y[:400]
    imported = check(make_pipeline(StandardScaler(), estimator).fit(x, y), x)
    assert imported.task == "classification"
    assert [port.role for port in imported.graph.outputs] == ["score", "label"]


@pytest.mark.parametrize("estimator", [naive_bayes.MultinomialNB(), naive_bayes.ComplementNB()], ids=str)
def test_naive_bayes_of_counts(estimator: Any) -> None:
    x, y = load_digits(return_X_y=True)
    check(estimator.fit(x, y), x, narrow=1e-3)


REGRESSORS = [
    linear_model.LinearRegression(),
    linear_model.Ridge(),
    linear_model.Lasso(alpha=0.1),
    linear_model.ElasticNet(alpha=0.1),
    linear_model.SGDRegressor(random_state=0),
    linear_model.HuberRegressor(),
    linear_model.BayesianRidge(),
    linear_model.PoissonRegressor(),
    linear_model.GammaRegressor(),
    linear_model.TweedieRegressor(power=1.5),
    linear_model.TweedieRegressor(power=0),
    linear_model.RANSACRegressor(random_state=0),
    svm.LinearSVR(),
    PLSRegression(3),
    neural_network.MLPRegressor(hidden_layer_sizes=(7,), max_iter=30, random_state=0),
]


@pytest.mark.parametrize("estimator", REGRESSORS, ids=str)
def test_regressors(estimator: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    imported = check(make_pipeline(StandardScaler(), estimator).fit(x, y), x)
    assert imported.task == "regression"
    assert imported.graph.outputs[0].squeeze


@pytest.mark.parametrize(
    "estimator", [linear_model.Ridge(), linear_model.MultiTaskLasso(alpha=0.1), PLSRegression(2)], ids=str
)
def test_several_targets(estimator: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    imported = check(estimator.fit(x, np.stack([y, -2 * y, y**0.5], axis=1)), x)
    assert imported.graph.outputs[0].value.shape == (1, 3)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_mixtures(kind: str) -> None:
    x, _ = load_iris(return_X_y=True)
    check(mixture.GaussianMixture(3, covariance_type=kind, random_state=0).fit(x), x)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("prior", ["dirichlet_process", "dirichlet_distribution"])
def test_bayesian_mixtures(kind: str, prior: str) -> None:
    x, _ = load_iris(return_X_y=True)
    model = mixture.BayesianGaussianMixture(
        n_components=3, covariance_type=kind, weight_concentration_prior_type=prior, random_state=0
    )
    check(model.fit(x), x)


def test_categories_of_numbers() -> None:
    x, y = load_digits(return_X_y=True)
    model = naive_bayes.CategoricalNB(min_categories=17).fit(x[:900], y[:900])
    imported = check(model, np.concatenate([x[900:], x[:9] + 0.5]), narrow=1e-3)
    assert convert(model, calibrate=x).verification.disagreements == 0
    with pytest.raises(ValueError, match="takes no such row"):
        imported.oracle(np.full((1, 64), 99.0))
    assert np.isnan(edgescore.load(encode(imported.graph)).score(np.full(64, 99.0))).all()


@pytest.mark.parametrize("estimator", [PLSRegression(2), PLSCanonical(1), CCA(1)], ids=str)
def test_latent_columns_and_targets(estimator: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    targets = np.stack([y, y**0.5], axis=1)
    check(estimator.fit(x, targets), x)
    union = FeatureUnion([("latent", estimator), ("all", StandardScaler())]).fit(x, targets)
    assert check(union, x).task == "transform"


@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_discriminants_as_features(solver: str) -> None:
    x, y = load_wine(return_X_y=True)
    reduce = discriminant_analysis.LinearDiscriminantAnalysis(solver=solver)
    check(make_pipeline(reduce, linear_model.LogisticRegression()).fit(x, y), x)


@pytest.mark.parametrize("labels", [["no", "yes"], [10, -3], [0.0, 2.0], [False, True], ["b", "a"]], ids=str)
def test_labels_of_any_type(labels: list[Any]) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    imported = check(
        make_pipeline(StandardScaler(), linear_model.LogisticRegression()).fit(x, np.asarray(labels)[y]), x
    )
    for port in imported.graph.outputs:
        assert port.labels == sorted(labels)
        assert [type(label) for label in port.labels] == [type(label) for label in sorted(labels)]


def test_a_scaled_linear_model_becomes_one_dense_node_in_float32() -> None:
    x, y = load_iris(return_X_y=True)
    graph = check(make_pipeline(StandardScaler(), linear_model.Ridge()).fit(x, y), x).graph
    assert [(node.op, node.outputs[0].dtype) for node in graph.nodes] == [("dense", "float32")]


def test_a_binary_decision_does_not_need_float64() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    graph = check(make_pipeline(StandardScaler(), linear_model.LogisticRegression()).fit(x, y), x).graph
    assert not [value for value in graph.values() if value.dtype == "float64"]
