"""where: elements of a where the condition holds, of b elsewhere; all three broadcast to the output."""

from __future__ import annotations

from edgescore.format import schema
from edgescore.ops._axes import SHAPE, broadcasts
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, condition: Any, a: Any, b: Any, shape: tuple[int, ...]) -> Any:
    """condition bool, a and b, of shapes that broadcast to ``shape`` -> ``shape``."""
    return xp.broadcast_to(xp.where(condition, a, b), shape)


def check(xp: Any, condition: Any, a: Any, b: Any, y: Any) -> int:
    """SHAPE unless all broadcast to the shape of y."""
    return 0 if all(broadcasts(operand.shape, y.shape) for operand in (condition, a, b)) else SHAPE


OP = Op(
    code=61,
    name="where",
    sig="@,@,@>*",
    types=tuple(f"o{dtype.letter}{dtype.letter}>{dtype.letter}" for dtype in schema.DTYPES),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
