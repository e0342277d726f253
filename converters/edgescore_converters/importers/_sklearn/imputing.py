"""Missing values: SimpleImputer and MissingIndicator, for NaN, numeric sentinels and missing or sentinel texts.

Refuses an indicator that raises on values it did not see missing in training, where only scoring could notice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table, is_missing
from .registry import transformer


@transformer("SimpleImputer", routes_nan=True)
def impute(b: Builder, est: Any, x: Table) -> Table:
    """Each column's statistic where a value is missing; columns without one are dropped; indicators follow."""
    if not is_missing(est.missing_values):  # its tag says the same, but forgets None
        b.refuse_nan(x)
    fills = list(est.statistics_)
    empty = [is_missing(fill) for fill in fills]
    kept = [j for j in range(x.width) if est.keep_empty_features or not empty[j]]
    parts = []
    text = isinstance(est.missing_values, str)
    # A sentinel text has another code in each column, and a node knows one sentinel.
    for group in [[j] for j in kept] if text else [kept] if kept else []:
        table = b.select(x, group)
        fill = [_number(b, x, j, fills[j]) for j in group]
        missing, is_nan = _missing(b, est.missing_values, table)
        done = b.add("impute", table.value, np.asarray(fill), missing=missing, is_nan=is_nan)
        if is_missing(est.missing_values):
            table = Table(done, [replace(column, nan=frozenset()) for column in table.columns])
        parts.append(Table(done, table.columns))
    if est.add_indicator and len(est.indicator_.features_):
        parts.append(indicate_missing(b, est.indicator_, x))
    return b.join(parts)


@transformer("MissingIndicator", routes_nan=True)
def indicate(b: Builder, est: Any, x: Table) -> Table:
    """1 where a value is missing, for the columns that the indicator lists."""
    others = [column for j, column in enumerate(x.columns) if j not in set(est.features_)]
    if est.features == "missing-only" and est.error_on_new:
        if others and not is_missing(est.missing_values):
            reason = "it raises for a column that had no missing values in training"
            raise b.refusal(reason, "train with error_on_new=False or features='all'")
        b.refuse_nan(Table(None, others))
    if not len(est.features_):
        raise b.refusal("no column has an indicator", "train with features='all', or leave the step out")
    return indicate_missing(b, est, x)


def indicate_missing(b: Builder, est: Any, x: Table) -> Table:
    """1 where a value is missing, for the columns that the fitted indicator lists."""
    parts = []
    text = isinstance(est.missing_values, str)
    for group in [[j] for j in est.features_] if text else [list(est.features_)]:
        table = b.select(x, group)
        missing, is_nan = _missing(b, est.missing_values, table)
        parts.append(Table(b.add("missing_indicator", table.value, missing=missing, is_nan=is_nan)))
    return b.join(parts)


def _number(b: Builder, x: Table, column: int, fill: Any) -> float:
    """The fill value as the graph has it: texts have codes."""
    return (
        float(b.codes(x.columns[column], [fill], strict=False)[0]) if isinstance(fill, (str, bool, np.bool_)) else fill
    )


def _missing(b: Builder, missing: Any, x: Table) -> tuple[float, int]:
    """The parameters ``missing`` and ``is_nan`` of impute and missing_indicator."""
    if is_missing(missing):
        for column in x.columns:
            if missing is None and column.source is not None:
                b.inputs[column.source].missing = None
        return 0.0, 1
    if isinstance(missing, str):
        return float(b.codes(x.columns[0], [missing], strict=False)[0]), 0
    for column in x.columns:
        b.require_exact(column, np.asarray([missing], np.float64))
        b.probe(column, [missing])
    return float(missing), 0
