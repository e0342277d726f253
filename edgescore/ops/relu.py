"""relu: y = max(x, 0); NaN stays NaN, -0.0 stays -0.0."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.where(x < 0, x.dtype.type(0), x)


OP = Op(code=10, name="relu", sig="...>...", types=("f>f", "d>d"), reference=reference, inplace=True)
