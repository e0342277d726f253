"""expand: x broadcast to the output's shape, as numpy does it. x may be a constant: it is then put into memory."""

from __future__ import annotations

from edgescore.ops._axes import SHAPE, broadcasts
from edgescore.ops._op import Op
from edgescore.ops._same import SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, shape: tuple[int, ...]) -> Any:
    """x of a shape that broadcasts to ``shape`` -> ``shape``."""
    return xp.broadcast_to(x, shape)


def check(xp: Any, x: Any, y: Any) -> int:
    """SHAPE unless x broadcasts to the shape of y."""
    return 0 if broadcasts(x.shape, y.shape) else SHAPE


OP = Op(
    code=54,
    name="expand",
    sig="@>*",
    types=SAME,
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
