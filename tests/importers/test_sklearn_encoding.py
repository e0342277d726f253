"""Encoders and mixed tables: text, bools, numbers as categories, missing values, unseen categories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from evaluate import check
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)

import edgescore
from edgescore_converters import convert
from edgescore_converters.importers import import_model
from edgescore_converters.writer import encode

TEXT = np.asarray([["red"], ["green"], ["blue"], ["red"], ["red"], ["blue"]] * 5, object)
UNSEEN = np.asarray([["mauve"], ["red"], ["green"], ["blue"]], object)
NUMBERS = np.asarray([[3.0, 1], [5, 1], [3, 2], [8, 2], [3, 1], [5, 1]] * 4)
UNSEEN_NUMBERS = np.asarray([[4.0, 1], [3, 7], [-1, -1], [8, 2], [5, 1]])

LENIENT = [
    OneHotEncoder(handle_unknown="ignore"),
    OneHotEncoder(handle_unknown="ignore", drop="first"),
    OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=7),
    OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2, drop="first"),
    OneHotEncoder(handle_unknown="infrequent_if_exist"),
    OneHotEncoder(handle_unknown="ignore", min_frequency=11, sparse_output=False),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-5),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=2),
]
STRICT = [
    OneHotEncoder(),
    OneHotEncoder(drop="first"),
    OneHotEncoder(drop="if_binary"),
    OneHotEncoder(max_categories=2),
    OrdinalEncoder(),
    OrdinalEncoder(min_frequency=6),
]


@pytest.mark.parametrize("encoder", LENIENT, ids=str)
@pytest.mark.parametrize("kind", ["text", "numbers", "missing text", "missing numbers"])
def test_lenient_encoders(encoder: Any, kind: str) -> None:
    x, rows = (TEXT, UNSEEN) if "text" in kind else (NUMBERS, UNSEEN_NUMBERS)
    if "missing" in kind:
        x = x.copy()
        x[::4, 0] = np.nan
    holed = rows.copy()
    holed[0, 0] = np.nan
    imported = check(encoder.fit(x), np.concatenate([x, rows, holed]))
    (port,) = imported.graph.inputs
    assert port.nan
    assert port.features[0].unknown == "slot"
    categories = ["blue", "green", "red"] if "text" in kind else [3, 5, 8]
    assert sorted(port.features[0].categories or []) == categories


@pytest.mark.parametrize("encoder", STRICT, ids=str)
@pytest.mark.parametrize("kind", ["text", "numbers", "missing text", "missing numbers"])
def test_strict_encoders(encoder: Any, kind: str) -> None:
    x = (TEXT if "text" in kind else NUMBERS).copy()
    if "missing" in kind:
        x[::4] = np.nan
    imported = check(encoder.fit(x), x)
    (port,) = imported.graph.inputs
    assert port.nan == ("missing" in kind)
    assert port.features[0].unknown == "error"
    model = edgescore.load(encode(imported.graph))
    wrong = x[:1].copy()
    wrong[0, 0] = "mauve" if "text" in kind else 99
    with pytest.raises(edgescore.UnknownCategoryError, match="column 0"):
        model.score(wrong)
    if "missing" not in kind:
        with pytest.raises(edgescore.MissingValueError):
            model.score(np.full_like(x[:1], np.nan))


def test_missing_categories_have_their_own_value() -> None:
    x = NUMBERS[:, :1].copy()
    x[::4] = np.nan
    check(OrdinalEncoder(encoded_missing_value=-2).fit(x), x)
    none = TEXT.copy()
    none[::4] = None
    check(OneHotEncoder().fit(none), none)
    check(OrdinalEncoder(encoded_missing_value=-2).fit(none), none)


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_text_is_imputed_however_it_is_marked(missing: Any) -> None:
    imputer = SimpleImputer(missing_values=missing, strategy="most_frequent")
    holes = TEXT.copy()
    holes[::4] = missing
    model = make_pipeline(imputer, OneHotEncoder(handle_unknown="ignore"), LogisticRegression())

    imported = check(model.fit(holes, np.arange(len(holes)) % 3), np.concatenate([UNSEEN, holes]))
    assert edgescore.load(encode(imported.graph)).score([None]) == edgescore.load(encode(imported.graph)).score(["red"])


def test_bools_are_categories() -> None:
    frame = pd.DataFrame({"on": [True, False, True, True], "x": [1.0, 2, 3, 4]})
    model = ColumnTransformer([("on", OneHotEncoder(), ["on"]), ("x", MinMaxScaler(), ["x"])]).fit(frame)
    imported = check(model, frame.to_numpy(object))
    assert imported.graph.inputs[0].features[0].categories == [False, True]


@pytest.mark.parametrize("targets", ["binary", "multiclass", "continuous"])
def test_target_encoder(targets: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.choice(["a", "b", "c"], (90, 2)).astype(object)
    y = {"binary": rng.integers(0, 2, 90), "multiclass": rng.integers(0, 3, 90), "continuous": rng.normal(size=90)}
    model = TargetEncoder(target_type=targets).fit(x, y[targets])
    check(model, np.concatenate([x, [["a", "?"], [np.nan, "b"]]]))


# A mixed table


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 300
    table = pd.DataFrame(
        {
            "name": [f"row {i}" for i in range(n)],
            "temperature": rng.normal(20, 5, n),
            "state": rng.choice(["idle", "run", "fault"], n, p=[0.5, 0.4, 0.1]).astype(object),
            "load": rng.gamma(2, 3, n),
            "zone": rng.choice([1.0, 2.0, 7.0], n),
            "vendor": rng.choice(["ab", "cd", "ef", "gh"], n, p=[0.6, 0.3, 0.06, 0.04]).astype(object),
        }
    )
    table.loc[::7, "temperature"] = np.nan
    table.loc[::11, "vendor"] = np.nan
    return table


@pytest.fixture(scope="module")
def target(frame: pd.DataFrame) -> Any:
    hot = (frame["temperature"].fillna(20) + 5 * (frame["state"] == "run") + frame["load"]) > 27
    return np.where(frame["state"] == "fault", "stop", np.where(hot, "cool", "go"))


def _rows(frame: pd.DataFrame) -> Any:
    """The table's rows, and some with unseen categories and missing values."""
    odd = frame.head(40).copy()
    odd["vendor"] = ["zz", None, "ab", "gh"] * 10
    odd["state"] = ["idle", "run", "fault", "asleep"] * 10
    odd["zone"] = [1.0, 2.0, 3.0, 9.5] * 10
    odd.loc[:, "temperature"] = [np.nan, 18.0] * 20
    return np.concatenate([frame.to_numpy(object), odd.to_numpy(object)])


