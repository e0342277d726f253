"""sigmoid: y = 1 / (1 + e^-x), without overflow on either side."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    e = xp.exp(-xp.abs(x))
    return xp.where(x < 0, e, x.dtype.type(1)) / (1 + e)


OP = Op(code=11, name="sigmoid", sig="...>...", types=("f>f", "d>d"), reference=reference, inplace=True)
