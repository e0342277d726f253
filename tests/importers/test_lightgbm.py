"""LightGBM text files, Boosters and scikit-learn wrappers, against LightGBM, class for class."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from boosters import agree, rows_for
from evaluate import compare
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

import edgescore
from edgescore_converters import convert, passes
from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers import detect, import_model
from edgescore_converters.writer import encode

lightgbm = pytest.importorskip("lightgbm")

Array = NDArray[Any]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="sklearn")
        warnings.filterwarnings("ignore", module="lightgbm")
        yield


def single(x: Array) -> Array:
    """``x`` with the values that a float32 input can hold."""
    return x.astype(np.float32).astype(np.float64)


# --- wrappers ---


@pytest.mark.parametrize("boosting", ["gbdt", "dart", "rf"])
def test_a_binary_classifier_gives_two_probabilities_and_its_labels(boosting: str) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x, names = single(x), np.array(["malignant", "benign"])[y]
    options = {"subsample": 0.7, "subsample_freq": 1} if boosting == "rf" else {}
    estimator = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=15, boosting_type=boosting, verbose=-1, **options).fit(
        x, names
    )
    imported = agree(estimator, x)
    np.testing.assert_array_equal(imported.oracle(x)[0], estimator.predict_proba(x))
    labels = np.array(imported.graph.outputs[1].labels)
    assert labels.tolist() == ["benign", "malignant"]
    np.testing.assert_array_equal(labels[imported.oracle(x)[1]], estimator.predict(x))
    assert [port.name for port in imported.graph.outputs] == ["probabilities", "label"]
    assert imported.source.endswith(f"(checked by lightgbm {lightgbm.__version__})")


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_a_classifier_of_several_classes(objective: str) -> None:
    x, y = load_iris(return_X_y=True)
    x = single(x)
    estimator = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=10, objective=objective, verbose=-1).fit(x, y)
    imported = agree(estimator, x)
    np.testing.assert_array_equal(imported.oracle(x)[0], estimator.predict_proba(x))


REGRESSIONS = ["regression", "regression_l1", "huber", "poisson", "gamma", "tweedie", "cross_entropy"]


@pytest.mark.parametrize("objective", REGRESSIONS)
def test_a_regressor_gives_one_number(objective: str) -> None:
    x, y = load_diabetes(return_X_y=True)
    x = single(x)
    estimator = lightgbm.LGBMRegressor(n_jobs=1, n_estimators=10, objective=objective, verbose=-1).fit(x, y / y.max())
    imported = agree(estimator, x)
    np.testing.assert_array_equal(imported.oracle(x)[0], estimator.predict(x))
    assert imported.graph.outputs[0].squeeze
    assert imported.task == "regression"


@pytest.mark.parametrize("options", [{"zero_as_missing": True}, {"use_missing": False}])
def test_ways_to_be_missing(options: dict[str, bool]) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = single(x)
    rng = np.random.default_rng(0)
    x[rng.random(x.shape) < 0.1], x[rng.random(x.shape) < 0.1] = np.nan, 0.0
    agree(lightgbm.LGBMClassifier(n_jobs=1, n_estimators=15, verbose=-1, **options).fit(x, y), x)


def test_thresholds_between_float32_numbers_are_exact_for_float64_inputs() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    estimator = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=15, verbose=-1).fit(x, y)
    imported = agree(estimator, x, input_dtype="float64")
    assert imported.graph.inputs[0].value.dtype == "float64"


def test_early_stopping_stops_where_predict_does() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = single(x)
    estimator = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=200, learning_rate=0.5, verbose=-1)
    estimator.fit(
        x[:400], y[:400], eval_set=[(x[400:], y[400:])], callbacks=[lightgbm.early_stopping(3, verbose=False)]
    )
    assert estimator.best_iteration_ < 200
    for source in (estimator, estimator.booster_):
        imported = agree(source, x)
        proba = estimator.predict_proba(x)
        np.testing.assert_array_equal(imported.oracle(x)[0], proba if source is estimator else proba[:, 1])


def test_an_unfitted_wrapper_is_refused() -> None:
    with pytest.raises(ConvertError, match="LGBMClassifier is not fitted; call fit"):
        import_model(lightgbm.LGBMClassifier(n_jobs=1))


# --- boosters and files ---


@pytest.mark.parametrize("classes", [2, 3])
def test_a_booster_and_its_file_keep_the_shape_of_predict(classes: int, tmp_path: Path) -> None:
    x, y = load_iris(return_X_y=True)
    x, y = single(x), np.minimum(y, classes - 1)
    booster = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=10, verbose=-1).fit(x, y).booster_
    file = tmp_path / "model.bin"
    booster.save_model(file)
    assert detect(file) == "lightgbm"
    for source in (booster, file, file.read_bytes()):
        imported = agree(source, x)
        np.testing.assert_array_equal(imported.oracle(x)[0], booster.predict(x))
        assert imported.graph.outputs[1].labels == list(range(classes))


MODELS = {
    "gbdt/toy_categorical_model.txt": 2,
    "gbdt/lleaves/tests/models/NYC_taxi/model.txt": 5,
    "gbdt/lleaves/tests/models/boston_housing/model.txt": 13,
    "skdh/ambulation_model.txt": 25,
}


@pytest.mark.parametrize("name", MODELS)
def test_real_models_give_their_reference_outputs(shared: Path, name: str) -> None:
    golden = np.load(shared / "models" / "golden" / f"{name.replace('/', '__')}.npz")
    imported = agree(shared / "models" / name, golden["in0"], input_dtype="float64")
    assert imported.graph.inputs[0].value.shape == (1, MODELS[name])
    np.testing.assert_array_equal(imported.oracle(golden["in0"])[0], golden["out"])


# --- categories ---


def categorical() -> tuple[pd.DataFrame, Array]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=400).astype(np.float32),
            "city": pd.Categorical(rng.choice(["Rome", "Oslo", "Bern", "Lima"], 400)),
            "zone": pd.Categorical(rng.choice([10, 20, 70], 400)),
        }
    )
    return frame, ((frame["x"] > 0) ^ (frame["city"] == "Oslo") ^ (frame["zone"] == 20)).to_numpy().astype(int)


@pytest.mark.parametrize("form", ["wrapper", "file"])
def test_categories_of_a_data_frame(form: str, tmp_path: Path) -> None:
    frame, y = categorical()
    estimator = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=8, verbose=-1, min_child_samples=3).fit(frame, y)
    source: Any = estimator
    if form == "file":
        source = tmp_path / "model.txt"
        estimator.booster_.save_model(source)
    rows = frame.astype({"city": object, "zone": object}).to_numpy()
    rows[:3, 1], rows[3:6, 2] = ["Paris", "", np.nan], [15, -1, np.nan]
    imported = agree(source, rows)
    features = imported.graph.inputs[0].features
    assert (features[1].categories, features[1].unknown) == (["Bern", "Lima", "Oslo", "Rome"], "missing")
    assert features[2].categories is None
    unseen = pd.DataFrame(
        {
            "x": rows[:, 0].astype(np.float32),
            "city": pd.Categorical(rows[:, 1], frame["city"].cat.categories),
            "zone": pd.Categorical(rows[:, 2], frame["zone"].cat.categories),
        }
    )
    proba = estimator.predict_proba(unseen)
    np.testing.assert_array_equal(imported.oracle(rows)[0], proba if form == "wrapper" else proba[:, 1])


# --- the whole way, and other judges ---


def test_conversion_verifies(tmp_path: Path) -> None:
    import edgescore

    frame, y = categorical()
    names = np.array(["no", "yes"])[y]
    estimator = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=8, verbose=-1, min_child_samples=3).fit(frame, names)
    converted = convert(estimator, tmp_path / "model.edsc")
    assert converted.verification.disagreements == 0
    model = edgescore.load(tmp_path / "model.edsc")
    row = {"x": 0.25, "city": "Oslo", "zone": 20}
    typed = pd.DataFrame([row]).astype({"city": frame["city"].dtype, "zone": frame["zone"].dtype})
    assert model.predict(row) == estimator.predict(typed)[0]


def test_files_need_no_lightgbm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = load_iris(return_X_y=True)
    booster = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=10, verbose=-1).fit(x, y).booster_
    booster.save_model(tmp_path / "model.txt")
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    imported = import_model(tmp_path / "model.txt")
    assert "treelite" in imported.source
    from edgescore_converters.evaluate import evaluate

    rows = single(x)
    np.testing.assert_allclose(imported.oracle(rows)[0], evaluate(imported.graph, rows)[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("objective", ["regression", "poisson", "binary", "multiclass"])
def test_linear_trees(objective: str) -> None:
    x, y = load_diabetes(return_X_y=True)
    x = single(x) * 20
    options: dict[str, Any] = {"n_jobs": 1, "n_estimators": 9, "linear_tree": True, "verbose": -1, "num_leaves": 7}
    if objective in ("binary", "multiclass"):
        bins = [140] if objective == "binary" else [100, 200]
        estimator = lightgbm.LGBMClassifier(objective=objective, **options).fit(x, np.digitize(y, bins))
    else:
        estimator = lightgbm.LGBMRegressor(objective=objective, **options).fit(x, y / 100)
    imported = import_model(estimator)
    rows = np.concatenate([x, x])
    rows[len(x) :][np.random.default_rng(0).random(x.shape) < 0.15] = np.nan
    rows = np.concatenate([rows_for(imported, rows), -rows])
    rows = single(rows[np.all(np.abs(np.nan_to_num(rows, posinf=np.inf, neginf=-np.inf)) < 1e9, axis=1)])
    expected = imported.oracle(rows)
    compare(imported.graph, evaluate(imported.graph, rows), expected, 1e-6)
    imported.graph = imported.graph.copy()
    passes.run(imported.graph)
    compare(imported.graph, edgescore.load(encode(imported.graph)).outputs(rows), expected, 1e-6)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7])
def test_truncated_files_are_refused_by_name(share: float, tmp_path: Path) -> None:
    x, y = load_iris(return_X_y=True)
    file = tmp_path / "model.txt"
    lightgbm.LGBMClassifier(n_jobs=1, n_estimators=5, verbose=-1).fit(x, y).booster_.save_model(file)
    data = file.read_bytes()
    file.write_bytes(data[: max(8, int(share * data.index(b"end of trees")))])
    with pytest.raises(ConvertError, match=r"model\.txt"):
        import_model(file)
