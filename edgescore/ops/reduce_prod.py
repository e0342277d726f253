"""reduce_prod: products along axes. float is multiplied in double; integers wrap around."""

from __future__ import annotations

from edgescore.ops._number import sum_dtype
from edgescore.ops._reduce import NUMBERS, reduction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def product(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """x of any shape -> without ``axes``."""
    return xp.prod(x, axis=axes, dtype=sum_dtype(x))


OP = reduction(code=71, name="reduce_prod", function=product, types=NUMBERS)
