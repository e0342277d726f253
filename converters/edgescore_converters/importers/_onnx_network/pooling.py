"""Pooling, by windows or of everything, and the places of maxima."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, handles
from .convolution import along, channels_last, channels_second, padded, patches, window


@handles("MaxPool", "AveragePool", "LpPool")
def pool(call: Call) -> list[Value]:
    b, x, name = call.b, call.x(), call.node.op_type
    kernel = list(call.attribute("kernel_shape"))
    up = bool(call.attribute("ceil_mode", 0))
    strides, dilations, before, behind, out = window(call, x.shape[2:], kernel, up=up)
    place = along("kernel", kernel) | along("stride", strides) | along("dilation", dilations) | along("pad", before)
    moved, shape = b.computed(channels_last(b, x)), (x.shape[0], *out, x.shape[1])
    if name == "MaxPool":
        largest = channels_second(b, b.op("max_pool", moved, shape=shape, **place))
        if not call.wants(1):
            return [largest]
        return [largest, _places(call, kernel, strides, dilations, before, out)]
    place |= along("pad_end", behind)
    if name == "AveragePool":
        counted = int(call.attribute("count_include_pad", 0))
        return [channels_second(b, b.op("avg_pool", moved, shape=shape, count_include_pad=counted, **place))]
    p = int(call.attribute("p", 2))
    powers = b.binary("power", b.unary("abs", moved), np.asarray(p, x.dtype))
    means = b.op("avg_pool", powers, shape=shape, count_include_pad=1, **place)
    total = b.binary("mul", means, np.asarray(math.prod(kernel), x.dtype))
    return [channels_second(b, b.binary("power", total, np.asarray(1 / p, x.dtype)))]


def _places(
    call: Call,
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    before: Sequence[int],
    out: Sequence[int],
) -> Value:
    """Where each maximum stands in the flattened input: the first of equal ones."""
    b, x = call.b, call.x()
    n, c, *sizes = x.shape
    need = [(o - 1) * s + (k - 1) * d + 1 for o, s, k, d in zip(out, strides, kernel, dilations)]
    behind = [max(0, end - p - size) for end, p, size in zip(need, before, sizes)]
    lowest = -np.inf if x.dtype.startswith("float") else float(np.iinfo(x.dtype).min)
    seen = patches(b, padded(b, x, before, behind, lowest), kernel, strides, dilations, out)
    rows = b.reshape(b.transpose(seen, (0, 1, 3, 2)), (-1, seen.shape[2]))
    rows = rows if x.dtype.startswith("float") else b.cast(rows, "float32")
    tap = b.reshape(b.op("argmax", rows, shape=(rows.shape[0], 1)), (n, c, *out))
    steps = np.cumprod([1, *sizes[:0:-1]])[::-1]  # elements from one place to the next along each axis
    if int(call.attribute("storage_order", 0)):
        steps = np.cumprod([1, *sizes[:-1]])
    windows = np.asarray(list(np.ndindex(*kernel)), np.int64)
    offsets = (windows * np.asarray(dilations) * steps).sum(axis=1)
    corners = [(np.arange(o) * s - p) * step for o, s, p, step in zip(out, strides, before, steps)]
    first = sum(np.ix_(*corners), np.zeros((), np.int64)) + (np.arange(n * c) * math.prod(sizes)).reshape(
        n, c, *[1] * len(out)
    )
    offset = b.op("gather", b.constant(offsets), tap, shape=tap.shape, axis=0)
    return b.binary("add", offset, b.constant(first.astype(np.int64)))


@handles("MaxUnpool")
def max_unpool(call: Call) -> Value:
    b, x, at = call.b, call.x(), call.x(1)
    kernel = list(call.attribute("kernel_shape"))
    strides = list(call.attribute("strides") or [1] * len(kernel))
    pads = list(call.attribute("pads") or [0] * (2 * len(kernel)))
    m = len(kernel)
    natural = [(size - 1) * s - p - q + k for size, s, p, q, k in zip(x.shape[2:], strides, pads[:m], pads[m:], kernel)]
    small, shape = (*x.shape[:2], *natural), (*x.shape[:2], *natural)
    if call.has(2):
        shape = tuple(call.numbers(2))
        shape = shape if len(shape) == m + 2 else (*x.shape[:2], *shape)
    flat = b.constant(np.zeros(math.prod(small), x.dtype))
    values, places = b.reshape(x, (-1,)), b.reshape(at, (-1,))
    y = b.op("scatter_elements", flat, places, values, shape=flat.shape, axis=0, reduction=0)
    y = b.reshape(y, small)
    return y if shape == small else b.pad(y, [0] * len(shape), [a - b for a, b in zip(shape, small)])


@handles("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(call: Call) -> Value:
    b, x = call.b, call.x()
    axes = list(range(2, len(x.shape)))
    if call.node.op_type == "GlobalLpPool":
        p = np.asarray(call.attribute("p", 2), x.dtype)
        total = b.reduce("reduce_sum", b.binary("power", b.unary("abs", x), p), axes, True)
        return b.binary("power", total, 1 / p)
    return b.reduce("reduce_mean" if call.node.op_type == "GlobalAveragePool" else "reduce_max", x, axes, True)
