"""div: y = a / b; by zero as IEEE 754 has it. Integers lose their fraction, wrap, and divided by zero give 0."""

from __future__ import annotations

from edgescore.ops._broadcast import check, infer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any) -> Any:
    """a and b of any shapes that broadcast -> the shape they have together."""
    if a.dtype.kind == "f":
        return a / b
    floor = a // b  # numpy's: by zero 0, the smallest by -1 itself
    return floor + ((floor < 0) & (floor * b != a) & (b != 0)).astype(a.dtype)


OP = Op(
    code=8,
    name="div",
    sig="@,@>*",
    types=("ff>f", "dd>d", "ii>i", "ll>l"),
    reference=reference,
    check=check,
    infer=infer,
    inplace=True,
)
