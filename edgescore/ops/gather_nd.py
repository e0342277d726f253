"""gather_nd: the slices of x that tuples of indices name (ONNX GatherND)."""

from __future__ import annotations

import math

from edgescore.ops._axes import PARAM, SHAPE
from edgescore.ops._indices import GATHER, flat
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, index: Any, batch_dims: int, shape: tuple[int, ...]) -> Any:
    """x [b.., n_1, .., n_k, c..], index [b.., i.., k], where b.. are batch_dims axes -> [b.., i.., c..], under any
    ``shape`` of as many elements.
    """
    batches, end = math.prod(x.shape[:batch_dims]), batch_dims + index.shape[-1]
    points = x.shape[batch_dims:end]
    at = flat(xp, index, points).reshape(batches, -1)
    return x.reshape(batches, math.prod(points), -1)[xp.arange(batches)[:, None], at].reshape(shape)


def check(xp: Any, x: Any, index: Any, y: Any, batch_dims: int) -> int:
    """PARAM for batch_dims that leave no axis of either, SHAPE unless the batches are alike, the tuples no longer than
    x has axes, and the output has as many elements as there are.
    """
    if not 0 <= batch_dims < min(len(x.shape), len(index.shape)):
        return PARAM
    length = index.shape[-1]
    if length > len(x.shape) - batch_dims or x.shape[:batch_dims] != index.shape[:batch_dims]:
        return SHAPE
    count = math.prod(index.shape[:-1]) * math.prod(x.shape[batch_dims + length :])
    return 0 if count == math.prod(y.shape) else SHAPE


OP = Op(
    code=57,
    name="gather_nd",
    sig="@,@>*",
    types=GATHER,
    params=(("batch_dims", "i32", 0),),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
