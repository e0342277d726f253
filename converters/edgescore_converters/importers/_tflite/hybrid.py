"""Layers of dynamic range: int8 weights and float activations, which are quantized as they come.

What LiteRT's builtin kernels do, to the rounding: dense layers quantize each row (``dense_hybrid``), convolutions the
whole of a sample (``conv_hybrid``).
"""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Array, Value

from ._call import Call, Refused


def hybrid(c: Call, rows: Value, index: int, b: Array | None, asymmetric: bool) -> Value:
    """rows [n, k] times the int8 weights [m, k] that are operand ``index``, plus b [m]."""
    return dense(c, rows, c.known(index), scales(c, index), b, asymmetric)


def scales(c: Call, index: int) -> Array:
    """A float32 scale for each row of the weights that are operand ``index``."""
    source, rows = c.source(index), len(c.known(index))
    if (source.zero != 0).any() or len(source.scale) not in (1, rows):
        raise Refused(f"its weights {source.name!r} are not quantized symmetrically", "quantize the model again")
    return np.broadcast_to(source.scale, (rows,)).astype(np.float32)


def real_weights(c: Call, index: int) -> Array:
    """The weights that are operand ``index`` as float32, where the source itself turns them back."""
    data, source = c.known(index), c.source(index)
    if data.dtype == np.float32:
        return data
    if len(source.scale) != 1:
        raise Refused(f"its weights {source.name!r} have no scale", "quantize the model again")
    return np.asarray((data.astype(np.float32) - np.float32(source.zero[0])) * source.scale[0], np.float32)


def dense(c: Call, rows: Value, weights: Array, scale: Array, b: Array | None, asymmetric: bool) -> Value:
    """rows [n, k] times int8 weights [m, k] with scale [m], plus b [m]."""
    shapes = [(rows.shape[0], len(weights)), rows.shape]
    return c.b.multi("dense_hybrid", rows, weights, scale, b, shapes=shapes, asymmetric=int(asymmetric))[0]
