"""Cases of missing_indicator."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, PARAM, Case, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[NAN, -1, 3], [1, NAN, -1], [-1, INF, 0.0]])
    sentinel = {"is_nan": 0, "missing": -1.0}
    return [
        Case("NaN", [x], expected=[[1, 0, 0], [0, 1, 0], [0, 0, 0]]),
        Case("sentinel", [x], sentinel, expected=[[0, 1, 0], [0, 0, 1], [1, 0, 0]]),
        Case("unknown switch", [x], {"is_nan": -1}, status=PARAM),
        Case("a sentinel that equals nothing", [x], {"is_nan": 0, "missing": NAN}, status=PARAM),
    ]


CASES = floats(cases)
