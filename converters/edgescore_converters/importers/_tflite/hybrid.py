"""Layers of dynamic range: int8 weights and float activations, which are quantized as they come.

What LiteRT's builtin kernels do, to the rounding: dense layers quantize each row (``dense_hybrid``), convolutions the
whole of a sample, which is composed of float nodes here, on integers that float32 holds exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgescore_converters.importers._builder import Builder
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


@dataclass
class Batches:
    """x: whole numbers in float32, zero points taken off. step: what one of them is worth, for each sample."""

    x: Value
    step: Value

    def real(self, b: Builder, sums: Value, scale: Array, bias: Array) -> Value:
        """The sums of a layer with weights of ``scale`` by output channel, as real numbers."""
        factor = b.binary("mul", self.step, scale.astype(np.float32))
        return b.binary("add", b.binary("mul", sums, factor), bias)


def quantized_batches(b: Builder, x: Value, asymmetric: bool) -> Batches:
    """x [n, ...] in steps of a scale for each sample: 127 for its largest magnitude or, asymmetric, 255 steps from its
    smallest value to its largest, 0 among them.
    """
    axes = range(1, len(x.shape))
    high, low = (b.reduce(name, x, axes, True) for name in ("reduce_max", "reduce_min"))
    if not asymmetric:
        largest = b.binary("maximum", high, b.unary("neg", low))
        largest = b.binary("maximum", largest, np.float32(np.finfo(np.float32).tiny))
        q = rounded(b, b.binary("mul", x, b.binary("div", np.float32(127), largest)))
        return Batches(q, b.binary("div", largest, np.float32(127)))
    # In float64, as the source does it: where zero falls decides every rounding behind it.
    top, bottom = (
        b.cast(b.binary(name, end, np.float32(0)), "float64") for name, end in (("maximum", high), ("minimum", low))
    )
    step = b.binary("div", b.binary("sub", top, bottom), np.float64(255))
    step = b.binary("maximum", step, np.float64(np.finfo(np.float32).tiny))
    below, above = b.binary("div", bottom, step), b.binary("div", top, step)
    from_low, from_high = b.binary("sub", np.float64(-128), below), b.binary("sub", np.float64(127), above)
    nearer = b.binary("less", b.binary("sub", np.float64(128), below), b.binary("add", np.float64(127), above))
    zero = b.op("where", nearer, from_low, from_high, shape=below.shape)
    zero = b.cast(rounded(b, zero), "float32")
    narrow = b.cast(step, "float32")
    q = rounded(b, b.binary("add", b.binary("mul", x, b.binary("div", np.float32(1), narrow)), zero))
    return Batches(b.binary("sub", q, zero), narrow)


def rounded(b: Builder, x: Value) -> Value:
    """x rounded to the nearest, ties away from zero, no farther than int8 goes."""
    half = b.binary("mul", b.unary("sign", x), np.asarray(0.5, x.dtype))
    return b.cast(b.cast(b.binary("add", x, half), "int8"), x.dtype)
