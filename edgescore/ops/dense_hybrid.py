"""dense_hybrid: y = x w^T + b of float x and int8 w, as TensorFlow Lite's layers of dynamic range.

A row of x becomes int8 by a scale of its own: 127 for its largest magnitude, zero at 0, or (asymmetric) 255 steps from
its smallest value to its largest, 0 among them, and zero where 0 falls. A row that is not all finite gives NaN; one
within 1e-35 of 0 counts as zeros.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONSTANT, PARAM = -13, -15
TINY = 1e-35  # below, scales would leave the normal numbers


def reference(xp: Any, x: Any, w: Any, scale: Any, b: Any, asymmetric: int) -> Any:
    """x float32 [n, k], w int8 [m, k], scale float32 [m] (of w's rows), b float32 [m] -> float32 [n, m], and as scratch
    memory the int8 form of x [n, k].
    """
    finite = xp.isfinite(x).all(axis=1, keepdims=True)
    x = xp.where(finite, x, xp.float32(0))
    if asymmetric:
        low = xp.minimum(x.min(axis=1, keepdims=True), 0).astype("float64")
        high = xp.maximum(x.max(axis=1, keepdims=True), 0).astype("float64")
        flat = high - low < TINY
        step = xp.where(flat, 1.0, (high - low) / 255)
        from_low, from_high = -128 - low / step, 127 - high / step
        zero = xp.where(128 + xp.abs(low / step) < 127 + xp.abs(high / step), from_low, from_high)
        zero = xp.where(flat, 0, _rounded(xp, xp.clip(zero, -128, 127)))
        step = step.astype("float32")
        inverse = 1 / step
    else:
        largest = xp.abs(x).max(axis=1, keepdims=True)
        flat = largest < TINY
        step = xp.where(flat, xp.float32(1), largest / xp.float32(127))
        inverse = xp.float32(127) / xp.where(flat, xp.float32(127), largest)
        zero = xp.zeros(largest.shape)
    x = xp.where(flat, xp.float32(0), x)
    q = xp.clip(_rounded(xp, zero.astype("float32") + x * inverse), -128 if asymmetric else -127, 127)
    sums = ((q - zero) @ w.T.astype("float64")).astype("float32")
    y = sums * (xp.where(finite, step, xp.float32("nan")) * scale) + (xp.float32(0) if b is None else b)
    return y, q.astype("int8")


def _rounded(xp: Any, x: Any) -> Any:
    """float64 x rounded to the nearest, ties away from zero."""
    x = x.astype("float64")
    return xp.copysign(xp.floor(xp.abs(x) + 0.5), x)


def check(xp: Any, x: Any, w: Any, scale: Any, b: Any, y: Any, scratch: Any, asymmetric: int) -> int:
    """PARAM for an unknown mode, CONSTANT for a scale not finite or a sum that may leave int32."""
    if asymmetric not in (0, 1):
        return PARAM
    largest = 255 * xp.abs(w.astype("int64")).sum(axis=1)
    return 0 if xp.isfinite(scale).all() and (largest < 2**31).all() else CONSTANT


OP = Op(
    code=166,
    name="dense_hybrid",
    sig="nk,!mk,!m,!m?>nm,nk",
    types=("fbff>fb",),
    params=(("asymmetric", "i32", 0),),
    reference=reference,
    check=check,
)
