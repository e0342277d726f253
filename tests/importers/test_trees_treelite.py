"""treelite models against treelite's own GTIL, which adds the base score last and so differs by a rounding at most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosters import agree
from tree_rows import probe_rows

from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers import import_model
from edgescore_converters.importers._tree_model import TreeModel
from edgescore_converters.importers._treelite import load_treelite

treelite = pytest.importorskip("treelite")
ensemble = pytest.importorskip("sklearn.ensemble")

ROWS = 200


def check(source: Any, exact: bool = True) -> TreeModel:
    model = load_treelite(source)
    width = model.ensemble.n_features
    rows = probe_rows(model.ensemble, np.random.default_rng(0).normal(size=(50, width)))[:, : model.n_features]
    with np.errstate(over="ignore"):
        rows = rows.astype(model.ensemble.compare_dtype)
    sums = treelite.gtil.predict(source, rows, nthread=1, pred_margin=True).reshape(len(rows), -1)
    raw = model.sums(rows)
    assert np.array_equal(raw, sums) if exact else np.allclose(raw, sums, rtol=0, atol=1e-6)
    outputs = treelite.gtil.predict(source, rows, nthread=1).reshape(len(rows), -1)
    assert np.allclose(model.outputs(raw)[:, -outputs.shape[1] :], outputs, rtol=0, atol=1e-6)
    return model


def data() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 4))
    value = x[:, 0] + x[:, 1] * x[:, 2]
    return x, value, np.digitize(value, [-0.5, 0.5])


@pytest.mark.parametrize("name", ["RandomForest", "ExtraTrees", "GradientBoosting"])
def test_scikit_learn_models(name: str) -> None:
    x, value, three = data()
    for estimator, y in (
        (getattr(ensemble, f"{name}Classifier")(n_estimators=5, random_state=0), three),
        (getattr(ensemble, f"{name}Classifier")(n_estimators=5, random_state=0), three > 0),
        (getattr(ensemble, f"{name}Regressor")(n_estimators=5, random_state=0), value),
    ):
        check(treelite.sklearn.import_model(estimator.fit(x, y)), exact=name != "GradientBoosting")


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
def test_xgboost_models(tmp_path: Path, strategy: str) -> None:
    xgb = pytest.importorskip("xgboost")
    x, value, three = data()
    for number, (parameters, y) in enumerate(
        [
            ({"objective": "multi:softprob", "num_class": 3}, three),
            ({"objective": "reg:squarederror"}, np.column_stack([value, -value])),
        ]
    ):
        booster = xgb.train(parameters | {"multi_strategy": strategy, "nthread": 1}, xgb.DMatrix(x, y), 4)
        booster.save_model(tmp_path / f"{number}.json")
        check(treelite.frontend.load_xgboost_model(tmp_path / f"{number}.json"), exact=False)


def test_lightgbm_models_with_categories() -> None:
    lgb = pytest.importorskip("lightgbm")
    x, value, three = data()
    x[:, 3] = np.random.default_rng(1).integers(0, 30, ROWS)
    parameters = {"verbose": -1, "num_threads": 1, "min_data_per_group": 1, "max_cat_to_onehot": 1}
    for more, y in (
        ({"objective": "binary", "sigmoid": 1.5}, three > 0),
        ({"objective": "multiclassova", "num_class": 3}, three),
        ({"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, value),
    ):
        booster = lgb.train(parameters | more, lgb.Dataset(x, y + (x[:, 3] % 3 == 0) * 0, categorical_feature=[3]), 4)
        check(treelite.frontend.from_lightgbm(booster))


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=="])
@pytest.mark.parametrize("default_left", [False, True])
def test_every_operator_and_right_hand_categories(operator: str, default_left: bool) -> None:
    build = treelite.model_builder
    builder = build.ModelBuilder(
        threshold_type="float32",
        leaf_output_type="float32",
        metadata=build.Metadata(
            num_feature=2,
            task_type="kRegressor",
            average_tree_output=False,
            num_target=1,
            num_class=[1],
            leaf_vector_shape=(1, 1),
        ),
        tree_annotation=build.TreeAnnotation(num_tree=1, target_id=[0], class_id=[0]),
        postprocessor=build.PostProcessorFunc(name="identity"),
        base_scores=[0.0],
    )
    builder.start_tree()
    builder.start_node(0)
    builder.numerical_test(
        feature_id=0, threshold=0.5, default_left=default_left, opname=operator, left_child_key=1, right_child_key=2
    )
    builder.end_node()
    builder.start_node(1)
    builder.categorical_test(
        feature_id=1,
        default_left=default_left,
        category_list=[0, 40],
        category_list_right_child=True,
        left_child_key=3,
        right_child_key=4,
    )
    builder.end_node()
    for key in (2, 3, 4):
        builder.start_node(key)
        builder.leaf(float(key))
        builder.end_node()
    builder.end_tree()
    check(builder.commit())


def test_checkpoints(tmp_path: Path) -> None:
    x, value, _ = data()
    source = treelite.sklearn.import_model(ensemble.RandomForestRegressor(n_estimators=3, random_state=0).fit(x, value))
    source.serialize(tmp_path / "model.tl")
    expected = load_treelite(source).ensemble.raw(x)
    for form in (tmp_path / "model.tl", source.serialize_bytes()):
        assert np.array_equal(load_treelite(form).ensemble.raw(x), expected)
    (tmp_path / "model.tl").write_bytes(b"no checkpoint")
    with pytest.raises(ConvertError, match="no treelite checkpoint that treelite"):
        load_treelite(tmp_path / "model.tl")


def test_isolation_forests() -> None:
    check(treelite.sklearn.import_model(ensemble.IsolationForest(n_estimators=9).fit(data()[0])))


def test_classes_of_several_targets_are_refused() -> None:
    x, _, three = data()
    forest = ensemble.RandomForestClassifier(n_estimators=2).fit(x, np.column_stack([three, three > 0]))
    with pytest.raises(UnsupportedError, match=r"several targets with classes: .* convert a model a target"):
        load_treelite(treelite.sklearn.import_model(forest))


@pytest.mark.parametrize("form", ["model", "bytes", "file"])
def test_through_the_importer(form: str, tmp_path: Path) -> None:
    x, value, three = data()
    forest = ensemble.RandomForestClassifier(n_estimators=5, random_state=0)
    sources = [
        ensemble.RandomForestRegressor(n_estimators=5, random_state=0).fit(x, value),
        ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0).fit(x, three > 0),
        forest.fit(x, three),
        ensemble.IsolationForest(n_estimators=5, random_state=0).fit(x),
    ]
    for estimator in sources:
        source: Any = treelite.sklearn.import_model(estimator)
        if form == "file":
            source.serialize(tmp_path / "model.tl")
            source = tmp_path / "model.tl"
        agree(source if form != "bytes" else source.serialize_bytes(), x)
    assert not agree(source, x, input_dtype="float64").graph.inputs[0].features[0].categories


def test_damaged_checkpoints(tmp_path: Path) -> None:
    x, value, _ = data()
    model = treelite.sklearn.import_model(ensemble.RandomForestRegressor(n_estimators=3, random_state=0).fit(x, value))
    whole = model.serialize_bytes()
    for size in (12, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "model.tl").write_bytes(whole[:size])
        with pytest.raises(ConvertError, match=r"model\.tl: no treelite checkpoint"):
            import_model(tmp_path / "model.tl")
