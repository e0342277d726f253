"""matmul_int8: products of the quantized matrices in the last two axes, those before broadcast, then requantized.

Sums are over (a - a_zero) (b - b_zero), exact, of 33,025 products at most. multiplier = scale of a * scale of b / scale
of y. lo and hi fuse a relu or a clip; for int16, whose defaults they are not, they must be given.
"""

from __future__ import annotations

from edgescore.ops import matmul
from edgescore.ops._fixed import check_values, requantize
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, PARAM = -10, -15
MOST = (2**31 - 1) // 255**2


def reference(
    xp: Any, a: Any, b: Any, multiplier: float, a_zero: int, b_zero: int, y_zero: int, lo: int, hi: int
) -> Any:
    """a [.., n, k] and b [.., k, m], int8 or int16 -> [.., n, m] of the same dtype."""
    sums = (a.astype("float64") - a_zero) @ (b.astype("float64") - b_zero)  # below 2^53, so exact
    kind = "int32" if a.dtype == "int8" else "int64"
    return requantize(xp, sums.astype(kind), multiplier, y_zero, lo, hi).astype(a.dtype)


def check(xp: Any, a: Any, b: Any, y: Any, multiplier: float, **values: int) -> int:
    """PARAM for a multiplier not finite, or zero points or limits that the dtype does not have; SHAPE unless the
    matrices fit (see matmul.check), or where a sum has too many products.
    """
    if not (abs(multiplier) < float("inf") and values["lo"] <= values["hi"]):
        return PARAM
    status = check_values(str(a.dtype), *values.values()) or matmul.check(xp, a, b, y)
    return status or (SHAPE if a.shape[-1] > MOST else 0)


OP = Op(
    code=156,
    name="matmul_int8",
    sig="@,@>*",
    types=("bb>b", "hh>h"),
    params=(
        ("multiplier", "f32", 1.0),
        ("a_zero", "i32", 0),
        ("b_zero", "i32", 0),
        ("y_zero", "i32", 0),
        ("lo", "i32", -128),
        ("hi", "i32", 127),
    ),
    reference=reference,
    check=check,
    rowwise=False,
)
