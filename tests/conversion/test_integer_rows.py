"""Rows of integers: thresholds become integers, answers stay the source's, and nothing else is taken for an integer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas
import pytest
import xgboost
from sklearn.datasets import load_digits
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import edgescore
from edgescore import DtypeError
from edgescore_converters import ConvertError, convert
from edgescore_converters.__main__ import main
from edgescore_converters.conversion import load_source
from edgescore_converters.importers import Imported
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.ir import Graph
from edgescore_converters.writer import encode
from tests.ops import test_ops
from tests.ops.test_ops import run

engine = test_ops.engine  # the fixture

ROWS, CLASSES = load_digits(return_X_y=True)
PARITY = CLASSES % 2


def lightgbm_model(**options: Any) -> Any:
    return lightgbm.LGBMClassifier(n_estimators=15, verbose=-1, n_jobs=1, **options)


SOURCES = {
    "forest": lambda: RandomForestClassifier(20, random_state=0).fit(ROWS, PARITY),
    "tree": lambda: DecisionTreeRegressor(max_depth=6).fit(ROWS, CLASSES),
    "isolation": lambda: IsolationForest(n_estimators=10, random_state=0).fit(ROWS),
    "features of a bag": lambda: BaggingClassifier(n_estimators=5, max_features=0.5, random_state=0).fit(ROWS, PARITY),
    "scaled": lambda: make_pipeline(StandardScaler(), RandomForestClassifier(10, max_depth=7)).fit(ROWS, PARITY),
    "hist": lambda: HistGradientBoostingClassifier(max_iter=5, categorical_features=[20]).fit(ROWS, PARITY),
    "lightgbm": lambda: lightgbm_model(zero_as_missing=True).fit(ROWS, PARITY, categorical_feature=[20, 30]),
    "xgboost": lambda: xgboost.XGBClassifier(n_estimators=10, max_depth=4).fit(ROWS, PARITY),
}


def answers(source: Any, rows: Any) -> Any:
    for method in ("predict_proba", "decision_function", "predict"):
        if hasattr(source, method):
            return getattr(source, method)(rows)
    raise AssertionError


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint8"])
@pytest.mark.parametrize("name", SOURCES)
def test_integers_get_the_answers_of_the_source(name: str, dtype: str) -> None:
    source = SOURCES[name]()
    conversion = convert(source, calibrate=ROWS, input_dtype=dtype)
    model = edgescore.load(conversion.data)
    coverage = conversion.verification.coverage
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    rows = np.concatenate([ROWS, rng.integers(max(limits.min, -40), min(limits.max, 40), (500, 64))])
    rows = rows[(rows >= limits.min).all(axis=1)].astype(dtype)

    assert model.describe()["inputs"][0]["dtype"] == dtype
    assert conversion.verification.disagreements == 0
    assert coverage is not None
    assert coverage.input == dtype
    assert coverage.reached == coverage.splits
    np.testing.assert_allclose(model.score(rows), answers(source, rows.astype(float)), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(model.score(rows[:5].tolist()), model.score(rows[:5]))


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_nothing_floats_before_the_leaves_and_the_file_is_smaller(dtype: str) -> None:
    source = SOURCES["lightgbm"]()
    imported = load_source(source, input_dtype=dtype)
    assert isinstance(imported, Imported)
    trees = next(node for node in imported.graph.nodes if node.op == "trees")
    before = list(imported.graph.nodes)[: list(imported.graph.nodes).index(trees)]
    assert [node.op for node in before] == (["cast"] if dtype == "int8" else [])
    assert [trees.inputs[at].dtype for at in (0, 5)] == ["int16", "int16"]  # type: ignore[union-attr]
    assert len(convert(source, input_dtype=dtype).data) < len(convert(source, input_dtype="float32").data) - 200


def stump(threshold: float) -> bytes:
    builder = EnsembleBuilder(1, 1, "float64", "float32")
    builder.add_tree(
        feature=[0, -1, -1], threshold=[threshold, 0, 0], left=[1, 0, 0], right=[2, 0, 0], missing_left=[0, 0, 0],
        values=[0, 1, 2], target=0,
    )  # fmt: skip
    graph = Graph()
    graph.output("y", add_ensemble(graph, graph.input("x", 1, "int16"), builder.build()))
    return encode(graph)


@pytest.mark.parametrize(
    "threshold", [2.5, 2.0, -0.5, -3.0, 32767.0, 32766.5, 1e30, np.inf, -32768.0, -32768.5, -1e30, -np.inf]
)
def test_thresholds_are_rounded_down(threshold: float, engine: Any) -> None:
    rows = np.array([[-32768], [-32767], [-4], [-3], [-1], [0], [1], [2], [3], [32766], [32767]], np.int16)
    assert np.ravel(run(engine(stump(threshold)), [rows])).tolist() == np.where(rows[:, 0] <= threshold, 1, 2).tolist()


@pytest.mark.parametrize(
    "row", [[0.5] * 64, [128] * 64, [-129] * 64, ["1"] * 64, [float("nan")] * 64, np.full(64, 300)]
)
def test_the_device_refuses_what_is_no_such_integer(row: Any) -> None:
    model = edgescore.load(convert(SOURCES["tree"](), input_dtype="int8").data)
    with pytest.raises(DtypeError, match=r"int8|takes a number"):
        model.score(row)


def test_calibration_rows_are_integers_too() -> None:
    rows = ROWS.copy()
    rows[3, 5] += 0.25
    with pytest.raises(ConvertError, match=r"row 3, column 5: [0-9]+\.25 is no int16"):
        convert(SOURCES["tree"](), calibrate=rows, input_dtype="int16")


def test_what_is_not_trees_alone_is_refused_by_name() -> None:
    with pytest.raises(ConvertError, match="models of decision trees"):
        convert(LogisticRegression(max_iter=5000).fit(ROWS, PARITY), input_dtype="int8")
    members = [("tree", DecisionTreeClassifier(max_depth=3)), ("line", LogisticRegression(max_iter=5000))]
    with pytest.raises(ConvertError, match="dense reads its input too"):
        convert(VotingClassifier(members, voting="soft").fit(ROWS, PARITY), input_dtype="int8")
    frame = pandas.DataFrame({"a": pandas.Categorical(["x", "y"] * 50), "b": range(100)})
    source = lightgbm_model(min_child_samples=2).fit(frame, np.arange(100) % 2)
    with pytest.raises(ConvertError, match="column 'a' takes text"):
        convert(source, input_dtype="int16")


def test_the_command_line_takes_the_type(tmp_path: Path) -> None:
    source, path = tmp_path / "model.txt", tmp_path / "model.edsc"
    SOURCES["lightgbm"]().booster_.save_model(source)
    assert main([str(source), "-o", str(path), "--input-dtype", "uint8", "-q"]) == 0
    assert edgescore.load(path).describe()["inputs"][0]["dtype"] == "uint8"
