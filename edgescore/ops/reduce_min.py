"""reduce_min: smallest values along axes; NaN where there is one."""

from __future__ import annotations

from edgescore.ops._reduce import ORDERED, reduction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def smallest(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """x of any shape -> without ``axes``."""
    return xp.min(x, axis=axes)


OP = reduction(code=70, name="reduce_min", function=smallest, types=ORDERED)
