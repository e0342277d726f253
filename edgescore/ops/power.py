"""power: y = a^b as C's pow; NaN for a negative a and a fractional b."""

from __future__ import annotations

from edgescore.ops._broadcast import check
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any) -> Any:
    """a of any shape, b its shape or, as a constant, a trailing part of it -> the shape of a."""
    return xp.power(a, b)


OP = Op(
    code=37,
    name="power",
    sig="...,~>...",
    types=("ff>f", "dd>d"),
    reference=reference,
    check=check,
    inplace=True,
)
