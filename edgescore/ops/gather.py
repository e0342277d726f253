"""gather: the slices of x along an axis that indices name (ONNX Gather)."""

from __future__ import annotations

import math

from edgescore.ops._axes import PARAM, SHAPE, axis_of, but
from edgescore.ops._indices import GATHER, inside
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, index: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """x [a.., n, b..], index of any shape [i..] -> [a.., i.., b..], under any ``shape`` of as many elements."""
    return x.take(inside(xp, index, x.shape[axis]), axis=axis).reshape(shape)


def check(xp: Any, x: Any, index: Any, y: Any, axis: int) -> int:
    """PARAM for an axis that x does not have, SHAPE unless the output has as many elements as there are."""
    at = axis_of(axis, x.shape)
    if at is None:
        return PARAM
    return 0 if math.prod(but(x.shape, at)) * math.prod(index.shape) == math.prod(y.shape) else SHAPE


OP = Op(
    code=56,
    name="gather",
    sig="@,@>*",
    types=GATHER,
    params=(("axis", "i32", 0),),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
