"""convert(): what is verified, what is refused, what is written."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import edgescore
from edgescore_converters import BudgetNotMet, ConvertError, VerificationFailed, convert
from edgescore_converters.importers import import_model

IRIS = load_iris()


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(IRIS.data, IRIS.target_names[IRIS.target])


def test_the_file_scores_as_the_source(pipeline: Any, tmp_path: Path) -> None:
    path = tmp_path / "iris.edsc"
    conversion = convert(pipeline, path, calibrate=IRIS.data)
    model = edgescore.load(path)

    assert conversion.verification.disagreements == 0
    assert conversion.verification.rows > 500
    assert path.read_bytes() == conversion.data
    assert list(model.predict(IRIS.data)) == list(pipeline.predict(IRIS.data))
    np.testing.assert_allclose(model.score(IRIS.data), pipeline.predict_proba(IRIS.data), atol=1e-6)
    assert model.describe()["metadata"]["verification"]["disagreements"] == 0


def test_the_same_input_gives_the_same_bytes(pipeline: Any) -> None:
    assert convert(pipeline).data == convert(pipeline).data


def test_float64_only_where_float32_disagrees() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(200, 3))
    tame = LinearRegression().fit(rows, rows.sum(1))
    wild = make_pipeline(StandardScaler(), LogisticRegression(C=1e12, max_iter=10_000))
    wild.fit(rows + 1e6, rows[:, 0] > 0)  # the scaler subtracts two numbers that agree in seven digits

    assert convert(tame, calibrate=rows).precision == "float32"
    assert convert(tame).precision == "float64"  # nobody said how large the columns are
    assert convert(wild, calibrate=(rows + 1e6).astype(np.float32)).precision == "float64"


@pytest.mark.parametrize("estimator", [LogisticRegression(max_iter=5000), MLPClassifier((16,), random_state=0)])
@pytest.mark.parametrize("given", [False, True])
def test_unscaled_columns_keep_their_digits(estimator: Any, given: bool) -> None:
    cancer = load_breast_cancer()
    rows, held_out = cancer.data[::2], cancer.data[1::2]
    source = clone(estimator).fit(rows, cancer.target[::2])
    model = edgescore.load(convert(source, calibrate=rows if given else None).data)

    np.testing.assert_allclose(model.score(held_out), source.predict_proba(held_out), rtol=0, atol=1e-6)
    assert list(model.predict(held_out)) == list(source.predict(held_out))


def test_a_scaler_whose_columns_vary_little_keeps_its_rows_float64() -> None:
    rows = np.random.default_rng(0).normal(300, 0.5, (200, 2))
    source = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, rows.sum(1) > 600)
    free = edgescore.load(convert(source).data)
    told = edgescore.load(convert(source, input_dtype="float32", force=True).data)

    np.testing.assert_allclose(free.score(rows), source.predict_proba(rows), rtol=0, atol=1e-6)
    assert [model.describe()["inputs"][0]["dtype"] for model in (free, told)] == ["float64", "float32"]


def test_classes_of_given_rows_are_compared_however_large_their_columns() -> None:
    cancer = load_breast_cancer()
    imported = import_model(LogisticRegression(max_iter=5000).fit(cancer.data, cancer.target))
    honest = imported.oracle
    imported.oracle = lambda rows: [output if output.dtype.kind == "f" else 1 - output for output in honest(rows)]

    with pytest.raises(VerificationFailed) as failure:
        convert(imported, calibrate=cancer.data)
    assert failure.value.verification.groups[0].labels_differ == len(cancer.data)


def test_disagreement_is_refused_and_nothing_written(pipeline: Any, tmp_path: Path) -> None:
    path = tmp_path / "iris.edsc"
    imported = import_model(pipeline)
    honest = imported.oracle
    imported.oracle = lambda rows: [output + (output.dtype.kind == "f") * 1e-3 for output in honest(rows)]

    with pytest.raises(VerificationFailed, match=r"disagree.*first among the rows.*Nothing was written") as failure:
        convert(imported, path)
    assert not path.exists()
    assert failure.value.verification.disagreements > 500
    assert convert(imported, path, force=True).path == str(path)
    assert path.exists()


def test_wrong_labels_are_found(pipeline: Any) -> None:
    imported = import_model(pipeline)
    honest = imported.oracle
    imported.oracle = lambda rows: [output if output.dtype.kind == "f" else (output + 1) % 3 for output in honest(rows)]

    with pytest.raises(VerificationFailed):
        convert(imported)


def test_budget_that_fails_names_the_line_that_binds(pipeline: Any, tmp_path: Path) -> None:
    path = tmp_path / "iris.edsc"

    with pytest.raises(BudgetNotMet, match=r"flash.*over the budget of 100 B") as refused:
        convert(pipeline, path, budget={"flash": 100, "ram": 16})
    assert not path.exists()
    assert refused.value.conversion.binding.name == "flash"
    kept = convert(pipeline, path, calibrate=IRIS.data, budget={"flash": 10_000, "latency": {"p99": "1 s"}})
    assert [line.ok for line in kept.lines] == [True, True]
    assert edgescore.load(path).describe()["budget"]["flash"] == 10_000


def test_latency_is_measured_on_rows_of_any_kind(pipeline: Any) -> None:
    limits = {"latency": {"p99": "1 s"}}
    digits = load_digits()
    forest = RandomForestClassifier(3, max_depth=3, random_state=0).fit(digits.data, digits.target)

    for kept in (
        convert(pipeline, budget=limits),  # on made-up rows
        convert(forest, calibrate=digits.data, input_dtype="uint8", budget=limits),
    ):
        assert [line.ok for line in kept.lines] == [True]
        assert kept.lines[0].value > 0


def test_lossy_steps_need_data(pipeline: Any) -> None:
    with pytest.raises(ConvertError, match="calibrate"):
        convert(pipeline, recipe="int8")
    with pytest.raises(ConvertError, match=r"shape \(3, 2\); the model takes rows of 4 values"):
        convert(pipeline, calibrate=np.zeros((3, 2)))
    with pytest.raises(ConvertError, match="no table of rows"):
        convert(pipeline, calibrate=[[1.0, 2.0], [3.0]])
    with pytest.raises(ConvertError, match=r"shape \(0, 4\)"):
        convert(pipeline, calibrate=np.zeros((0, 4)))
    with pytest.raises(ConvertError, match="text where the model takes numbers"):
        convert(pipeline, calibrate=[["a", "b", "c", "d"]])


def test_int8_and_pruning_report_their_price() -> None:
    digits = load_digits()
    rows, target = digits.data[:1200], digits.target[:1200]
    model = MLPClassifier((32,), max_iter=300, random_state=0).fit(rows, target)
    exact = convert(model)
    lossy = convert(model, calibrate=rows, target=target, prune=0.5, recipe="int8")
    held_out, truth = digits.data[1200:], digits.target[1200:]

    def accuracy(data: bytes) -> float:
        return float(np.mean(edgescore.load(data).predict(held_out) == truth))

    assert len(lossy.steps) >= 2
    assert all(step.bytes_after < step.bytes_before for step in lossy.steps if step.accepted)
    assert accuracy(exact.data) - accuracy(lossy.data) <= 0.02
    assert len(lossy.data) < len(exact.data) / 2
    assert "lossy steps were taken" in str(lossy)


def test_class_names_for_a_source_without(pipeline: Any) -> None:
    with pytest.raises(ConvertError, match="2 class names were given for the 3 classes"):
        convert(pipeline, labels=["a", "b"])
    renamed = edgescore.load(convert(pipeline, labels=["x", "y", "z"]).data)

    assert renamed.labels == ["x", "y", "z"]


def test_pickles_are_loaded_only_when_trusted(pipeline: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(pipeline))

    with pytest.raises(ConvertError, match="trust_pickle"):
        convert(path)
    assert convert(path, trust_pickle=True).verification.disagreements == 0


def test_a_source_that_answers_nothing_verifies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LogisticRegression(max_iter=1000).fit(IRIS.data, IRIS.target)

    def refuse(*_: Any) -> None:
        raise ValueError("not today")

    monkeypatch.setattr(LogisticRegression, "predict_proba", refuse)
    with pytest.raises(ConvertError, match=r"nothing is verified.*--calibrate"):
        convert(model)
    assert convert(model, force=True).verification.rows == 0
