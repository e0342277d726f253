"""erf: the error function, 2 / sqrt(pi) times the integral of e^-t^2 from 0 to x."""

from __future__ import annotations

import math

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.vectorize(math.erf, otypes="d")(x).astype(x.dtype)


OP = Op(code=117, name="erf", sig="...>...", types=("f>f", "d>d"), reference=reference, inplace=True)
