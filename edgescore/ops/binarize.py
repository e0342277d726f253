"""binarize: 1 where x is above its column's threshold, else 0; NaN stays NaN."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, threshold: Any) -> Any:
    """x [n, k], threshold [k] -> [n, k]."""
    return xp.where(xp.isnan(x), x, x > threshold)


OP = Op(code=27, name="binarize", sig="nk,!k>nk", types=("ff>f", "dd>d"), reference=reference, inplace=True)
