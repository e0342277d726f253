"""Resizing of pictures, of bytes with the source's own rounding."""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Array, Value

from ._call import Call, handles
from .movement import same_quantization

FINE, COARSE = 1 << 11, 1 << 10  # what one is in XNNPACK's weights of bytes, and in those of 16-bit numbers


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
    if not c.quantized or x.quant is None:
        y = c.real()
        one = 0
    else:  # means of the numbers as they are stored
        y = c.b.cast(x, "float32")
        one = FINE if x.dtype == "int8" else COARSE
    for axis, size in zip((1, 2), c.known(1).tolist()):
        whole = y.shape[axis]
        make = coarse_weights if one == COARSE else weights
        places, shares = make(whole, size, bool(c.options.alignCorners), bool(c.options.halfPixelCenters))
        shares = np.rint(shares * one) / one if one == FINE else shares
        shape = (*y.shape[:axis], size, *y.shape[axis + 1 :])
        y = c.b.op("resample", y, places, shares.astype(np.float32), shape=shape, axis=axis)
    if not one:
        return c.result(y)
    if one == FINE:
        y = c.b.unary("floor", c.b.binary("add", y, np.float32(0.5)))  # halves upward
    else:
        y = c.b.binary("add", y, c.b.binary("mul", c.b.unary("sign", y), np.float32(0.5)))  # and here away from zero
    y = c.b.cast(y, x.dtype)
    y.quant = x.quant
    return same_quantization(c, y)


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
    part = (at - COARSE * low) / COARSE
    return np.stack([low, np.maximum(high, 0)], axis=1), np.stack([1 - part, part], axis=1)
