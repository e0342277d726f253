"""What operators that calculate in float, double, int32 and int64 share."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def sum_dtype(x: Any) -> Any:
    """What many elements of x are added up in: double for float, else its own dtype, in which integers wrap around."""
    return "float64" if x.dtype.kind == "f" else x.dtype
