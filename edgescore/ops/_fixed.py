"""Conversions between real numbers and integers with the same bits on every CPU; native/src/fixed.h is this in C."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMITS = {"int8": (-128, 127), "uint8": (0, 255)}  # of the dtypes that quantized values have


def to_integer(xp: Any, real: Any, zero: int, lo: int, hi: int) -> Any:
    """float32 ``real`` rounded half to even, plus ``zero``, held between lo and hi; NaN gives ``zero`` -> int32."""
    real = xp.where(xp.isnan(real), xp.float32(0), real)
    return xp.rint(xp.clip(real, xp.float32(lo - zero), xp.float32(hi - zero))).astype("int32") + zero


def requantize(xp: Any, sums: Any, multiplier: Any, zero: int, lo: int, hi: int) -> Any:
    """int32 sums times float32 multipliers (rounded to float32), as ``to_integer`` -> int32."""
    return to_integer(xp, sums.astype("float32") * multiplier, zero, lo, hi)


def saturate(xp: Any, x: Any, dtype: Any) -> Any:
    """``x`` in another dtype: to an integer, fractions are cut off, what is beyond its ends becomes the end, NaN 0."""
    dtype = xp.dtype(dtype)
    if dtype.kind not in "iu":
        return x.astype(dtype)
    lo, hi = int(xp.iinfo(dtype).min), int(xp.iinfo(dtype).max)
    if x.dtype.kind != "f":
        return xp.clip(x.astype("int64"), lo, hi).astype(dtype)
    above, below = x >= float(hi), x <= float(lo)
    inside = xp.where(above | below | xp.isnan(x), 0, x).astype(dtype)
    return xp.where(above, dtype.type(hi), xp.where(below, dtype.type(lo), inside))
