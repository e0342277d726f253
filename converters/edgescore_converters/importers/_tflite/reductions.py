"""Operators that reduce axes, search along them or add along them, and products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.importers._builder import LIMITS
from edgescore_converters.ir import Value

from . import int16
from ._call import Call, handles
from .movement import same_quantization

REDUCTIONS = {
    "MEAN": "reduce_mean",
    "SUM": "reduce_sum",
    "REDUCE_MAX": "reduce_max",
    "REDUCE_MIN": "reduce_min",
    "REDUCE_PROD": "reduce_prod",
}


@handles(*REDUCTIONS)
def reduce(c: Call) -> Value:
    axes, keep = np.atleast_1d(c.known(1)).tolist(), bool(c.options.keepDims)
    x, name = c.x(), REDUCTIONS[c.operator.name]
    if name == "reduce_mean" and c.quantized and x.quant is not None and x.dtype == c.dtype:
        if x.dtype == "int8":
            return c.b.mean_int8(x, axes, keep, c.quant)
        y = int16.mean(c.b, x, axes, keep, c.quant[0])
        y.quant = c.quant
        return y
    if name == "reduce_sum" and c.quantized and x.quant is not None and x.dtype == c.dtype:
        counted = int(np.prod([x.shape[axis] for axis in {int(axis) % len(x.shape) for axis in axes}]))
        y = c.b.mean_int8(x, axes, keep, (c.quant[0] / counted, c.quant[1]))
        y.quant = c.quant
        return y
    if name in ("reduce_max", "reduce_min") and x.quant is not None and c.quantized:
        y = c.b.reduce(name, x, axes, keep)
        y.quant = x.quant
        return same_quantization(c, y)
    return c.result(c.b.reduce(name, c.real(), axes, keep))


@handles("ARG_MAX", "ARG_MIN")
def arg(c: Call) -> Value:
    x, axis = c.x(), int(c.known(1).reshape(-1)[0]) % len(c.x().shape)
    x = x if x.dtype in ("float32", "int8", "int16") else c.b.cast(x, "float64")
    order = [at for at in range(len(x.shape)) if at != axis] + [axis]
    flat = c.b.reshape(c.b.transpose(x, order), (-1, x.shape[axis]))
    found = c.b.op(c.operator.name.lower().replace("_", ""), flat, shape=(flat.shape[0], 1))
    rest = [size for at, size in enumerate(x.shape) if at != axis]
    return c.b.cast(c.b.reshape(found, rest), c.dtype)


@handles("CUMSUM")
def cumsum(c: Call) -> Value:
    x, o = c.real(), c.options
    axis = int(c.known(1).reshape(-1)[0]) % len(x.shape)
    flags: dict[str, Any] = {"exclusive": int(bool(o.exclusive)), "reverse": int(bool(o.reverse))}
    return c.result(c.b.op("cumsum", x, shape=x.shape, axis=axis, **flags))


@handles("TOPK_V2")
def top_k(c: Call) -> list[Value]:
    x, k = c.x(), int(c.known(1).reshape(-1)[0])
    shape = (*x.shape[:-1], k)
    values, places = c.b.multi("top_k", x, shapes=[shape, shape])
    values.quant = x.quant
    return [same_quantization(c, values), c.b.cast(places, "int32")]


@handles("BATCH_MATMUL")
def batch_matmul(c: Call) -> Value:
    o, a, b = c.options, c.x(), c.x(1)
    integers = c.quantized and a.quant is not None and b.quant is not None and a.dtype == b.dtype == c.dtype
    a, b = (a, b) if integers else (c.real(), c.real(1))
    turn = [*range(len(a.shape) - 2), len(a.shape) - 1, len(a.shape) - 2]
    a = c.b.transpose(a, turn) if o.adjX else a
    turn = [*range(len(b.shape) - 2), len(b.shape) - 1, len(b.shape) - 2]
    b = c.b.transpose(b, turn) if o.adjY else b
    if not integers or a.quant is None or b.quant is None:
        return c.result(c.b.matmul(a, b))
    factor = np.asarray(np.float32(a.quant[0]) * np.float32(b.quant[0]) / np.float32(c.quant[0]))
    factor = int16.factors(factor) if c.dtype == "int16" else factor
    lo, hi = LIMITS[c.dtype]
    params: dict[str, Any] = {"multiplier": float(factor), "a_zero": a.quant[1], "b_zero": b.quant[1]}
    params |= {"y_zero": c.quant[1], "lo": lo, "hi": hi}
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    return c.b.op("matmul_int8", a, b, shape=shape, quant=c.quant, **params)


@handles("REDUCE_ANY", "REDUCE_ALL")
def reduce_bool(c: Call) -> Value:
    axes, keep = np.atleast_1d(c.known(1)).tolist(), bool(c.options.keepDims)
    name = "reduce_max" if c.operator.name == "REDUCE_ANY" else "reduce_min"
    return c.b.cast(c.b.reduce(name, c.b.cast(c.x(), "int32"), axes, keep), "bool")


@handles("BUCKETIZE")
def bucketize(c: Call) -> Value:
    x = c.x()
    bounds = np.asarray(c.options.boundaries, x.dtype)
    reached = c.b.cast(c.b.binary("less_equal", bounds, c.b.reshape(x, (*x.shape, 1))), "int32")
    return c.b.reduce("reduce_sum", reached, [-1], False)


@handles("LOCAL_RESPONSE_NORMALIZATION")
def local_response_normalization(c: Call) -> Value:
    o, x = c.options, c.x()
    last, radius = len(x.shape) - 1, o.radius
    around = [0] * last + [radius]
    squares = c.b.pad(c.b.binary("mul", x, x), around, around)
    total = c.b.part(squares, last, 0, x.shape[last])
    for at in range(1, 2 * radius + 1):
        total = c.b.binary("add", total, c.b.part(squares, last, at, x.shape[last]))
    scaled = c.b.binary("add", c.b.binary("mul", total, np.float32(o.alpha)), np.float32(o.bias))
    return c.b.binary("mul", x, c.b.binary("power", scaled, np.float32(-o.beta)))
