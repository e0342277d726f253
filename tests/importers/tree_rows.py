"""Rows on which a tree source and its normal form could differ, for the tests of all tree importers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.importers._trees import Ensemble

SPECIAL = (0.0, -0.0, 5e-324, -5e-324, 1e-45, -1e-45, 1e-36, -1e-36, 1e-35, -1e-35, 1.1e-35, -1.1e-35, 3e38, -3e38, 1.0)
CATEGORY = (-1.0, -0.5, 0.25, 0.5, 1.5, 2.999999999, 31.0, 32.0, 33.0, 255.0, 256.0, 2.0**24, 2.0**31, 2.0**32, 1e10)


def probe_rows(
    ensemble: Ensemble,
    data: NDArray[np.float64],
    *,
    thresholds: NDArray[np.float64] | None = None,
    nan: bool = True,
    infinite: bool = True,
    extra: Sequence[float] = (),
    limit: int = 3000,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Rows of `data`, plus such rows with one feature replaced.

    It is replaced by each threshold and its neighbours one ulp away (in the compare type and in float64), by NaN,
    infinities (and what is one in float32), signed zeros, denormals, and by categories in and out of the sets.

    `thresholds` [k, 2] of (feature, value) adds the source's own, before rounding to the compare type.
    """
    rng = np.random.default_rng(seed)
    numeric = np.flatnonzero((ensemble.feature >= 0) & (ensemble.category_set < 0))
    pairs = np.column_stack([ensemble.feature[numeric], ensemble.threshold[numeric]])
    if thresholds is not None:
        pairs = np.concatenate([pairs, thresholds])
    pairs = np.unique(pairs, axis=0)
    if len(pairs) > limit:
        pairs = pairs[rng.choice(len(pairs), limit, replace=False)]
    narrow = pairs[:, 1].astype(ensemble.compare_dtype)
    at: list[tuple[int, float]] = []
    for values in (pairs[:, 1], narrow):
        with np.errstate(over="ignore"):
            below, above = (np.nextafter(values, values.dtype.type(end)) for end in (-np.inf, np.inf))
        for near in (values, below, above):
            at += zip(pairs[:, 0].astype(int).tolist(), near.astype(np.float64).tolist(), strict=True)
    codes = {float(code) for codes in ensemble.category_sets for code in codes.tolist()}
    special = [*SPECIAL, *extra, *([np.inf, -np.inf] if infinite else []), *([np.nan] * nan)]
    for feature in range(ensemble.n_features):
        values = list(special)
        if np.any((ensemble.feature == feature) & (ensemble.category_set >= 0)):
            values += [*CATEGORY, *codes, *(code + 0.5 for code in codes), *(code + 1 for code in codes)]
        at += [(feature, value) for value in values]
    if not infinite:
        largest = float(np.finfo(np.float32).max)
        at = [pair for pair in at if not abs(pair[1]) > largest]
    rows = data[rng.integers(0, len(data), len(at))].astype(np.float64)
    rows[np.arange(len(at)), [feature for feature, _ in at]] = [value for _, value in at]
    return np.concatenate([data.astype(np.float64), rows])
