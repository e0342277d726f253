"""Scores of rows that conversion never saw agree with the source to 1e-6, whatever hides rounding or adds to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import edgescore
from edgescore_converters import VerificationFailed, convert
from edgescore_converters.importers import import_model
from edgescore_converters.importers._onnx._exact import exact_oracle
from edgescore_converters.ir import Graph
from edgescore_converters.saturation import probability_error
from edgescore_converters.verify import _undecided

Array = NDArray[Any]
DATA = {"digits": load_digits, "cancer": load_breast_cancer, "iris": load_iris}


def halves(name: str) -> tuple[Array, Array, Array]:
    """Rows and target to train on, and the other rows."""
    found = DATA[name]()
    return found.data[::2], found.target[::2], found.data[1::2]


@pytest.fixture(params=["native", "numpy"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Models opened after convert() run on this one."""
    return str(request.param)


def opened(data: bytes, backend: str, monkeypatch: pytest.MonkeyPatch) -> edgescore.Model:
    monkeypatch.setenv("EDGESCORE_BACKEND", backend)
    return edgescore.load(data)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("scaler", [FunctionTransformer(), StandardScaler(), MinMaxScaler()])
def test_naive_bayes_agrees_between_classes_where_no_generated_row_is(
    name: str, scaler: Any, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, target, held_out = halves(name)
    source = make_pipeline(scaler, GaussianNB()).fit(rows, target)
    model = opened(convert(source).data, backend, monkeypatch)

    np.testing.assert_allclose(model.score(held_out), source.predict_proba(held_out), rtol=0, atol=1e-6)
    assert list(model.predict(held_out)) == list(source.predict(held_out))


def test_columns_that_were_always_zero_do_not_excuse_the_others() -> None:
    rows, target, _ = halves("iris")
    rows = np.concatenate([rows, np.zeros((len(rows), 30))], axis=1)
    imported = import_model(make_pipeline(MinMaxScaler(), SVC()).fit(rows, target))
    bias = next(node for node in imported.graph.nodes if node.op == "kernel_sum").inputs[3]
    assert bias is not None
    assert bias.data is not None
    bias.data = bias.data + 1e-3

    with pytest.raises(VerificationFailed):
        convert(imported)


def test_sums_of_a_few_units_stay_float32() -> None:
    rows, target, _ = halves("iris")
    source = make_pipeline(MinMaxScaler(), MultinomialNB()).fit(rows, target)

    assert convert(source).precision == "float32"


def test_a_probability_may_lose_a_quarter_of_what_its_logits_lose() -> None:
    graph = Graph()
    x = graph.add("cast", graph.input("x", 1), dtype="float64")
    logits = graph.add("dense", x, np.array([[0.0], [1000.0]]), np.zeros(2))
    graph.output("p", graph.add("softmax", logits))
    graph.output("q", graph.add("sigmoid", graph.add("columns", logits, np.zeros(1, np.int32))))

    def biased(copy: Graph) -> Graph:
        bias = copy.nodes[1].inputs[2]
        assert bias is not None
        bias.data = np.array([4e-6, -4e-6])
        return copy

    rows = np.full((5, 1), 2.0)  # the probabilities are 0, 1 and 1/2 in either graph
    assert probability_error(graph, rows, lambda copy: copy, biased) == pytest.approx(2e-6, rel=1e-3)
    assert probability_error(graph, rows, lambda copy: copy, lambda copy: copy) == 0


def exported(estimator: Any, name: str, zipmap: bool = False) -> tuple[Any, Any, Array, Array]:
    """The ONNX model, the estimator it is of, rows to calibrate with and other rows; all rows are float32 numbers."""
    skl2onnx = pytest.importorskip("skl2onnx")
    rows, target, held_out = halves(name)
    rows, held_out = rows.astype(np.float32), held_out.astype(np.float32)
    estimator.fit(rows, target)
    options = {id(estimator): {"zipmap": zipmap}}
    model = skl2onnx.to_onnx(estimator, rows[:1], target_opset={"": 18, "ai.onnx.ml": 3}, options=options)
    return model, estimator, rows.astype(np.float64), held_out.astype(np.float64)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(max_iter=5000),
        GaussianNB(),
        MultinomialNB(),
        BernoulliNB(binarize=3.0),
        MLPClassifier((16,), max_iter=50, random_state=0),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_onnx_agrees_with_the_source_or_with_what_it_rounds(
    estimator: Any, name: str, given: bool, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, _, rows, held_out = exported(estimator, name)
    imported = import_model(source)
    conversion = convert(source, calibrate=rows if given else None)
    model = opened(conversion.data, backend, monkeypatch)
    label, scores = imported.oracle(held_out)
    assert imported.exact is not None
    _, exact = imported.exact(held_out)

    ours = np.asarray(model.score(held_out))
    assert np.minimum(abs(ours - scores), abs(ours - exact)).max() <= 1e-6
    assert np.asarray(model.predict(held_out)).tolist() == label.tolist()
    assert conversion.verification.tolerance == 1e-6


def test_an_unscaled_model_is_nearer_to_its_estimator_than_onnx_runtime_is() -> None:
    source, estimator, rows, held_out = exported(LogisticRegression(max_iter=5000), "cancer")
    conversion = convert(source, calibrate=rows)
    found = conversion.verification
    truth = estimator.predict_proba(held_out)

    assert abs(import_model(source).oracle(held_out)[1] - truth).max() > 1e-6
    assert abs(np.asarray(edgescore.load(conversion.data).score(held_out)) - truth).max() < 1e-6
    assert found.source_rounds > 0
    assert found.source_error > 1e-6
    assert found.error < 1e-6
    assert found.to_dict()["source_rounds"] == found.source_rounds
    assert f"{found.source_rounds} rows are compared with it in float64" in str(found)


def test_what_rounding_does_not_explain_is_refused() -> None:
    source, _, rows, _ = exported(LogisticRegression(max_iter=5000), "iris")
    imported = import_model(source)
    bias = next(node for node in imported.graph.nodes if node.op == "dense").inputs[2]
    assert bias is not None
    assert bias.data is not None
    bias.data = bias.data + np.array([1.2e-5, 0, 0], np.float32)  # moves scores by 3e-6 at most

    with pytest.raises(VerificationFailed):
        convert(imported, calibrate=rows)


@pytest.mark.filterwarnings("ignore")
def test_a_source_whose_rounding_nobody_knows_is_compared_more_loosely() -> None:
    source, _, rows, _ = exported(make_pipeline(StandardScaler(), SVC(kernel="linear")), "iris")
    machine = next(node for node in source.graph.node if node.op_type == "SVMClassifier")
    next(each for each in machine.attribute if each.name == "post_transform").s = b"SOFTMAX"
    found = convert(source, calibrate=rows).verification

    assert (found.tolerance, found.exact, found.source_rounds) == (1e-5, False, 0)


def test_onnx_runtime_itself_says_all_digits_of_trees() -> None:
    source, _, rows, _ = exported(DecisionTreeClassifier(max_depth=3), "iris")

    assert convert(source, calibrate=rows).verification.tolerance == 1e-6
    assert exported_exact(DecisionTreeClassifier(max_depth=3)) is None


def exported_exact(estimator: Any) -> Any:
    source, _, _, _ = exported(estimator, "iris")
    return exact_oracle(source.SerializeToString(), [], [], None)


def test_exact_scores_come_in_the_form_of_the_sources() -> None:
    source, estimator, _, held_out = exported(LogisticRegression(max_iter=5000), "iris", zipmap=True)
    imported = import_model(source)
    assert imported.exact is not None
    exact = imported.exact(held_out)[1]

    assert exact.dtype == np.float64
    np.testing.assert_allclose(exact, estimator.predict_proba(held_out), rtol=0, atol=1e-12)
    assert exact.shape == imported.oracle(held_out)[1].shape


def test_a_class_that_only_rounding_chose_may_be_the_other() -> None:
    graph = Graph()
    graph.output("p", graph.add("softmax", graph.input("x", 3)))
    exact = [np.array([[0.5, 0.499999, 0.000001], [0.5, 0.4999, 0.0001], [0.5, 0.499999, 0.000001]])]
    given = [exact[0] + np.array([-1e-6, 1e-6, 0])]
    theirs, ours = np.array([[1], [1], [2]]), np.zeros((3, 1), np.int64)

    assert _undecided(graph, given, exact, theirs, ours).tolist() == [True, False, False]
