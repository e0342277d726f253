"""What the operators on two operands share: shapes that broadcast as in numpy, aligned at their last dimension."""

from __future__ import annotations

from edgescore._errors import FormatError, error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10


def infer(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that two operands have together; raises the SHAPE status where they do not fit."""
    rank = max(len(a), len(b))
    first, second = ((1,) * (rank - len(shape)) + tuple(shape) for shape in (a, b))
    if any(m != n and 1 not in (m, n) for m, n in zip(first, second)):
        raise error(SHAPE, f"{tuple(a)} and {tuple(b)} do not broadcast")
    return tuple(n if m == 1 else m for m, n in zip(first, second))


def check(xp: Any, a: Any, b: Any, y: Any, **params: Any) -> int:
    """SHAPE unless y has the shape of both together."""
    try:
        return 0 if infer(a.shape, b.shape) == tuple(y.shape) else SHAPE
    except FormatError:
        return SHAPE
