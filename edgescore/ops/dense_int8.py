"""dense_int8: y = x w^T + b in integers, then requantized by a multiplier for each output.

The bias holds -x_zero * (sum of the output's weights) already, so that sums are plain products; x_zero is kept for
those who read the file. multiplier = scale of x * scale of the output's weights / scale of y. lo and hi fuse a relu or
a clip.
"""

from __future__ import annotations

from edgescore.ops._fixed import LIMITS, requantize
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONSTANT, PARAM = -13, -15


def reference(xp: Any, x: Any, w: Any, b: Any, multiplier: Any, x_zero: int, y_zero: int, lo: int, hi: int) -> Any:
    """x int8 [n, k], w int8 [m, k], b int32 [m], multiplier float32 [m] -> int8 [n, m]."""
    sums = x.astype("int32") @ w.T.astype("int32") + b
    return requantize(xp, sums, multiplier, y_zero, lo, hi).astype("int8")


def check(xp: Any, x: Any, w: Any, b: Any, multiplier: Any, y: Any, x_zero: int, y_zero: int, lo: int, hi: int) -> int:
    """PARAM for limits that are not int8, CONSTANT for a multiplier not finite or a sum that may leave int32."""
    low, high = LIMITS["int8"]
    if not (low <= x_zero <= high and low <= y_zero <= high and low <= lo <= hi <= high):
        return PARAM
    largest = 128 * xp.abs(w.astype("int64")).sum(axis=1) + xp.abs(b.astype("int64"))
    return 0 if xp.isfinite(multiplier).all() and (largest < 2**31).all() else CONSTANT


OP = Op(
    code=2,
    name="dense_int8",
    sig="nk,!mk,!m,!m>nm",
    types=("bbif>b",),
    params=(("x_zero", "i32", 0), ("y_zero", "i32", 0), ("lo", "i32", -128), ("hi", "i32", 127)),
    reference=reference,
    check=check,
)
