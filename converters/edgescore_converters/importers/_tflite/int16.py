"""Functions of 16-bit activations by the source's own tables, which are straight lines between a few hundred points.

They differ from the true functions by several steps, so they are composed of integer nodes here: the table and its
slopes are constants, gathered by the upper bits of the operand and joined by the lower ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Array, Value

POINTS = 512  # lines of a table over all of int16
ONE = 32768  # 1.0 in 15 fraction bits


def _ints(value: int, dtype: str = "int32") -> Array:
    return np.asarray(value, dtype)


def right(b: Builder, x: Value, bits: int) -> Value:
    """x / 2^bits, rounded down."""
    return b.binary("shift", x, _ints(bits, x.dtype), left=0) if bits else x


def _between(b: Builder, table: Array, index: Value) -> Value:
    return b.op("gather", b.constant(table.astype(np.int32)), index, shape=index.shape, axis=0)


def _sigmoid_points() -> Array:
    """65536 sigmoid(k / 24) for k from 0 to 256, each lowered by half of what a straight line to the next is off."""

    def sigmoid(k: Array) -> Array:
        return 65536 / (1 + np.exp(-k / 24))

    k = np.arange(257.0)
    bend = (sigmoid(k) + sigmoid(k + 1)) / 2 - sigmoid(k + 0.5)
    return np.minimum(np.floor(sigmoid(k) - bend / 2 + 0.5), 65535).astype(np.int64)


def _scaled(b: Builder, x: Value, factor: float) -> Value:
    """x * factor by a factor of 15 bits."""
    shift = 0
    while factor <= 32767 / 2 and shift <= 30:
        factor, shift = factor * 2, shift + 1
    scaled = b.binary("mul", b.cast(x, "int32"), _ints(int(factor)))
    return right(b, b.binary("add", scaled, _ints(1 << (shift - 1))), shift) if shift else scaled


def sigmoid_like(b: Builder, x: Value, tanh: bool) -> Value:
    """int16 sigmoid, or tanh, of int16 x with a scale, in 15 fraction bits."""
    assert x.quant is not None
    bits = 8 if tanh else 9  # tanh(x) = 2 sigmoid(2x) - 1
    points = _sigmoid_points()
    base, slope = points[:256] << bits, np.diff(points)
    base[255], slope[255] = (0xFFFF << 8) if tanh else (0x7FFF << 10), 0
    d = _scaled(b, x, x.quant[0] * 4096 * 3)
    size = b.binary("minimum", b.unary("abs", d), _ints(255 << bits))
    index = right(b, size, bits)
    part = b.binary("bitwise_and", size, _ints((1 << bits) - 1))
    y = b.binary("add", _between(b, base, index), b.binary("mul", part, _between(b, slope, index)))
    # sigmoid(-x) = 1 - sigmoid(x), rounded as x is: 10 bits off 2^25 for sigmoid, 8 bits off the middle for tanh.
    first = (-(1 << 23) + (1 << 7)) if tanh else 1 << 9
    second = (1 << 23) + (1 << 7) - 1 if tanh else (1 << 25) + (1 << 9) - 1
    negative = b.binary("less", d, _ints(0))
    above, below = b.binary("add", y, _ints(first)), b.binary("sub", _ints(second), y)
    y = b.op("where", negative, below, above, shape=y.shape)
    return b.cast(right(b, y, 8 if tanh else 10), "int16")


def table(function: Callable[[Array], Array], low: float, high: float, y_scale: float) -> Array:
    """POINTS + 1 values of a function from low to high in steps of ``y_scale``, each lowered by half of what a straight
    line to the next is off.
    """
    y_scale *= 65535 / 65536  # the source divides the whole range into one step too many
    step = (high - low) / POINTS
    at = low + step * np.arange(POINTS + 1)
    values = function(at) / y_scale
    here, between = _away(values[:-1]), _away(function(at[:-1] + step / 2) / y_scale)
    bend = _away((values[1:] + here) / 2) - between
    points = np.append(here - _away(bend / 2), _away(values[-1]))
    return np.asarray(np.clip(points, -ONE, ONE - 1), np.int64)


def _away(x: Array) -> Array:
    return np.asarray(np.copysign(np.floor(np.abs(x) + 0.5), x))


def looked_up(b: Builder, points: Array, x: Value) -> Value:
    """int32 values of a table for int32 x from -32768 to 32767."""
    index = b.binary("add", right(b, x, 7), _ints(POINTS // 2))
    part = b.binary("bitwise_and", x, _ints(127))
    rise = b.binary("mul", part, _between(b, np.diff(points), index))
    rise = right(b, b.binary("add", rise, _ints(64)), 7)
    return b.binary("add", _between(b, points[:-1], index), rise)


def leaky_relu(b: Builder, x: Value, alpha: float, y_scale: float) -> Value:
    """int16 x with a scale, negative values times alpha, in steps of y_scale; halves away from zero."""
    assert x.quant is not None
    ratio = float(np.float32(x.quant[0]) / np.float32(y_scale))
    size = b.unary("abs", b.cast(x, "int64"))
    above, below = (times(b, size, ratio * factor) for factor in (1.0, alpha))
    negative = b.binary("less", b.cast(x, "int32"), _ints(0))
    return b.cast(b.op("where", negative, b.unary("neg", below), above, shape=x.shape), "int16")


def mean(b: Builder, x: Value, axes: Sequence[int], keep: bool, y_scale: float) -> Value:
    """int16 mean of int16 x with a scale, in steps of y_scale."""
    assert x.quant is not None
    count = int(np.prod([x.shape[axis] for axis in {axis % len(x.shape) for axis in axes}]))
    total = b.cast(b.reduce("reduce_sum", b.cast(x, "int32"), axes, keep), "int64")
    ratio = float(np.float32(x.quant[0]) / np.float32(y_scale)) / count
    return b.cast(b.binary("mul", times(b, b.unary("abs", total), ratio), b.unary("sign", total)), "int16")


def times(b: Builder, size: Value, factor: float) -> Value:
    """int64 size >= 0 times a factor of 31 bits, rounded twice as the source does it: at 31 bits, then at the shift."""
    fraction, exponent = np.frexp(factor)
    size = b.binary("mul", size, _ints((1 << max(int(exponent), 0)) * round(float(fraction) * 2**31), "int64"))
    size = right(b, b.binary("add", size, _ints(1 << 30, "int64")), 31)
    shift = max(-int(exponent), 0)
    return right(b, b.binary("add", size, _ints(1 << (shift - 1), "int64")), shift) if shift else size


def softmax(b: Builder, x: Value, beta: float) -> Value:
    """int16 softmax over the last axis of int16 x with a scale, in 15 fraction bits."""
    assert x.quant is not None
    last = [len(x.shape) - 1]
    wide = b.cast(x, "int32")
    below = b.cast(b.binary("sub", b.reduce("reduce_max", wide, last, True), wide), "int64")
    scaled = times(b, below, x.quant[0] * beta / (10 / 65535))  # from 0 down to -10 in 65535 steps
    place = b.binary("maximum", b.binary("sub", _ints(32767, "int64"), scaled), _ints(-32768, "int64"))
    e = looked_up(b, table(np.exp, -10.0, 0.0, 2 / 65535), b.cast(place, "int32"))
    total = b.reduce("reduce_sum", e, last, True)
    # 1 / total: total as 1 to 2 times a power of two, which is counted.
    powers = (1 << np.arange(1, 31)).astype(np.int32)
    bits = b.reduce("reduce_sum", b.cast(b.binary("less_equal", powers, total), "int32"), last, True)
    up = b.binary("sub", _ints(30), bits)
    full = b.binary("shift", b.cast(total, "int64"), b.cast(up, "int64"), left=1)
    full = right(b, b.binary("add", full, _ints(1 << 13, "int64")), 14)
    place = b.binary("sub", full, _ints((1 << 15) + (1 << 16), "int64"))
    place = b.binary("minimum", b.binary("maximum", place, _ints(-32768, "int64")), _ints(32767, "int64"))
    inverse = looked_up(b, table(lambda at: 1 / (1 + at), 0.0, 1.0, 2 / 65535), b.cast(place, "int32"))
    product = b.cast(b.binary("mul", e, inverse), "int64")
    half = b.binary("shift", _ints(1, "int64"), b.cast(b.binary("sub", bits, _ints(1)), "int64"), left=1)
    y = b.binary("shift", b.binary("add", product, half), b.cast(bits, "int64"), left=0)
    return b.cast(b.binary("minimum", y, _ints(32767, "int64")), "int16")
