"""Cases of clip."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, PARAM, Case, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[-5, 5, 0.5, NAN, INF, -INF, -0.0]])
    return [
        Case("both ends", [x], {"lo": -1, "hi": 2}, expected=[[-1, 2, 0.5, NAN, 2, -1, 0]]),
        Case("open below", [x], {"hi": 2}, expected=[[-5, 2, 0.5, NAN, 2, -INF, 0]]),
        Case("no limits", [x], expected=[[-5, 5, 0.5, NAN, INF, -INF, 0]]),
        Case("one point", [x], {"lo": 1, "hi": 1}, expected=[[1, 1, 1, NAN, 1, 1, 1]]),
        Case("limit beyond float32", [x], {"lo": -1, "hi": 1e300}),
        Case("crossed limits", [x], {"lo": 2, "hi": 1}, status=PARAM),
        Case("a limit that is NaN", [x], {"lo": NAN}, status=PARAM),
    ]


CASES = floats(cases)
