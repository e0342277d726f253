"""Convolutions, dense layers and pooling, in float and in integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgescore_converters.importers._builder import LIMITS
from edgescore_converters.ir import Array, Value

from . import int16
from ._call import SHIFT, Call, Refused, handles
from .hybrid import hybrid

SAME, VALID = 0, 1
HARMLESS = 1e-3  # steps of a result, by which a bias may move


def window(size: int, kernel: int, stride: int, dilation: int, padding: int) -> tuple[int, int]:
    """(padding before, output size) along one axis."""
    reach = (kernel - 1) * dilation + 1
    out = -(-size // stride) if padding == SAME else -(-(size - reach + 1) // stride)
    if stride < 1 or dilation < 1 or out < 1:
        raise Refused(f"a window of {reach} with stride {stride} does not fit {size} elements")
    return (max(0, (out - 1) * stride + reach - size) // 2 if padding == SAME else 0), out


def filters(c: Call, index: int) -> tuple[Array, Array, int]:
    """(weights, scale of each output channel along the first axis, zero point) of a quantized layer, weights int8."""
    source, data = c.source(index), c.known(index)
    if not len(source.scale):
        raise Refused(f"its weights {source.name!r} have no scale", "quantize the model again")
    zero = set((source.zero - SHIFT if source.dtype == "uint8" else source.zero).tolist())
    if len(zero) != 1:
        raise Refused(f"its weights {source.name!r} have different zero points", "quantize with symmetric weights")
    return data, source.scale, zero.pop()


def multipliers(c: Call, scale: Array, channels: int, data: int = 0) -> Array:
    """x's scale * weights' scale / y's scale in float32, as the source's kernels do it, for each output channel.

    data: which operand x is.
    """
    x = c.x(data).quant
    assert x is not None
    scales = np.broadcast_to(scale, (channels,)) if len(scale) == 1 else scale
    if len(scales) != channels:
        raise Refused(f"it has {len(scales)} scales for {channels} channels", "quantize the model again")
    return (np.float32(x[0]) * scales.astype(np.float32) / np.float32(c.quant[0])).astype(np.float32)


def convolution_multipliers(c: Call, scale: Array, channels: int, biases: int, data: int = 0) -> Array:
    """``multipliers``; of 16 bits where an int16 convolution's sums have 64, as they do unless biases are int32."""
    factors = multipliers(c, scale, channels, data)
    if c.dtype != "int16" or (c.has(biases) and c.source(biases).dtype == "int32"):
        return factors
    return int16.factors(factors)


def bias(c: Call, index: int, channels: int, dtype: str) -> Array:
    """The bias, zeros where there is none."""
    if not c.has(index):
        return np.zeros(channels, dtype)
    given = c.known(index)
    if given.dtype.kind != np.dtype(dtype).kind:
        raise Refused(f"its bias is {given.dtype} where it needs {dtype}", "quantize the model again")
    return given.astype(dtype)


def held(c: Call, b: Array, weights: Array, x_zero: int, w_zero: int, factors: Array) -> Array:
    """The bias, drawn in where sums could leave 32 bits by it. Converters put what saturates on channels that are worth
    nothing, and there it makes no difference; elsewhere the file's reader refuses it.
    """
    low, high = LIMITS[c.x(2 if c.operator.name.startswith("TRANSPOSE") else 0).dtype]
    each = np.abs(weights.astype(np.int64)).reshape(len(weights), -1).sum(axis=1) + abs(w_zero) * weights[0].size
    reach = max(high - x_zero, x_zero - low) * each
    most = np.maximum(2**31 - 1 - reach, 0)
    drawn = np.clip(b.astype(np.int64), -most, most)
    harmless = np.abs(drawn - b) * np.abs(factors.astype(np.float64)) < HARMLESS
    return np.where(harmless, drawn, b).astype(b.dtype) if b.dtype == np.int32 else b


def place(**amounts: Sequence[int]) -> dict[str, int]:
    """The parameters of a window, from one number an axis: stride=(1, 2) is stride_h=1, stride_w=2."""
    return {
        f"{name}_{axis}": int(number)
        for name, numbers in amounts.items()
        for axis, number in zip("dhw"[3 - len(numbers) :], numbers)
    }


