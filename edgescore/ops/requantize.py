"""requantize: integers of one quantization in another: (x - x_zero) multiplier in float32, rounded, plus y_zero.

multiplier = scale of x / scale of y. lo and hi, which fuse a relu or a clip, must be given where y is not int8.
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
    real = (x.astype("int64") - x_zero).astype("float32") * xp.float32(multiplier)
    return to_integer(xp, real, y_zero, lo, hi).astype(dtype)


def check(xp: Any, x: Any, y: Any, multiplier: float, x_zero: int, y_zero: int, lo: int, hi: int) -> int:
    """PARAM for a multiplier not finite, or zero points or limits that the dtypes do not have."""
    if not (abs(multiplier) < float("inf") and lo <= hi):
        return PARAM
    return check_values(str(x.dtype), x_zero) or check_values(str(y.dtype), y_zero, lo, hi)


OP = Op(
    code=152,
    name="requantize",
    sig="...>...",
    types=("b>b", "b>B", "B>b", "h>h", "b>h", "h>b", "i>b", "B>B"),
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
