"""cos: the cosine of x."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.cos(x)


OP = Op(code=107, name="cos", sig="...>...", types=("f>f", "d>d"), reference=reference, inplace=True)
