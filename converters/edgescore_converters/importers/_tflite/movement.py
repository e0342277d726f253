"""Operators that move elements, choose them or reduce axes, and those that only speak of shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, Refused, handles


@handles("RESHAPE")
def reshape(c: Call) -> Value:
    listed = c.has(1) and c.known(1).ndim == 1  # the source takes no other
    shape = c.known(1) if listed else np.asarray(c.options.newShape)
    return c.b.reshape(c.x(), np.atleast_1d(shape).tolist())


@handles("SQUEEZE")
def squeeze(c: Call) -> Value:
    x = c.x()
    chosen = c.options.squeezeDims if c.options is not None and c.options.squeezeDims is not None else []
    axes = {int(axis) % len(x.shape) for axis in chosen} or {a for a, size in enumerate(x.shape) if size == 1}
    return c.b.reshape(x, [size for axis, size in enumerate(x.shape) if axis not in axes])


@handles("EXPAND_DIMS")
def expand_dims(c: Call) -> Value:
    x = c.x()
    axis = int(c.known(1).reshape(-1)[0]) % (len(x.shape) + 1)
    return c.b.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))


@handles("SHAPE")
def shape(c: Call) -> Value:
    return c.b.constant(np.asarray(c.x().shape), c.dtype)


@handles("RANK")
def rank(c: Call) -> Value:
    return c.b.constant(np.asarray(len(c.x().shape)), "int32")


@handles("TRANSPOSE")
def transpose(c: Call) -> Value:
    return c.b.transpose(c.x(), c.known(1).tolist())


@handles("PAD", "PADV2")
def pad(c: Call) -> Value:
    x, amounts = c.x(), c.known(1)
    value = float(c.known(2).reshape(-1)[0]) if c.has(2) else float(x.quant[1] if x.quant else 0)
    if c.has(2) and c.source(2).dtype == "uint8" and x.quant:
        value = float(c.known(2).reshape(-1)[0])
    y = c.b.pad(x, amounts[:, 0].tolist(), amounts[:, 1].tolist(), value)
    return same_quantization(c, y)


@handles("MIRROR_PAD")
def mirror_pad(c: Call) -> Value:
    x, amounts = c.x(), c.known(1)
    if c.options.mode == 0:
        return c.b.pad(x, amounts[:, 0].tolist(), amounts[:, 1].tolist(), mode=1)
    for axis, (before, after) in enumerate(amounts.tolist()):  # the edge itself is mirrored, too
        size = x.shape[axis]
        ends = [(before - 1, before), (size - 1, after)]
        first, last = (c.b.slice(x, *_backward(x, axis, *end)) if end[1] else None for end in ends)
        x = c.b.concat([part for part in (first, x, last) if part is not None], axis)
    return x


def _backward(x: Value, axis: int, start: int, count: int) -> tuple[list[int], list[int], list[int]]:
    """starts, sizes and steps of ``count`` elements of an axis from ``start`` back."""
    starts, sizes, steps = [0] * len(x.shape), list(x.shape), [1] * len(x.shape)
    starts[axis], sizes[axis], steps[axis] = start, count, -1
    return starts, sizes, steps


def same_quantization(c: Call, y: Value) -> Value:
    """y in the result's quantization, which real files let differ from the operand's."""
    return c.b.requantize(y, c.quant) if c.quantized and y.quant is not None else y


def rescaled(c: Call, x: Value) -> Value:
    """x in the result's quantization, halves away from zero."""
    if x.quant is None or x.quant == c.quant or x.dtype != "int8":
        return same_quantization(c, x)
    real = (np.arange(-128, 128) - x.quant[1]) * (np.float32(x.quant[0]) / np.float32(c.quant[0]))
    steps = np.copysign(np.floor(np.abs(real) + 0.5), real) + c.quant[1]
    return c.b.op("table", x, np.clip(steps, -128, 127).astype(np.int8), quant=c.quant)


@handles("CONCATENATION")
def concatenation(c: Call) -> Value:
    parts = [c.x(index) for index in range(len(c.inputs))]
    if c.quantized:
        parts = [rescaled(c, part) for part in parts]
    return c.b.concat(parts, c.options.axis)


