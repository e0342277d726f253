"""What the operators with a table for each column share: column j's part is ``table[offsets[j]:offsets[j + 1]]``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, CONSTANT = -10, -13


def equal(xp: Any, a: Any, b: Any) -> Any:
    """a == b, where NaN equals NaN: a missing value is a category like others."""
    return (a == b) | ((a != a) & (b != b))


def check_offsets(offsets: Any, columns: int, total: int) -> int:
    """SHAPE unless there are columns + 1 offsets, CONSTANT unless they ascend from 0 to total."""
    if len(offsets) != columns + 1:
        return SHAPE
    ascending = bool((offsets[1:] >= offsets[:-1]).all())
    return 0 if ascending and offsets[0] == 0 and offsets[-1] == total else CONSTANT
