"""Cases of dense: sizes around every block of the kernels, clamps, NaN and infinities."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, Case, constant, floats, random, rows


def cases(dtype: str) -> list[Case]:
    def case(k: int, m: int, **params: float) -> Case:
        weights = random(dtype, m, k, seed=k) / np.sqrt(k).astype(dtype)
        operands = [rows(dtype, np.zeros((1, k)), low=-1, high=1), weights, random(dtype, m, seed=m)]
        return Case(f"{k} to {m} {params or ''}", operands, params)

    pair = constant(dtype, [[1, 2], [3, -1]])
    x = rows(dtype, [[1, 1], [NAN, 0], [INF, 1], [INF, INF], [-4, 0]])
    by_hand = [[3, 2], [NAN, NAN], [INF, INF], [INF, NAN], [-4, -12]]
    clamped = [[3, 2], [NAN, NAN], [5, 5], [5, NAN], [0, 0]]
    bias = constant(dtype, [10, 20])
    return [
        *(case(k, m) for k in (1, 3, 7, 8, 9, 16, 31, 64) for m in (1, 3, 4, 5, 10)),
        case(9, 5, lo=-0.25, hi=0.5),
        Case("no bias", [x, pair, None], expected=by_hand),
        Case("bias", [x, pair, bias], expected=np.add(by_hand, [10, 20])),
        Case("clamped", [x, pair, None], {"lo": 0.0, "hi": 5.0}, expected=clamped),
        Case("crossed limits", [x, pair, None], {"lo": 1.0, "hi": 0.0}, status=PARAM),
        Case("a limit that is NaN", [x, pair, None], {"hi": NAN}, status=PARAM),
    ]


CASES = floats(cases)
