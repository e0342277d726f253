"""Cases of ovo_proba: known couplings, up to the largest number of classes, NaN and impossible probabilities."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import NAN, SHAPE, Case, floats, rows


def cases(dtype: str) -> list[Case]:
    def many(classes: int, status: int = 0) -> Case:
        pairs = np.empty((0, classes * (classes - 1) // 2))
        x = rows(dtype, pairs, low=0.05, high=0.95, seed=classes)
        return Case(f"{classes} classes", [x], shape=(1, classes), status=status)

    three = rows(dtype, [[0.5, 0.5, 0.5], [NAN, 0.5, 0.5], [0, 1, 0], [1, 1, 1]], low=0.05, high=0.95)
    return [
        Case("three by hand", [three], shape=(1, 3), expected=[[1 / 3] * 3, [NAN] * 3]),
        *(many(classes) for classes in (2, 3, 4, 10, 64)),
        many(65, SHAPE),
        Case("too few pairs", [three], shape=(1, 4), status=SHAPE),
    ]


CASES = floats(cases)
