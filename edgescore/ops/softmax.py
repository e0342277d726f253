"""softmax over the last axis: e^x divided by its sum. The maximum is subtracted first, so that nothing overflows."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10


def reference(xp: Any, x: Any) -> Any:
    """x [..., k] of one dimension at least -> the same shape. A row without a finite maximum becomes NaN."""
    e = xp.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def check(xp: Any, x: Any, y: Any) -> int:
    """SHAPE for a single number."""
    return 0 if x.shape else SHAPE


OP = Op(code=19, name="softmax", sig="...>...", types=("f>f", "d>d"), reference=reference, check=check, inplace=True)
