"""Support vector machines that skl2onnx exported, on columns as they come: held against scikit-learn, which computes in
float64, where ONNX Runtime's float32 is up to 0.3 off.

The estimators are rounded to float32 before they are exported, as ONNX rounds them, so that scikit-learn says exactly
what the file means.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC, SVR, NuSVC, OneClassSVM

import edgescore
from edgescore_converters import convert
from edgescore_converters.errors import VerificationFailed
from edgescore_converters.importers._onnx import _exact_svm
from edgescore_converters.importers.onnx import import_model
from edgescore_converters.ir import constant

Array = NDArray[Any]
DATA = {"iris": load_iris, "wine": load_wine, "cancer": load_breast_cancer}
ROUNDED = ("support_vectors_", "_dual_coef_", "dual_coef_", "_intercept_", "intercept_", "_probA", "_probB", "_gamma")
pytestmark = pytest.mark.filterwarnings("ignore")  # SVC(probability=True) is deprecated, and stops early here


def fitted(estimator: Any, data: str) -> tuple[Any, Any, Array, Array]:
    """(ONNX model, estimator with the numbers that are in it, training rows, other rows)."""
    x, y = DATA[data](return_X_y=True)
    train, held_out, classes, _ = train_test_split(x.astype(np.float32), y, random_state=0)
    estimator.fit(train, classes)
    for name in ROUNDED:
        if np.size(getattr(estimator, name, ())):
            narrow = np.asarray(getattr(estimator, name), np.float32)
            setattr(estimator, name, narrow.astype(np.float64) if narrow.ndim else float(narrow))
    options = {"zipmap": False} if hasattr(estimator, "classes_") else None
    return to_onnx(estimator, train[:1], options=options), estimator, train, held_out.astype(np.float64)


def machine(kernel: str, probability: bool = True) -> SVC:
    return SVC(kernel=kernel, probability=probability, random_state=0, max_iter=100_000)


@pytest.mark.parametrize("with_rows", [True, False])
@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "sigmoid"])
@pytest.mark.parametrize("data", DATA)
def test_probabilities_and_classes_are_those_of_scikit_learn(data: str, kernel: str, with_rows: bool) -> None:
    source, estimator, train, held_out = fitted(machine(kernel), data)
    conversion = convert(source, calibrate=train if with_rows else None)
    model = edgescore.load(conversion.data)

    assert conversion.verification.tolerance == 1e-6
    assert conversion.verification.error < 1e-6
    np.testing.assert_allclose(model.score(held_out), estimator.predict_proba(held_out), rtol=0, atol=1e-6)
    assert model.predict(held_out).tolist() == estimator.predict(held_out).tolist()


@pytest.mark.parametrize(
    "estimator",
    [NuSVC(nu=0.1, kernel="linear", probability=True, random_state=0, max_iter=100_000), machine("linear")],
    ids=lambda each: type(each).__name__,
)
def test_unscaled_columns_that_float32_does_not_sum(estimator: Any) -> None:
    source, estimator, train, held_out = fitted(estimator, "cancer")
    found = convert(source, calibrate=train).verification
    theirs = import_model(source).oracle(held_out)[1]

    assert abs(theirs - estimator.predict_proba(held_out)).max() > 1e-3
    assert found.source_rounds > 100
    assert found.source_error > 1e-3


@pytest.mark.parametrize(
    "estimator", [SVR(kernel="linear", max_iter=100_000), SVR(), SVR(kernel="poly", max_iter=9999)]
)
@pytest.mark.parametrize("with_rows", [True, False])
def test_regression(estimator: Any, with_rows: bool) -> None:
    source, estimator, train, held_out = fitted(estimator, "wine")
    model = edgescore.load(convert(source, calibrate=train if with_rows else None).data)
    want = estimator.predict(held_out)

    np.testing.assert_allclose(np.ravel(model.score(held_out)), want, rtol=0, atol=1e-6 * max(1, abs(want).max()))


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_one_class(kernel: str) -> None:
    source, estimator, train, held_out = fitted(OneClassSVM(kernel=kernel), "wine")
    label, _ = edgescore.load(convert(source, calibrate=train).data).outputs(held_out)

    assert np.ravel(label).tolist() == estimator.predict(held_out).tolist()


def test_a_linear_kernel_needs_no_support_vectors_on_the_device() -> None:
    source, estimator, train, _ = fitted(machine("linear"), "cancer")

    assert len(estimator.support_vectors_) > 30
    assert len(convert(source, calibrate=train).data) < 2000


@pytest.mark.parametrize("with_rows", [True, False])
def test_what_is_float32_in_the_file_is_kept_as_such(with_rows: bool) -> None:
    source, estimator, train, _ = fitted(machine("rbf"), "cancer")
    numbers = estimator.support_vectors_.size + estimator.dual_coef_.size

    assert 4 * numbers < len(convert(source, calibrate=train if with_rows else None).data) < 4 * numbers + 3000


def test_trees_beside_a_machine_keep_the_scores_of_onnx_runtime() -> None:
    forest = RandomForestClassifier(10, max_depth=4, random_state=0)
    both = VotingClassifier([("a", forest), ("b", machine("linear"))], voting="soft", flatten_transform=False)
    x, y = load_breast_cancer(return_X_y=True)
    x = x.astype(np.float32)
    source = to_onnx(both.fit(x, y), x[:1], options={"zipmap": False})
    found = convert(source, calibrate=x).verification

    assert found.exact
    assert found.tolerance == 1e-6
    assert found.source_rounds > 100


# --- what must not pass ---


def broken(source: Any, factor: float) -> Any:
    """The import of ``source`` with one coefficient off by ``factor``."""
    imported = import_model(source)
    node = next(node for node in imported.graph.nodes if node.op in ("kernel_sum", "dense"))
    at = 2 if node.op == "kernel_sum" else 1
    value = node.inputs[at]
    assert value is not None
    assert value.data is not None
    data = value.data.copy()
    data.flat[np.argmax(np.abs(data))] *= factor
    node.set_input(at, constant(data, value.dtype))
    return imported


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "sigmoid"])
@pytest.mark.parametrize("with_rows", [True, False])
def test_a_coefficient_that_is_off_is_refused(kernel: str, with_rows: bool) -> None:
    source, _, train, _ = fitted(machine(kernel), "cancer")

    with pytest.raises(VerificationFailed):
        convert(broken(source, 1.0003), calibrate=train if with_rows else None)


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_what_both_judge_and_import_have_wrong_is_refused(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source, _, train, _ = fitted(machine(kernel), "iris")
    floats = _exact_svm._floats
    monkeypatch.setattr(_exact_svm, "_floats", lambda given, name: floats(given, name) * (0.99 if name == "rho" else 1))
    imported = import_model(source)
    node = next(node for node in imported.graph.nodes if node.op in ("kernel_sum", "dense"))
    bias = node.inputs[-1]
    assert bias is not None
    assert bias.data is not None
    node.set_input(len(node.inputs) - 1, constant(bias.data * 0.99, bias.dtype))

    with pytest.raises(VerificationFailed):
        convert(imported, calibrate=train)


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly"])
@pytest.mark.parametrize("data", ["iris", "cancer"])
def test_rounding_explains_what_onnx_runtime_gives(data: str, kernel: str) -> None:
    source, _, train, _ = fitted(machine(kernel), data)
    imported = import_model(source)
    rows = train.astype(np.float64)
    assert imported.doubts is not None
    given = imported.oracle(rows)
    wrong = [given[0], given[1] + np.float32(0.01) * (np.arange(len(rows)) % 2 == 0)[:, None]]

    assert not imported.doubts(rows, given).any()
    if kernel != "linear" or data == "iris":  # where ONNX Runtime rounds by more than a hundredth, anything goes
        assert imported.doubts(rows, wrong).tolist() == (np.arange(len(rows)) % 2 == 0).tolist()
