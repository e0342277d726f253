"""dense_int8: y = x w^T + b in integers, then requantized by a multiplier for each output.

The bias holds -x_zero * (sum of the output's weights) already, so that sums are plain products; x_zero is kept for
those who read the file. multiplier = scale of x * scale of the output's weights / scale of y. lo and hi fuse a relu or
a clip; for int16, whose defaults they are not, they must be given. int16 sums are rounded to float64 for the
multiplication, int8 sums to float32.
"""

from __future__ import annotations

from edgescore.ops._fixed import LIMITS, check_values, requantize
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONSTANT, PARAM = -13, -15


def reference(xp: Any, x: Any, w: Any, b: Any, multiplier: Any, x_zero: int, y_zero: int, lo: int, hi: int) -> Any:
    """x int8 or int16 [n, k], w int8 [m, k], b [m], multiplier float32 [m] -> x's dtype [n, m]."""
    sums = x.astype(b.dtype) @ w.T.astype(b.dtype) + b
    return requantize(xp, sums, multiplier, y_zero, lo, hi).astype(x.dtype)


def check(xp: Any, x: Any, w: Any, b: Any, multiplier: Any, y: Any, x_zero: int, y_zero: int, lo: int, hi: int) -> int:
    """PARAM for zero points or limits that x's dtype does not have, CONSTANT for a multiplier not finite or a sum that
    may leave int32 (int16: 2^53).
    """
    if check_values(str(x.dtype), x_zero, y_zero, lo, hi) or lo > hi:
        return PARAM
    weights = -LIMITS[str(x.dtype)][0] * xp.abs(w.astype("int64")).sum(axis=1)
    limit = 2.0**31 if x.dtype == "int8" else 2.0**53
    largest = weights.astype("float64") + xp.abs(b.astype("float64"))
    return 0 if xp.isfinite(multiplier).all() and (largest < limit).all() else CONSTANT


OP = Op(
    code=2,
    name="dense_int8",
    sig="nk,!mk,!m,!m>nm",
    types=("bbif>b", "hblf>h"),
    params=(("x_zero", "i32", 0), ("y_zero", "i32", 0), ("lo", "i32", -128), ("hi", "i32", 127)),
    reference=reference,
    check=check,
)
