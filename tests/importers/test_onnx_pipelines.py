"""What scikit-learn, XGBoost and LightGBM models become through skl2onnx and onnxmltools, against ONNX Runtime."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from onnx_models import agree, with_special
from sklearn import cluster, decomposition, ensemble, linear_model, mixture, naive_bayes, neural_network, svm, tree
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)

from edgescore_converters import convert
from edgescore_converters.errors import UnsupportedError
from edgescore_converters.importers.onnx import import_model

onnxmltools = pytest.importorskip("onnxmltools")
skl2onnx = pytest.importorskip("skl2onnx")

Array = NDArray[Any]
OPSETS = {"": 18, "ai.onnx.ml": 3}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Short training is enough for a comparison, and the exporters use what numpy and onnx call deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def cancer() -> tuple[Array, Array]:
    x, y = load_breast_cancer(return_X_y=True)
    return x[:, :6].astype(np.float32), np.array(["malignant", "benign"])[y]


def iris() -> tuple[Array, Array]:
    x, y = load_iris(return_X_y=True)
    return x.astype(np.float32), y


DATA = {"cancer": cancer, "iris": iris}


def export(estimator: Any, x: Array, y: Array | None = None, **options: Any) -> Any:
    estimator.fit(x, y)
    return skl2onnx.to_onnx(estimator, x[:1], target_opset=OPSETS, **options)


def at_thresholds(imported: Any, rows: Array, *, nan: bool) -> Array:
    """``rows``, rows at every threshold and one ulp to each side, and rows with what is no ordinary number."""
    near = []
    for column, values in imported.probes.items():
        exact = values.astype(np.float32)[:200]
        for value in (exact, np.nextafter(exact, np.float32(-np.inf)), np.nextafter(exact, np.float32(np.inf))):
            changed = rows[np.arange(len(value)) % len(rows)].copy()
            changed[:, column] = value
            near.append(changed)
    special = [np.inf, -np.inf, -0.0, 1e-40, 3e38, *([np.nan] if nan else [])]
    return with_special(np.concatenate([rows, *near]), *special)


TREES = {
    "tree": tree.DecisionTreeClassifier(max_depth=6, random_state=0),
    "forest": ensemble.RandomForestClassifier(8, max_depth=6, random_state=0),
    "extra trees": ensemble.ExtraTreesClassifier(8, max_depth=5, random_state=0),
    "boosting": ensemble.GradientBoostingClassifier(n_estimators=8, random_state=0),
    "scaled forest": make_pipeline(StandardScaler(), ensemble.RandomForestClassifier(8, max_depth=6, random_state=0)),
    "min-max forest": make_pipeline(MinMaxScaler(), ensemble.RandomForestClassifier(8, max_depth=6, random_state=0)),
    "imputed tree": make_pipeline(SimpleImputer(), tree.DecisionTreeClassifier(max_depth=6, random_state=0)),
    "bagging": ensemble.BaggingClassifier(n_estimators=3, random_state=0),
    "ada boost": ensemble.AdaBoostClassifier(n_estimators=3, random_state=0),
}


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", TREES)
def test_tree_classifiers(name: str, data: str) -> None:
    x, y = DATA[data]()
    source = export(TREES[name], x, y)
    imported = import_model(source)
    assert imported.probes
    imported = agree(source, at_thresholds(imported, x.astype(np.float64), nan=imported.graph.inputs[0].nan))
    assert imported.graph.inputs[0].nan == (name not in ("bagging", "ada boost") or imported.graph.inputs[0].nan)
    assert imported.graph.outputs[0].labels == sorted(set(y.tolist()))


CLASSIFIERS = {
    "logistic": make_pipeline(StandardScaler(), linear_model.LogisticRegression()),
    "imputed logistic": make_pipeline(SimpleImputer(), StandardScaler(), linear_model.LogisticRegression()),
    "ridge": linear_model.RidgeClassifier(),
    "sgd": make_pipeline(StandardScaler(), linear_model.SGDClassifier(loss="log_loss", random_state=0)),
    "perceptron": make_pipeline(StandardScaler(), linear_model.Perceptron()),
    "svc": make_pipeline(StandardScaler(), svm.SVC()),
    "svc linear": make_pipeline(StandardScaler(), svm.SVC(kernel="linear")),
    "svc sigmoid": make_pipeline(StandardScaler(), svm.SVC(kernel="sigmoid")),
    "svc ovo": make_pipeline(StandardScaler(), svm.SVC(decision_function_shape="ovo")),
    "svc with probabilities": make_pipeline(StandardScaler(), svm.SVC(probability=True, random_state=0)),
    "mlp": make_pipeline(StandardScaler(), neural_network.MLPClassifier((8,), max_iter=50, random_state=0)),
    "mlp tanh": make_pipeline(StandardScaler(), neural_network.MLPClassifier((8, 4), activation="tanh", max_iter=50)),
    "normalized": make_pipeline(Normalizer("l1"), linear_model.LogisticRegression()),
    "polynomial": make_pipeline(StandardScaler(), PolynomialFeatures(2), linear_model.LogisticRegression()),
    "projected": make_pipeline(StandardScaler(), decomposition.PCA(2), linear_model.LogisticRegression()),
    "binned": make_pipeline(KBinsDiscretizer(4, encode="ordinal"), linear_model.LogisticRegression()),
    "binned one-hot": make_pipeline(KBinsDiscretizer(4, encode="onehot-dense"), linear_model.LogisticRegression()),
    "binarized": make_pipeline(Binarizer(threshold=3.0), linear_model.LogisticRegression()),
    "bayes": make_pipeline(Binarizer(threshold=3.0), naive_bayes.BernoulliNB()),
    "gaussian bayes": make_pipeline(StandardScaler(), naive_bayes.GaussianNB()),
}


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers(name: str, data: str) -> None:
    x, y = DATA[data]()
    imported = agree(export(CLASSIFIERS[name], x, y), x.astype(np.float64), tolerance=2e-6)
    assert [port.role for port in imported.graph.outputs] == ["label", "score"]
    assert imported.task == "classification"


REGRESSORS = {
    "linear": linear_model.LinearRegression(),
    "poisson": make_pipeline(StandardScaler(), linear_model.PoissonRegressor()),
    "svr": make_pipeline(StandardScaler(), svm.SVR()),
    "mlp": make_pipeline(StandardScaler(), neural_network.MLPRegressor((8,), max_iter=50, random_state=0)),
    "tree": tree.DecisionTreeRegressor(max_depth=5),
    "forest": ensemble.RandomForestRegressor(8, max_depth=5, random_state=0),
    "boosting": ensemble.GradientBoostingRegressor(n_estimators=8),
}


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors(name: str) -> None:
    x, _ = cancer()
    estimator = REGRESSORS[name]
    if name == "mlp":
        estimator.steps[-1] = ("mlp", neural_network.MLPRegressor(hidden_layer_sizes=(8,), max_iter=50))
    imported = agree(export(estimator, x, x[:, 0] + x[:, 1]), x.astype(np.float64))
    assert imported.task == "regression"


OTHERS = {
    "clusters": cluster.KMeans(3, random_state=0),
    "projection": decomposition.PCA(2),
    "mixture": make_pipeline(StandardScaler(), mixture.GaussianMixture(2, random_state=0)),
    "isolation": ensemble.IsolationForest(n_estimators=10, random_state=0),
}


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    x, _ = cancer()
    # skl2onnx exports distances as the root of a difference of squares, which for a row beside its centre is rounding.
    agree(export(OTHERS[name], x), x.astype(np.float64), tolerance=1e-4 if name == "clusters" else 2e-6)


def test_zipmap_names_the_scores() -> None:
    x, y = cancer()
    imported = import_model(export(linear_model.LogisticRegression(), x, y))
    assert [port.name for port in imported.graph.outputs] == ["output_label", "output_probability"]
    assert imported.graph.outputs[1].labels == ["benign", "malignant"]
    plain = import_model(export(linear_model.LogisticRegression(), x, y, options={"zipmap": False}))
    assert plain.graph.outputs[0].labels == ["benign", "malignant"]


def test_nearest_neighbours_are_refused_by_operator() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    x, y = iris()
    with pytest.raises(UnsupportedError) as caught:
        import_model(export(KNeighborsClassifier(), x, y))
    assert "Scan" in str(caught.value)
    assert all(part.reason and part.remedy for part in caught.value.parts)


# --- text columns ---


def frame() -> tuple[pd.DataFrame, Array]:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "color": rng.choice(["red", "green", "blue"], 200),
            "size": rng.choice(["S", "M", "L"], 200),
            "weight": rng.normal(size=200).astype(np.float32),
            "count": rng.integers(0, 5, 200),
        }
    )
    return table, ((table["color"] == "red") ^ (table["weight"] > 0)).to_numpy().astype(int)


def initial_types() -> list[tuple[str, Any]]:
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    return [
        ("color", StringTensorType([None, 1])),
        ("size", StringTensorType([None, 1])),
        ("weight", FloatTensorType([None, 1])),
        ("count", Int64TensorType([None, 1])),
    ]


def encoded(encoder: Any, final: Any) -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = [("text", encoder, ["color", "size"]), ("numbers", numbers, ["weight"])]
    return make_pipeline(ColumnTransformer(columns, remainder="passthrough"), final)


ENCODERS = {
    "one-hot": (OneHotEncoder(handle_unknown="ignore"), "slot"),
    "strict one-hot": (OneHotEncoder(), "error"),
    "dropped one-hot": (OneHotEncoder(drop="first"), "error"),
    "ordinal": (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), "slot"),
}


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize(
    "final", [linear_model.LogisticRegression(), ensemble.RandomForestClassifier(5, random_state=0)]
)
def test_text_columns(name: str, final: Any) -> None:
    encoder, unknown = ENCODERS[name]
    table, y = frame()
    estimator = encoded(encoder, final).fit(table, y)
    source = skl2onnx.to_onnx(estimator, initial_types=initial_types(), target_opset=OPSETS)
    rows = table.to_numpy(object)
    if unknown == "slot":
        rows[0, 0], rows[1, 1] = "violet", ""
    rows[2, 2] = np.nan
    imported = agree(source, rows)
    ports = imported.graph.inputs
    assert [port.name for port in ports] == list(table.columns)
    assert [port.nan for port in ports] == [False, False, True, False]
    assert sorted(ports[0].features[0].categories or []) == ["blue", "green", "red"]
    assert ports[0].features[0].unknown == unknown


def test_a_matrix_of_text() -> None:
    from skl2onnx.common.data_types import StringTensorType

    table, y = frame()
    text = table[["color", "size"]].to_numpy(object)
    estimator = make_pipeline(OneHotEncoder(handle_unknown="ignore"), linear_model.LogisticRegression()).fit(text, y)
    types = [("X", StringTensorType([None, 2]))]
    imported = agree(skl2onnx.to_onnx(estimator, initial_types=types, target_opset=OPSETS), text)
    assert [feature.name for feature in imported.graph.inputs[0].features] == ["X[0]", "X[1]"]


def test_a_pipeline_with_text_is_converted_and_scores_by_name(tmp_path: Any) -> None:
    import edgescore

    table, y = frame()
    estimator = encoded(OneHotEncoder(handle_unknown="ignore"), linear_model.LogisticRegression()).fit(table, y)
    source = skl2onnx.to_onnx(estimator, initial_types=initial_types(), target_opset=OPSETS)
    (tmp_path / "model.onnx").write_bytes(source.SerializeToString())
    converted = convert(tmp_path / "model.onnx", tmp_path / "model.edsc")
    assert converted.source.startswith("onnx model.onnx (skl2onnx ")
    assert converted.verification.disagreements == 0
    model = edgescore.load(tmp_path / "model.edsc")
    row = {"color": "red", "size": "M", "weight": 0.5, "count": 2}
    assert model.predict(row) == estimator.predict(pd.DataFrame([row]))[0]


# --- onnxmltools ---


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("zipmap", [True, False])
def test_lightgbm_by_onnxmltools(data: str, zipmap: bool) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    from onnxmltools.convert.common.data_types import FloatTensorType

    x, y = DATA[data]()
    y = (y == "benign").astype(int) if data == "cancer" else y
    estimator = lightgbm.LGBMClassifier(n_jobs=1, n_estimators=10, verbose=-1).fit(x, y)
    types = [("X", FloatTensorType([None, x.shape[1]]))]
    source = onnxmltools.convert_lightgbm(estimator, initial_types=types, zipmap=zipmap)
    imported = import_model(source)
    agree(source, at_thresholds(imported, x.astype(np.float64), nan=True))


@pytest.mark.parametrize("data", DATA)
def test_xgboost_by_onnxmltools(data: str) -> None:
    xgboost = pytest.importorskip("xgboost")
    from onnxmltools.convert.common.data_types import FloatTensorType

    x, y = DATA[data]()
    y = (y == "benign").astype(int) if data == "cancer" else y
    estimator = xgboost.XGBClassifier(n_jobs=1, n_estimators=10, max_depth=4).fit(x, y)
    source = onnxmltools.convert_xgboost(estimator, initial_types=[("X", FloatTensorType([None, x.shape[1]]))])
    imported = import_model(source)
    assert imported.graph.inputs[0].nan
    agree(source, at_thresholds(imported, x.astype(np.float64), nan=True))


@pytest.mark.parametrize("objective", ["regression", "poisson"])
def test_regression_by_onnxmltools(objective: str) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    from onnxmltools.convert.common.data_types import FloatTensorType

    x, _ = iris()
    estimator = lightgbm.LGBMRegressor(n_jobs=1, n_estimators=10, verbose=-1, objective=objective).fit(x, x[:, 0])
    source = onnxmltools.convert_lightgbm(estimator, initial_types=[("X", FloatTensorType([None, 4]))])
    agree(source, at_thresholds(import_model(source), x.astype(np.float64), nan=True))
