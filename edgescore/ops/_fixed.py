"""Conversions between real numbers and integers with the same bits on every CPU; native/src/fixed.h is this in C."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Of the dtypes that quantized values have.
LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-(2**15), 2**15 - 1), "int32": (-(2**31), 2**31 - 1)}


def to_integer(xp: Any, real: Any, zero: int, lo: int, hi: int) -> Any:
    """``real`` rounded half to even, plus ``zero``, held between lo and hi; NaN gives ``zero`` -> int64.

    float32 will do while lo - zero and hi - zero are exact in it, else float64.
    """
    real = xp.where(xp.isnan(real), real.dtype.type(0), real)
    held = xp.clip(real, real.dtype.type(lo - zero), real.dtype.type(hi - zero))
    return xp.rint(held).astype("int64") + zero


def requantize(xp: Any, sums: Any, multiplier: Any, zero: int, lo: int, hi: int) -> Any:
    """int32 sums times float32 multipliers, rounded to float32, as ``to_integer`` -> int64; int64 sums in float64."""
    real = "float64" if sums.dtype == "int64" else "float32"
    return to_integer(xp, sums.astype(real) * xp.asarray(multiplier, "float32").astype(real), zero, lo, hi)


def check_values(dtype: str, *values: int) -> int:
    """PARAM (-15) unless all are values of a quantized dtype."""
    low, high = LIMITS[dtype]
    return 0 if all(low <= value <= high for value in values) else -15


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
