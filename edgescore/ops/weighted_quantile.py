"""weighted_quantile: the value of a row up to which a share ``level`` of the columns' weights lies.

With a row's values in ascending order (of equals the earlier column first, NaN last) and their weights summed from
the left, it is the first value at which the sum reaches level times the whole: level 0 is the minimum, 0.5 the
weighted median of AdaBoost.R2 (Drucker, Improving Regressors using Boosting Techniques, 1997), and 1 the maximum.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM, CONSTANT = -15, -13


def reference(xp: Any, x: Any, weights: Any, level: float) -> Any:
    """x [n, k], weights [k] float64 -> [n, 1]."""
    order = xp.argsort(x, axis=1, kind="stable")
    sums = xp.cumsum(weights[order], axis=1)
    at = (sums >= level * sums[:, -1:]).argmax(axis=1)
    rows = xp.arange(len(x))
    return x[rows, order[rows, at]][:, None]


def check(xp: Any, x: Any, weights: Any, y: Any, level: float) -> int:
    """PARAM for a level outside 0 to 1, CONSTANT for weights that are negative or have no finite, positive sum."""
    if not 0 <= level <= 1:
        return PARAM
    with xp.errstate(over="ignore"):
        total = xp.cumsum(weights)[-1]
    return 0 if (weights >= 0).all() and 0 < total < float("inf") else CONSTANT


OP = Op(
    code=45,
    name="weighted_quantile",
    sig="nk,!k>n1",
    types=("fd>f", "dd>d"),
    params=(("level", "f64", 0.5),),
    reference=reference,
    check=check,
)
