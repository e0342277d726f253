"""avg_pool: the mean of each channel in windows over 1 to 3 spatial axes, summed up in float64.

Padding does not count, unless count_include_pad: then the divisor counts what the declared padding has of the window,
pad_end behind the end included; what is beyond that never counts.
"""

from __future__ import annotations

from edgescore.format import schema
from edgescore.ops import _window
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15
PARAMS = (
    *_window.PARAMS,
    *_window.KERNEL,
    *((f"pad_end_{axis}", "i32", 0) for axis in _window.AXES),
    ("count_include_pad", "i32", 0),
)


def sums_and_counts(xp: Any, x: Any, shape: tuple[int, ...], window: dict[str, int]) -> tuple[Any, Any]:
    """Sums [n, out..., c] in x's dtype, divisors [out..., 1] as int64."""
    along = _window.pool_axes(x.shape, shape, window)
    taps = tuple(range(x.ndim, 2 * x.ndim - 2))
    sums = _window.windows(xp, x, along, 0).sum(axis=taps)
    counts = xp.ones((1,) * (x.ndim - 1), "int64")
    ends = [window[f"pad_end_{axis}"] for axis in _window.AXES[-len(along) :]]
    for number, (axis, end) in enumerate(zip(along, ends)):
        position = xp.arange(axis.out)[:, None] * axis.stride - axis.pad + xp.arange(axis.kernel) * axis.dilation
        first, last = (-axis.pad, axis.size + end) if window["count_include_pad"] else (0, axis.size)
        count = ((position >= first) & (position < last)).sum(axis=1)
        counts = counts * count.reshape([-1 if number == other else 1 for other in range(x.ndim - 1)])
    return sums, counts


def reference(xp: Any, x: Any, shape: tuple[int, ...], **window: int) -> Any:
    """x [n, spatial..., c] -> ``shape``, [n, out..., c]."""
    sums, counts = sums_and_counts(xp, x.astype("float64"), shape, window)
    return (sums / counts).astype(x.dtype)


def check_counts(x: tuple[int, ...], y: tuple[int, ...], window: dict[str, int]) -> int:
    """See _window.check_pool; PARAM for a pad_end below 0 or beyond the format's largest tensor."""
    if not all(0 <= window[f"pad_end_{axis}"] <= schema.MAX_BYTES for axis in _window.AXES):
        return PARAM
    return _window.check_pool(x, y, window)


def check(xp: Any, x: Any, y: Any, **window: int) -> int:
    """See check_counts."""
    return check_counts(x.shape, y.shape, window)


OP = Op(
    code=145,
    name="avg_pool",
    sig="*>*",
    types=("f>f", "d>d"),
    params=PARAMS,
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
