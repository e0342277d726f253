"""Cases of reduce_min: every dtype and set of axes; NaN first, in the middle and last, infinities."""

from __future__ import annotations

from tests.ops.cases._case import FLOATS, INF, NAN, Case
from tests.ops.cases._reduce import reductions, refused
from tests.ops.cases._tensors import NUMBERS, each, given


def cases(dtype: str) -> list[Case]:
    return reductions(dtype, -2, [1, 0, -2], [1, -2])


CASES = each((*NUMBERS, "int8", "int16"), cases) + refused()
CASES += [
    Case(f"NaN {dtype}", [given(dtype, [NAN, 1, 2], [1, NAN, 2], [1, 2, NAN])], shape=(), expected=[NAN] * 3)
    for dtype in FLOATS
]
CASES += [
    Case(f"infinity {dtype}", [given(dtype, [-INF, -INF], [INF, INF])], shape=(), expected=[-INF, INF])
    for dtype in FLOATS
]
CASES += [Case("int64", [given("int64", [2**53, 2**53 + 1])], shape=(), expected=[2**53])]
