"""copy: the same values in other memory; what writes a state."""

from __future__ import annotations

from edgescore.ops._op import Op
from edgescore.ops._same import SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same."""
    return x.copy()


OP = Op(
    code=63,
    name="copy",
    sig="...>...",
    types=SAME,
    reference=reference,
)