def _numeric() -> Any:
    return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())


def _categorical() -> Any:
    filled = SimpleImputer(strategy="constant", fill_value="none")
    return make_pipeline(filled, OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.1))


SELECTIONS = {
    "names": (["temperature", "load"], ["state", "vendor"], ["zone"]),
    "numbers": ([1, 3], [2, 5], [4]),
    "negative numbers": ([-5, -3], [-4, -1], [-2]),
    "slices": (slice(1, 4, 2), slice(2, 6, 3), slice("zone", "zone")),
    "masks": (np.asarray([0, 1, 0, 1, 0, 0], bool), [False, False, True, False, False, True], ["zone"]),
    "callables": (lambda x: ["temperature", "load"], make_column_selector("state|vendor"), ["zone"]),
}


@pytest.mark.parametrize("selection", SELECTIONS)
def test_column_transformer(selection: str, frame: pd.DataFrame, target: Any) -> None:
    numeric, categorical, zone = SELECTIONS[selection]
    preprocess = ColumnTransformer(
        [
            ("cat", _categorical(), categorical),
            ("num", _numeric(), numeric),
            ("zone", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), zone),
        ],
        transformer_weights={"num": 2.0},
    )
    model = make_pipeline(preprocess, LogisticRegression(max_iter=500)).fit(frame, target)
    imported = check(model, _rows(frame), narrow=None)
    (port,) = imported.graph.inputs
    assert [feature.name for feature in port.features] == list(frame.columns)
    assert port.nan
    assert imported.source.endswith("LogisticRegression)")


@pytest.mark.parametrize("remainder", ["passthrough", StandardScaler(), "drop"], ids=str)
def test_remainder(remainder: Any, frame: pd.DataFrame, target: Any) -> None:
    table = frame.drop(columns=["name", "vendor"]).fillna(20.0)
    preprocess = ColumnTransformer(
        [("state", OneHotEncoder(handle_unknown="ignore"), ["state"]), ("unused", "drop", ["load"])],
        remainder=remainder,
    )
    imported = check(
        make_pipeline(preprocess, LogisticRegression(max_iter=500)).fit(table, target), table.to_numpy(object)
    )
    assert not imported.graph.inputs[0].nan or remainder == "drop"