def convolve(
    c: Call, weights: Array, padding: int, strides: Sequence[int], dilations: Sequence[int], groups: int
) -> Value:
    """A convolution over the axes between the first and the last, with weights [o, kernel..., c / groups]."""
    x = c.x()
    if len(x.shape) != weights.ndim or x.shape[-1] != weights.shape[-1] * groups or len(weights) % groups:
        raise Refused(f"its input {x.shape} and weights {weights.shape} do not fit", "export the model again")
    axes = [window(*each, padding) for each in zip(x.shape[1:-1], weights.shape[1:-1], strides, dilations)]
    shape = (x.shape[0], *[size for _, size in axes], len(weights))
    params: dict[str, Any] = place(stride=strides, dilation=dilations, pad=[before for before, _ in axes])
    params["groups"] = groups
    if not c.quantized:
        lo, hi = c.activation()
        real, b = c.real(), bias(c, 2, len(weights), "float32")
        if weights.dtype.kind == "f":
            return c.b.op("conv", real, weights, b, shape=shape, lo=lo, hi=hi, **params)
        scale = c.source(1).scale
        if (c.source(1).zero != 0).any() or len(scale) not in (1, len(weights)):
            raise Refused("its weights are not quantized symmetrically", "quantize the model again")
        depthwise = c.operator.name == "DEPTHWISE_CONV_2D"
        params |= {"lo": lo, "hi": hi, "asymmetric": int(depthwise or len(scale) > 1), "depthwise": int(depthwise)}
        scales = np.broadcast_to(scale, (len(weights),)).astype(np.float32)
        shapes = [shape, (1, *x.shape[1:])]
        return c.b.multi("conv_hybrid", real, weights, b, scales, shapes=shapes, **params)[0]
    assert x.quant is not None
    _, scale, w_zero = filters(c, 1)
    factors = convolution_multipliers(c, scale, len(weights), 2)
    b = bias(c, 2, len(weights), "int64" if c.dtype == "int16" else "int32")
    return c.b.op(
        "conv_int8",
        x,
        weights,
        held(c, b, weights, x.quant[1], w_zero, factors),
        factors,
        shape=shape,
        quant=c.quant,
        x_zero=x.quant[1],
        w_zero=w_zero,
        y_zero=c.quant[1],
        **params,
        **c.clamp(),
    )


@handles("CONV_2D")
def conv_2d(c: Call) -> Value:
    o, weights = c.options, c.known(1)
    if weights.ndim != 4:
        raise Refused(f"its weights have the shape {weights.shape}", "export the model again")
    groups = c.x().shape[-1] // weights.shape[-1]
    return convolve(c, weights, o.padding, (o.strideH, o.strideW), (o.dilationHFactor, o.dilationWFactor), groups)


@handles("DEPTHWISE_CONV_2D")
def depthwise_conv_2d(c: Call) -> Value:
    o, weights = c.options, c.known(1)
    if weights.ndim != 4 or weights.shape[0] != 1:
        raise Refused(f"its weights have the shape {weights.shape}", "export the model again")
    turned = np.ascontiguousarray(weights.transpose(3, 1, 2, 0))
    strides, dilations = (o.strideH, o.strideW), (o.dilationHFactor, o.dilationWFactor)
    return convolve(c, turned, o.padding, strides, dilations, c.x().shape[-1])


@handles("CONV_3D")
def conv_3d(c: Call) -> Value:
    o, weights = c.options, c.known(1)
    if weights.ndim != 5:
        raise Refused(f"its weights have the shape {weights.shape}", "export the model again")
    turned = np.ascontiguousarray(weights.transpose(4, 0, 1, 2, 3))
    dilations = (o.dilationDFactor, o.dilationHFactor, o.dilationWFactor)
    return convolve(c, turned, o.padding, (o.strideD, o.strideH, o.strideW), dilations, 1)


@handles("TRANSPOSE_CONV", "CONV_3D_TRANSPOSE")
def transpose_conv(c: Call) -> Value:
    o, weights, shape = c.options, c.known(1), tuple(int(size) for size in c.known(0))
    x = c.x(2)
    strides: tuple[int, ...] = (o.strideH, o.strideW)
    if c.operator.name == "CONV_3D_TRANSPOSE":
        strides = (o.strideD, *strides)
        weights = np.ascontiguousarray(weights.transpose(3, 0, 1, 2, 4))
    if not len(shape) == len(x.shape) == weights.ndim == len(strides) + 2:
        raise Refused(f"its input {x.shape} and weights {weights.shape} do not fit", "export the model again")
    pads = [
        max(0, (size - 1) * stride + kernel - out) // 2 if o.padding == SAME else 0
        for size, kernel, stride, out in zip(x.shape[1:-1], weights.shape[1:-1], strides, shape[1:-1])
    ]
    params: dict[str, Any] = place(stride=strides, pad=pads)
    if not c.quantized:
        if weights.dtype.kind == "i":
            raise Refused("its weights are quantized and its input is not", "quantize the whole model, or none of it")
        lo, hi = c.activation()
        b = bias(c, 3, len(weights), "float32")
        return c.b.op("conv_transpose", c.real(2), weights, b, shape=shape, lo=lo, hi=hi, **params)
    assert x.quant is not None
    _, scale, w_zero = filters(c, 1)
    factors = convolution_multipliers(c, scale, len(weights), 3, data=2)
    b = bias(c, 3, len(weights), "int64" if c.dtype == "int16" else "int32")
    return c.b.op(
        "conv_transpose_int8",
        x,
        weights,
        held(c, b, weights, x.quant[1], w_zero, factors),
        factors,
        shape=shape,
        quant=c.quant,
        x_zero=x.quant[1],
        w_zero=w_zero,
        y_zero=c.quant[1],
        **params,
        **c.clamp(),
    )


