"""sqrt: y = the square root of x; NaN below 0."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.sqrt(x)


OP = Op(code=15, name="sqrt", sig="...>...", types=("f>f", "d>d"), reference=reference, inplace=True)
