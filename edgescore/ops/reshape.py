"""reshape: the same elements in the same order under another shape; costs nothing where the memory is the same."""

from __future__ import annotations

import math

from edgescore.ops._op import Op
from edgescore.ops._same import SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10


def reference(xp: Any, x: Any, shape: tuple[int, ...]) -> Any:
    """x of any shape -> ``shape`` of as many elements."""
    return x.reshape(shape)


def check(xp: Any, x: Any, y: Any) -> int:
    """SHAPE unless both have as many elements."""
    return 0 if math.prod(x.shape) == math.prod(y.shape) else SHAPE


def view(x: Any, y: Any) -> list[int | None]:
    """The same memory."""
    return [0]


OP = Op(
    code=50,
    name="reshape",
    sig="*>*",
    types=SAME,
    reference=reference,
    check=check,
    view=view,
    wants_shape=True,
    rowwise=False,
)
