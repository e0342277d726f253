"""avg_pool_int8: ``avg_pool`` of integers: the sum over (x - x_zero) times multiplier / count, rounded to float32.

With half_away, which goes with multiplier 1 only, a mean is the quotient of the integers, and halves are rounded away
from zero instead of to even: so does TFLite, whose sums are over the values as stored (x_zero = y_zero = 0 here, or
-128 for values that were uint8). lo and hi of int16, whose defaults they are not, must be given.
"""

from __future__ import annotations

from edgescore.ops import _window, avg_pool
from edgescore.ops._fixed import LIMITS, check_values, to_integer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(
    xp: Any,
    x: Any,
    shape: tuple[int, ...],
    multiplier: float,
    x_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
    half_away: int,
    **window: int,
) -> Any:
    """x int8 or int16 [n, spatial..., c] -> x's dtype in ``shape``, [n, out..., c]."""
    sums, counts = avg_pool.sums_and_counts(xp, x.astype("int64") - x_zero, shape, window)
    if half_away:
        whole = (xp.abs(sums) + counts // 2) // counts
        return xp.clip(xp.sign(sums) * whole + y_zero, lo, hi).astype(x.dtype)
    real = sums.astype("float32") * (xp.float32(multiplier) / counts.astype("float32"))
    return to_integer(xp, real, y_zero, lo, hi).astype(x.dtype)


def check(
    xp: Any,
    x: Any,
    y: Any,
    multiplier: float,
    x_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
    half_away: int,
    **window: int,
) -> int:
    """See avg_pool.check_counts; PARAM for zero points or limits that x's dtype does not have, a multiplier not finite,
    a half_away with another multiplier than 1, or a window so large that its sum may leave int32.
    """
    if check_values(x.dtype, x_zero, y_zero, lo, hi) or lo > hi:
        return PARAM
    if not abs(multiplier) < float("inf") or half_away not in (0, 1) or (half_away and multiplier != 1):
        return PARAM
    status = avg_pool.check_counts(x.shape, y.shape, window)
    if status:
        return status
    low, high = LIMITS[x.dtype]
    largest = high - low
    for axis in _window.pool_axes(x.shape, y.shape, window):
        largest *= min(axis.kernel, axis.size)
    return 0 if largest < 2**31 else PARAM


OP = Op(
    code=146,
    name="avg_pool_int8",
    sig="*>*",
    types=("b>b", "h>h"),
    params=(
        *avg_pool.PARAMS,
        ("multiplier", "f32", 1.0),
        ("x_zero", "i32", 0),
        ("y_zero", "i32", 0),
        ("lo", "i32", -128),
        ("hi", "i32", 127),
        ("half_away", "i32", 0),
    ),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
