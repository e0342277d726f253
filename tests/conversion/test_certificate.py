"""The equivalence certificate: its rows reach every split, a wrong split is found, and what it says is what it did."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from scipy.stats import beta
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import edgescore
from edgescore.__main__ import main as edgescore_main
from edgescore_converters import certificate, convert
from edgescore_converters.__main__ import main
from edgescore_converters.certificate import Coverage, split_rows, upper_bound
from edgescore_converters.conversion import load_source
from edgescore_converters.importers import Imported
from edgescore_converters.importers._ensemble_nodes import add_ensemble
from edgescore_converters.importers._tree_builder import EnsembleBuilder
from edgescore_converters.ir import Feature, Graph, constant
from edgescore_converters.verify import Group, Verification, verify
from edgescore_converters.writer import encode

ROWS, CLASSES = make_classification(1500, 8, n_informative=6, random_state=0)


def holed(rows: Any) -> Any:
    rows = rows.copy()
    rows[np.random.default_rng(0).random(rows.shape) < 0.1] = np.nan
    return rows


def coded() -> Any:
    """Two columns of categories, one of many zeros."""
    rng = np.random.default_rng(1)
    rows = np.column_stack([ROWS, rng.integers(0, 40, len(ROWS)), rng.integers(0, 5, len(ROWS))])
    rows[:, 0] *= rng.random(len(rows)) < 0.5
    return rows


def lightgbm_model(**options: Any) -> Any:
    return lightgbm.LGBMClassifier(n_estimators=20, verbose=-1, n_jobs=1, min_child_samples=3, **options)


SOURCES = {
    "forest": lambda: RandomForestClassifier(10, random_state=0).fit(ROWS, CLASSES),
    "hist": lambda: HistGradientBoostingClassifier(max_iter=10).fit(holed(ROWS), CLASSES),
    "hist of categories": lambda: HistGradientBoostingClassifier(
        max_iter=10, categorical_features=[8, 9], max_leaf_nodes=60
    ).fit(coded(), CLASSES),
    "lightgbm": lambda: lightgbm_model().fit(holed(ROWS), CLASSES),
    "lightgbm of categories": lambda: lightgbm_model(min_data_per_group=5, cat_smooth=1).fit(
        coded(), CLASSES, categorical_feature=[8, 9]
    ),
    "lightgbm zero as missing": lambda: lightgbm_model(zero_as_missing=True).fit(coded()[:, :8], CLASSES),
    "xgboost": lambda: xgboost.XGBClassifier(n_estimators=20, max_depth=5).fit(holed(ROWS), CLASSES),
    "scaled forest": lambda: make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(
        ROWS, CLASSES
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SOURCES)
def test_every_split_is_reached_on_both_sides(name: str, dtype: str) -> None:
    conversion = convert(SOURCES[name](), input_dtype=dtype, force=True)
    coverage = conversion.verification.coverage
    assert coverage is not None
    assert coverage.input == dtype
    assert coverage.reached == coverage.tried == coverage.splits > 50
    assert (coverage.categories > 0) == ("categories" in name)
    assert coverage.missing > coverage.splits / 2
    group = next(group for group in conversion.verification.groups if group.name == "at splits")
    assert group.rows == coverage.rows >= 2 * coverage.splits
    if dtype == "float64" or name in ("forest", "xgboost"):
        assert conversion.verification.disagreements == 0


def changed(imported: Imported, change: Any) -> bytes:
    """The file of ``imported`` after ``change`` of copies of the tables of its trees."""
    graph = imported.graph.copy()
    node = next(node for node in graph.nodes if node.op == "trees")
    names = ("x", "nodes", "roots", "kinds", "runs", "thresholds", "leaves")
    tables = {name: value.data.copy() for name, value in zip(names, node.inputs) if value and value.data is not None}
    change(tables)
    for at, name in enumerate(names):
        if name in tables:
            node.set_input(at, constant(tables[name]))
    return encode(graph)


@pytest.mark.parametrize("seed", range(5))
def test_one_threshold_that_is_an_ulp_off_is_found(seed: int) -> None:
    source = RandomForestClassifier(10, random_state=seed).fit(ROWS, CLASSES)
    imported = load_source(source)
    assert isinstance(imported, Imported)
    rng = np.random.default_rng(seed)
    for toward in (-np.inf, np.inf):

        def nudge(tables: Any, toward: float = toward) -> None:
            at = rng.integers(len(tables["thresholds"]))
            tables["thresholds"][at] = np.nextafter(tables["thresholds"][at], np.float32(toward))

        found = {group.name: group.disagreements for group in verify(imported, changed(imported, nudge)).groups}
        assert found["at splits"] > 0


def test_one_missing_value_sent_the_wrong_way_is_found() -> None:
    source = xgboost.XGBClassifier(n_estimators=20, max_depth=5).fit(holed(ROWS), CLASSES)
    imported = load_source(source, input_dtype="float32")
    assert isinstance(imported, Imported)
    rng = np.random.default_rng(0)

    def swap(tables: Any) -> None:
        """Another way for missing values at one test: a run of its own where kinds still ascend."""
        kinds, runs = tables["kinds"], tables["runs"].astype(np.int64)
        starts = np.append(0, runs[:-1])
        run = int(rng.choice(np.flatnonzero((kinds[starts] >> 13 == 0) & (runs - starts > 1))))
        feature = kinds[starts[run]] & 0x1FFF
        kinds[starts[run] : runs[run]] = feature | 1 << 13
        order = np.argsort(kinds, kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        tables["kinds"], tables["thresholds"] = kinds[order], tables["thresholds"][order]
        tables["nodes"][:, 0] = place[tables["nodes"][:, 0]]
        tables["runs"] = (np.append(np.flatnonzero(np.diff(tables["kinds"].astype(int))) + 1, len(kinds))).astype("u2")

    groups = {group.name: group.disagreements for group in verify(imported, changed(imported, swap)).groups}
    assert groups["at splits"] > 0


def one_tree(**tree: Any) -> tuple[Graph, Any]:
    builder = EnsembleBuilder(2, 1, "float32", "float32")
    builder.add_tree(**tree, target=0)
    graph = Graph()
    x = graph.input("x", 2, nan=True, features=[Feature("a"), Feature("b")])
    ensemble = builder.build()
    graph.output("y", add_ensemble(graph, x, ensemble))
    return graph, ensemble


def cover(graph: Graph, dtype: str = "float32") -> tuple[Coverage, np.ndarray[Any, Any]]:
    total, made = Coverage(dtype), []
    base = np.random.default_rng(0).normal(size=(50, 2))
    for rows, part in split_rows(graph, base, dtype, np.random.default_rng(0)):
        total.add(part)
        made.append(rows)
    return total, np.concatenate(made)


def test_a_split_that_nothing_reaches_is_not_called_reached() -> None:
    graph, _ = one_tree(
        feature=[0, -1, 0, -1, -1],
        threshold=[1, 0, 0.5, 0, 0],  # behind x > 1, nothing is at most 0.5 but a missing value
        left=[1, 0, 3, 0, 0],
        right=[2, 0, 4, 0, 0],
        missing_left=[False, False, True, False, False],
        values=[0, 1, 2, 3, 4],
    )
    total, _ = cover(graph)
    assert (total.splits, total.tried, total.reached, total.unreachable, total.missing) == (2, 2, 1, 1, 2)
    assert "1 that no row reaches on both" in str(total)


def test_what_other_columns_rule_out_is_proven_beside_a_computed_column() -> None:
    builder = EnsembleBuilder(2, 1, "float32", "float32")
    builder.add_tree(
        feature=[0, -1, 1, 0, -1, -1, -1],
        threshold=[1, 0, 0, 0.5, 0, 0, 0],  # behind a > 1, and a test of what is computed, nothing is at most 0.5
        left=[1, 0, 3, 4, 0, 0, 0],
        right=[2, 0, 6, 5, 0, 0, 0],
        missing_left=[False] * 7,
        values=np.arange(7),
        target=0,
    )
    graph = Graph()
    x = graph.input("x", 2, features=[Feature("a"), Feature("b")])
    both = graph.add("concat", x, graph.add("add", x, np.ones(2)), shape=(1, 4))
    graph.output("y", add_ensemble(graph, graph.add("columns", both, np.array([0, 3])), builder.build()))
    total, _ = cover(graph)

    assert (total.splits, total.reached, total.unreachable) == (3, 1, 1)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_called_unreachable_is_reached_by_no_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inner = np.arange(31)  # of a full tree whose tests contradict each other
    graph, ensemble = one_tree(
        feature=[*rng.integers(0, 2, 31), *[-1] * 32],
        threshold=[*rng.integers(0, 4, 31), *[0] * 32],
        left=[*(2 * inner + 1), *[0] * 32],
        right=[*(2 * inner + 2), *[0] * 32],
        missing_left=[*(rng.random(31) < 0.5), *[False] * 32],
        values=np.arange(63),
    )
    total, _ = cover(graph)
    values = np.array([np.nan, *np.arange(-1, 5) + 0.5])
    table = np.stack(np.meshgrid(values, values), axis=-1).reshape(-1, 2)
    sides: dict[int, set[bool]] = {}
    for row in table:
        node = int(ensemble.roots[0])
        while ensemble.feature[node] >= 0:
            value = row[ensemble.feature[node]]
            left = bool(ensemble.missing_left[node] if np.isnan(value) else value <= ensemble.threshold[node])
            if not np.isnan(value):
                sides.setdefault(node, set()).add(left)
            node = int((ensemble.left if left else ensemble.right)[node])
    reachable = sum(len(found) == 2 for found in sides.values())

    assert total.unreachable > 0
    assert total.reached == reachable == total.splits - total.unreachable


def test_all_splits_of_linear_trees_are_reached_or_proven_to_be_out_of_reach() -> None:
    model = lightgbm.LGBMRegressor(n_estimators=10, linear_tree=True, verbose=-1, num_leaves=8).fit(ROWS, ROWS[:, 0])
    coverage = convert(model).verification.coverage
    assert coverage is not None
    assert coverage.unreachable > 0
    assert coverage.reached + coverage.unreachable == coverage.splits


def test_a_split_behind_a_missing_value_is_reached_by_the_other_column() -> None:
    graph, ensemble = one_tree(
        feature=[0, 0, -1, 1, -1, -1, -1],
        threshold=[1, 3, 0, 7, 0, 0, 0],  # both sides of a > 1 only where a is missing: behind it b is asked
        left=[2, 3, 0, 4, 0, 0, 0],
        right=[1, 6, 0, 5, 0, 0, 0],
        missing_left=[False, True, False, False, False, False, False],
        values=[0, 0, 1, 0, 2, 3, 4],
    )
    total, rows = cover(graph)
    assert total.reached == 3
    assert total.missing == 3
    near = np.float32(7)
    for value in (near, np.nextafter(near, np.float32(0)), np.nextafter(near, np.float32(8))):
        at_split = rows[rows[:, 1] == value]
        assert len(at_split)
        assert np.all(np.isin(ensemble.raw(at_split), [2, 3]))


def test_beyond_a_number_of_splits_a_sample_is_tried_and_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "EVERY", 100)
    monkeypatch.setattr(certificate, "SAMPLED", 60)
    coverage = convert(SOURCES["forest"]()).verification.coverage
    assert coverage is not None
    assert 30 < coverage.tried == coverage.reached < 100 < coverage.splits
    assert f"{coverage.reached} of {coverage.splits} splits" in str(coverage)
    assert f"({coverage.tried} of them, drawn at random, were tried)" in str(coverage)


@pytest.mark.parametrize(("changed", "rows"), [(0, 1), (0, 300), (1, 300), (7, 100), (99, 100), (3, 100_000)])
def test_the_bound_is_clopper_and_pearsons(changed: int, rows: int) -> None:
    assert upper_bound(changed, rows) == pytest.approx(beta.ppf(0.95, changed + 1, rows - changed), rel=1e-9)


def test_nothing_is_certain_when_all_rows_change() -> None:
    assert upper_bound(5, 5) == 1.0


def test_a_lossy_conversion_says_what_it_costs(tmp_path: Path) -> None:
    cancer = load_breast_cancer()
    source = RandomForestClassifier(20, random_state=0).fit(cancer.data, cancer.target)
    path = tmp_path / "pruned.edsc"
    conversion = convert(source, path, calibrate=cancer.data, prune=0.9)
    loss = conversion.loss
    assert loss is not None
    model = edgescore.load(path)
    differ = np.asarray(model.predict(cancer.data)) != source.predict(cancer.data)
    assert loss.rows == len(cancer.data)
    assert loss.changed == differ.sum() > 0
    assert loss.at_most == upper_bound(loss.changed, loss.rows) > differ.mean()
    assert [example["row"] for example in loss.examples] == cancer.data[differ][:3].tolist()
    assert all(example["source"][1] != example["device"][1] for example in loss.examples)
    assert model.describe()["metadata"]["loss"]["changed"] == loss.changed
    assert f"{loss.changed} of {loss.rows} rows change" in str(conversion)
    assert "e.g. [" in str(conversion)
    assert convert(source, calibrate=cancer.data).loss is None


def test_a_regression_counts_scores_and_needs_rows() -> None:
    group = Group("given", rows=300, disagreements=2, labels_differ=0, worst=0.25)
    loss = Verification("source", groups=[group]).loss()
    assert loss is not None
    assert (loss.changed, loss.worst) == (2, 0.25)
    assert loss.beyond == pytest.approx(1 - 0.05 ** (1 / 300))
    assert Verification("source", groups=[replace(group, name="generated")]).loss() is None


def test_the_certificate_is_in_the_file_and_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, path = tmp_path / "model.txt", tmp_path / "model.edsc"
    SOURCES["lightgbm"]().booster_.save_model(source)
    assert main([str(source), "-o", str(path)]) == 0
    report = " ".join(capsys.readouterr().out.split())
    told = edgescore.load(path).describe()["metadata"]["verification"]["trees"]
    assert f"{told['reached']} of {told['splits']} splits reached on both sides by neighbouring" in report
    assert edgescore_main(["info", str(path)]) == 0
    assert json.dumps(told) in capsys.readouterr().out
