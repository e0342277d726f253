"""Cases of reduce_sum: every dtype and set of axes; NaN, small after large, integers that wrap around."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import FLOATS, NAN, Case
from tests.ops.cases._reduce import reductions, refused
from tests.ops.cases._tensors import NUMBERS, each, given


def cases(dtype: str) -> list[Case]:
    return reductions(dtype, 8, [5, 2, 1], [6, 2])


CASES = each(NUMBERS, cases) + refused()
CASES += [Case(f"NaN {dtype}", [given(dtype, [1, NAN])], shape=(), expected=[NAN]) for dtype in FLOATS]
CASES += [Case("small after large", [given("float32", [1e8, *[1] * 64])], shape=(), expected=[1e8 + 64])]
CASES += [
    Case(
        f"{dtype} wraps around",
        [given(dtype, np.array([high, 2], dtype))],
        shape=(),
        expected=np.array([low + 1], dtype),
    )
    for dtype, low, high in [("int32", -(2**31), 2**31 - 1), ("int64", -(2**63), 2**63 - 1)]
]
