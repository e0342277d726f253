"""expm1: y = e^x - 1, exact near 0."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.expm1(x)


OP = Op(code=18, name="expm1", sig="...>...", types=("f>f", "d>d"), reference=reference, inplace=True)
