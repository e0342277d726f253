"""concat: inputs side by side along an axis."""

from __future__ import annotations

import math
from itertools import accumulate

from edgescore.ops._axes import PARAM, SHAPE, axis_of, but
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, *inputs: Any, axis: int) -> Any:
    """inputs [..., k_i, ...], equal but for the axis -> [..., sum of k_i, ...]."""
    return xp.concatenate(inputs, axis=axis)


def check(xp: Any, *operands: Any, axis: int) -> int:
    """PARAM for an axis that is not there, SHAPE unless the inputs fit side by side and fill the output."""
    *inputs, output = [operand.shape for operand in operands]
    at = axis_of(axis, output)
    if at is None:
        return PARAM
    fit = all(len(shape) == len(output) and but(shape, at) == but(output, at) for shape in inputs)
    return 0 if fit and sum(shape[at] for shape in inputs) == output[at] else SHAPE


def view(*operands: Any, axis: int) -> list[int | None]:
    """The inputs behind one another, where nothing is left of the axis."""
    *inputs, output = [operand.shape for operand in operands]
    if math.prod(output[: axis_of(axis, output)]) != 1:
        return [None] * len(inputs)
    return list(accumulate(map(math.prod, inputs[:-1]), initial=0))


OP = Op(
    code=30,
    name="concat",
    sig="*+>*",
    types=("f>f", "d>d", "i>i", "b>b", "B>B", "h>h", "H>H", "I>I", "l>l", "o>o"),
    params=(("axis", "i32", -1),),
    reference=reference,
    check=check,
    view=view,
)
