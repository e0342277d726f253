"""Budgets at load and at run time: warn, raise, fallback, callback; the report that explains them."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest

import edgescore
from edgescore._budget import Budget
from tests.runtime.models import linear

pytestmark = pytest.mark.usefixtures("backend")
ROW = [1.0, 2.0, 3.0, 4.0]
IMPOSSIBLE = {"latency": {"max": "1 ns"}}  # no prediction takes less


def _score_often(model: edgescore.Model, row: Any, times: int) -> None:
    for _ in range(times):
        model.score(row)


def test_flash_over_budget_at_load() -> None:
    with pytest.raises(edgescore.BudgetExceeded, match="flash"):
        edgescore.load(linear(), budget={"flash": 64, "on_violation": "raise"})
    with pytest.warns(RuntimeWarning, match="flash.*over the budget of 64 B"):
        edgescore.load(linear(), budget={"flash": 64})
    assert edgescore.load(linear(), budget={"flash": "1 MiB", "ram": "1 KiB"}).report().ok


def test_latency_is_reviewed_after_a_slow_prediction() -> None:
    model = edgescore.load(linear(), budget={**IMPOSSIBLE, "on_violation": "raise"})

    with pytest.raises(edgescore.BudgetExceeded, match=r"latency\.max"):
        model.score(ROW)
    with pytest.raises(edgescore.BudgetExceeded):
        _score_often(model, np.array(ROW, np.float32), 3)


def test_percentiles_are_reviewed_every_256_predictions() -> None:
    model = edgescore.load(linear(), budget={"latency": {"p50": "1 ns"}})
    for _ in range(200):
        model.score(ROW)

    with pytest.warns(RuntimeWarning, match=r"latency\.p50"):
        _score_often(model, ROW, 100)


def test_fallback_takes_over() -> None:
    limits = {**IMPOSSIBLE, "on_violation": "fallback"}
    second = edgescore.load(linear(outputs=2))
    model = edgescore.load(linear(), budget=limits, fallback=second)
    rule = edgescore.load(linear(), budget=limits, fallback=lambda row: -1.0)

    assert model.score(ROW) == 10.0
    assert model.score(ROW) == [10.0, 21.0]
    assert rule.score(ROW) == 10.0
    assert rule.score(ROW) == -1.0
    assert rule.predict(ROW) == -1.0
    rule.reset()
    assert rule.score(ROW) == 10.0
    with pytest.raises(edgescore.BudgetError, match="fallback=model_or_callable"):
        edgescore.load(linear(), budget=limits)


def test_only_the_policy_fallback_hands_over() -> None:
    limits = {**IMPOSSIBLE, "on_violation": "callback"}
    model = edgescore.load(linear(), budget=limits, fallback=lambda row: -1.0, on_violation=lambda report: None)

    assert [model.score(ROW), model.score(ROW), model.predict(ROW)] == [10.0, 10.0, 10.0]


def test_callback_is_called_once_with_the_report() -> None:
    reports: list[Any] = []
    model = edgescore.load(linear(), budget={**IMPOSSIBLE, "on_violation": "callback"}, on_violation=reports.append)
    for _ in range(3):
        model.score(ROW)

    assert len(reports) == 1
    assert "latency.max" in reports[0].violation()
    assert not reports[0].ok


def test_the_budget_inside_the_file_binds() -> None:
    data = linear(budget=Budget.parse({"flash": 100, "latency": {"max": "1 ns"}, "on_violation": "raise"}))

    with pytest.raises(edgescore.BudgetExceeded, match="flash"):
        edgescore.load(data)
    assert edgescore.load(data, budget={"flash": "1 MiB"}).score(ROW) == 10.0
    tight = linear(budget=Budget.parse({"latency": {"max": "1 ns"}, "on_violation": "raise"}))
    with pytest.raises(edgescore.BudgetExceeded, match=r"latency\.max"):
        edgescore.load(tight).score(ROW)


def test_report_as_text_and_json() -> None:
    model = edgescore.load(linear(), budget={"flash": "1 MiB", "latency": {"max": "10 s"}})
    for count in range(1, 11):
        model.score(ROW)
        assert model.report().count == count
    report = model.report()
    facts = json.loads(json.dumps(report.to_dict()))

    assert facts["flash"] == len(linear())
    assert sum(section["bytes"] for section in facts["sections"]) < facts["flash"]
    assert facts["ok"] is True
    assert 0 < facts["latency"]["p50_ns"] <= facts["latency"]["p99_ns"] <= facts["latency"]["max_ns"]
    assert "PASS" in str(report)
    assert "p99.9" in report.text()
    model.reset()
    assert model.report().count == 0


def test_a_warning_points_at_the_line_of_the_caller() -> None:
    with pytest.warns(RuntimeWarning, match="flash") as caught:
        edgescore.load(linear(), budget={"flash": 10})
    assert caught[0].filename == __file__

    model = edgescore.load(linear(), budget={"latency": {"max": "1 ns"}})
    with pytest.warns(RuntimeWarning, match="latency.max") as caught:
        model.score(ROW)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("policy", ["fallback", "callback"])
def test_what_cannot_be_called_is_refused_at_load(policy: str) -> None:
    with pytest.raises(edgescore.BudgetError, match="pass load"):
        edgescore.load(
            linear(), budget={"ram": 1 << 20, "on_violation": policy}, fallback=cast(Any, 3), on_violation=cast(Any, 3)
        )