@handles("PACK")
def pack(c: Call) -> Value:
    parts = [c.x(index) for index in range(len(c.inputs))]
    axis = c.options.axis % (len(parts[0].shape) + 1)
    return c.b.concat([c.b.reshape(part, (*part.shape[:axis], 1, *part.shape[axis:])) for part in parts], axis)


@handles("UNPACK")
def unpack(c: Call) -> list[Value]:
    x = c.x()
    axis = c.options.axis % len(x.shape)
    rest = (*x.shape[:axis], *x.shape[axis + 1 :])
    return [c.b.reshape(c.b.part(x, axis, at, 1), rest) for at in range(x.shape[axis])]


@handles("SPLIT")
def split(c: Call) -> list[Value]:
    x, axis = c.x(1), int(c.known(0).reshape(-1)[0])
    return _split(c, x, axis, [x.shape[axis] // len(c.targets)] * len(c.targets))


@handles("SPLIT_V")
def split_v(c: Call) -> list[Value]:
    x, axis = c.x(), int(c.known(2).reshape(-1)[0])
    sizes = c.known(1).tolist()
    rest = x.shape[axis] - sum(size for size in sizes if size >= 0)
    return _split(c, x, axis, [size if size >= 0 else rest for size in sizes])


def _split(c: Call, x: Value, axis: int, sizes: list[int]) -> list[Value]:
    starts = np.cumsum([0, *sizes])
    if starts[-1] != x.shape[axis]:
        raise Refused(f"it splits {x.shape[axis]} elements into {sizes}", "export the model again")
    return [c.b.part(x, axis % len(x.shape), int(at), size) for at, size in zip(starts, sizes)]


@handles("SLICE")
def slice_(c: Call) -> Value:
    x, starts, sizes = c.x(), c.known(1).tolist(), c.known(2).tolist()
    sizes = [size if size >= 0 else whole - start for size, start, whole in zip(sizes, starts, x.shape)]
    return c.b.slice(x, starts, sizes)


@handles("STRIDED_SLICE")
def strided_slice(c: Call) -> Value:
    o, x = c.options, c.x()
    begin, end, step = (c.known(index).tolist() for index in (1, 2, 3))
    if getattr(o, "offset", False):
        end = [a + b for a, b in zip(begin, end)]
    keys: list[Any] = []
    for at in range(len(begin)):
        bit = 1 << at
        if o.ellipsisMask & bit:
            keys.append(Ellipsis)
        elif o.newAxisMask & bit:
            keys.append(None)
        elif o.shrinkAxisMask & bit:
            keys.append(begin[at])
        else:
            keys.append(slice(None if o.beginMask & bit else begin[at], None if o.endMask & bit else end[at], step[at]))
    return index(c, x, keys)


def index(c: Call, x: Value, keys: list[Any]) -> Value:
    """x[keys] of numpy: slices, numbers, None and one ellipsis."""
    taken = sum(key is not None and key is not Ellipsis for key in keys)
    if Ellipsis not in keys:
        keys = [*keys, Ellipsis]
    at = keys.index(Ellipsis)
    keys = keys[:at] + [slice(None)] * (len(x.shape) - taken) + keys[at + 1 :]
    starts, sizes, steps, shape = [], [], [], []
    axis = 0
    for key in keys:
        if key is None:
            shape.append(1)
            continue
        whole = x.shape[axis]
        if isinstance(key, slice):
            chosen = range(*key.indices(whole))
            shape.append(len(chosen))
        else:
            chosen = range(key % whole, key % whole + 1)
        starts.append(chosen[0] if chosen else 0)
        sizes.append(len(chosen))
        steps.append(chosen.step)
        axis += 1
    return c.b.reshape(c.b.slice(x, starts, sizes, steps), shape)


@handles("REVERSE_V2")
def reverse(c: Call) -> Value:
    x = c.x()
    axes = {int(axis) % len(x.shape) for axis in np.atleast_1d(c.known(1))}
    starts = [size - 1 if axis in axes else 0 for axis, size in enumerate(x.shape)]
    return c.b.slice(x, starts, x.shape, [-1 if axis in axes else 1 for axis in range(len(x.shape))])


@handles("TILE")
def tile(c: Call) -> Value:
    x = c.x()
    shape = tuple(size * int(times) for size, times in zip(x.shape, c.known(1)))
    return x if shape == x.shape else c.b.op("tile", x, shape=shape, quant=x.quant)


@handles("BROADCAST_TO")
def broadcast_to(c: Call) -> Value:
    return c.b.expand(c.x(), c.known(1).tolist())


@handles("BROADCAST_ARGS")
def broadcast_args(c: Call) -> Value:
    shapes = [tuple(c.known(index).tolist()) for index in (0, 1)]
    return c.b.constant(np.asarray(np.broadcast_shapes(*shapes)), c.dtype)


@handles("DENSIFY")
def densify(c: Call) -> Value:
    return c.x()  # constants were spread out as they were read


@handles("FILL")
def fill(c: Call) -> Value:
    sizes, value = c.known(0).tolist(), c.x(1)
    if value.data is not None:
        return c.b.constant(np.full(sizes, value.data.reshape(-1)[0]))
    return c.b.expand(value, sizes)


@handles("ZEROS_LIKE")
def zeros_like(c: Call) -> Value:
    x = c.x()
    return c.b.constant(np.full(x.shape, x.quant[1] if x.quant else 0, x.dtype))


@handles("RANGE")
def range_(c: Call) -> Value:
    start, limit, delta = (c.known(at).reshape(-1)[0] for at in range(3))
    return c.b.constant(np.arange(start, limit, delta, dtype=c.known(0).dtype))


@handles("SPACE_TO_DEPTH")
def space_to_depth(c: Call) -> Value:
    x, size = c.x(), c.options.blockSize
    n, h, w, k = x.shape
    blocks = c.b.reshape(x, (n * (h // size), size, w // size, size * k))
    return c.b.reshape(c.b.transpose(blocks, (0, 2, 1, 3)), (n, h // size, w // size, size * size * k))


@handles("DEPTH_TO_SPACE")
def depth_to_space(c: Call) -> Value:
    x, size = c.x(), c.options.blockSize
    n, h, w, k = x.shape
    blocks = c.b.reshape(x, (n * h, w, size, size * (k // size**2)))
    return c.b.reshape(c.b.transpose(blocks, (0, 2, 1, 3)), (n, h * size, w * size, k // size**2))


@handles("BATCH_TO_SPACE_ND")
def batch_to_space(c: Call) -> Value:
    x, block, crops = c.x(), c.known(1).tolist(), c.known(2).tolist()
    m = len(block)
    n = x.shape[0] // int(np.prod(block))
    y = c.b.reshape(x, (*block, n, *x.shape[1:]))
    order = [m, *[axis for at in range(m) for axis in (m + 1 + at, at)], *range(2 * m + 1, m + len(x.shape))]
    spatial = [size * times for size, times in zip(x.shape[1:], block)]
    y = c.b.reshape(c.b.transpose(y, order), (n, *spatial, *x.shape[1 + m :]))
    starts = [0, *[crop[0] for crop in crops]] + [0] * (len(y.shape) - 1 - m)
    sizes = [n, *[size - a - b for size, (a, b) in zip(spatial, crops)], *y.shape[1 + m :]]
    return c.b.slice(y, starts, sizes)


@handles("SPACE_TO_BATCH_ND")
def space_to_batch(c: Call) -> Value:
    x, block, amounts = c.x(), c.known(1).tolist(), c.known(2).tolist()
    m, rest = len(block), len(x.shape) - 1 - len(block)
    zero = float(x.quant[1]) if x.quant else 0.0
    x = c.b.pad(x, [0, *[a for a, _ in amounts]] + [0] * rest, [0, *[b for _, b in amounts]] + [0] * rest, zero)
    parts = [part for size, times in zip(x.shape[1:], block) for part in (size // times, times)]
    y = c.b.reshape(x, (x.shape[0], *parts, *x.shape[1 + m :]))
    order = (
        [2 + 2 * at for at in range(m)] + [0] + [1 + 2 * at for at in range(m)] + list(range(1 + 2 * m, len(y.shape)))
    )
    y = c.b.transpose(y, order)
    return c.b.reshape(y, (-1, *parts[::2], *x.shape[1 + m :]))
