"""impute: missing values replaced by a constant of their column.

is_nan 1: NaN is missing. is_nan 0: ``missing`` (rounded to x's dtype) is, and NaN stays NaN.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def is_missing(xp: Any, x: Any, missing: float, is_nan: int) -> Any:
    """Where x is missing, as booleans of its shape."""
    return xp.isnan(x) if is_nan else x == x.dtype.type(missing)


def reference(xp: Any, x: Any, fill: Any, missing: float, is_nan: int) -> Any:
    """x [n, k], fill [k] -> [n, k]."""
    return xp.where(is_missing(xp, x, missing, is_nan), fill, x)


def check_missing(missing: float, is_nan: int) -> int:
    """PARAM for a switch that is neither 0 nor 1, or a sentinel that equals nothing."""
    return 0 if is_nan in (0, 1) and missing == missing else PARAM


def check(xp: Any, x: Any, fill: Any, y: Any, missing: float, is_nan: int) -> int:
    """See check_missing."""
    return check_missing(missing, is_nan)


OP = Op(
    code=23,
    name="impute",
    sig="nk,!k>nk",
    types=("ff>f", "dd>d"),
    params=(("missing", "f64", 0.0), ("is_nan", "i32", 1)),
    reference=reference,
    check=check,
    inplace=True,
)
