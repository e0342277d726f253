"""reduce_mean: means along axes, summed in double."""

from __future__ import annotations

from edgescore.ops._reduce import REALS, reduction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def mean(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """x of any shape -> without ``axes``."""
    return xp.mean(x, axis=axes, dtype="float64")


OP = reduction(code=68, name="reduce_mean", function=mean, types=REALS)
