"""reduce_max: largest values along axes; NaN where there is one."""

from __future__ import annotations

from edgescore.ops._reduce import ORDERED, reduction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def largest(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """x of any shape -> without ``axes``."""
    return xp.max(x, axis=axes)


OP = reduction(code=69, name="reduce_max", function=largest, types=ORDERED)
