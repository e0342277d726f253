"""slice: every step-th element of each axis from a start on, as many as the output has; a step may be negative."""

from __future__ import annotations

from edgescore.ops._axes import CONSTANT, SHAPE
from edgescore.ops._op import Op
from edgescore.ops._same import SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, starts: Any, steps: Any, shape: tuple[int, ...]) -> Any:
    """x of r axes, starts [r], steps [r] -> ``shape``: x[starts[0] + i steps[0], starts[1] + j steps[1], ...]."""
    places = [int(start) + int(step) * xp.arange(n) for start, step, n in zip(starts, steps, shape)]
    return x[xp.ix_(*places)]


def check(xp: Any, x: Any, starts: Any, steps: Any, y: Any) -> int:
    """SHAPE unless all have as many axes, CONSTANT for what x does not have."""
    rank = len(x.shape)
    if len(starts) != rank or len(y.shape) != rank:
        return SHAPE
    for start, step, n, size in zip(starts.tolist(), steps.tolist(), y.shape, x.shape):
        if not (0 <= start < size and 0 <= start + step * (n - 1) < size):
            return CONSTANT
    return 0


def view(x: Any, starts: Any, steps: Any, y: Any) -> list[int | None]:
    """The input, as far before the output as the slice's start is within it, where the slice is one piece of it: both
    have the same strides along every axis of which the slice has more than one element."""
    at, inner, outer = 0, 1, 1
    for start, step, n, size in list(zip(starts.tolist(), steps.tolist(), y.shape, x.shape))[::-1]:
        if n > 1 and inner != step * outer:
            return [None, None, None]
        at += start * outer
        inner *= n
        outer *= size
    return [-at, None, None]


OP = Op(
    code=52,
    name="slice",
    sig="*,!r,!r>*",
    types=tuple(f"{variant[0]}ii{variant[1:]}" for variant in SAME),
    reference=reference,
    check=check,
    view=view,
    wants_shape=True,
    rowwise=False,
)
