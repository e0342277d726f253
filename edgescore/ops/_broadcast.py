"""What the operators on two operands share: the rule that broadcasting must be the same for one row and for many."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10


def check(xp: Any, a: Any, b: Any, y: Any) -> int:
    """0, or SHAPE where b changes from row to row and is yet smaller than a row of a."""
    computed = not isinstance(b, xp.ndarray)
    return SHAPE if computed and len(b.shape) != len(a.shape) else 0
