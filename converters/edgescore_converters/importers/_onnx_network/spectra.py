"""Fourier transforms as products with constant matrices, and the inverse of im2col as sums at constant places."""

from __future__ import annotations

import math

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, Refused, handles

MAX_LENGTH = 4096  # a matrix of sines has the square of it


def transform(call: Call, x: Value, length: int, *, inverse: bool, onesided: bool) -> Value:
    """x [..., t, 1 or 2] (real or complex) -> its transform [..., bins, 2], or [..., length, 1] where that is real."""
    b, parts = call.b, x.shape[-1]
    bins = length // 2 + 1 if onesided and not inverse else length
    taken = x.shape[-2]
    if max(length, taken) > MAX_LENGTH:
        raise Refused(f"its length {length} makes matrices of more than {MAX_LENGTH} rows", "compute it outside")
    t, k = np.arange(min(taken, length)), np.arange(bins)
    if len(t) < taken:
        x = b.part(x, len(x.shape) - 2, 0, len(t))
    angle = 2 * np.pi * ((t[:, None] * k) % length) / length * (1 if inverse else -1)
    cos, sin = np.cos(angle) / (length if inverse else 1), np.sin(angle) / (length if inverse else 1)
    whole = np.zeros((len(t), parts, bins, 2))
    whole[:, 0, :, 0], whole[:, 0, :, 1] = cos, sin
    if parts == 2:
        whole[:, 1, :, 0], whole[:, 1, :, 1] = -sin, cos
    if inverse and onesided:  # the other half is its mirror image, conjugated; what comes out is real
        weight = np.where((t == 0) | ((length % 2 == 0) & (t == length // 2)), 1.0, 2.0)
        whole = whole[..., :1] * weight[:, None, None, None]
    rows = b.reshape(x, (-1, len(t) * parts))
    made = whole.reshape(len(t) * parts, -1)
    y = b.op("dense", b.computed(rows), np.ascontiguousarray(made.T.astype(x.dtype)), None)
    return b.reshape(y, (*x.shape[:-2], bins, whole.shape[-1]))


@handles("DFT")
def dft(call: Call) -> Value:
    b, x = call.b, call.x()
    rank = len(x.shape)
    if call.opset >= 20:
        axis = int(call.known(2).reshape(-1)[0]) if call.has(2) else -2
    else:
        axis = int(call.attribute("axis", 1))
    axis %= rank
    inverse, onesided = bool(call.attribute("inverse", 0)), bool(call.attribute("onesided", 0))
    length = call.numbers(1)[0] if call.has(1) else x.shape[axis]
    if inverse and onesided and not call.has(1):
        length = 2 * (x.shape[axis] - 1)
    order = [at for at in range(rank - 1) if at != axis] + [axis, rank - 1]
    y = transform(call, b.transpose(x, order), length, inverse=inverse, onesided=onesided)
    return b.transpose(y, np.argsort(order).tolist())


@handles("STFT")
def stft(call: Call) -> Value:
    b, x, step = call.b, call.x(), call.numbers(1)[0]
    window = call.known(2) if call.has(2) else None
    length = call.numbers(3)[0] if call.has(3) else len(window) if window is not None else x.shape[1]
    frames = (x.shape[1] - length) // step + 1
    places = (np.arange(frames)[:, None] * step + np.arange(length)).astype(np.int32)
    x = x if len(x.shape) == 3 else b.reshape(x, (*x.shape, 1))
    y = b.op("gather", x, b.constant(places), shape=(x.shape[0], frames, length, x.shape[2]), axis=1)
    if window is not None:
        y = b.binary("mul", y, window.astype(x.dtype).reshape(-1, 1))
    return transform(call, y, length, inverse=False, onesided=bool(call.attribute("onesided", 1)))


@handles("Col2Im")
def col2im(call: Call) -> Value:
    b, x = call.b, call.x()
    image, block = call.numbers(1), call.numbers(2)
    m = len(image)
    strides, dilations = (list(call.attribute(name) or [1] * m) for name in ("strides", "dilations"))
    pads = list(call.attribute("pads") or [0] * (2 * m))
    channels = x.shape[1] // math.prod(block)
    lines = []  # by axis: the place in the padded image of [block, window]
    for size, k, s, d, before, behind in zip(image, block, strides, dilations, pads[:m], pads[m:]):
        count = (size + before + behind - (k - 1) * d - 1) // s + 1
        lines.append(np.arange(k)[:, None] * d + np.arange(count) * s - before)
    places = np.zeros((1, 1), int)
    inside = np.ones((1, 1), bool)
    for size, line in zip(image, lines):
        shape = (places.shape[0] * line.shape[0], places.shape[1] * line.shape[1])
        places = (places[:, None, :, None] * size + line[None, :, None, :]).reshape(shape)
        within = (line >= 0) & (line < size)
        inside = (inside[:, None, :, None] & within[None, :, None, :]).reshape(shape)
    area = math.prod(image)
    at = np.where(inside, places, area).reshape(1, 1, -1)  # what padding holds goes to one place more
    columns = b.reshape(x, (x.shape[0], channels, at.shape[-1]))
    spread = np.broadcast_to(at, columns.shape).astype(np.int32)
    empty = np.zeros((x.shape[0], channels, area + 1), x.dtype)
    y = b.op("scatter_elements", empty, spread, columns, shape=empty.shape, axis=2, reduction=1)
    return b.reshape(b.part(y, 2, 0, area), (x.shape[0], channels, *image))
