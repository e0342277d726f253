"""dequantize: integers back to real numbers: x = (q - zero) scale."""

from __future__ import annotations

from edgescore.ops._op import Op
from edgescore.ops.quantize import check_quantization

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, q: Any, scale: float, zero: int) -> Any:
    """q of any shape -> float32 of the same shape."""
    return (q.astype("int64") - zero).astype("float32") * xp.float32(scale)


def check(xp: Any, q: Any, x: Any, scale: float, zero: int) -> int:
    """See check_quantization."""
    return check_quantization(scale, zero, str(q.dtype))


OP = Op(
    code=4,
    name="dequantize",
    sig="...>...",
    types=("b>f", "B>f", "h>f", "i>f"),
    params=(("scale", "f32", 1.0), ("zero", "i32", 0)),
    reference=reference,
    check=check,
)
