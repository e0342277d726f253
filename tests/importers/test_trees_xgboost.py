"""XGBoost models against XGBoost: sums must be the same bits, on random rows and at every border."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tree_rows import probe_rows

from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers._tree_model import TreeModel
from edgescore_converters.importers._treelite import load_treelite
from edgescore_converters.importers._xgboost_trees import load_xgboost

xgb = pytest.importorskip("xgboost")

ROWS, WIDTH = 300, 5


def data(seed: int = 0) -> tuple[NDArray[np.float32], dict[str, NDArray[Any]]]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS, WIDTH)).astype(np.float32)
    filled = x.copy()
    x[rng.random(x.shape) < 0.1] = np.nan
    margin = filled[:, 0] + filled[:, 1] * filled[:, 2]
    labels = {
        "binary": (margin > 0).astype(np.float32),
        "three": np.digitize(margin, [-0.5, 0.5]).astype(np.float32),
        "value": margin,
        "positive": np.exp(margin),
        "two values": np.column_stack([margin, margin**2]),
        "two flags": np.column_stack([margin > 0, filled[:, 3] > 0]).astype(np.float32),
    }
    return x, labels


def train(parameters: dict[str, Any], label: str, rounds: int = 6, **more: Any) -> Any:
    x, labels = data()
    matrix = xgb.DMatrix(x, labels[label])
    return xgb.train({"max_depth": 4, "nthread": 1, "seed": 0} | parameters, matrix, rounds, **more)


def margins(booster: Any, rows: NDArray[Any], rounds: int = 0) -> NDArray[np.float64]:
    """From the rows as they are: a DMatrix would refuse infinities and negative categories."""
    sums = booster.inplace_predict(rows, iteration_range=(0, rounds), predict_type="margin")
    return np.asarray(sums, np.float64).reshape(len(rows), -1)


def assert_same(
    model: TreeModel, booster: Any, x: NDArray[Any], *, rounds: int = 0, dart: bool = False
) -> NDArray[Any]:
    rows = probe_rows(model.ensemble, x.astype(np.float64), infinite=not dart)
    raw = model.ensemble.raw(rows)
    if dart:  # XGBoost's inplace_predict rounds dart's weights otherwise than its predict
        with np.errstate(over="ignore"):
            sums = booster.predict(xgb.DMatrix(rows.astype(np.float32)), output_margin=True)
        assert np.array_equal(raw, np.asarray(sums, np.float64).reshape(len(rows), -1))
    else:
        assert np.array_equal(raw, margins(booster, rows, rounds))
    return rows


CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "reg:squarederror": ({}, "value", "identity"),
    "reg:squaredlogerror": ({}, "positive", "identity"),
    "reg:pseudohubererror": ({}, "value", "identity"),
    "reg:absoluteerror": ({}, "value", "identity"),
    "reg:quantileerror": ({"quantile_alpha": [0.1, 0.5, 0.9]}, "value", "identity"),
    "reg:logistic": ({}, "binary", "sigmoid"),
    "binary:logistic": ({}, "binary", "sigmoid_pair"),
    "binary:logitraw": ({}, "binary", "identity"),
    "binary:hinge": ({}, "binary", "hinge"),
    "count:poisson": ({}, "positive", "exp"),
    "reg:gamma": ({}, "positive", "exp"),
    "reg:tweedie": ({}, "positive", "exp"),
    "survival:cox": ({}, "positive", "exp"),
    "multi:softprob": ({"num_class": 3}, "three", "softmax"),
    "multi:softmax": ({"num_class": 3}, "three", "argmax"),
}


@pytest.mark.parametrize("objective", CASES)
@pytest.mark.parametrize("form", ["json", "ubj", "booster"])
def test_every_objective(tmp_path: Path, objective: str, form: str) -> None:
    parameters, label, link = CASES[objective]
    booster = train({"objective": objective} | parameters, label)
    source: Any = booster
    if form != "booster":
        source = tmp_path / f"model.{form}"
        booster.save_model(source)
    model = load_xgboost(source)
    rows = assert_same(model, booster, data()[0])
    assert model.link == link
    predicted = booster.inplace_predict(rows).reshape(len(rows), -1)
    outputs = model.outputs(model.ensemble.raw(rows))
    if link == "sigmoid_pair":
        outputs = outputs[:, 1:]
    assert np.allclose(outputs, predicted, rtol=3e-7, atol=3e-7)
    if model.classes is not None:
        labels = predicted[:, 0] > 0.5 if predicted.shape[1] == 1 else np.argmax(predicted, axis=1)
        labels = predicted[:, 0] if link in ("argmax", "hinge") else labels
        assert np.array_equal(model.labels(model.ensemble.raw(rows)), labels)


@pytest.mark.parametrize("objective", ["rank:ndcg", "rank:pairwise", "rank:map"])
def test_ranking(objective: str) -> None:
    x, labels = data()
    target = labels["three" if objective == "rank:ndcg" else "binary"]
    booster = xgb.train({"objective": objective, "nthread": 1}, xgb.DMatrix(x, target, group=[100] * 3), 5)
    model = load_xgboost(booster)
    assert_same(model, booster, x)
    assert (model.link, model.classes) == ("identity", None)


def test_survival_aft() -> None:
    x, labels = data()
    matrix = xgb.DMatrix(x)
    matrix.set_float_info("label_lower_bound", labels["positive"])
    matrix.set_float_info("label_upper_bound", labels["positive"] + 1)
    booster = xgb.train({"objective": "survival:aft", "nthread": 1}, matrix, 5)
    model = load_xgboost(booster)
    assert_same(model, booster, x)
    assert model.link == "exp"


@pytest.mark.parametrize(
    ("parameters", "label"),
    [
        ({"objective": "reg:squarederror", "multi_strategy": "one_output_per_tree"}, "two values"),
        ({"objective": "reg:squarederror", "multi_strategy": "multi_output_tree"}, "two values"),
        ({"objective": "multi:softprob", "num_class": 3, "multi_strategy": "multi_output_tree"}, "three"),
        ({"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 3, "subsample": 0.5}, "three"),
        ({"objective": "binary:logistic", "num_parallel_tree": 4, "subsample": 0.5, "eta": 1.0}, "binary"),
        ({"objective": "binary:logistic", "tree_method": "exact", "gamma": 2.0, "max_depth": 8}, "binary"),
        ({"objective": "binary:logistic", "tree_method": "approx", "max_leaves": 9}, "binary"),
        ({"objective": "binary:logistic"}, "two flags"),
    ],
)
def test_shapes_of_ensembles(parameters: dict[str, Any], label: str) -> None:
    booster = train(parameters, label)
    model = load_xgboost(booster)
    assert_same(model, booster, data()[0])
    if label == "two flags":
        assert (model.link, model.classes, model.decision) == ("sigmoid", None, "none")


def test_dart_weights() -> None:
    booster = train({"booster": "dart", "rate_drop": 0.5, "objective": "multi:softprob", "num_class": 3}, "three", 12)
    assert_same(load_xgboost(booster), booster, data()[0], dart=True)


def test_base_scores() -> None:
    x, labels = data()
    rng = np.random.default_rng(3)
    for score in [1e-9, 0.5, 1 - 1e-9, *rng.random(20).tolist()]:
        for objective in ("binary:logistic", "reg:squarederror", "binary:logitraw"):
            booster = xgb.train(
                {"objective": objective, "base_score": score, "max_depth": 1, "nthread": 1},
                xgb.DMatrix(x, labels["binary"]),
                1,
            )
            assert np.array_equal(load_xgboost(booster).ensemble.raw(x), margins(booster, x))


def test_best_iteration(tmp_path: Path) -> None:
    x, _ = data()
    noise = xgb.DMatrix(x, np.random.default_rng(1).integers(0, 2, ROWS))
    more = {"evals": [(noise, "noise")], "early_stopping_rounds": 3, "verbose_eval": False}
    booster = train({"objective": "binary:logistic", "num_parallel_tree": 2}, "binary", 30, **more)
    best = booster.best_iteration + 1
    booster.save_model(tmp_path / "model.json")
    kept = load_xgboost(tmp_path / "model.json")
    assert kept.iterations == best
    assert kept.ensemble.stats()["trees"] == 2 * best < booster.num_boosted_rounds() * 2
    assert_same(kept, booster, x, rounds=best)
    assert_same(load_xgboost(booster), booster, x)
    assert_same(load_xgboost(tmp_path / "model.json", best_iteration=False), booster, x)
    assert_same(load_xgboost(booster, best_iteration=True), booster, x, rounds=best)


def test_files_without_iteration_indptr_stop_at_the_best_too(tmp_path: Path) -> None:
    booster = train({"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2}, "three")
    booster.set_attr(best_iteration="1")
    document = json.loads(bytes(booster.save_raw("json")))
    del document["learner"]["gradient_booster"]["model"]["iteration_indptr"]
    model = load_xgboost(json.dumps(document).encode())
    assert np.array_equal(model.ensemble.raw(data()[0]), margins(booster, data()[0], 2))


def test_the_scikit_learn_wrapper() -> None:
    x, labels = data()
    wrapper = xgb.XGBClassifier(n_estimators=40, early_stopping_rounds=2, n_jobs=1)
    noise = np.random.default_rng(1).integers(0, 3, ROWS)
    wrapper.fit(x, labels["three"].astype(int), eval_set=[(x, noise)], verbose=False)
    model = load_xgboost(wrapper)
    rows = probe_rows(model.ensemble, x.astype(np.float64))
    raw = model.ensemble.raw(rows)
    assert model.iterations == wrapper.best_iteration + 1 < 40
    assert model.classes == [0, 1, 2]
    assert np.array_equal(raw, wrapper.predict(rows, output_margin=True))
    assert np.array_equal(model.labels(raw), wrapper.predict(rows))
    assert np.allclose(model.outputs(raw), wrapper.predict_proba(rows), atol=3e-7)


def categorical() -> tuple[NDArray[np.float32], Any]:
    x, _ = data()
    rng = np.random.default_rng(2)
    x[:, 0] = rng.integers(0, 70, ROWS)
    x[:, 1] = rng.integers(0, 3, ROWS)
    x[::13, 0] = np.nan
    y = (np.nan_to_num(x[:, 0]) % 3 == 0) ^ (x[:, 1] > 1)
    matrix = xgb.DMatrix(x, y, feature_types=["c", "c", "q", "q", "q"], enable_categorical=True)
    return x, xgb.train({"objective": "binary:logistic", "max_cat_to_onehot": 4, "nthread": 1}, matrix, 10)


def test_categories_seen_unseen_negative_fractional_and_missing() -> None:
    x, booster = categorical()
    model = load_xgboost(booster)
    assert model.ensemble.stats()["categorical_splits"] > 10
    assert_same(model, booster, x)


def test_categories_of_a_data_frame_become_encoders() -> None:
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {
            "number": rng.normal(size=ROWS),
            "text": pandas.Categorical(rng.choice(["pear", "fig", "olive"], ROWS)),
            "size": pandas.Categorical(rng.integers(30, 36, ROWS)),
        }
    )
    target = (frame["text"] == "fig") ^ (frame["size"].astype(int) % 2 == 0)
    booster = xgb.train({"nthread": 1}, xgb.DMatrix(frame, target, enable_categorical=True), 5)
    for form in ("json", "ubj"):
        model = load_xgboost(bytes(booster.save_raw(form)))
        assert model.encoders == {1: ["fig", "olive", "pear"], 2: [30, 31, 32, 33, 34, 35]}
        assert model.feature_names == ["number", "text", "size"]
        codes = np.column_stack([frame["number"], frame["text"].cat.codes, frame["size"].cat.codes])
        sums = booster.predict(xgb.DMatrix(frame, enable_categorical=True), output_margin=True)
        assert np.array_equal(model.ensemble.raw(codes)[:, 0], sums)


def test_categories_that_xgboost_saves_cut_short_are_refused() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": pandas.Categorical(["öl", "ei"] * 20)})
    booster = xgb.train({"nthread": 1}, xgb.DMatrix(frame, np.tile([0, 1], 20), enable_categorical=True), 1)
    with pytest.raises(UnsupportedError, match="categories of feature 0 outside ASCII"):
        load_xgboost(booster)


def test_an_independent_reader_sees_the_same_trees(tmp_path: Path) -> None:
    treelite = pytest.importorskip("treelite")
    booster = train({"objective": "multi:softprob", "num_class": 3}, "three")
    booster.save_model(tmp_path / "model.json")
    ours = load_xgboost(tmp_path / "model.json").ensemble
    theirs = load_treelite(treelite.frontend.load_xgboost_model(tmp_path / "model.json")).ensemble
    rows = probe_rows(ours, data()[0].astype(np.float64))
    assert np.array_equal(ours.raw(rows), theirs.raw(rows))


@pytest.mark.parametrize("form", ["json", "ubj"])
def test_dermatology(shared: Path, form: str) -> None:
    folder = shared / "models" / "gbdt"
    model = load_xgboost(folder / f"dermatology.xgb.{form}")
    rows = np.full((110, 33), np.nan)
    for row, line in zip(rows, (folder / "dermatology.test").read_text().splitlines(), strict=True):
        for cell in line.split()[1:]:
            column, value = cell.split(":")
            row[int(column)] = float(value)
    outputs = model.outputs(model.ensemble.raw(rows))
    assert np.allclose(outputs, np.load(folder / "dermatology.expected.npy"), atol=1e-6)
    booster = xgb.Booster(model_file=folder / f"dermatology.xgb.{form}")
    assert_same(model, booster, rows)


def test_old_binary_format_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"binf\x00\x00\x00\x3f" + bytes(200))
    with pytest.raises(ConvertError, match=r"model\.bin: .*xgboost < 3\.1"):
        load_xgboost(tmp_path / "model.bin")


def test_all_unsupported_parts_at_once() -> None:
    x, labels = data()
    filled = np.nan_to_num(x)
    booster = xgb.train({"booster": "gblinear", "nthread": 1}, xgb.DMatrix(filled, labels["value"]), 2)
    document = json.loads(bytes(booster.save_raw("json")))
    document["learner"]["objective"]["name"] = "my:loss"
    with pytest.raises(UnsupportedError, match="gblinear") as caught:
        load_xgboost(json.dumps(document).encode())
    assert [part.name for part in caught.value.parts] == ["booster gblinear", "objective my:loss"]


def test_infinite_thresholds_and_corrupt_documents() -> None:
    booster = train({"objective": "reg:squarederror"}, "value", 1)
    document = json.loads(bytes(booster.save_raw("json")))
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    for threshold in (np.inf, -np.inf, 0.0, -0.0):
        tree["split_conditions"][0] = threshold
        changed = xgb.Booster(model_file=bytearray(json.dumps(document).replace("Infinity", "1e99").encode()))
        model = load_xgboost(json.dumps(document).replace("Infinity", "1e99").encode())
        assert_same(model, changed, data()[0])
    for key, value, message in [
        ("left_children", [0] * len(tree["left_children"]), "reached twice"),
        ("right_children", [10**6, *tree["right_children"][1:]], "tree 0, node 0 has a child"),
        ("split_indices", [99, *tree["split_indices"][1:]], "tree 0, node 0 splits on a feature beyond"),
        ("split_conditions", ["x"], "split_conditions is no list of float32"),
        ("default_left", None, "default_left is no list"),
        ("split_type", [1] * len(tree["split_type"]), "categorical node 0 has no categories"),
    ]:
        broken = json.loads(json.dumps(document))
        broken["learner"]["gradient_booster"]["model"]["trees"][0][key] = value
        with pytest.raises(ConvertError, match=message):
            load_xgboost(json.dumps(broken).encode())
    del document["learner"]["learner_model_param"]
    with pytest.raises(ConvertError, match="has no field learner_model_param"):
        load_xgboost(json.dumps(document).encode())


def test_what_is_no_model() -> None:
    with pytest.raises(ConvertError, match="XGBClassifier is not fitted: call fit"):
        load_xgboost(xgb.XGBClassifier())
    with pytest.raises(ConvertError, match="a int is no XGBoost model"):
        load_xgboost(3)
