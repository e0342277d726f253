"""transpose: axes in another order."""

from __future__ import annotations

from edgescore.ops._axes import CONSTANT, SHAPE
from edgescore.ops._op import Op
from edgescore.ops._same import SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, perm: Any) -> Any:
    """x of r axes, perm [r]: each of 0 to r - 1 once -> axis i is x's axis perm[i]."""
    return x.transpose(perm)


def check(xp: Any, x: Any, perm: Any, y: Any) -> int:
    """CONSTANT unless perm is a permutation, SHAPE unless it leads from the shape of x to that of y."""
    rank = len(x.shape)
    if len(perm) != rank or len(y.shape) != rank:
        return SHAPE
    if sorted(perm.tolist()) != list(range(rank)):
        return CONSTANT
    return 0 if all(size == x.shape[axis] for size, axis in zip(y.shape, perm)) else SHAPE


OP = Op(
    code=51,
    name="transpose",
    sig="*,!r>*",
    types=tuple(f"{variant[0]}i{variant[1:]}" for variant in SAME),
    reference=reference,
    check=check,
    rowwise=False,
)
