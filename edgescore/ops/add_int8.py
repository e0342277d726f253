"""add_int8: the sum of two quantized tensors, broadcast as in numpy, in integers: ((a - a_zero) a_multiplier +
(b - b_zero) b_multiplier) / 2^shift, rounded to the nearest, ties up.

A multiplier / 2^shift is the operand's scale / the scale of y; a negative one subtracts. ``multipliers`` works them out
with 21 bits for the larger one, as XNNPACK's kernels do. lo and hi fuse a relu or a clip; for int16, whose defaults
they are not, they must be given.
"""

from __future__ import annotations

import math

from edgescore.ops import _broadcast
from edgescore.ops._fixed import check_values
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15
BITS, MOST_SHIFT = 21, 30


def multipliers(a: float, b: float) -> tuple[int, int, int]:
    """(a_multiplier, b_multiplier, shift) for the operands' scales / the scale of y; the larger from 2^-10 to 2^8."""
    shift = BITS - math.frexp(max(abs(a), abs(b)))[1]
    if not 1 <= shift <= MOST_SHIFT:
        raise ValueError(f"scales {a} and {b} times the scale of the sum")
    return round(math.ldexp(a, shift)), round(math.ldexp(b, shift)), shift


def reference(
    xp: Any,
    a: Any,
    b: Any,
    a_multiplier: int,
    b_multiplier: int,
    shift: int,
    a_zero: int,
    b_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
) -> Any:
    """a and b int8 or int16 of any shapes that broadcast -> the shape they have together."""
    sums = (a.astype("int64") - a_zero) * a_multiplier + (b.astype("int64") - b_zero) * b_multiplier
    return xp.clip(((sums + (1 << (shift - 1))) >> shift) + y_zero, lo, hi).astype(a.dtype)


def check(xp: Any, a: Any, b: Any, y: Any, a_multiplier: int, b_multiplier: int, shift: int, **values: int) -> int:
    """PARAM for multipliers of more than 21 bits, another shift than 1 to 30, or zero points or limits that the dtype
    does not have; SHAPE unless y has the shape of both together.
    """
    if max(abs(a_multiplier), abs(b_multiplier)) > 1 << BITS or not 1 <= shift <= MOST_SHIFT:
        return PARAM
    if values["lo"] > values["hi"]:
        return PARAM
    return check_values(str(a.dtype), *values.values()) or _broadcast.check(xp, a, b, y)


OP = Op(
    code=150,
    name="add_int8",
    sig="@,@>*",
    types=("bb>b", "hh>h"),
    params=(
        ("a_multiplier", "i32", 1),
        ("b_multiplier", "i32", 1),
        ("shift", "i32", 1),
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
