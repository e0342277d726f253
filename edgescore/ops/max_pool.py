"""max_pool: the maximum of each channel in windows over 1 to 3 spatial axes; padding is never the maximum, NaN is."""

from __future__ import annotations

from edgescore.ops import _window
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, shape: tuple[int, ...], **window: int) -> Any:
    """x [n, spatial..., c] -> ``shape``, [n, out..., c]."""
    along = _window.pool_axes(x.shape, shape, window)
    lowest = -xp.inf if x.dtype.kind == "f" else xp.iinfo(x.dtype).min
    return _window.windows(xp, x, along, lowest).max(axis=tuple(range(x.ndim, 2 * x.ndim - 2)))


def check(xp: Any, x: Any, y: Any, **window: int) -> int:
    """See _window.check_pool."""
    return _window.check_pool(x.shape, y.shape, window)


OP = Op(
    code=144,
    name="max_pool",
    sig="*>*",
    types=("f>f", "d>d", "b>b", "B>B", "h>h"),
    params=(*_window.PARAMS, *_window.KERNEL),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
