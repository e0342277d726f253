"""conv_int8: ``conv`` in integers, then requantized by a multiplier for each output channel.

Sums are over (x - x_zero) (w - w_zero) plus the bias, exact; padding adds nothing. multiplier = scale of x * scale of
the channel's weights / scale of y. lo and hi fuse a relu or a clip; for int16, whose defaults they are not, they must
be given. int16 sums are rounded to float64 for the multiplication, int8 sums to float32.
"""

from __future__ import annotations

from edgescore.ops import _window, conv
from edgescore.ops._fixed import LIMITS, check_values, requantize
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONSTANT, PARAM = -13, -15
ZEROS = (("x_zero", "i32", 0), ("w_zero", "i32", 0), ("y_zero", "i32", 0), ("lo", "i32", -128), ("hi", "i32", 127))


def real(x: Any, w: Any, x_zero: int, w_zero: int) -> tuple[Any, Any]:
    """Both without their zero points, as float64, whose matrix products are fast and, below 2^53, exact."""
    return x.astype("float64") - x_zero, w.astype("float64") - w_zero


def reference(
    xp: Any,
    x: Any,
    w: Any,
    b: Any,
    multiplier: Any,
    shape: tuple[int, ...],
    groups: int,
    x_zero: int,
    w_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
    **window: int,
) -> Any:
    """x int8 or int16 [n, spatial..., c], w int8 [o, kernel..., c / groups], b [o], multiplier float32 [o] -> x's
    dtype in ``shape``, [n, out..., o].
    """
    along = _window.axes(x.shape, shape, w.shape[1:-1], window)
    sums = _window.convolve(xp, *real(x, w, x_zero, w_zero), along, groups) + b
    return requantize(xp, sums.astype(b.dtype), multiplier, y_zero, lo, hi).astype(x.dtype)


def check_constants(xp: Any, x: Any, w: Any, b: Any, multiplier: Any, zeros: dict[str, int]) -> int:
    """PARAM for zero points or limits that x's dtype does not have, CONSTANT for a multiplier not finite or a sum that
    may leave int32 (int16: 2^53), however it is added up.
    """
    values = (zeros[name] for name in ("x_zero", "y_zero", "lo", "hi"))
    if check_values(x.dtype, *values) or check_values("int8", zeros["w_zero"]) or zeros["lo"] > zeros["hi"]:
        return PARAM
    low, high = LIMITS[x.dtype]
    farthest = max(high - zeros["x_zero"], zeros["x_zero"] - low)
    weights = xp.abs(w.astype("int64")).reshape(len(w), -1) + abs(zeros["w_zero"])
    largest = xp.abs(b.astype("float64")) + (farthest * weights.sum(axis=1)).astype("float64")
    limit = 2.0**31 if x.dtype == "int8" else 2.0**53
    return 0 if xp.isfinite(multiplier).all() and (largest < limit).all() else CONSTANT


def check(xp: Any, x: Any, w: Any, b: Any, multiplier: Any, y: Any, groups: int, **params: int) -> int:
    """See conv.check_operands and check_constants."""
    status = conv.check_operands(x, w, b, y, groups, params)
    return status or check_constants(xp, x, w, b, multiplier, params)


OP = Op(
    code=141,
    name="conv_int8",
    sig="*,!*,!o,!o>*",
    types=("bbif>b", "hblf>h"),
    params=(*conv.PARAMS, *ZEROS),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
