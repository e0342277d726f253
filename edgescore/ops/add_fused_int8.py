"""add_fused_int8: the sum of two quantized tensors, broadcast as in numpy, by fused multiply-adds of float32:
(a - a_zero) a_multiplier + ((b - b_zero) b_multiplier + offset), rounded half to even, plus y_zero.

As ONNX Runtime adds on CPUs with AVX2: of bytes counted from 0 (a_zero = b_zero = y_zero = -128 where they were
uint8), with all zero points in the offset; ``offset_of`` works it out. lo and hi fuse a relu or a clip. Multipliers and
offset are multiples of 2^-36, so that float64 holds every sum exactly and gives what a fused multiply-add gives.
"""

from __future__ import annotations

from edgescore.ops import _broadcast
from edgescore.ops._fixed import check_values, to_integer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15
MOST, MOST_OFFSET, STEPS = 64.0, 65536.0, 2.0**36


def takes(a_multiplier: float, b_multiplier: float, offset: float) -> bool:
    """Whether float64 holds all sums of these float32 numbers."""
    held = abs(a_multiplier) <= MOST and abs(b_multiplier) <= MOST and abs(offset) <= MOST_OFFSET
    return held and all((value * STEPS).is_integer() for value in (a_multiplier, b_multiplier, offset))


def _fused(xp: Any, x: Any, multiplier: float, addend: Any) -> Any:
    return (x * float(xp.float32(multiplier)) + addend).astype("float32").astype("float64")


def offset_of(xp: Any, a: float, b: float, a_zero: int, b_zero: int, y_zero: int) -> float:
    """y_zero - (a a_zero + b b_zero) of float32 multipliers, rounded as ONNX Runtime does."""
    shift = _fused(xp, xp.asarray(float(a_zero)), a, float(xp.float32(float(xp.float32(b)) * b_zero)))
    return float(xp.float32(y_zero - float(shift)))


def reference(
    xp: Any,
    a: Any,
    b: Any,
    a_multiplier: float,
    b_multiplier: float,
    offset: float,
    a_zero: int,
    b_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
) -> Any:
    """a and b int8 of any shapes that broadcast -> the shape they have together."""
    sums = _fused(xp, b.astype("float64") - b_zero, b_multiplier, float(xp.float32(offset)))
    sums = _fused(xp, a.astype("float64") - a_zero, a_multiplier, sums)
    return to_integer(xp, sums, y_zero, lo, hi).astype(a.dtype)


def check(xp: Any, a: Any, b: Any, y: Any, a_multiplier: float, b_multiplier: float, offset: float, **v: int) -> int:
    """PARAM for multipliers beyond 64, an offset beyond 2^16, either no multiple of 2^-36, or zero points or limits
    that int8 does not have; SHAPE unless y has the shape of both together.
    """
    if not takes(a_multiplier, b_multiplier, offset) or v["lo"] > v["hi"]:
        return PARAM
    return check_values(str(a.dtype), *v.values()) or _broadcast.check(xp, a, b, y)


OP = Op(
    code=159,
    name="add_fused_int8",
    sig="@,@>*",
    types=("bb>b",),
    params=(
        ("a_multiplier", "f32", 1.0),
        ("b_multiplier", "f32", 1.0),
        ("offset", "f32", 0.0),
        ("a_zero", "i32", 0),
        ("b_zero", "i32", 0),
        ("y_zero", "i32", 0),
        ("lo", "i32", -128),
        ("hi", "i32", 127),
    ),
    reference=reference,
    check=check,
    infer=_broadcast.infer,
    inplace=True,
)
