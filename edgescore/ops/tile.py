"""tile: x again and again along each axis."""

from __future__ import annotations

from edgescore.ops._axes import SHAPE
from edgescore.ops._op import Op
from edgescore.ops._same import SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, shape: tuple[int, ...]) -> Any:
    """x of r axes -> ``shape`` of r axes, each a multiple: y[i, j, ...] = x[i mod x's first size, ...]."""
    return xp.tile(x, tuple(n // size for n, size in zip(shape, x.shape)))


def check(xp: Any, x: Any, y: Any) -> int:
    """SHAPE unless y has as many axes and whole multiples of x along them."""
    fit = len(x.shape) == len(y.shape) and all(n % size == 0 for n, size in zip(y.shape, x.shape))
    return 0 if fit else SHAPE


OP = Op(
    code=55,
    name="tile",
    sig="*>*",
    types=SAME,
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
