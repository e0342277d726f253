"""Normalizations, composed of reductions and arithmetic."""

from __future__ import annotations

import numpy as np

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Value

from ._call import Call, Refused, handles


def channel(x: Value, values: Value, b: Builder) -> Value:
    """A value a channel, to broadcast over [n, c, ...]."""
    return b.reshape(values, (-1, *[1] * (len(x.shape) - 2)))


@handles("BatchNormalization")
def batch_normalization(call: Call) -> Value:
    b, x = call.b, call.x()
    if call.attribute("training_mode", 0) or (call.opset < 7 and not call.attribute("is_test", 0)):
        raise Refused("it is in training mode", "export the model for inference")
    epsilon, given = float(call.attribute("epsilon", 1e-5)), [call.x(at) for at in range(1, 5)]
    if any(value.data is None for value in given):  # a layer normalization in disguise
        scale, bias, mean, variance = (channel(x, value, b) for value in given)
        root = b.unary("sqrt", b.binary("add", variance, np.asarray(epsilon, x.dtype)))
        return b.binary("add", b.binary("mul", b.binary("div", b.binary("sub", x, mean), root), scale), bias)
    scales, biases, means, variances = (call.known(at).astype(np.float64) for at in range(1, 5))
    factor = scales / np.sqrt(variances + epsilon)
    shape = (-1, *[1] * (len(x.shape) - 2))
    y = b.binary("mul", x, factor.reshape(shape).astype(x.dtype))
    return b.binary("add", y, (biases - means * factor).reshape(shape).astype(x.dtype))


def standardized(b: Builder, x: Value, axes: list[int], epsilon: float) -> tuple[Value, Value, Value]:
    """((x - mean) / sqrt(variance + epsilon), mean, 1 / that root) over axes."""
    mean = b.reduce("reduce_mean", x, axes, True)
    centred = b.binary("sub", x, mean)
    variance = b.reduce("reduce_mean", b.binary("mul", centred, centred), axes, True)
    root = b.unary("sqrt", b.binary("add", variance, np.asarray(epsilon, x.dtype)))
    inverse = b.unary("reciprocal", root)
    return b.binary("mul", centred, inverse), mean, inverse


@handles("InstanceNormalization")
def instance_normalization(call: Call) -> Value:
    b, x = call.b, call.x()
    y, _, _ = standardized(b, x, list(range(2, len(x.shape))), float(call.attribute("epsilon", 1e-5)))
    return b.binary("add", b.binary("mul", y, channel(x, call.x(1), b)), channel(x, call.x(2), b))


@handles("LayerNormalization")
def layer_normalization(call: Call) -> list[Value]:
    b, x = call.b, call.x()
    first = call.axis(-1, len(x.shape))
    axes = list(range(first, len(x.shape)))
    y, mean, inverse = standardized(b, x, axes, float(call.attribute("epsilon", 1e-5)))
    y = b.binary("mul", y, call.x(1))
    return [b.binary("add", y, call.x(2)) if call.has(2) else y, mean, inverse]


@handles("RMSNormalization")
def rms_normalization(call: Call) -> Value:
    b, x = call.b, call.x()
    axes = list(range(call.axis(-1, len(x.shape)), len(x.shape)))
    squares = b.reduce("reduce_mean", b.binary("mul", x, x), axes, True)
    root = b.unary("sqrt", b.binary("add", squares, np.asarray(call.attribute("epsilon", 1e-5), x.dtype)))
    return b.binary("mul", b.binary("div", x, root), call.x(1))


@handles("GroupNormalization")
def group_normalization(call: Call) -> Value:
    b, x, groups = call.b, call.x(), int(call.attribute("num_groups"))
    split = b.reshape(x, (x.shape[0], groups, -1))
    y, _, _ = standardized(b, split, [2], float(call.attribute("epsilon", 1e-5)))
    if call.opset < 21:  # scale and bias a group
        wide = b.reshape(y, (x.shape[0], groups, -1))
        scale, bias = (b.reshape(call.x(at), (1, groups, 1)) for at in (1, 2))
        return b.reshape(b.binary("add", b.binary("mul", wide, scale), bias), x.shape)
    y = b.reshape(y, x.shape)
    return b.binary("add", b.binary("mul", y, channel(x, call.x(1), b)), channel(x, call.x(2), b))


@handles("LpNormalization")
def lp_normalization(call: Call) -> Value:
    b, x = call.b, call.x()
    axis, p = call.axis(-1, len(x.shape)), int(call.attribute("p", 2))
    powers = b.unary("abs", x) if p == 1 else b.binary("mul", x, x)
    norm = b.reduce("reduce_sum", powers, [axis], True)
    norm = norm if p == 1 else b.unary("sqrt", norm)
    return b.binary("div", x, b.binary("maximum", norm, np.finfo(x.dtype).tiny.astype(x.dtype)))  # 0 / 0 is 0


@handles("LRN")
def lrn(call: Call) -> Value:
    b, x, size = call.b, call.x(), int(call.attribute("size"))
    alpha, beta = float(call.attribute("alpha", 1e-4)), float(call.attribute("beta", 0.75))
    squares = b.binary("mul", x, x)
    rest = [0] * (len(x.shape) - 2)
    before = (size - 1) // 2
    padded = b.pad(squares, [0, before, *rest], [0, size - 1 - before, *rest])
    total = b.part(padded, 1, 0, x.shape[1])
    for at in range(1, size):
        total = b.binary("add", total, b.part(padded, 1, at, x.shape[1]))
    scaled = b.binary("mul", total, np.asarray(alpha / size, x.dtype))
    root = b.binary(
        "power", b.binary("add", scaled, np.asarray(call.attribute("bias", 1.0), x.dtype)), np.asarray(beta, x.dtype)
    )
    return b.binary("div", x, root)


@handles("MeanVarianceNormalization")
def mean_variance_normalization(call: Call) -> Value:
    b, x = call.b, call.x()
    axes = [int(axis) % len(x.shape) for axis in call.attribute("axes", [0, 2, 3])]
    mean = b.reduce("reduce_mean", x, axes, True)
    centred = b.binary("sub", x, mean)
    variance = b.reduce("reduce_mean", b.binary("mul", centred, centred), axes, True)
    return b.binary("div", centred, b.binary("add", b.unary("sqrt", variance), np.asarray(1e-9, x.dtype)))
