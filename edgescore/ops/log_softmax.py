"""log_softmax over the last axis: the logarithm of softmax, without its loss of what is nearly zero."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10


def reference(xp: Any, x: Any) -> Any:
    """x [..., k] of one dimension at least -> the same shape. A row without a finite maximum becomes NaN."""
    below = x - x.max(axis=-1, keepdims=True)
    return below - xp.log(xp.exp(below).sum(axis=-1, keepdims=True))


def check(xp: Any, x: Any, y: Any) -> int:
    """SHAPE for a single number."""
    return 0 if x.shape else SHAPE


OP = Op(
    code=133,
    name="log_softmax",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    check=check,
    inplace=True,
)
