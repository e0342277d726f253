"""cast: x in another dtype, or a copy of it.

To an integer, fractions are cut off, values beyond its ends become the end and NaN becomes 0; to bool, all but 0 is
true.
"""

from __future__ import annotations

from edgescore.ops._fixed import saturate
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LETTERS = "fdbBhHiIlo"


def reference(xp: Any, x: Any, dtype: Any) -> Any:
    """x of any shape -> the same shape in ``dtype``."""
    return saturate(xp, x, dtype)


OP = Op(
    code=31,
    name="cast",
    sig="...>...",
    types=tuple(f"{source}>{target}" for source in LETTERS for target in LETTERS),
    reference=reference,
    wants_dtype=True,
)
