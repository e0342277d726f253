"""bucketize: each value replaced by the number of its column's edges that are at most it (numpy's searchsorted from the
right, where the edges ascend); NaN stays NaN."""

from __future__ import annotations

from edgescore.ops._columns import check_offsets
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, offsets: Any, edges: Any) -> Any:
    """x [n, k], offsets [k + 1], edges [c] -> [n, k]; column j's edges are edges[offsets[j]:offsets[j + 1]]."""
    y = xp.where(xp.isnan(x), x, x.dtype.type(0))
    for j in range(x.shape[1]):
        y[:, j] += (x[:, j, None] >= edges[offsets[j] : offsets[j + 1]]).sum(axis=1)
    return y


def check(xp: Any, x: Any, offsets: Any, edges: Any, y: Any) -> int:
    """See check_offsets."""
    return check_offsets(offsets, x.shape[1], len(edges))


OP = Op(
    code=28,
    name="bucketize",
    sig="nk,!p,!c>nk",
    types=("fif>f", "did>d"),
    reference=reference,
    check=check,
    inplace=True,
)
