"""matmul: products of the matrices in the last two axes; those before broadcast. Integers wrap around."""

from __future__ import annotations

from edgescore.ops._axes import SHAPE, broadcasts
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any) -> Any:
    """a [.., n, k], b [.., k, m] -> [.., n, m]."""
    return a @ b


def check(xp: Any, a: Any, b: Any, y: Any) -> int:
    """SHAPE unless the matrices fit and the batches broadcast to those of the output."""
    if min(len(a.shape), len(b.shape), len(y.shape)) < 2:
        return SHAPE
    fit = a.shape[-1] == b.shape[-2] and y.shape[-2:] == (a.shape[-2], b.shape[-1])
    return 0 if fit and all(broadcasts(operand.shape[:-2], y.shape[:-2]) for operand in (a, b)) else SHAPE


OP = Op(
    code=72,
    name="matmul",
    sig="@,@>*",
    types=("ff>f", "dd>d", "ii>i", "ll>l"),
    reference=reference,
    check=check,
    rowwise=False,
)
