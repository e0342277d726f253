"""missing_indicator: 1 where a value is missing, else 0; what is missing as in impute."""

from __future__ import annotations

from edgescore.ops._op import Op
from edgescore.ops.impute import check_missing, is_missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, missing: float, is_nan: int) -> Any:
    """x [n, k] -> [n, k] of its dtype."""
    return is_missing(xp, x, missing, is_nan).astype(x.dtype)


def check(xp: Any, x: Any, y: Any, missing: float, is_nan: int) -> int:
    """See impute.check_missing."""
    return check_missing(missing, is_nan)


OP = Op(
    code=24,
    name="missing_indicator",
    sig="nk>nk",
    types=("f>f", "d>d"),
    params=(("missing", "f64", 0.0), ("is_nan", "i32", 1)),
    reference=reference,
    check=check,
    inplace=True,
)
