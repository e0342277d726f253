"""columns: selected columns of x, in a given order, repeated or left out."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONSTANT = -13


def reference(xp: Any, x: Any, index: Any) -> Any:
    """x [n, k], index [m] with 0 <= index < k -> [n, m]."""
    return x[:, index]


def check(xp: Any, x: Any, index: Any, y: Any) -> int:
    """CONSTANT for a column that x does not have."""
    return 0 if ((index >= 0) & (index < x.shape[1])).all() else CONSTANT


OP = Op(
    code=29,
    name="columns",
    sig="nk,!m>nm",
    types=("fi>f", "di>d", "ii>i", "bi>b", "Bi>B"),
    reference=reference,
    check=check,
)
