"""mul_int8: the product of two quantized tensors, broadcast as in numpy: (a - a_zero) (b - b_zero), requantized.

multiplier = scale of a * scale of b / scale of y. offset is added after the multiplication, before rounding: ONNX
Runtime has the zero point of y there. lo and hi fuse a relu or a clip; for int16, whose defaults they are not, they
must be given. int16 products are rounded to float64 for the multiplication, int8 products to float32.
"""

from __future__ import annotations

from edgescore.ops import _broadcast
from edgescore.ops._fixed import check_values, to_integer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(
    xp: Any,
    a: Any,
    b: Any,
    multiplier: float,
    a_zero: int,
    b_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
    offset: float,
) -> Any:
    """a and b int8 or int16 of any shapes that broadcast -> the shape they have together."""
    wide, real = ("int32", xp.float32) if a.dtype == "int8" else ("int64", xp.float64)
    products = (a.astype(wide) - a_zero) * (b.astype(wide) - b_zero)
    scaled = products.astype(real) * real(xp.float32(multiplier)) + real(xp.float32(offset))
    return to_integer(xp, scaled, y_zero, lo, hi).astype(a.dtype)


def check(xp: Any, a: Any, b: Any, y: Any, multiplier: float, offset: float, **values: int) -> int:
    """PARAM for a multiplier or an offset not finite, or zero points or limits that the dtype does not have; SHAPE
    unless y has the shape of both together.
    """
    if not (abs(multiplier) < float("inf") and abs(offset) < float("inf") and values["lo"] <= values["hi"]):
        return PARAM
    return check_values(str(a.dtype), *values.values()) or _broadcast.check(xp, a, b, y)


OP = Op(
    code=151,
    name="mul_int8",
    sig="@,@>*",
    types=("bb>b", "hh>h"),
    params=(
        ("multiplier", "f32", 1.0),
        ("a_zero", "i32", 0),
        ("b_zero", "i32", 0),
        ("y_zero", "i32", 0),
        ("lo", "i32", -128),
        ("hi", "i32", 127),
        ("offset", "f32", 0.0),
    ),
    reference=reference,
    check=check,
    infer=_broadcast.infer,
    inplace=True,
)
