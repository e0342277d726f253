"""mod: what a / b leaves, of the sign of b, or with fmod of the sign of a. By zero: NaN, of integers 0."""

from __future__ import annotations

from edgescore.ops._broadcast import check, infer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any, fmod: int) -> Any:
    """a and b of any shapes that broadcast -> the shape they have together."""
    rest = xp.fmod(a, b)
    return rest if fmod else xp.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)


OP = Op(
    code=82,
    name="mod",
    sig="@,@>*",
    types=("ff>f", "dd>d", "ii>i", "ll>l"),
    params=(("fmod", "i32", 0),),
    reference=reference,
    check=check,
    infer=infer,
    inplace=True,
)
