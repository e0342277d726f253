"""one_hot: for each column of x an output column a listed value: 1 where they are equal, else 0.

A value that is not listed makes zeros; NaN equals a listed NaN. A category dropped by the source is one not listed;
categories that share a column become one by a lookup before.
"""

from __future__ import annotations

from edgescore.ops._columns import check_offsets, equal
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, offsets: Any, values: Any) -> Any:
    """x [n, k], offsets [k + 1], values [m] -> [n, m]; column j's values are values[offsets[j]:offsets[j + 1]]."""
    return equal(xp, xp.repeat(x, xp.diff(offsets), axis=1), values).astype(x.dtype)


def check(xp: Any, x: Any, offsets: Any, values: Any, y: Any) -> int:
    """See check_offsets."""
    return check_offsets(offsets, x.shape[1], len(values))


OP = Op(code=25, name="one_hot", sig="nk,!p,!m>nm", types=("fif>f", "did>d"), reference=reference, check=check)
