"""What the reductions share. Their parameter is a bitmask: bit i is set where axis i goes; 0 leaves x as it is. The
output may have such axes, of one element, or not: only its number of elements counts.
"""

from __future__ import annotations

import math

from edgescore.ops._axes import PARAM, SHAPE
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

NUMBERS = ("f>f", "d>d", "i>i", "l>l")
ORDERED = (*NUMBERS, "b>b", "h>h")
REALS = ("f>f", "d>d")


def chosen(axes: int, rank: int) -> tuple[int, ...]:
    """The axes of a mask."""
    return tuple(axis for axis in range(rank) if axes >> axis & 1)


def check(xp: Any, x: Any, y: Any, axes: int) -> int:
    """PARAM for axes that x does not have, SHAPE unless the output has an element for each place in those that stay."""
    rank = len(x.shape)
    if not 0 <= axes < 1 << rank:
        return PARAM
    kept = math.prod(size for axis, size in enumerate(x.shape) if not axes >> axis & 1)
    return 0 if kept == math.prod(y.shape) else SHAPE


def reduction(code: int, name: str, function: Callable[[Any, Any, tuple[int, ...]], Any], types: Sequence[str]) -> Op:
    """The operator whose definition is ``function(xp, x, axes)``."""

    def reference(xp: Any, x: Any, axes: int, shape: tuple[int, ...]) -> Any:
        return function(xp, x, chosen(axes, x.ndim)).astype(x.dtype).reshape(shape)

    return Op(
        code=code,
        name=name,
        sig="*>*",
        types=types,
        params=(("axes", "i32", 1),),
        reference=reference,
        check=check,
        wants_shape=True,
        rowwise=False,
    )
