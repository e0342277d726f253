"""IterativeImputer: missing values predicted from the other columns, over and over. Refuses values drawn at random."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table, is_missing
from .imputing import impute, indicate_missing
from .registry import transformer


@transformer("IterativeImputer", routes_nan=True)
def impute_in_rounds(b: Builder, est: Any, x: Table) -> Table:
    """The first guess, then what each fitted model says of its column, held between the limits."""
    if est.sample_posterior:
        raise b.refusal("it draws values at random", "train with sample_posterior=False")
    if not is_missing(est.missing_values):
        raise b.refusal(f"it takes {est.missing_values!r} for missing", "train with missing_values=numpy.nan")
    filled = impute(b, est.initial_imputer_, x)
    empty = np.asarray(est._is_empty_feature)
    kept = np.arange(x.width) if est.keep_empty_features else np.flatnonzero(~empty)
    given = b.select(x, kept.tolist())
    missing = b.add("missing_indicator", given.value)
    known = b.add("impute", given.value, np.zeros(given.width))
    columns = [b.select(filled, [j]) for j in range(filled.width)]
    for step in est.imputation_sequence_:
        j = int(step.feat_idx)
        if empty[kept[j]]:
            continue
        others = b.join([columns[int(other)] for other in step.neighbor_feat_idx])
        value = b.predict(step.estimator, others, f"estimator of column {j}").score("predict")
        held = b.add("minimum", b.add("maximum", value, est._min_value[j]), est._max_value[j])
        at = np.asarray([j], np.int32)
        # One of the two is zero, so that the sum is the other.
        guess = b.add("mul", held, b.add("columns", missing, at))
        done = b.add("add", guess, b.add("columns", known, at))
        columns[j] = Table(done, [replace(columns[j].columns[0], nan=frozenset(), source=None)])
    table = b.join(columns)
    if est.add_indicator and len(est.indicator_.features_):
        table = b.join([table, indicate_missing(b, est.indicator_, x)])
    return table
