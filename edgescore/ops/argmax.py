"""argmax: the column of each row's largest value; the first of equals, and the first NaN before any number."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x [n, k] -> int32 [n, 1]."""
    return xp.argmax(x, axis=1).astype("int32")[:, None]


OP = Op(code=21, name="argmax", sig="nk>n1", types=("f>i", "d>i", "b>i", "h>i"), reference=reference)