@handles("FULLY_CONNECTED")
def fully_connected(c: Call) -> Value:
    o, x, weights = c.options, c.x(), c.x(1)
    if o is not None and o.weightsFormat:
        raise Refused("its weights are shuffled for another processor", "export it with plain weights")
    m, k = weights.shape[-2:]
    rows = c.b.reshape(x, (-1, k))
    shape = (*x.shape[:-1], m) if o is not None and o.keepNumDims else (rows.shape[0], m)
    if weights.data is None:
        y = c.b.matmul(c.b.reshape(c.real(), (-1, k)), c.b.transpose(c.real(1), (1, 0)))
        y = c.b.binary("add", y, c.real(2)) if c.has(2) else y
        return c.result(c.b.reshape(c.activated(y), shape))
    if not c.quantized:
        b = bias(c, 2, m, "float32") if c.has(2) else None
        if weights.dtype == "int8":
            y = hybrid(c, rows, 1, b, bool(o is not None and o.asymmetricQuantizeInputs))
        else:
            y = c.b.op("dense", rows, weights, b)
        return c.b.reshape(c.activated(y), shape)
    assert x.quant is not None
    data, scale, w_zero = filters(c, 1)
    wide = c.dtype == "int16"
    b = bias(c, 2, m, "int64" if wide else "int32")
    factors = multipliers(c, scale, m)
    b = held(c, b, data, x.quant[1], w_zero, factors)
    zeros: dict[str, Any] = {"x_zero": x.quant[1], "y_zero": c.quant[1], **c.clamp()}
    if w_zero or wide or rows.dtype != "int8":
        square = c.b.reshape(rows, (rows.shape[0], 1, k))
        shape_1 = (rows.shape[0], 1, m)
        y = c.b.op(
            "conv_int8", square, data.reshape(m, 1, k), b, factors, shape=shape_1, quant=c.quant, w_zero=w_zero, **zeros
        )
    else:
        corrected = b - x.quant[1] * data.astype(np.int64).sum(axis=1)
        y = c.b.op("dense_int8", rows, data, corrected.astype(np.int32), factors, quant=c.quant, **zeros)
    y.quant = c.quant
    return c.b.reshape(y, shape)


@handles("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")
def pool_2d(c: Call) -> Value:
    o, x = c.options, c.x()
    if len(x.shape) != 4:
        raise Refused(f"its input has the shape {x.shape}", "export the model again")
    kernel, strides = (o.filterHeight, o.filterWidth), (o.strideH, o.strideW)
    axes = [window(size, k, s, 1, o.padding) for size, k, s in zip(x.shape[1:3], kernel, strides)]
    shape = (x.shape[0], axes[0][1], axes[1][1], x.shape[3])
    params: dict[str, Any] = place(kernel=kernel, stride=strides, pad=[before for before, _ in axes])
    if c.operator.name == "L2_POOL_2D":
        real = c.real()
        squares = c.b.op("avg_pool", c.b.binary("mul", real, real), shape=shape, **params)
        return c.result(c.activated(c.b.unary("sqrt", squares)))
    if c.operator.name == "MAX_POOL_2D":
        y = c.b.op("max_pool", x, shape=shape, quant=x.quant, **params)
        if not c.quantized:
            return c.activated(y)
        clamp = c.clamp()
        return c.b.requantize(y, c.quant, limits=(clamp["lo"], clamp["hi"]))
    if not c.quantized:
        return c.activated(c.b.op("avg_pool", x, shape=shape, **params))
    assert x.quant is not None
    if x.quant != c.quant:
        raise Refused("its result has another quantization than its operand", "quantize the model again")
    # Means of the numbers as they are stored, halves away from zero: what was uint8 counts from -128.
    start = -SHIFT if c.targets[0].dtype == "uint8" else 0
    means: dict[str, Any] = {"x_zero": start, "y_zero": start, "half_away": 1, **c.clamp()}
    return c.b.op("avg_pool_int8", x, shape=shape, quant=c.quant, **params, **means)
