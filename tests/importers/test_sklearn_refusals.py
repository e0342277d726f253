"""What cannot be converted is named, all of it at once, with the way out; files are told apart by what is in them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn import cluster, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, Matern, WhiteKernel
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, RadiusNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer, StandardScaler
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import SVC

from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers import detect, import_model

X, Y = load_iris(return_X_y=True)


class OwnKernel(RBF):
    """A subclass may do anything."""


class OwnScaler(StandardScaler):
    """A subclass may do anything."""


def test_everything_unsupported_is_listed_at_once_with_its_path() -> None:
    columns = ColumnTransformer(
        [
            ("rank", SplineTransformer(extrapolation="error"), [0]),
            ("fine", StandardScaler(), [1]),
            ("own", Pipeline([("a", OwnScaler()), ("b", FunctionTransformer(lambda x: x + 1))]), [2, 3]),
        ]
    )
    vote = VotingClassifier(
        [
            ("lr", LogisticRegression()),
            ("near", RadiusNeighborsClassifier(99)),
            ("cat", SVC(kernel=lambda a, b: a @ b.T)),
        ]
    )
    model = Pipeline(
        [("prepare", columns), ("fill", KNNImputer()), ("scale", preprocessing.MinMaxScaler()), ("vote", vote)]
    )
    with pytest.raises(UnsupportedError) as caught:
        import_model(model.fit(X, Y))
    parts = {part.name: part for part in caught.value.parts}
    assert list(parts) == [
        "pipeline.prepare.rank: SplineTransformer",
        "pipeline.prepare.own.a: OwnScaler",
        "pipeline.prepare.own.b: FunctionTransformer",
        "pipeline.fill: KNNImputer",
        "pipeline.vote.near: RadiusNeighborsClassifier",
        "pipeline.vote.cat: SVC",
    ]
    assert "StandardScaler itself" in parts["pipeline.prepare.own.a: OwnScaler"].remedy
    assert "SimpleImputer" in parts["pipeline.fill: KNNImputer"].remedy
    assert "<lambda>" in parts["pipeline.prepare.own.b: FunctionTransformer"].reason


def test_members_of_one_kind_are_listed_once() -> None:
    members = BaggingClassifier(make_pipeline(KNNImputer(), RadiusNeighborsClassifier(9)), 5, random_state=0)
    with pytest.raises(UnsupportedError) as caught:
        import_model(members.fit(X, Y))
    assert [part.name for part in caught.value.parts] == [
        "baggingclassifier.0.knnimputer: KNNImputer",
        "baggingclassifier.0.radiusneighborsclassifier: RadiusNeighborsClassifier",
    ]


REFUSED = [
    (make_pipeline(StandardScaler(), SVC(kernel=lambda a, b: a @ b.T)), "kernel"),
    (KNeighborsClassifier(weights=lambda d: d), "weights"),
    (KNeighborsClassifier(metric="chebyshev"), "metric"),
    (KNeighborsClassifier(70), "at most 64"),
    (RadiusNeighborsClassifier(9), "k nearest"),
    (DummyClassifier(strategy="uniform"), "strategy='prior'"),
    (KernelRidge(kernel="laplacian"), "linear, rbf, poly"),
    (KernelRidge(kernel="poly", degree=2.5), "whole degree"),
    (LabelSpreading(kernel="knn", n_neighbors=3), "kernel='rbf'"),
    (GaussianProcessRegressor(OwnKernel() + WhiteKernel()), "kernels of scikit-learn"),
    (GaussianProcessRegressor(Matern(nu=0.7)), r"nu=0\.5"),
    (make_pipeline(IterativeImputer(max_iter=1, sample_posterior=True), GaussianNB()), "sample_posterior=False"),
    (preprocessing.SplineTransformer(degree=1, extrapolation="linear"), "degree=3"),
    (preprocessing.SplineTransformer(n_knots=40, knots="quantile"), "knots='uniform'"),
    (cluster.FeatureAgglomeration(2, pooling_func=np.max), "pooling_func=numpy.mean"),
    (cluster.DBSCAN(), "says nothing of new rows"),
    (make_pipeline(FunctionTransformer(np.log1p, kw_args={"casting": "unsafe"}), GaussianNB()), "kw_args"),
    (
        make_pipeline(
            preprocessing.KBinsDiscretizer(3, encode="ordinal", strategy="uniform"),
            preprocessing.OneHotEncoder(),
            LogisticRegression(),
        ),
        "computed column",
    ),
]


@pytest.mark.parametrize(("estimator", "text"), REFUSED, ids=[text for _, text in REFUSED])
def test_refusals_name_the_way_out(estimator: Any, text: str) -> None:
    with pytest.raises(UnsupportedError, match=text):
        import_model(estimator.fit(X, Y))


@pytest.mark.parametrize(
    ("estimator", "text"),
    [
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, refit=False).fit(X, Y), "best_params_"),
        (preprocessing.LabelEncoder().fit(Y), "transforms targets"),
        (preprocessing.LabelBinarizer().fit(Y), "names its classes"),
        (TfidfVectorizer().fit(["one text", "another"]), "turn texts to numbers"),
        (HashingVectorizer().fit([]), "turn texts to numbers"),
        (DictVectorizer().fit([{"a": 1.0}, {"b": "x"}]), "data frame, with OneHotEncoder"),
    ],
    ids=lambda each: type(each).__name__ if hasattr(each, "fit") else None,
)
def test_what_has_no_columns_is_refused_by_name(estimator: Any, text: str) -> None:
    with pytest.raises(UnsupportedError, match=text) as caught:
        import_model(estimator)
    assert caught.value.parts[0].name == type(estimator).__name__


def test_several_labels_at_once_are_refused() -> None:
    several = np.stack([Y == 0, Y > 0], axis=1).astype(int)
    with pytest.raises(UnsupportedError, match="several labels"):
        import_model(RidgeClassifier().fit(X, several))


def test_text_may_not_leave_as_text() -> None:
    rows = np.asarray([["a", "b"], ["b", "b"]], object)
    with pytest.raises(UnsupportedError, match="OneHotEncoder"):
        import_model(SimpleImputer(strategy="most_frequent").fit(rows))


def test_categories_of_two_types_are_refused() -> None:
    rows = np.asarray([["a"], ["b"], [None], [np.nan]], object)
    with pytest.raises(UnsupportedError, match="None and NaN"):
        import_model(preprocessing.OneHotEncoder().fit(rows))


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        FeatureUnion([("a", StandardScaler())]),
    ],
    ids=["plain", "pipeline", "union"],
)
def test_an_estimator_must_be_fitted(estimator: Any) -> None:
    with pytest.raises(ConvertError, match="is not fitted; call fit"):
        import_model(estimator)


def test_an_unfitted_step_is_named() -> None:
    model = Pipeline([("a", StandardScaler()), ("b", StandardScaler()), ("c", LogisticRegression())]).fit(X, Y)
    model.steps[1] = ("b", StandardScaler())
    with pytest.raises(ConvertError, match=r"StandardScaler \(pipeline\.b\) is not fitted; call fit"):
        import_model(model)


def test_the_class_is_no_estimator() -> None:
    with pytest.raises(ConvertError, match="is a class; give a fitted object"):
        import_model(LogisticRegression)
    with pytest.raises(ConvertError, match=r"builtins\.dict is no model"):
        import_model({})
    with pytest.raises(ConvertError, match="float16"):
        import_model(StandardScaler().fit(X), input_dtype="float16")


# Files


@pytest.fixture
def model() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


@pytest.mark.parametrize("dump", [pickle.dumps, joblib.dump], ids=["pickle", "joblib"])
def test_pickles_are_loaded_only_when_trusted(dump: Any, model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    if dump is joblib.dump:
        joblib.dump(model, path)
    else:
        path.write_bytes(pickle.dumps(model))
    assert detect(path) == "pickle"
    for source in (path, str(path), path.read_bytes()):
        with pytest.raises(ConvertError, match="--trust-pickle"):
            import_model(source)
        assert import_model(source, trust_pickle=True).task == "classification"


def test_a_pickle_that_does_not_load_is_no_traceback(tmp_path: Path, model: Any) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model)[:-40])
    with pytest.raises(ConvertError, match=r"model\.pkl cannot be unpickled"):
        import_model(path, trust_pickle=True)


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (json.dumps({"learner": {}}).encode(), "xgboost"),
        (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{", "xgboost"),
        (b"tree\nversion=v4\n", "lightgbm"),
        (b"\x08\x08\x12\x07pytorch", "onnx"),
    ],
)
def test_files_are_known_by_their_first_bytes(data: bytes, format: str, tmp_path: Path) -> None:
    path = tmp_path / "model.anything"
    path.write_bytes(data)
    assert detect(path) == detect(data) == format


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "is empty"),
        (b"EDSC\x01\x00", "EdgeScore model already"),
        (b"\x1c\x00\x00\x00TFL3\x00", "corrupt TensorFlow Lite file"),
        (b"PK\x03\x04", "compressed"),
        (b"a,b\n1,2\n", "is not a model"),
        (b"\x89PNG", "is not a model"),
    ],
)
def test_what_is_no_model_is_named(data: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(data)
    with pytest.raises(ConvertError, match=text) as caught:
        import_model(path)
    assert "file.bin" in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        import_model(tmp_path / "model.pkl")
