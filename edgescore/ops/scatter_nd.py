"""scatter_nd: x with slices written, or combined with what is there, where tuples of indices say (ONNX ScatterND).

reduction: 0 write, 1 add, 2 multiply, 3 minimum, 4 maximum. Tuples that come again count again, in their order.
Integers wrap around; for bool adding is or, multiplying and; NaN is the minimum and the maximum of it and any number.
"""

from __future__ import annotations

import math

from edgescore.ops._axes import PARAM, SHAPE
from edgescore.ops._indices import MAXIMUM, SCATTER, flat, scatter
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, index: Any, updates: Any, reduction: int) -> Any:
    """x [n_1, .., n_k, c..], index [i.., k], updates of as many elements as [i.., c..] -> the shape of x."""
    length = index.shape[-1]
    y = x.copy().reshape(math.prod(x.shape[:length]), -1)
    scatter(xp, y, flat(xp, index, x.shape[:length]).reshape(-1), updates.reshape(-1, y.shape[1]), reduction)
    return y.reshape(x.shape)


def check(xp: Any, x: Any, index: Any, updates: Any, y: Any, reduction: int) -> int:
    """SHAPE for tuples that are not there or longer than x has axes, or unless there are as many updates as they name
    and the output is like x; PARAM for an unknown reduction.
    """
    if not index.shape or index.shape[-1] > len(x.shape) or x.shape != y.shape:
        return SHAPE
    count = math.prod(index.shape[:-1]) * math.prod(x.shape[index.shape[-1] :])
    if count != math.prod(updates.shape):
        return SHAPE
    return 0 if 0 <= reduction <= MAXIMUM else PARAM


OP = Op(
    code=58,
    name="scatter_nd",
    sig="@,@,@>*",
    types=SCATTER,
    params=(("reduction", "i32", 0),),
    reference=reference,
    check=check,
    rowwise=False,
)
