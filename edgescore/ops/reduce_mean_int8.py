"""reduce_mean_int8: means of a quantized tensor along axes: the sum of x times multiplier, plus an offset, rounded.

multiplier = scale of x / (scale of y * number of values of a mean); the offset is y_zero - x_zero * multiplier * that
number, worked out in float64. With apart, x_zero is taken off each x and y_zero added to the rounded mean instead, as
ONNX Runtime does. The rest is in float32, as TFLite has it, for int16 in float64. lo and hi of int16, whose
defaults they are not, must be given.
"""

from __future__ import annotations

import math

from edgescore.ops import _reduce
from edgescore.ops._fixed import LIMITS, check_values, to_integer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(
    xp: Any,
    x: Any,
    axes: int,
    multiplier: float,
    x_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
    apart: int,
    shape: tuple[int, ...],
) -> Any:
    """x int8 or int16 of any shape -> ``shape``."""
    sums = x.astype("int64").sum(axis=_reduce.chosen(axes, x.ndim)).reshape(shape)
    real = xp.float32 if x.dtype == "int8" else xp.float64
    factor = xp.float32(multiplier)
    if apart:
        whole = (sums - x_zero * (x.size // sums.size)).astype(real)
        return to_integer(xp, whole * real(factor), y_zero, lo, hi).astype(x.dtype)
    offset = real(y_zero - x_zero * float(factor) * float(x.size // sums.size))
    return to_integer(xp, sums.astype(real) * real(factor) + offset, 0, lo, hi).astype(x.dtype)


def check(xp: Any, x: Any, y: Any, axes: int, multiplier: float, apart: int, **values: int) -> int:
    """As of the other reductions, PARAM for a multiplier not finite, an apart other than 0 and 1, zero points or
    limits that the dtype does not have, and sums of int8 that may leave int32.
    """
    if apart not in (0, 1) or not (abs(multiplier) < float("inf") and values["lo"] <= values["hi"]):
        return PARAM
    status = check_values(str(x.dtype), *values.values()) or _reduce.check(xp, x, y, axes)
    if status:
        return status
    low, high = LIMITS[str(x.dtype)]
    largest = math.prod(x.shape) // math.prod(y.shape) * (high - low)
    return PARAM if x.dtype == "int8" and largest >= 2**31 else 0


OP = Op(
    code=154,
    name="reduce_mean_int8",
    sig="*>*",
    types=("b>b", "h>h"),
    params=(
        ("axes", "i32", 1),
        ("multiplier", "f32", 1.0),
        ("x_zero", "i32", 0),
        ("y_zero", "i32", 0),
        ("lo", "i32", -128),
        ("hi", "i32", 127),
        ("apart", "i32", 0),
    ),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
