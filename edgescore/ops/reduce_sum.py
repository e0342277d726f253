"""reduce_sum: sums along axes. float is summed in double; integers wrap around."""

from __future__ import annotations

from edgescore.ops._number import sum_dtype
from edgescore.ops._reduce import NUMBERS, reduction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def total(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """x of any shape -> without ``axes``."""
    return xp.sum(x, axis=axes, dtype=sum_dtype(x))


OP = reduction(code=67, name="reduce_sum", function=total, types=NUMBERS)
