"""Cases of reduce_prod: every dtype and set of axes; NaN, integers that wrap around."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import FLOATS, INF, NAN, Case
from tests.ops.cases._reduce import reductions, refused
from tests.ops.cases._tensors import NUMBERS, each, given


def cases(dtype: str) -> list[Case]:
    return reductions(dtype, 0, [4, 0, -6], [6, 0])


CASES = each(NUMBERS, cases) + refused()
CASES += [Case(f"NaN {dtype}", [given(dtype, [1, NAN])], shape=(), expected=[NAN]) for dtype in FLOATS]
CASES += [Case("larger than float", [given("float32", [1e30, 1e30])], shape=(), expected=[INF])]
CASES += [Case("larger than float on the way", [given("float32", [1e30, 1e30, 1e-30])], shape=(), expected=[1e30])]
CASES += [
    Case(f"{dtype} wraps around", [given(dtype, np.array([high, 2], dtype))], shape=(), expected=np.array([-2], dtype))
    for dtype, high in [("int32", 2**31 - 1), ("int64", 2**63 - 1)]
]
