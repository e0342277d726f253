"""Functions of 16-bit activations by the source's own tables, which are straight lines between a few hundred points.

They differ from the true functions by several steps, so the tables here are the source's; softmax and means, which
take more than a table, are composed of integer nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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


def factors(wanted: Array) -> Array:
    """Factors in the 16 bits that the source has for sums of 64."""
    fraction, exponent = np.frexp(wanted.astype(np.float64))
    rounded = np.minimum(np.floor(fraction * 2**15 + 0.5), 2**15 - 1)
    return np.asarray(np.ldexp(rounded, exponent - 15), np.float32)


def _sigmoid_points() -> Array:
    """65536 sigmoid(k / 24) for k from 0 to 256, each lowered by half of what a straight line to the next is off."""

    def sigmoid(k: Array) -> Array:
        return 65536 / (1 + np.exp(-k / 24))

    k = np.arange(257.0)
    bend = (sigmoid(k) + sigmoid(k + 1)) / 2 - sigmoid(k + 0.5)
    return np.minimum(np.floor(sigmoid(k) - bend / 2 + 0.5), 65535).astype(np.int64)


def sigmoid_like(b: Builder, x: Value, tanh: bool) -> Value:
    """int16 sigmoid, or tanh, of int16 x with a scale, in 15 fraction bits."""
    assert x.quant is not None
    factor, shift = x.quant[0] * 4096 * 3, 0
    while factor <= 32767 / 2 and shift < 30:
        factor, shift = factor * 2, shift + 1
    points = _sigmoid_points()[:256].astype(np.uint16)
    return b.op(
        "sigmoid_int16", x, points, shape=x.shape, multiplier=min(int(factor), 32767), shift=shift, tanh=int(tanh)
    )


def table(
    function: Callable[[Array], Array], low: float, high: float, y_scale: float, kind: type[np.floating[Any]]
) -> Array:
    """POINTS + 1 values of a function from low to high in steps of ``y_scale``, each lowered by half of what a straight
    line to the next is off. kind: of the numbers that the source computes it with.
    """
    first, last, scale, two = kind(low), kind(high), kind(y_scale), kind(2)
    inverse = kind(2 * ONE) / (kind(ONE - 1) * scale + kind(ONE) * scale)  # the whole range, in one step too many
    step = (last - first) / kind(POINTS)
    at = np.append(first + step * np.arange(POINTS, dtype=kind), last)
    values, between = (function(x).astype(kind) * inverse for x in (at, at[:-1] + step / two))
    here = _away(values[:-1])
    bend = _away((values[1:] + here) / two) - _away(between)
    points = np.append(here - _away(bend / two), _away(values[-1]))
    return np.asarray(np.clip(points, -ONE, ONE - 1), np.int64)


def _away(x: Array) -> Array:
    return np.asarray(np.copysign(np.floor(np.abs(x) + 0.5), x))


def looked_up(b: Builder, points: Array, x: Value) -> Value:
    """int16 values of a table for int16 x."""
    return b.op("table", x, points.astype(np.int16), shape=x.shape)


def mean(b: Builder, x: Value, axes: Sequence[int], keep: bool, y_scale: float) -> Value:
    """int16 mean of int16 x with a scale, in steps of y_scale."""
    assert x.quant is not None
    count = int(np.prod([x.shape[axis] for axis in {axis % len(x.shape) for axis in axes}]))
    total = b.cast(b.reduce("reduce_sum", b.cast(x, "int32"), axes, keep), "int64")
    multiplier, shift = fixed_point(float(np.float32(x.quant[0]) / np.float32(y_scale)))
    room = min(count.bit_length() - 1, 31 + shift)  # the source divides the multiplier, rounding down
    size = scaled(b, b.unary("abs", total), (multiplier << room) // count, shift - room)
    return b.cast(b.binary("mul", size, b.unary("sign", total)), "int16")


def times(b: Builder, size: Value, factor: float) -> Value:
    """int64 size >= 0 times a factor of 31 bits."""
    return scaled(b, size, *fixed_point(factor))


def scaled(b: Builder, size: Value, multiplier: int, shift: int) -> Value:
    """int64 size >= 0 times multiplier / 2^31 times 2^shift, rounded twice as the source does it."""
    size = b.binary("mul", size, _ints((1 << max(shift, 0)) * multiplier, "int64"))
    size = right(b, b.binary("add", size, _ints(1 << 30, "int64")), 31)
    shift = max(-shift, 0)
    return right(b, b.binary("add", size, _ints(1 << (shift - 1), "int64")), shift) if shift else size


def fixed_point(factor: float) -> tuple[int, int]:
    """(multiplier, shift) of 31 bits, factor = multiplier / 2^31 * 2^shift, as TensorFlow Lite's kernels have it."""
    fraction, exponent = np.frexp(factor)
    multiplier, shift = int(np.floor(fraction * 2.0**31 + 0.5)), int(exponent)
    if multiplier == 2**31:
        multiplier, shift = multiplier // 2, shift + 1
    if shift < -31:
        return 0, 0
    return (2**31 - 1, 30) if shift > 30 else (multiplier, shift)


def softmax(b: Builder, x: Value, beta: float) -> Value:
    """int16 softmax over the last axis of int16 x with a scale, in 15 fraction bits."""
    assert x.quant is not None
    last = [len(x.shape) - 1]
    wide = b.cast(x, "int32")
    below = b.cast(b.binary("sub", b.reduce("reduce_max", wide, last, True), wide), "int64")
    steps = times(b, below, x.quant[0] * beta / (10 / 65535))  # from 0 down to -10 in 65535 steps
    place = b.binary("maximum", b.binary("sub", _ints(32767, "int64"), steps), _ints(-32768, "int64"))
    e = b.cast(looked_up(b, table(np.exp, -10.0, 0.0, 2 / 65535, np.float64), b.cast(place, "int16")), "int32")
    total = b.reduce("reduce_sum", e, last, True)
    # 1 / total: total as 1 to 2 times a power of two, which is counted.
    powers = (1 << np.arange(1, 31)).astype(np.int32)
    bits = b.reduce("reduce_sum", b.cast(b.binary("less_equal", powers, total), "int32"), last, True)
    up = b.binary("sub", _ints(30), bits)
    full = b.binary("shift", b.cast(total, "int64"), b.cast(up, "int64"), left=1)
    full = right(b, b.binary("add", full, _ints(1 << 13, "int64")), 14)
    place = b.binary("sub", full, _ints((1 << 15) + (1 << 16), "int64"))
    place = b.binary("minimum", b.binary("maximum", place, _ints(-32768, "int64")), _ints(32767, "int64"))
    inverse = looked_up(b, table(lambda at: 1 / (1 + at), 0.0, 1.0, 2 / 65535, np.float64), b.cast(place, "int16"))
    inverse = b.cast(inverse, "int32")
    product = b.cast(b.binary("mul", e, inverse), "int64")
    half = b.binary("shift", _ints(1, "int64"), b.cast(b.binary("sub", bits, _ints(1)), "int64"), left=1)
    y = b.binary("shift", b.binary("add", product, half), b.cast(bits, "int64"), left=0)
    return b.cast(b.binary("minimum", y, _ints(32767, "int64")), "int16")
