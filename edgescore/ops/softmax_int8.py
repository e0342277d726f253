"""softmax_int8: softmax over the last axis in integers, the same on every CPU: e^x from a table, exact sums.

The maximum is subtracted first. table holds e^(-d scale) as fractions of 2^31 for each difference d of int8 values; for
int16, of two entries whose product it is: the first 256 for the upper byte of d, the others for the lower. A result is
e / (sum * y_scale) in float64, rounded, plus y_zero. ``table()`` makes the constant.
"""

from __future__ import annotations

import math

from edgescore.ops._fixed import LIMITS, check_values, to_integer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, CONSTANT, PARAM = -10, -13, -15
ONE = 1 << 31


def table(scale: float, dtype: str) -> list[int]:
    """The table for x of ``dtype`` (int8 or int16) and ``scale``, beta included."""
    steps = (1,) if dtype == "int8" else (256, 1)
    return [round(math.exp(-index * step * scale) * ONE) for step in steps for index in range(256)]


def reference(xp: Any, x: Any, table: Any, y_scale: float, y_zero: int) -> Any:
    """x int8 or int16 [..., k] of two dimensions at least, table uint32 [256] or [512] -> the shape of x."""
    distance = x.max(axis=-1, keepdims=True).astype("int32") - x
    wide = table.astype("uint64")
    e = wide[distance] if x.dtype == "int8" else (wide[distance >> 8] * wide[256 + (distance & 255)]) >> xp.uint64(31)
    total = e.sum(axis=-1, keepdims=True, dtype="uint64").astype("float64") * float(xp.float32(y_scale))
    return to_integer(xp, e.astype("float64") / total, y_zero, *LIMITS[str(x.dtype)]).astype(x.dtype)


def check(xp: Any, x: Any, table: Any, y: Any, y_scale: float, y_zero: int) -> int:
    """SHAPE for a single dimension, which counts the rows, or another size of the table; PARAM for a scale not positive
    and finite or a zero point that the dtype does not have; CONSTANT unless e^0 is 1, and nothing is larger.
    """
    parts = 1 if x.dtype == "int8" else 2
    if len(x.shape) < 2 or len(table) != 256 * parts:
        return SHAPE
    if not 0 < y_scale < float("inf"):
        return PARAM
    status = check_values(str(x.dtype), y_zero)
    return status or (0 if (table[::256] == ONE).all() and (table <= ONE).all() else CONSTANT)


OP = Op(
    code=153,
    name="softmax_int8",
    sig="...,!t>...",
    types=("bI>b", "hI>h"),
    params=(("y_scale", "f32", 1 / 256), ("y_zero", "i32", -128)),
    reference=reference,
    check=check,
    inplace=True,
)
