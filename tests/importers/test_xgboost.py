"""XGBoost files, Boosters and scikit-learn wrappers, against XGBoost, class for class."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from boosters import agree
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from edgescore_converters import convert
from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers import detect, import_model

xgboost = pytest.importorskip("xgboost")

Array = NDArray[Any]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="xgboost")
        yield


def cancer() -> tuple[Array, Array]:
    return load_breast_cancer(return_X_y=True)


def missing(x: Array) -> Array:
    """``x`` as float32 with a tenth of its values missing."""
    x = x.astype(np.float32).astype(np.float64)
    x[np.random.default_rng(0).random(x.shape) < 0.1] = np.nan
    return x


# --- wrappers ---


def test_a_binary_classifier_gives_two_probabilities_and_its_labels() -> None:
    x, y = cancer()
    x = missing(x)
    estimator = xgboost.XGBClassifier(n_jobs=1, n_estimators=20, max_depth=4).fit(x, y)
    imported = agree(estimator, x)
    np.testing.assert_array_equal(imported.oracle(x)[0], estimator.predict_proba(x))
    np.testing.assert_array_equal(imported.oracle(x)[1], estimator.predict(x))
    assert [port.name for port in imported.graph.outputs] == ["probabilities", "label"]
    assert imported.graph.outputs[0].value.shape == (1, 2)
    assert imported.task == "classification"
    assert imported.source.startswith("XGBoost ")
    assert imported.source.endswith(f"(checked by xgboost {xgboost.__version__})")


@pytest.mark.parametrize("booster", ["gbtree", "dart"])
def test_a_classifier_of_several_classes(booster: str) -> None:
    x, y = load_iris(return_X_y=True)
    estimator = xgboost.XGBClassifier(n_jobs=1, n_estimators=10, max_depth=3, booster=booster).fit(x, y)
    imported = agree(estimator, x)
    np.testing.assert_allclose(imported.oracle(x)[0], estimator.predict_proba(x), rtol=0, atol=1e-7)
    assert imported.graph.outputs[1].labels == [0, 1, 2]


def test_a_random_forest() -> None:
    x, y = cancer()
    agree(
        xgboost.XGBRFClassifier(n_jobs=1, n_estimators=10, max_depth=4, subsample=0.8, colsample_bynode=0.8).fit(x, y),
        x,
    )


def test_a_hinge_classifier_gives_two_columns() -> None:
    x, y = cancer()
    estimator = xgboost.XGBClassifier(n_jobs=1, objective="binary:hinge", n_estimators=5).fit(x, y)
    np.testing.assert_array_equal(agree(estimator, x).oracle(x)[0], estimator.predict_proba(x))


REGRESSIONS = ["reg:squarederror", "reg:gamma", "count:poisson", "reg:logistic", "reg:absoluteerror"]


@pytest.mark.parametrize("objective", REGRESSIONS)
def test_a_regressor_gives_one_number(objective: str) -> None:
    x, y = load_diabetes(return_X_y=True)
    estimator = xgboost.XGBRegressor(n_jobs=1, n_estimators=10, max_depth=3, objective=objective).fit(x, y / y.max())
    imported = agree(estimator, x)
    np.testing.assert_array_equal(imported.oracle(x)[0], estimator.predict(x))
    assert imported.graph.outputs[0].squeeze
    assert imported.task == "regression"


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
def test_a_regressor_of_several_targets(strategy: str) -> None:
    x, y = load_diabetes(return_X_y=True)
    targets = np.stack([y, -y, x[:, 0] * 100], axis=1)
    estimator = xgboost.XGBRegressor(n_jobs=1, n_estimators=5, max_depth=3, multi_strategy=strategy, tree_method="hist")
    assert agree(estimator.fit(x, targets), x).graph.outputs[0].value.shape == (1, 3)


def test_a_ranker() -> None:
    x, y = load_diabetes(return_X_y=True)
    estimator = xgboost.XGBRanker(n_jobs=1, n_estimators=5, objective="rank:pairwise")
    agree(estimator.fit(x, (y > 140).astype(int), group=[len(x)]), x)


def test_the_best_iteration_counts_for_wrappers_and_files_and_not_for_boosters(tmp_path: Path) -> None:
    x, y = cancer()
    train, test = slice(0, 400), slice(400, None)
    estimator = xgboost.XGBClassifier(
        n_jobs=1, n_estimators=200, max_depth=3, learning_rate=0.5, early_stopping_rounds=3
    )
    estimator.fit(x[train], y[train], eval_set=[(x[test], y[test])], verbose=False)
    assert estimator.best_iteration + 1 < estimator.get_booster().num_boosted_rounds()
    estimator.save_model(tmp_path / "model.json")
    proba = estimator.predict_proba(x)
    np.testing.assert_array_equal(agree(estimator, x).oracle(x)[0], proba)
    np.testing.assert_array_equal(agree(tmp_path / "model.json", x).oracle(x)[0], proba[:, 1])
    everything = estimator.get_booster().predict(xgboost.DMatrix(x))
    np.testing.assert_array_equal(agree(estimator.get_booster(), x).oracle(x)[0], everything)


@pytest.mark.parametrize("missing", [-999.0, 0.0])
def test_a_number_that_stands_for_missing(missing: float) -> None:
    x, y = cancer()
    x = np.where(np.random.default_rng(0).random(x.shape) < 0.2, missing, x)
    estimator = xgboost.XGBClassifier(n_jobs=1, n_estimators=5, max_depth=3, missing=missing).fit(x, y)
    imported = agree(estimator, x)
    np.testing.assert_array_equal(imported.oracle(x)[0], estimator.predict_proba(x))


def test_an_unfitted_wrapper_is_refused() -> None:
    with pytest.raises(ConvertError, match="XGBClassifier is not fitted; call fit"):
        import_model(xgboost.XGBClassifier(n_jobs=1))


# --- boosters and files ---


def trained(objective: str, **options: Any) -> tuple[Any, Array]:
    x, y = load_iris(return_X_y=True)
    y = y if objective.startswith("multi") else (y > 0).astype(int)
    return xgboost.train(
        {"objective": objective, "max_depth": 3, "nthread": 1, **options}, xgboost.DMatrix(x, label=y), 8
    ), x


@pytest.mark.parametrize(
    "objective", ["binary:logistic", "binary:hinge", "binary:logitraw", "multi:softprob", "multi:softmax"]
)
@pytest.mark.parametrize("form", ["booster", "json", "ubj"])
def test_a_booster_keeps_the_shape_of_its_predict(objective: str, form: str, tmp_path: Path) -> None:
    booster, x = trained(objective, **({"num_class": 3} if objective.startswith("multi") else {}))
    source: Any = booster
    if form != "booster":
        source = tmp_path / f"model.{form}"
        booster.save_model(source)
    imported = agree(source, x)
    np.testing.assert_allclose(imported.oracle(x)[0], booster.predict(xgboost.DMatrix(x)), rtol=0, atol=1e-7)
    assert imported.graph.outputs[0].squeeze == (objective != "multi:softprob")


def test_content_decides_and_not_the_extension(tmp_path: Path) -> None:
    booster, x = trained("binary:logistic")
    for form in ("json", "ubj"):
        booster.save_model(tmp_path / f"model.{form}")
        renamed = (tmp_path / f"model.{form}").rename(tmp_path / f"{form}.bin")
        assert detect(renamed) == "xgboost"
        agree(renamed, x)
        agree(renamed.read_bytes(), x)


def test_feature_names_are_kept() -> None:
    x, y = load_iris(return_X_y=True)
    frame = pd.DataFrame(x, columns=["a", "b", "c d", "e"])
    imported = agree(xgboost.XGBClassifier(n_jobs=1, n_estimators=3).fit(frame, y), x)
    assert [feature.name for feature in imported.graph.inputs[0].features] == ["a", "b", "c d", "e"]


def test_real_models(shared: Path) -> None:
    folder = shared / "models" / "gbdt"
    expected = np.load(folder / "dermatology.expected.npy")
    width = 33
    rows = np.zeros((len(expected), width))
    for row, line in zip(rows, (folder / "dermatology.test").read_text().splitlines(), strict=True):
        row[:] = np.nan
        for cell in line.split()[1:]:
            column, value = cell.split(":")
            row[int(column)] = float(value)
    for name in ("dermatology.xgb.json", "dermatology.xgb.ubj"):
        imported = agree(folder / name, rows)
        np.testing.assert_allclose(imported.oracle(rows)[0], expected.reshape(len(rows), -1), rtol=0, atol=1e-5)


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


@pytest.mark.parametrize("max_cat_to_onehot", [1, 10])
def test_categories_of_a_data_frame(max_cat_to_onehot: int) -> None:
    frame, y = categorical()
    estimator = xgboost.XGBClassifier(
        n_jobs=1, n_estimators=8, enable_categorical=True, max_cat_to_onehot=max_cat_to_onehot
    )
    estimator.fit(frame, y)
    rows = frame.astype({"city": object, "zone": object}).to_numpy()
    rows[:3, 1], rows[3:6, 2] = ["Paris", "", np.nan], [15, -1, np.nan]
    imported = agree(estimator, rows)
    features = imported.graph.inputs[0].features
    assert (features[1].categories, features[1].unknown) == (["Bern", "Lima", "Oslo", "Rome"], "missing")
    assert features[2].categories is None
    known = frame.iloc[6:]
    np.testing.assert_array_equal(imported.oracle(rows[6:])[0], estimator.predict_proba(known))


# --- the whole way, and other judges ---


def test_conversion_verifies(tmp_path: Path) -> None:
    import edgescore

    x, y = cancer()
    estimator = xgboost.XGBClassifier(n_jobs=1, n_estimators=10).fit(x, y)
    converted = convert(estimator, tmp_path / "model.edsc", calibrate=x)
    assert converted.verification.disagreements == 0
    model = edgescore.load(tmp_path / "model.edsc")
    np.testing.assert_array_equal(model.predict(x), estimator.predict(x))
    np.testing.assert_allclose(model.score(x), estimator.predict_proba(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("form", ["json", "ubj"])
@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob"])
def test_files_need_no_xgboost(form: str, objective: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    booster, x = trained(objective, **({"num_class": 3} if objective.startswith("multi") else {}))
    booster.save_model(tmp_path / f"model.{form}")
    monkeypatch.setitem(sys.modules, "xgboost", None)
    imported = agree(tmp_path / f"model.{form}", x)
    assert "treelite" in imported.source


def test_other_boosters_are_refused() -> None:
    x, y = cancer()
    linear = xgboost.train({"booster": "gblinear", "objective": "binary:logistic"}, xgboost.DMatrix(x, label=y), 2)
    with pytest.raises(UnsupportedError, match=r"gblinear.*gbtree"):
        import_model(linear)


@pytest.mark.parametrize("form", ["json", "ubj"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.999])
def test_truncated_files_are_refused_by_name(form: str, share: float, tmp_path: Path) -> None:
    booster, _ = trained("binary:logistic")
    file = tmp_path / f"model.{form}"
    booster.save_model(file)
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ConvertError, match=r"model\."):
        import_model(file)
