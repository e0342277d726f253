"""How layers of dynamic range make int8 of float numbers as they come; native/src/hybrid.h is this in C.

By a scale of its own for each row: 127 for its largest magnitude, zero at 0, or (asymmetric) 255 steps from its
smallest value to its largest, 0 among them, and zero where 0 falls. Rounded to the nearest, ties away from zero. A row
that is not all finite counts as zeros in steps of NaN; one within 1e-35 of 0 counts as zeros.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONSTANT, PARAM = -13, -15
TINY = 1e-35  # below, scales would leave the normal numbers


def quantized(xp: Any, x: Any, asymmetric: int) -> tuple[Any, Any, Any]:
    """x float32 [n, k] -> (int8 values as float64 [n, k], zero points as float64 [n, 1], steps float32 [n, 1])."""
    finite = xp.isfinite(x).all(axis=1, keepdims=True)
    x = xp.where(finite, x, xp.float32(0))
    if asymmetric:
        low, high = xp.minimum(x.min(axis=1, keepdims=True), 0), xp.maximum(x.max(axis=1, keepdims=True), 0)
        span = (high - low).astype("float64")
        flat = span < TINY
        step = xp.where(flat, 1.0, span / 255)
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
    return q, zero, xp.where(finite, step, xp.float32("nan"))


def _rounded(xp: Any, x: Any) -> Any:
    x = x.astype("float64")
    return xp.copysign(xp.floor(xp.abs(x) + 0.5), x)


def check(xp: Any, w: Any, scale: Any, asymmetric: int) -> int:
    """PARAM for an unknown mode, CONSTANT for a scale not finite or a sum with w int8 [m, ...] that may leave int32."""
    if asymmetric not in (0, 1):
        return PARAM
    largest = 255 * xp.abs(w.astype("int64")).reshape(len(w), -1).sum(axis=1)
    return 0 if xp.isfinite(scale).all() and (largest < 2**31).all() else CONSTANT
