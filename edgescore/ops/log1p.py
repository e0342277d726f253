"""log1p: y = ln(1 + x), exact near 0."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.log1p(x)


OP = Op(code=17, name="log1p", sig="...>...", types=("f>f", "d>d"), reference=reference, inplace=True)
