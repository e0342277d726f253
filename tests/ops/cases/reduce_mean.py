"""Cases of reduce_mean: every dtype and set of axes; NaN, small after large."""

from __future__ import annotations

from tests.ops.cases._case import FLOATS, NAN, Case
from tests.ops.cases._reduce import reductions, refused
from tests.ops.cases._tensors import each, given


def cases(dtype: str) -> list[Case]:
    return reductions(dtype, 8 / 6, [2.5, 1, 0.5], [2, 2 / 3])


CASES = each(FLOATS, cases) + refused()
CASES += [Case(f"NaN {dtype}", [given(dtype, [1, NAN])], shape=(), expected=[NAN]) for dtype in FLOATS]
CASES += [Case("small after large", [given("float32", [1e8, *[1] * 63])], shape=(), expected=[(1e8 + 63) / 64])]
