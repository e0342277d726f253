"""What operators with computed indices share. An index is int32 or int64; a negative one counts from the end, and what
is still outside takes the nearest: such indices have no meaning in any source, but must not fault."""

from __future__ import annotations

from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REPLACE, ADD, MULTIPLY, MINIMUM, MAXIMUM = range(5)

# Variants for every dtype and both kinds of indices.
GATHER = tuple(f"{dtype.letter}{index}>{dtype.letter}" for dtype in schema.DTYPES for index in "il")
SCATTER = tuple(f"{dtype.letter}{index}{dtype.letter}>{dtype.letter}" for dtype in schema.DTYPES for index in "il")


def inside(xp: Any, index: Any, size: Any) -> Any:
    """Indices of any shape -> int64 in [0, size)."""
    wide = index.astype("int64")
    return xp.clip(xp.where(wide < 0, wide + size, wide), 0, size - 1)


def flat(xp: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Tuples [..., len(shape)] of indices -> the index in a flat array of ``shape`` [...]."""
    at = xp.zeros(index.shape[:-1], "int64")
    for axis, size in enumerate(shape):
        at = at * size + inside(xp, index[..., axis], size)
    return at


def scatter(xp: Any, y: Any, at: Any, updates: Any, reduction: int) -> None:
    """Write updates to y[at], or combine both, one after the other where an index comes twice."""
    if reduction == REPLACE:
        y[at] = updates
    else:
        ufuncs = {ADD: xp.add, MULTIPLY: xp.multiply, MINIMUM: xp.minimum, MAXIMUM: xp.maximum}
        ufuncs[reduction].at(y, at, updates)
