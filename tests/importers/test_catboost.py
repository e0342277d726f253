"""CatBoost exports against what CatBoost answered (see make_catboost.py), and against CatBoost itself if installed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluate import compare
from tree_rows import probe_rows

import edgescore
from edgescore_converters import convert, passes
from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers import import_model
from edgescore_converters.importers._catboost_trees import evaluate as by_words
from edgescore_converters.importers._catboost_trees import load_catboost, parse
from edgescore_converters.writer import encode

FOLDER = Path(__file__).parent / "catboost_models"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "ctr")


def case(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def rows_of(found: dict[str, Any]) -> Any:
    text = any(isinstance(value, str) for value in found["rows"][0])
    rows = [[np.nan if value is None else value for value in row] for row in found["rows"]]
    return np.asarray(rows, object if text else np.float64)


@pytest.mark.parametrize("name", NAMES)
def test_answers_of_catboost(name: str) -> None:
    found = case(name)
    imported = import_model(json.dumps(found["model"]).encode())
    rows = rows_of(found)
    expected = [np.asarray(found["outputs"])]
    if found["labels"] is not None:
        classes = imported.graph.outputs[1].labels
        expected.append(np.asarray([classes.index(label) for label in found["labels"]]))
    for port, want, judged in zip(imported.graph.outputs, expected, imported.oracle(rows), strict=True):
        np.testing.assert_allclose(judged, want, rtol=0, atol=1e-12, err_msg=port.name)
    compare(imported.graph, evaluate(imported.graph, rows), expected, 1e-6)
    imported.graph = imported.graph.copy()
    passes.run(imported.graph)
    compare(imported.graph, edgescore.load(encode(imported.graph)).outputs(rows), expected, 1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_normal_form_decides_as_the_file_says(name: str) -> None:
    document = case(name)["model"]
    model = load_catboost(document)
    width = model.n_features
    data = np.random.default_rng(0).normal(size=(50, width))
    rows = probe_rows(model.ensemble, data, extra=(2.0, np.inf))
    if "oblivious_trees" in document:
        np.testing.assert_allclose(model.ensemble.raw(rows), by_words(document, rows), rtol=0, atol=1e-12)
    assert model.feature_names == (list("abc") if width == 3 else ["a", "b", "color", "size", "c"])


def test_categories_are_given_as_they_were() -> None:
    features = import_model(json.dumps(case("logloss_names")["model"]).encode()).graph.inputs[0].features
    assert set(features[2].categories or []) <= {"red", "green", "blue"}
    assert features[2].unknown == "missing"
    assert features[3].categories is None  # whole numbers are numbers


def test_statistics_of_the_target_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match=r"tree \d, split of type OnlineCtr: .* one_hot_max_size"):
        load_catboost(case("ctr")["model"])


def changed(name: str, change: Any) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(case(name)["model"])
    change(document)
    return document


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("rmse", lambda d: d["features_info"].pop("cat_features_hash"), "has only their hashes.*pool=train_pool"),
        ("rmse", lambda d: d["features_info"].update(text_features=[{"flat_feature_index": 5}]), "text_features"),
        ("rmse", lambda d: d["model_info"]["params"]["loss_function"].update(type="Mine"), "objective Mine"),
        (
            "logloss",
            lambda d: d["model_info"].update(binclass_probability_threshold="0.3"),
            r"binclass_probability_threshold: it is 0\.3",
        ),
    ],
)
def test_what_the_file_cannot_say_is_refused(name: str, change: Any, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        load_catboost(changed(name, change))


def first(document: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = document["oblivious_trees"][0]
    return tree


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("oblivious_trees"), "has no field trees"),
        (lambda d: d["oblivious_trees"].clear(), "has no trees"),
        (lambda d: first(d)["leaf_values"].pop(), "tree 0: has 7 leaf values where 8"),
        (lambda d: first(d)["leaf_values"].__setitem__(0, None), "leaf value is not finite"),
        (lambda d: first(d)["splits"].extend([first(d)["splits"][0]] * 30), "tree 0: has depth 33"),
        (lambda d: first(d)["splits"][0].update(float_feature_index=9), "tree 0: list index out of range"),
        (lambda d: first(d)["splits"][0].update(border=float("nan")), "tree 0, node 0 has a NaN threshold"),
        (lambda d: first(d)["splits"][0].pop("split_type"), "tree 0: has no field split_type"),
        (lambda d: d["features_info"]["float_features"].pop(0), "does not list each column once"),
        (lambda d: d.pop("scale_and_bias"), "has no field scale_and_bias"),
        (lambda d: d["model_info"].pop("params"), "has no field model_info.params"),
    ],
)
def test_corrupt_documents_are_refused_by_name(change: Any, message: str) -> None:
    with pytest.raises(ConvertError, match=message):
        load_catboost(changed("logloss", change))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_files_are_refused_by_name(share: float, tmp_path: Path) -> None:
    data = json.dumps(case("logloss")["model"])
    (tmp_path / "model.json").write_text(data[: int(len(data) * share)])
    with pytest.raises(ConvertError, match=r"model\.json: is no valid JSON"):
        import_model(tmp_path / "model.json")


def test_other_forms_are_refused_with_the_way_out() -> None:
    with pytest.raises(ConvertError, match="binary format; load it with CatBoost and save it"):
        import_model(b"CBM1" + bytes(100))
    with pytest.raises(ConvertError, match="no CatBoost model"):
        parse(b"[]")
    nested = '{"features_info":' + '{"left":' * 10_000
    with pytest.raises(ConvertError, match="is no valid JSON"):
        import_model(nested.encode())


def test_live_models() -> None:
    catboost = pytest.importorskip("catboost", reason="catboost is not installed; its exports are tested all the same")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    live = catboost.CatBoostClassifier(iterations=5, depth=3, verbose=0, allow_writing_files=False)
    with pytest.raises(ConvertError, match="is not fitted"):
        import_model(live)
    live.fit(x, x[:, 0] > 0)
    imported = import_model(live)
    compare(imported.graph, evaluate(imported.graph, x), imported.oracle(x), 1e-6)
    np.testing.assert_allclose(imported.oracle(x)[0], live.predict_proba(x), rtol=0, atol=1e-12)


def labelled() -> tuple[Any, Any, Any]:
    """Rows of two columns of numbers with gaps, one of text and one of whole numbers; a label; CatBoost."""
    catboost = pytest.importorskip("catboost", reason="catboost is not installed; its exports are tested all the same")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 2))
    color, size = rng.choice(["red", "green", "blue"], 300), rng.integers(-1, 3, 300)
    y = x[:, 0] + (color == "red") - (size == 2)
    x[rng.random(x.shape) < 0.1] = np.nan
    rows = np.empty((300, 4), object)
    rows[:, :2], rows[:, 2], rows[:, 3] = x, color, size
    return catboost, rows, y


OPTIONS = {"iterations": 5, "depth": 3, "verbose": 0, "allow_writing_files": False, "thread_count": 1}


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise", "Lossguide"])
@pytest.mark.parametrize("nan_mode", ["Min", "Max"])
def test_live_models_with_categories(policy: str, nan_mode: str) -> None:
    catboost, rows, y = labelled()
    pool = catboost.Pool(rows, y, cat_features=[2, 3])
    live = catboost.CatBoostRegressor(one_hot_max_size=9, grow_policy=policy, nan_mode=nan_mode, **OPTIONS).fit(pool)
    imported = import_model(live, pool=pool)
    others = rows.copy()
    others[::3, 2], others[1::3, 3] = "violet", 77  # which training did not see
    conversion = convert(live, pool=pool)

    assert imported.graph.inputs[0].features[2].categories is not None
    for given in (rows, others):
        expected = live.predict(given)
        np.testing.assert_allclose(imported.oracle(given)[0].ravel(), expected, rtol=0, atol=1e-12)
        found = np.asarray(edgescore.load(conversion.data).score(given)).ravel()
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_live_classes_with_categories() -> None:
    catboost, rows, y = labelled()
    names = np.digitize(y, [-0.5, 0.8]) * 10
    pool = catboost.Pool(rows, names, cat_features=[2, 3])
    live = catboost.CatBoostClassifier(one_hot_max_size=9, **OPTIONS).fit(pool)
    model = edgescore.load(convert(live, pool=pool).data)

    np.testing.assert_allclose(model.score(rows), live.predict_proba(rows), rtol=0, atol=1e-6)
    assert list(model.predict(rows)) == live.predict(rows).ravel().tolist()


def test_live_models_with_categories_need_the_pool() -> None:
    catboost, rows, y = labelled()
    live = catboost.CatBoostRegressor(one_hot_max_size=9, **OPTIONS).fit(catboost.Pool(rows, y, cat_features=[2, 3]))
    with pytest.raises(ConvertError, match="pool=train_pool"):
        import_model(live)


def test_live_statistics_of_the_target_are_refused_by_name() -> None:
    catboost, rows, y = labelled()
    pool = catboost.Pool(rows, y > 0, cat_features=[2, 3])
    live = catboost.CatBoostClassifier(one_hot_max_size=1, **OPTIONS).fit(pool)
    with pytest.raises(UnsupportedError, match=r"OnlineCtr: .* one_hot_max_size"):
        import_model(live, pool=pool)


def test_live_texts_are_refused_by_name() -> None:
    catboost, rows, y = labelled()
    words = [f"{a} {'large' if b > 1 else 'small'} thing" for a, b in rows[:, 2:]]
    table = np.column_stack([rows[:, :2], np.asarray(words, object)])
    pool = catboost.Pool(table, y > 0, text_features=[2])
    live = catboost.CatBoostClassifier(**OPTIONS).fit(pool)
    with pytest.raises(UnsupportedError, match=r"text_features: .* turn them to numbers before training"):
        import_model(live, pool=pool)
