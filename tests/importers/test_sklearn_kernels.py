"""Kernel machines beside the support vectors, and Gaussian processes, against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluate import check
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.decomposition import KernelPCA
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process import kernels as k
from sklearn.kernel_approximation import Nystroem, RBFSampler, SkewedChi2Sampler
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

KERNELS = ["linear", "rbf", "poly", "sigmoid"]


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernel_ridge(kernel: str) -> None:
    x, y = load_diabetes(return_X_y=True)
    x, targets = x[:200], np.stack([y, y**0.5], axis=1)[:200]
    check(make_pipeline(StandardScaler(), KernelRidge(kernel=kernel, gamma=0.01)).fit(x, targets[:, 0]), x, narrow=None)
    check(KernelRidge(kernel=kernel, coef0=0.5, degree=2).fit(x, targets), x, narrow=None)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("estimator", [KernelPCA(3), Nystroem(n_components=20, random_state=0)], ids=str)
def test_kernels_as_columns(estimator: Any, kernel: str) -> None:
    x, y = load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), estimator.set_params(kernel=kernel, gamma=None)).fit(x[::2])
    assert check(model, x, narrow=None).task == "transform"
    model.set_params(**{f"{type(estimator).__name__.lower()}__gamma": 0.02})
    check(make_pipeline(model, LogisticRegression()).fit(x[::2], y[::2]), x, narrow=None)


@pytest.mark.parametrize("estimator", [RBFSampler(random_state=0), SkewedChi2Sampler(random_state=0)], ids=str)
def test_random_features(estimator: Any) -> None:
    x, _ = load_wine(return_X_y=True)
    check(make_pipeline(MinMaxScaler(clip=True), estimator).fit(x), x, narrow=1e-3)


@pytest.mark.parametrize("estimator", [LabelPropagation(gamma=1), LabelSpreading(gamma=0.5)], ids=str)
def test_labels_that_spread(estimator: Any) -> None:
    x, y = load_iris(return_X_y=True)
    known = np.where(np.arange(len(y)) % 3, -1, y)
    check(estimator.fit(x, known), x, narrow=None)


COVARIANCES = [
    None,
    k.RBF(0.9) + k.WhiteKernel(0.1),
    k.RBF(np.linspace(0.5, 2, 10)) * 2.0 + k.WhiteKernel(0.1),
    k.Matern(0.8, nu=0.5) + k.WhiteKernel(0.1),
    3.0 * k.Matern(2.0, nu=1.5) + k.WhiteKernel(0.1),
    k.Matern(2.0, nu=2.5) + k.WhiteKernel(0.1),
    k.Matern(2.0, nu=np.inf) + k.WhiteKernel(0.1),
    k.RationalQuadratic(1.5, 0.7) + k.WhiteKernel(0.1),
    k.DotProduct(0.5) ** 2 + k.WhiteKernel(0.1),
    k.ExpSineSquared(1.5, 4.0) * k.RBF(3.0) + k.WhiteKernel(9.0),
    k.ConstantKernel(2.0) + k.WhiteKernel(0.1),
]


@pytest.mark.parametrize("kernel", COVARIANCES, ids=str)
def test_gaussian_processes(kernel: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    process = GaussianProcessRegressor(kernel, alpha=1e-3, optimizer=None, normalize_y=kernel is not None)
    check(make_pipeline(StandardScaler(), process).fit(x[:150], y[:150]), x[150:], narrow=None)


def test_gaussian_processes_of_several_targets() -> None:
    x, y = load_diabetes(return_X_y=True)
    process = GaussianProcessRegressor(k.RBF(0.1) + k.WhiteKernel(0.5), optimizer=None, normalize_y=True)
    check(process.fit(x[:150], np.stack([y, y**0.5], axis=1)[:150]), x[150:], narrow=None)
    check(process.fit(x[:150], y[:150, None]), x[150:], narrow=None)


@pytest.mark.parametrize("data", [load_breast_cancer, load_iris], ids=["two", "three"])
@pytest.mark.parametrize(
    "kernel", [None, 1.5 * k.RBF(2.0) + k.WhiteKernel(0.1), (k.DotProduct() ** 2) * k.Matern(3.0)], ids=str
)
@pytest.mark.parametrize("pairs", [False, True])
def test_gaussian_process_classes(data: Any, kernel: Any, pairs: bool) -> None:
    x, y = data(return_X_y=True)
    process = GaussianProcessClassifier(kernel, optimizer=None, multi_class="one_vs_one" if pairs else "one_vs_rest")
    imported = check(make_pipeline(StandardScaler(), process).fit(x[::4], y[::4]), x[1::4], narrow=None)
    three = data is load_iris
    assert [port.role for port in imported.graph.outputs] == (["label"] if pairs and three else ["score", "label"])
