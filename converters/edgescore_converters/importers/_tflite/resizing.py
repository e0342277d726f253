"""Resizing of pictures, of bytes with the source's own rounding."""

from __future__ import annotations

import numpy as np

from edgescore.ops.resize_int8 import ONE
from edgescore_converters.ir import Array, Value

from ._call import Call, handles
from .movement import same_quantization

COARSE = 1 << 10  # what one is in the source's weights of 16-bit numbers


@handles("RESIZE_NEAREST_NEIGHBOR")
def nearest(c: Call) -> Value:
    o, y = c.options, c.x()
    for axis, size in zip((1, 2), c.known(1).tolist()):
        whole = y.shape[axis]
        scale = np.float32((whole - 1) / (size - 1) if o.alignCorners and size > 1 else whole / size)
        at = (np.arange(size, dtype=np.float32) + np.float32(0.5 if o.halfPixelCenters else 0)) * scale
        places = np.clip(np.floor(at + np.float32(0.5)) if o.alignCorners else np.floor(at), 0, whole - 1)
        shape = (*y.shape[:axis], size, *y.shape[axis + 1 :])
        y = c.b.op("gather", y, places.astype(np.int32), shape=shape, quant=y.quant, axis=axis)
    return same_quantization(c, y)


@handles("RESIZE_BILINEAR")
def bilinear(c: Call) -> Value:
    x = c.x()
    integers = c.quantized and x.quant is not None and x.dtype == c.dtype
    make = coarse_weights if integers and x.dtype == "int16" else weights
    sizes, flags = c.known(1).tolist(), (bool(c.options.alignCorners), bool(c.options.halfPixelCenters))
    axes = [make(x.shape[axis], size, *flags) for axis, size in zip((1, 2), sizes)]
    if integers:  # means of the numbers as they are stored
        operands = [part for at, shares in axes for part in (at, np.rint(shares * ONE).astype(np.int16))]
        shape = (x.shape[0], *sizes, x.shape[3])
        y = c.b.op("resize_int8", x, *operands, shape=shape, quant=x.quant, half_away=int(x.dtype == "int16"))
        return same_quantization(c, y)
    y = c.real()
    for axis, (places, shares) in enumerate(axes, 1):
        shape = (*y.shape[:axis], len(places), *y.shape[axis + 1 :])
        y = c.b.op("resample", y, places, shares.astype(np.float32), shape=shape, axis=axis)
    return c.result(y)


def weights(whole: int, size: int, corners: bool, centers: bool) -> tuple[Array, Array]:
    """(the two neighbours of each of ``size`` places, their weights) along an axis of ``whole`` elements."""
    scale = np.float32((whole - 1) / (size - 1) if corners and size > 1 else whole / size)
    half = np.float32(0.5)
    at = np.arange(size, dtype=np.float32)
    at = (at + half) * scale - half if centers else at * scale
    at = np.clip(at, 0, whole - 1)
    low = np.floor(at).astype(np.int32)
    return np.stack([low, np.minimum(low + 1, whole - 1)], axis=1), np.stack([1 - (at - low), at - low], axis=1)


def coarse_weights(whole: int, size: int, corners: bool, centers: bool) -> tuple[Array, Array]:
    """``weights`` in whole numbers of 10 fraction bits, as of the source's integer kernel."""
    over, under = (whole - 1, size - 1) if corners and size > 1 else (whole, size)
    scale = (COARSE * over + under // 2) // under
    at = np.arange(size) * scale
    at = at + scale // 2 - COARSE // 2 if centers else at
    low = np.maximum(np.trunc(at / COARSE).astype(np.int32), 0)
    high = np.minimum(np.trunc((at + COARSE - 1) / COARSE).astype(np.int32), whole - 1)
    high = np.maximum(high, 0)
    part = np.where(low == high, 0, (at - COARSE * low) / COARSE)
    return np.stack([low, high], axis=1), np.stack([1 - part, part], axis=1)
