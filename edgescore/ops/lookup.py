"""lookup: each value replaced by the value its column's table has for it, or by the column's default.

NaN finds a NaN key; where there is none it takes the column's ``missing`` if given, else the default. The first of
equal keys counts; keys need no order.
"""

from __future__ import annotations

from edgescore.ops._columns import check_offsets, equal
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, offsets: Any, keys: Any, values: Any, default: Any, missing: Any) -> Any:
    """x [n, k], offsets [k + 1], keys [c], values [c], default [k], missing [k] or None -> [n, k]."""
    y = xp.empty_like(x)
    for j in range(x.shape[1]):
        column, table = x[:, j], slice(int(offsets[j]), int(offsets[j + 1]))
        y[:, j] = default[j] if missing is None else xp.where(xp.isnan(column), missing[j], default[j])
        for key, value in list(zip(keys[table], values[table]))[::-1]:
            y[equal(xp, column, key), j] = value
    return y


def check(xp: Any, x: Any, offsets: Any, keys: Any, values: Any, default: Any, missing: Any, y: Any) -> int:
    """See check_offsets."""
    return check_offsets(offsets, x.shape[1], len(keys))


OP = Op(
    code=26,
    name="lookup",
    sig="nk,!p,!c,!c,!k,!k?>nk",
    types=("fiffff>f", "didddd>d"),
    reference=reference,
    check=check,
    inplace=True,
)
