"""LightGBM models against LightGBM: sums must be the same bits, on random rows and at every border."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tree_rows import probe_rows

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._lightgbm_trees import load_lightgbm
from edgescore_converters.importers._tree_model import TreeModel
from edgescore_converters.importers._treelite import load_treelite

lgb = pytest.importorskip("lightgbm")

ROWS = 400
REAL = [
    "gbdt/toy_categorical_model.txt",
    "gbdt/lleaves/tests/models/NYC_taxi/model.txt",
    "gbdt/lleaves/tests/models/boston_housing/model.txt",
    "skdh/ambulation_model.txt",
]


def data() -> tuple[NDArray[np.float64], dict[str, NDArray[Any]]]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 4))
    x[rng.random(x.shape) < 0.3] = 0
    value = (x[:, 0] == 0) + x[:, 1] + x[:, 2] * x[:, 3]
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, {
        "value": value,
        "positive": np.exp(value),
        "binary": value > 0.5,
        "three": np.digitize(value, [0.0, 1.0]),
    }


def train(parameters: dict[str, Any], label: str = "value", rounds: int = 8, **more: Any) -> Any:
    x, labels = data()
    base = {"verbose": -1, "min_data_in_leaf": 5, "num_threads": 1, "seed": 0}
    return lgb.train(base | parameters, lgb.Dataset(x, labels[label], **more), rounds)


def assert_same(model: TreeModel, booster: Any, x: NDArray[np.float64]) -> None:
    rows = probe_rows(model.ensemble, x)
    raw = model.ensemble.raw(rows)
    sums = booster.predict(rows, raw_score=True).reshape(len(rows), -1)
    assert np.array_equal(raw, sums / model.ensemble.divisor)
    outputs = model.outputs(raw)
    if model.link == "sigmoid_pair":
        outputs = outputs[:, 1:]
    predicted = booster.predict(rows).reshape(len(rows), -1)
    assert np.allclose(outputs, predicted, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("objective", "more", "label", "link"),
    [
        ("binary", {"sigmoid": 1.7}, "binary", "sigmoid_pair"),
        ("multiclass", {"num_class": 3}, "three", "softmax"),
        ("multiclassova", {"num_class": 3, "sigmoid": 0.6}, "three", "sigmoid"),
        ("cross_entropy", {}, "binary", "sigmoid"),
        ("cross_entropy_lambda", {}, "binary", "log1p_exp"),
        ("poisson", {}, "positive", "exp"),
        ("gamma", {}, "positive", "exp"),
        ("tweedie", {}, "positive", "exp"),
        *[(name, {}, "value", "identity") for name in ("regression", "regression_l1", "huber", "fair", "quantile")],
        ("mape", {}, "positive", "identity"),
        ("regression", {"reg_sqrt": True}, "positive", "signed_square"),
        ("regression_l1", {"reg_sqrt": True}, "positive", "signed_square"),
    ],
)
def test_every_objective(objective: str, more: dict[str, Any], label: str, link: str) -> None:
    booster = train({"objective": objective} | more, label)
    model = load_lightgbm(booster)
    assert model.link == link
    assert_same(model, booster, data()[0])


@pytest.mark.parametrize("objective", ["lambdarank", "rank_xendcg"])
def test_ranking(objective: str) -> None:
    booster = train({"objective": objective}, "three", group=[100] * 4)
    model = load_lightgbm(booster)
    assert (model.link, model.classes) == ("identity", None)
    assert_same(model, booster, data()[0])


def test_an_objective_of_ones_own() -> None:
    def squares(scores: NDArray[Any], dataset: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        return scores - dataset.get_label(), np.ones_like(scores)

    booster = train({"objective": squares})
    model = load_lightgbm(booster)
    assert (model.link, model.classes) == ("identity", None)
    assert_same(model, booster, data()[0])


@pytest.mark.parametrize(
    "parameters",
    [
        {"zero_as_missing": True},
        {"use_missing": False},
        {"boosting": "dart", "drop_rate": 0.5},
        {"data_sample_strategy": "goss"},
        {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
        {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1, "objective": "multiclass", "num_class": 3},
        {"min_data_in_leaf": 10_000},
        {"extra_trees": True, "max_depth": 3, "monotone_constraints": [1, 0, 0, 0]},
    ],
)
def test_ways_to_train(parameters: dict[str, Any]) -> None:
    booster = train(parameters, "three")
    assert_same(load_lightgbm(booster), booster, data()[0])


def edited(booster: Any, change: Callable[[str], str]) -> tuple[TreeModel, Any]:
    """The model after a change of its text, as this converter and as LightGBM read it."""
    text = change(re.sub("tree_sizes=.*\n", "", booster.model_to_string()))
    return load_lightgbm(text.encode()), lgb.Booster(model_str=text)


@pytest.mark.parametrize("zero_as_missing", [False, True])
@pytest.mark.parametrize(
    "threshold",
    ["0", "-0.0", "1e-310", "-1e-310", "5e-37", "-5e-37", "1.0000000180025095e-35", "-1.0000000180025095e-35", "1e308"],
)
def test_thresholds_near_zero(threshold: str, zero_as_missing: bool) -> None:
    """LightGBM turns |x| <= 1e-35 into 0 before it compares."""
    booster = train({"zero_as_missing": zero_as_missing}, rounds=3)
    model, changed = edited(booster, lambda text: re.sub(r"threshold=\S+", f"threshold={threshold}", text))
    assert_same(model, changed, data()[0])


@pytest.mark.parametrize("kind", range(0, 16, 2))
def test_every_missing_type(kind: int) -> None:
    booster = train({}, rounds=3)
    numbers = r"decision_type=([\d ]+)"
    model, changed = edited(
        booster, lambda text: re.sub(numbers, lambda m: "decision_type=" + re.sub(r"\d+", str(kind), m[1]), text)
    )
    assert_same(model, changed, data()[0])


def test_categories_seen_unseen_negative_fractional_and_missing() -> None:
    x, _ = data()
    rng = np.random.default_rng(1)
    x[:, 0], x[:, 1] = rng.integers(0, 70, ROWS), rng.integers(0, 4, ROWS)
    x[::17, 0] = np.nan
    y = (np.nan_to_num(x[:, 0]) % 3 == 0) ^ (x[:, 1] > 1)
    options = {"min_data_per_group": 1, "cat_smooth": 1, "max_cat_to_onehot": 2, "objective": "binary"}
    booster = lgb.train(
        options | {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 2},
        lgb.Dataset(x, y, categorical_feature=[0, 1]),
        12,
    )
    model = load_lightgbm(booster)
    assert model.ensemble.stats()["categorical_splits"] > 20
    assert_same(model, booster, x)


def test_best_iteration_and_the_scikit_learn_wrapper() -> None:
    x, labels = data()
    noise = np.random.default_rng(1).integers(0, 3, ROWS)
    wrapper = lgb.LGBMClassifier(n_estimators=40, verbose=-1, n_jobs=1)
    stop = [lgb.early_stopping(2, verbose=False)]
    wrapper.fit(x, labels["three"], eval_X=(x,), eval_y=(noise,), callbacks=stop)
    model = load_lightgbm(wrapper)
    assert len(model.ensemble.roots) == 3 * wrapper.best_iteration_ < 120
    named = lgb.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1).fit(x, np.array(["b", "c", "a"])[labels["three"]])
    assert load_lightgbm(named).classes == ["a", "b", "c"]
    rows = probe_rows(model.ensemble, x)
    raw = model.ensemble.raw(rows)
    assert np.array_equal(raw, wrapper.booster_.predict(rows, raw_score=True))
    assert np.array_equal(model.labels(raw), wrapper.classes_[np.argmax(wrapper.booster_.predict(rows), axis=1)])


def test_binary_labels() -> None:
    booster = train({"objective": "binary"}, "binary")
    model = load_lightgbm(booster)
    rows = probe_rows(model.ensemble, data()[0])
    assert np.array_equal(model.labels(model.ensemble.raw(rows)), booster.predict(rows) > 0.5)


def test_categories_of_a_data_frame_become_encoders() -> None:
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {
            "number": rng.normal(size=ROWS),
            "text": pandas.Categorical(rng.choice(["pear", "fig", "ölive"], ROWS)),
            "same": pandas.Categorical(["one"] * ROWS),
        }
    )
    dataset = lgb.Dataset(frame, (frame["text"] == "fig") + frame["number"])
    model = load_lightgbm(lgb.train({"verbose": -1, "num_threads": 1}, dataset, 3))
    assert model.encoders == {1: ["fig", "pear", "ölive"], 2: ["one"]}
    assert model.feature_names == ["number", "text", "same"]


@pytest.mark.parametrize("path", REAL)
def test_real_models(shared: Path, path: str) -> None:
    model = load_lightgbm(shared / "models" / path)
    golden = np.load(shared / "models" / "golden" / (path.replace("/", "__") + ".npz"))
    raw = model.ensemble.raw(golden["in0"])
    assert np.array_equal(raw[:, 0], golden["raw"].ravel())
    outputs = model.outputs(raw)[:, -1]
    assert np.allclose(outputs, golden["out"].ravel(), rtol=1e-14, atol=0)
    assert_same(model, lgb.Booster(model_file=shared / "models" / path), golden["in0"])


def test_an_independent_reader_sees_the_same_trees(shared: Path) -> None:
    treelite = pytest.importorskip("treelite")
    for path in REAL[1:]:
        ours = load_lightgbm(shared / "models" / path).ensemble
        theirs = load_treelite(treelite.frontend.load_lightgbm_model(shared / "models" / path)).ensemble
        rows = probe_rows(ours, np.random.default_rng(0).normal(size=(50, ours.n_features)))
        rows = rows[~np.any(np.abs(rows) <= 1.1e-35, axis=1)]
        assert np.array_equal(ours.raw(rows), theirs.raw(rows))


@pytest.mark.parametrize("parameters", [{}, {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}])
def test_linear_trees(parameters: dict[str, Any]) -> None:
    booster = train({"linear_tree": True, "num_leaves": 7} | parameters)
    model = load_lightgbm(booster)
    rows = probe_rows(model.ensemble, data()[0], infinite=False, limit=300)
    assert not np.any(np.isinf(booster.predict(rows)))
    np.testing.assert_allclose(model.sums(rows)[:, 0], booster.predict(rows), rtol=1e-12, atol=1e-12)
    infinite = np.zeros((2 * model.n_features, model.n_features))
    infinite[np.arange(len(infinite)), np.arange(len(infinite)) // 2] = [np.inf, -np.inf] * model.n_features
    expected = booster.predict(infinite)
    told = ~np.isnan(expected)  # trees whose slopes differ in sign add infinities of both signs
    np.testing.assert_allclose(model.sums(infinite)[told, 0], expected[told], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (r"leaf_const=\S+", "leaf_const=", "tree 0: leaf_const, num_features, leaf_features and leaf_coeff do not fit"),
        (r"num_features=\d+", "num_features=9", "tree 0: leaf_const, num_features"),
        (r"leaf_features=\d+", "leaf_features=99", "leaf_features names a feature beyond the"),
        (r"leaf_features=\d+", "leaf_features=-1", "splits on a negative feature|beyond the"),
        (r"leaf_coeff=\S+", "leaf_coeff=nan", r"tree \d: a linear leaf has"),
    ],
)
def test_corrupt_linear_leaves_are_refused_by_name(pattern: str, replacement: str, message: str) -> None:
    text = train({"linear_tree": True, "num_leaves": 3}, rounds=2).model_to_string()
    changed, count = re.subn(pattern, replacement, text, count=1)
    assert count == 1
    with pytest.raises(ConvertError, match=message):
        load_lightgbm(changed.encode())


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (r"^tree\n", "trees\n", "is no LightGBM text model"),
        (r"end of trees[\s\S]*", "", "the file is truncated"),
        (r"\nTree=2[\s\S]*", "", "the file is truncated"),
        (r"\nTree=2\n[\s\S]*?(?=\n\n\n)", "", "where tree_sizes lists another number"),
        (r"objective=.*", "objective=mystery", "objective mystery"),
        (r"sigmoid:1", "sigmoid:-1", "sigmoid parameter is -1.0, not positive"),
        (r"sigmoid:1", "", "no sigmoid parameter"),
        (r"max_feature_idx=3", "max_feature_idx=0", "splits on a feature beyond the 1 inputs"),
        (r"max_feature_idx=3", "", "no integer field max_feature_idx"),
        (r"left_child=\S+", "left_child=0", "tree 0, node 0 is reached twice"),
        (r"right_child=\S+", "right_child=-99", "tree 0, node 0 has a child that is not there"),
        (r"left_child=\S+ ", "left_child=", "tree 0: left_child has 3 entries where 4 should be"),
        (r"threshold=\S+", "threshold=nan", "tree 0, node 0 has a NaN threshold"),
        (r"threshold=\S+", "threshold=word", "tree 0: could not convert string to float"),
        (r"leaf_value=\S+", "leaf_value=inf", "leaf value is not finite"),
        (r"split_feature=\S+", "split_feature=-4", "tree 0: node 0 splits on a negative feature"),
        (r"num_leaves=5", "num_leaves=99999999999999999999", "tree 0: leaf_value has 5 entries"),
        (r"decision_type=\S+", "decision_type=1", "tree 0: cat_boundaries has 0 entries where 1 should be"),
    ],
)
def test_corrupt_text_is_refused_by_name(pattern: str, replacement: str, message: str) -> None:
    text = train({"objective": "binary", "num_leaves": 5}, "binary", 4).model_to_string()
    changed, count = re.subn(pattern, replacement, text, count=1)
    assert count == 1
    with pytest.raises(ConvertError, match=message):
        load_lightgbm(changed.encode())


def test_what_is_no_model() -> None:
    for source in (lgb.LGBMRegressor(), 3):
        with pytest.raises(ConvertError, match="is no LightGBM model, or is not fitted"):
            load_lightgbm(source)
