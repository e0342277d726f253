"""sign: -1, 0 or 1; NaN stays NaN."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.sign(x)


OP = Op(
    code=104,
    name="sign",
    sig="...>...",
    types=("f>f", "d>d", "i>i", "l>l"),
    reference=reference,
    inplace=True,
)