def test_a_model_scores_the_frame_itself_and_rows_by_name(frame: pd.DataFrame, target: Any) -> None:
    preprocess = ColumnTransformer([("cat", _categorical(), ["state", "vendor"]), ("num", _numeric(), ["load"])])
    model = make_pipeline(preprocess, LogisticRegression(max_iter=500)).fit(frame, target)
    device = edgescore.load(encode(import_model(model).graph))
    # "name" is text that nothing reads.
    assert list(device.predict(frame)) == model.predict(frame).tolist()
    row = frame.iloc[3].to_dict()
    assert device.predict(row) == model.predict(frame.iloc[[3]])[0]
    np.testing.assert_allclose(device.score(row), model.predict_proba(frame.iloc[[3]])[0], atol=1e-6)


def test_text_without_names(target: Any, frame: pd.DataFrame) -> None:
    rows = frame[["state", "load", "vendor"]].to_numpy(object)
    preprocess = ColumnTransformer([("cat", _categorical(), [0, 2]), ("num", _numeric(), [1])])
    check(make_pipeline(preprocess, LogisticRegression(max_iter=500)).fit(rows, target), rows)


def test_one_text_column_with_two_encoders(frame: pd.DataFrame, target: Any) -> None:
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, categories=[["run", "idle"]])
    union = FeatureUnion([("a", _categorical()), ("b", ordinal)], transformer_weights={"b": 0.5})
    model = make_pipeline(ColumnTransformer([("state", union, ["state"])]), LogisticRegression()).fit(frame, target)
    check(model, _rows(frame))


def test_numbers_by_bins_scales_and_functions(frame: pd.DataFrame, target: Any) -> None:
    bins = KBinsDiscretizer(4, strategy="uniform")
    union = FeatureUnion(
        [("bins", bins), ("log", FunctionTransformer(np.log1p)), ("same", "passthrough"), ("none", "drop")]
    )
    table = frame[["load", "zone"]]
    check(
        make_pipeline(StandardScaler(), MinMaxScaler(), union, LogisticRegression()).fit(table, target),
        table,
        narrow=None,
    )


def test_frames_between_steps(frame: pd.DataFrame, target: Any) -> None:
    first = ColumnTransformer([("num", SimpleImputer(), ["temperature", "load"]), ("zone", "passthrough", ["zone"])])
    second = ColumnTransformer(
        [("zone", OneHotEncoder(handle_unknown="ignore"), ["zone__zone"])], remainder="passthrough"
    )
    model = make_pipeline(first.set_output(transform="pandas"), second, LogisticRegression(max_iter=900))
    check(model.fit(frame, target), _rows(frame))


def test_trees_on_encoded_text(frame: pd.DataFrame, target: Any) -> None:
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    preprocess = ColumnTransformer([("cat", ordinal, ["state", "vendor"])], remainder="passthrough")
    table = frame.drop(columns="name")
    model = make_pipeline(preprocess, RandomForestClassifier(10, random_state=0)).fit(table, target)
    imported = check(model, _rows(frame)[:, 1:])
    assert imported.graph.inputs[0].nan


def test_categories_that_float32_cannot_hold_want_float64_inputs() -> None:
    from edgescore_converters.errors import UnsupportedError

    x = np.asarray([[0.1], [0.5], [0.1]])
    with pytest.raises(UnsupportedError, match="input_dtype='float64'"):
        import_model(OneHotEncoder().fit(x))
    check(OneHotEncoder().fit(x), x, input_dtype="float64")


def test_truth_values_beside_categories_of_histogram_trees() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"city": rng.choice(["oslo", "rome"], 200), "x": rng.normal(size=200), "member": rng.random(200) < 0.5}
    )
    y = (frame.x + frame.member + (frame.city == "oslo") > 1).astype(int)
    columns = ColumnTransformer([("city", OrdinalEncoder(), ["city"])], remainder="passthrough")
    model = make_pipeline(columns, HistGradientBoostingClassifier(max_iter=3, categorical_features=[0])).fit(frame, y)
    assert convert(model).verification.rows > 500
