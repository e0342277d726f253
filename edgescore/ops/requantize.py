"""requantize: integers of one quantization in another: (x - x_zero) multiplier in float32, rounded, plus y_zero.

multiplier = scale of x / scale of y. lo and hi, which fuse a relu or a clip, must be given where y is not int8. Of
real numbers, for sources that multiply where `quantize` divides: x_zero is 0, NaN becomes y_zero (0.0).
"""

from __future__ import annotations

from edgescore.ops._fixed import check_values, to_integer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(xp: Any, x: Any, multiplier: float, x_zero: int, y_zero: int, lo: int, hi: int, dtype: Any) -> Any:
    """x of any shape -> the same shape in ``dtype``."""
    whole = x if x.dtype.kind == "f" else (x.astype("int64") - x_zero).astype("float32")
    real = whole * xp.float32(multiplier)
    return to_integer(xp, real, y_zero, lo, hi).astype(dtype)


def check(xp: Any, x: Any, y: Any, multiplier: float, x_zero: int, y_zero: int, lo: int, hi: int) -> int:
    """PARAM for a multiplier not finite, or zero points or limits that the dtypes do not have."""
    if not (abs(multiplier) < float("inf") and lo <= hi) or (str(x.dtype) == "float32" and x_zero):
        return PARAM
    known = 0 if str(x.dtype) == "float32" else check_values(str(x.dtype), x_zero)
    return known or check_values(str(y.dtype), y_zero, lo, hi)


OP = Op(
    code=152,
    name="requantize",
    sig="...>...",
    types=("b>b", "b>B", "B>b", "h>h", "b>h", "h>b", "i>b", "B>B", "f>b", "f>B", "f>h"),
    params=(
        ("multiplier", "f32", 1.0),
        ("x_zero", "i32", 0),
        ("y_zero", "i32", 0),
        ("lo", "i32", -128),
        ("hi", "i32", 127),
    ),
    reference=reference,
    check=check,
    wants_dtype=True,
    inplace=True,
)
