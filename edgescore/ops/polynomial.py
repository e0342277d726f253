"""polynomial: products of columns: output j is the product of x at the columns that row j of a table lists.

-1 lists nothing, so that products of fewer factors (and the constant 1) fit the same table. Factors multiply left to
right.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONSTANT = -13


def reference(xp: Any, x: Any, index: Any) -> Any:
    """x [n, k], index [m, t] with -1 <= index < k -> [n, m]."""
    padded = xp.concatenate([x, xp.ones((len(x), 1), x.dtype)], axis=1)
    y = padded[:, index[:, 0]]
    for factor in range(1, index.shape[1]):
        y = y * padded[:, index[:, factor]]
    return y


def check(xp: Any, x: Any, index: Any, y: Any) -> int:
    """CONSTANT for a column that x does not have."""
    return 0 if ((index >= -1) & (index < x.shape[1])).all() else CONSTANT


OP = Op(code=38, name="polynomial", sig="nk,!mt>nm", types=("fi>f", "di>d"), reference=reference, check=check)
