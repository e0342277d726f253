"""gelu: y = x times the normal distribution function of x; approximate: by a tanh."""

from __future__ import annotations

import math

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, approximate: int) -> Any:
    """x of any shape -> the same shape."""
    kind = x.dtype.type
    half = kind(0.5) * x
    if approximate:
        return half * (1 + xp.tanh(kind(math.sqrt(2 / math.pi)) * (x + kind(0.044715) * x * x * x)))
    return half * xp.vectorize(math.erfc, otypes="d")(x * kind(-math.sqrt(0.5))).astype(x.dtype)


OP = Op(
    code=123,
    name="gelu",
    sig="...>...",
    types=("f>f", "d>d"),
    params=(("approximate", "i32", 0),),
    reference=reference,
    inplace=True,
)
