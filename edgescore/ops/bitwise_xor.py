"""bitwise_xor: y = a ^ b, bit by bit; of bools, xor."""

from __future__ import annotations

from edgescore.ops._broadcast import check, infer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any) -> Any:
    """a and b of any shapes that broadcast -> the shape they have together."""
    return a ^ b


OP = Op(
    code=92,
    name="bitwise_xor",
    sig="@,@>*",
    types=tuple(f"{letter}{letter}>{letter}" for letter in "obBhHiIl"),
    reference=reference,
    check=check,
    infer=infer,
    inplace=True,
)
