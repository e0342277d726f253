"""sigmoid_int16: sigmoid or tanh of int16 x in 15 fraction bits: straight lines between 256 points, as TensorFlow Lite.

x times multiplier / 2^shift, rounded, is where to look: 512 steps (tanh: 256) lie between two points, and behind the
last is 1. table holds 65536 sigmoid(k / 24) as its maker sees fit; below 0 both functions are what symmetry makes them.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, PARAM = -10, -15
LAST = 255


def reference(xp: Any, x: Any, table: Any, multiplier: int, shift: int, tanh: int) -> Any:
    """x int16 of any shape, table uint16 [256] -> the shape of x."""
    bits, top, centre, out = (8, 0xFFFF << 8, 1 << 23, 8) if tanh else (9, 0x7FFF << 10, 1 << 24, 10)
    at = (x.astype("int32") * multiplier + (1 << shift >> 1)) >> shift
    size = xp.minimum(xp.abs(at), LAST << bits)
    points = table.astype("int32")
    index = xp.minimum(size >> bits, LAST - 1)
    y = (points[index] << bits) + (size & ((1 << bits) - 1)) * (points[index + 1] - points[index])
    y = xp.where(size == LAST << bits, top, y) - centre
    y = xp.where(at < 0, -y - 1, y) + (0 if tanh else centre)
    return xp.minimum((y + (1 << out >> 1)) >> out, 32767).astype(x.dtype)


def check(xp: Any, x: Any, table: Any, y: Any, multiplier: int, shift: int, tanh: int) -> int:
    """SHAPE unless the table has 256 points; PARAM for a multiplier beyond 0 to 32767, a shift beyond 0 to 30, or a
    switch neither 0 nor 1.
    """
    if len(table) != LAST + 1:
        return SHAPE
    return 0 if 0 <= multiplier <= 32767 and 0 <= shift <= 30 and tanh in (0, 1) else PARAM


OP = Op(
    code=158,
    name="sigmoid_int16",
    sig="...,!t>...",
    types=("hH>h",),
    params=(("multiplier", "i32", 1), ("shift", "i32", 0), ("tanh", "i32", 0)),
    reference=reference,
    check=check,
    inplace=True,
)
