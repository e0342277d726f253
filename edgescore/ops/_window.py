"""What convolutions and poolings share: windows over 1 to 3 spatial axes between the first axis and the channels.

Parameters are named by axis: depth, height, width; with fewer axes the leading ones are not used. Only the padding in
front is a parameter: how far the windows reach behind the end follows from the output's shape.
"""

from __future__ import annotations

from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Shape = tuple[int, ...]

SHAPE, PARAM = -10, -15
AXES = ("d", "h", "w")

# The first nine parameters of each such operator, in this order: native/src/window.c reads them by position.
PARAMS = tuple(
    (f"{what}_{axis}", "i32", default)
    for what, default in (("stride", 1), ("dilation", 1), ("pad", 0))
    for axis in AXES
)
KERNEL = tuple((f"kernel_{axis}", "i32", 1) for axis in AXES)


class Axis:
    """Windows along one axis: sizes in elements; span: what all windows together cover, from the padding on."""

    def __init__(self, size: int, out: int, kernel: int, stride: int, dilation: int, pad: int):
        self.size, self.out, self.kernel = size, out, kernel
        self.stride, self.dilation, self.pad = stride, dilation, pad
        self.extent = (kernel - 1) * dilation + 1
        self.span = max(pad + size, (out - 1) * stride + self.extent)


def axes(x: Shape, y: Shape, kernel: Shape, window: dict[str, int]) -> list[Axis]:
    """The spatial axes of x [n, spatial..., c] seen by y; kernel: sizes, the last of them of these axes."""
    there = len(x) - 2
    return [
        Axis(size, out, k, window[f"stride_{axis}"], window[f"dilation_{axis}"], window[f"pad_{axis}"])
        for size, out, k, axis in zip(x[1:], y[1:], kernel[-there:], AXES[-there:])
    ]


def check(x: Shape, y: Shape, kernel: Shape, window: dict[str, int]) -> int:
    """SHAPE for other ranks than 3 to 5 or a padded x [n, spatial..., c] beyond the format's largest tensor; PARAM for
    steps or kernels below 1, negative padding, or padding or kernels of an axis that is not there.
    """
    if not 3 <= len(x) <= 5 or len(y) != len(x) or y[0] != x[0]:
        return SHAPE
    kernel = (1,) * (len(AXES) - len(kernel)) + kernel
    for number, (axis, size) in enumerate(zip(AXES, kernel)):
        if not all(1 <= window[f"{what}_{axis}"] <= schema.MAX_BYTES for what in ("stride", "dilation")):
            return PARAM
        pad, there = window[f"pad_{axis}"], number >= len(AXES) + 2 - len(x)
        if size < 1 or pad < 0 or (not there and (size > 1 or pad)):
            return PARAM
    elements = x[0] * x[-1]
    for along in axes(x, y, kernel, window):
        elements *= along.span
    return 0 if elements <= schema.MAX_BYTES else SHAPE


def pool_axes(x: Shape, y: Shape, window: dict[str, int]) -> list[Axis]:
    """``axes`` where the kernel's sizes are parameters."""
    return axes(x, y, _kernel(window), window)


def check_pool(x: Shape, y: Shape, window: dict[str, int]) -> int:
    """``check`` for poolings; SHAPE, too, for windows that may have no tap inside, or other channels."""
    status = check(x, y, _kernel(window), window)
    if status:
        return status
    for axis in pool_axes(x, y, window):
        last = (axis.out - 1) * axis.stride - axis.pad
        if last >= axis.size or axis.pad >= axis.extent or (axis.pad and axis.dilation > axis.size):
            return SHAPE
    return 0 if x[-1] == y[-1] else SHAPE


def _kernel(window: dict[str, int]) -> Shape:
    return tuple(window[f"kernel_{axis}"] for axis in AXES)


def windows(xp: Any, x: Any, along: list[Axis], fill: Any) -> Any:
    """A view of x, padded with ``fill``: [n, out..., c, kernel...]."""
    pads = [(axis.pad, max(0, axis.span - axis.pad - axis.size)) for axis in along]
    padded = xp.pad(x, [(0, 0), *pads, (0, 0)], constant_values=fill)
    spatial = tuple(range(1, 1 + len(along)))
    view = xp.lib.stride_tricks.sliding_window_view(padded, [axis.extent for axis in along], spatial)
    outs = (slice(None, (axis.out - 1) * axis.stride + 1, axis.stride) for axis in along)
    taps = (slice(None, None, axis.dilation) for axis in along)
    return view[(slice(None), *outs, slice(None), *taps)]


def convolve(xp: Any, x: Any, w: Any, along: list[Axis], groups: int) -> Any:
    """x [n, spatial..., c] and w [o, kernel..., c / groups] -> [n, out..., o], in their dtype; padding adds nothing."""
    seen = windows(xp, x, along, 0)
    outs, taps = seen.shape[: 1 + len(along)], seen.shape[2 + len(along) :]
    columns = seen.reshape(-1, groups, seen.shape[1 + len(along)] // groups * _product(taps))
    weights = xp.moveaxis(w, -1, 1).reshape(groups, w.shape[0] // groups, -1)
    sums = columns.transpose(1, 0, 2) @ weights.transpose(0, 2, 1)
    return sums.transpose(1, 0, 2).reshape(*outs, w.shape[0])


def convolve_transposed(xp: Any, x: Any, w: Any, along: list[Axis], groups: int) -> Any:
    """The same for a transposed convolution, where x is what the windows over the output y see: ``along`` has y as
    its ``size`` and x as its ``out``. It is a convolution of x with zeros put between its elements.
    """
    spread = xp.zeros((x.shape[0], *((axis.out - 1) * axis.stride + 1 for axis in along), x.shape[-1]), x.dtype)
    spread[(slice(None), *(slice(None, None, axis.stride) for axis in along))] = x
    plain = []
    for number, axis in enumerate(along, 1):
        cut = max(0, axis.pad - axis.extent + 1)
        spread = xp.take(spread, range(min(cut, spread.shape[number]), spread.shape[number]), number)
        pad = max(0, axis.extent - 1 - axis.pad)
        plain.append(Axis(spread.shape[number], axis.size, axis.kernel, 1, axis.dilation, pad))
    return convolve(xp, spread, xp.flip(w, tuple(range(1, 1 + len(along)))), plain, groups)


def _product(sizes: tuple[int, ...]) -> int:
    result = 1
    for size in sizes:
        result *= size
    return result
