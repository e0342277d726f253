"""prelu_int8: quantized x where it is not below its zero point, else x times a slope that broadcasts to x's shape: any
function of two straight lines (relu, leaky relu, abs).

(x - x_zero) or (x - x_zero) (slope - slope_zero) times multiplier / 2^31 times 2^shift, rounded twice as TensorFlow
Lite's fixed-point kernels do it (see _q15.scaled), plus y_zero. lo and hi must be given where y is not int8.
"""

from __future__ import annotations

from edgescore.ops import _broadcast
from edgescore.ops._fixed import check_values
from edgescore.ops._op import Op
from edgescore.ops._q15 import scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15
MOST = 2**31 - 1


def _line(xp: Any, x: Any, multiplier: int, shift: int) -> Any:
    """int64 x scaled; what would leave 32 bits on the way is beyond all limits anyhow."""
    most = MOST >> max(shift, 0)
    return scaled(xp, xp.clip(x, -most, most), multiplier, shift)


def reference(
    xp: Any,
    x: Any,
    slope: Any,
    multiplier: int,
    shift: int,
    slope_multiplier: int,
    slope_shift: int,
    x_zero: int,
    slope_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
) -> Any:
    """x and slope int8 or int16 of any shapes, the second broadcast -> the shape of x."""
    real = x.astype("int64") - x_zero
    below = _line(xp, real * (slope.astype("int64") - slope_zero), slope_multiplier, slope_shift)
    y = xp.where(real < 0, below, _line(xp, real, multiplier, shift))
    return xp.clip(y.astype("int64") + y_zero, lo, hi).astype(x.dtype)


def check(
    xp: Any,
    x: Any,
    slope: Any,
    y: Any,
    multiplier: int,
    shift: int,
    slope_multiplier: int,
    slope_shift: int,
    **values: int,
) -> int:
    """PARAM for multipliers below 0, shifts beyond -31 to 30, or zero points or limits that the dtype does not have;
    SHAPE unless the slope broadcasts to x, which has the shape of y.
    """
    if multiplier < 0 or slope_multiplier < 0 or not (-31 <= shift <= 30 and -31 <= slope_shift <= 30):
        return PARAM
    if values["lo"] > values["hi"] or check_values(str(x.dtype), *values.values()):
        return PARAM
    return _broadcast.check(xp, x, slope, y)


OP = Op(
    code=155,
    name="prelu_int8",
    sig="...,@>...",
    types=("bb>b", "hh>h"),
    params=(
        ("multiplier", "i32", 0),
        ("shift", "i32", 0),
        ("slope_multiplier", "i32", 0),
        ("slope_shift", "i32", 0),
        ("x_zero", "i32", 0),
        ("slope_zero", "i32", 0),
        ("y_zero", "i32", 0),
        ("lo", "i32", -128),
        ("hi", "i32", 127),
    ),
    reference=reference,
    check=check,
    inplace=True,
)
