"""thresholded_relu: y = x above alpha, else 0; NaN gives 0."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, alpha: float) -> Any:
    """x of any shape -> the same shape."""
    return xp.where(x > x.dtype.type(alpha), x, x.dtype.type(0))


OP = Op(
    code=131,
    name="thresholded_relu",
    sig="...>...",
    types=("f>f", "d>d"),
    params=(("alpha", "f64", 1.0),),
    reference=reference,
    inplace=True,
)
