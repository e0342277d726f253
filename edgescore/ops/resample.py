"""resample: along one axis every output is a weighted sum of a few inputs. Resizing by any separable filter is one
such node an axis.
"""

from __future__ import annotations

from edgescore.ops._axes import CONSTANT, PARAM, SHAPE, axis_of, but
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, index: Any, weights: Any, axis: int) -> Any:
    """x [.., n, ..], index [o, t] in [0, n), weights [o, t] -> [.., o, ..]: sum over t of weights x[.., index, ..],
    added in the order of t.
    """
    lines = xp.moveaxis(x, axis, -1)
    y = xp.zeros((*lines.shape[:-1], len(index)), x.dtype)
    for tap in range(index.shape[1]):
        y = y + weights[:, tap] * lines[..., index[:, tap]]
    return xp.moveaxis(y, -1, axis)


def check(xp: Any, x: Any, index: Any, weights: Any, y: Any, axis: int) -> int:
    """PARAM for an axis that x does not have, SHAPE unless the output is x with o elements along it, CONSTANT for an
    index that x does not have.
    """
    at = axis_of(axis, x.shape)
    if at is None:
        return PARAM
    if len(y.shape) != len(x.shape) or but(x.shape, at) != but(y.shape, at) or y.shape[at] != len(index):
        return SHAPE
    return 0 if ((index >= 0) & (index < x.shape[at])).all() else CONSTANT


OP = Op(
    code=62,
    name="resample",
    sig="*,!ot,!ot>*",
    types=("fif>f", "did>d"),
    params=(("axis", "i32", 0),),
    reference=reference,
    check=check,
    rowwise=False,
)
