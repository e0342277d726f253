"""Cases of impute: NaN and sentinels."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, PARAM, Case, constant, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[NAN, -1, 3], [1, NAN, -1], [-1, -1, NAN], [INF, -INF, 0.0]])
    fill = constant(dtype, [10, 20, NAN])
    sentinel = {"is_nan": 0, "missing": -1.0}
    return [
        Case("NaN", [x, fill], expected=[[10, -1, 3], [1, 20, -1], [-1, -1, NAN], [INF, -INF, 0]]),
        Case("sentinel", [x, fill], sentinel, expected=[[NAN, 20, 3], [1, NAN, NAN], [10, 20, NAN], [INF, -INF, 0]]),
        Case("one column", [rows(dtype, [[NAN], [2]]), constant(dtype, [7])], expected=[[7], [2]]),
        Case("unknown switch", [x, fill], {"is_nan": 2}, status=PARAM),
        Case("a sentinel that equals nothing", [x, fill], {"is_nan": 0, "missing": NAN}, status=PARAM),
    ]


CASES = floats(cases)
