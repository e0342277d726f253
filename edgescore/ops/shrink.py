"""shrink: y = x - bias above lambd, x + bias below -lambd, else 0; NaN gives 0."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, bias: float, lambd: float) -> Any:
    """x of any shape -> the same shape."""
    kind = x.dtype.type
    return xp.where(x > kind(lambd), x - kind(bias), xp.where(x < -kind(lambd), x + kind(bias), kind(0)))


OP = Op(
    code=135,
    name="shrink",
    sig="...>...",
    types=("f>f", "d>d"),
    params=(
        ("bias", "f64", 0.0),
        ("lambd", "f64", 0.5),
    ),
    reference=reference,
    inplace=True,
)
