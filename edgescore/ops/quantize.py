"""quantize: real numbers to integers: q = x / scale rounded half to even, plus zero; NaN becomes zero (0.0)."""

from __future__ import annotations

from edgescore.ops._fixed import LIMITS, to_integer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(xp: Any, x: Any, scale: float, zero: int, dtype: Any) -> Any:
    """x float32 of any shape -> the same shape in ``dtype``."""
    real = x / xp.float32(scale)
    if str(dtype) == "int32":  # whose ends are not exact in float32
        real = real.astype("float64")
    return to_integer(xp, real, zero, *LIMITS[str(dtype)]).astype(dtype)


def check_quantization(scale: float, zero: int, dtype: str) -> int:
    """PARAM unless scale is positive and finite and zero a value of ``dtype``."""
    lo, hi = LIMITS[dtype]
    return 0 if 0 < scale < float("inf") and lo <= zero <= hi else PARAM


def check(xp: Any, x: Any, y: Any, scale: float, zero: int) -> int:
    """See check_quantization."""
    return check_quantization(scale, zero, str(y.dtype))


OP = Op(
    code=3,
    name="quantize",
    sig="...>...",
    types=("f>b", "f>B", "f>h", "f>i"),
    params=(("scale", "f32", 1.0), ("zero", "i32", 0)),
    reference=reference,
    check=check,
    wants_dtype=True,
)
