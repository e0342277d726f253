"""Functions of one tensor, element by element: of bytes a table of 256 answers, of 16 bits the source's own tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Array, Value

from . import int16
from ._call import Call, handles

Function = Callable[[Builder, Value], Value]


def _square(b: Builder, x: Value) -> Value:
    return b.binary("mul", x, x)


# Name -> the function of a real tensor. Quantized to eight bits it becomes a table of 256 answers.
FUNCTIONS: dict[str, Function] = {
    "RELU": lambda b, x: b.unary("relu", x),
    "RELU6": lambda b, x: b.unary("clip", x, lo=0.0, hi=6.0),
    "RELU_N1_TO_1": lambda b, x: b.unary("clip", x, lo=-1.0, hi=1.0),
    "RELU_0_TO_1": lambda b, x: b.unary("clip", x, lo=0.0, hi=1.0),
    "LOGISTIC": lambda b, x: b.unary("sigmoid", x),
    "TANH": lambda b, x: b.unary("tanh", x),
    "ELU": lambda b, x: b.unary("elu", x),
    "HARD_SWISH": lambda b, x: b.unary("hard_swish", x),
    "GELU": lambda b, x: b.unary("gelu", x),
    "ABS": lambda b, x: b.unary("abs", x),
    "NEG": lambda b, x: b.unary("neg", x),
    "EXP": lambda b, x: b.unary("exp", x),
    "LOG": lambda b, x: b.unary("log", x),
    "SQRT": lambda b, x: b.unary("sqrt", x),
    "RSQRT": lambda b, x: b.unary("rsqrt", x),
    "SQUARE": _square,
    "SIN": lambda b, x: b.unary("sin", x),
    "COS": lambda b, x: b.unary("cos", x),
    "FLOOR": lambda b, x: b.unary("floor", x),
    "CEIL": lambda b, x: b.unary("ceil", x),
    "ROUND": lambda b, x: b.unary("round", x),
    "SIGN": lambda b, x: b.unary("sign", x),
}


def apply(c: Call, function: Function) -> Value:
    """``function`` of the first operand in the result's type."""
    x = c.x()
    if not c.quantized or x.quant is None or x.dtype != c.dtype:
        return c.result(function(c.b, c.real()))
    if x.dtype == "int8":
        codes = c.b.constant(np.arange(-128, 128, dtype=np.int8))
        codes.quant = x.quant
        return tabled(c, c.b.quantize(function(c.b, c.b.dequantize(codes)), c.quant, "int8").data)
    return c.result(function(c.b, c.real()))


def tabled(c: Call, answers: Array | None) -> Value:
    """The first operand's answers, from that for -128 on."""
    assert answers is not None
    return c.b.op("table", c.x(), np.clip(answers, -128, 127).astype(np.int8), quant=c.quant)


def steps(c: Call, slope: float = 1.0) -> Array:
    """All int8 values of the first operand in the result's steps, those below zero times ``slope``: by factors of 8
    fraction bits, halves upward, as XNNPACK's kernels do it.
    """
    x = c.x().quant
    assert x is not None
    ratio = np.float32(x[0]) / np.float32(c.quant[0])
    above, below = (np.rint(np.float32(256) * ratio * np.float32(factor)).astype(np.int64) for factor in (1, slope))
    real = np.arange(-128, 128) - x[1]
    return np.asarray(((real * np.where(real < 0, below, above) + 128) >> 8) + c.quant[1])


@handles(*FUNCTIONS)
def function(c: Call) -> Value:
    name, x = c.operator.name, c.x()
    if name == "GELU":
        approximate = int(bool(c.options.approximate))
        return apply(c, lambda b, x: b.unary("gelu", x, approximate=approximate))
    if name in ("LOGISTIC", "TANH") and c.quantized and x.quant is not None and x.dtype == c.dtype == "int16":
        y = int16.sigmoid_like(c.b, x, name == "TANH")
        y.quant = c.quant
        return y
    if name == "EXP" and c.quantized and x.quant is not None and x.dtype == c.dtype == "int16":
        low, high = (end * x.quant[0] for end in (-32768, 32767))
        y = int16.looked_up(c.b, int16.table(np.exp, low, high, c.quant[0]), c.b.cast(x, "int32"))
        y = c.b.cast(y, "int16")
        y.quant = c.quant
        return y
    return apply(c, FUNCTIONS[name])


@handles("LEAKY_RELU")
def leaky_relu(c: Call) -> Value:
    alpha, x = float(c.options.alpha), c.x()
    if c.quantized and x.quant is not None and x.dtype == c.dtype == "int8":
        return tabled(c, steps(c, alpha))
    if c.quantized and x.quant is not None and x.dtype == c.dtype == "int16" and alpha > 0:
        y = int16.leaky_relu(c.b, x, alpha, c.quant[0])
        y.quant = c.quant
        return y
    return apply(c, lambda b, x: b.unary("leaky_relu", x, alpha=alpha))


@handles("PRELU")
def prelu(c: Call) -> Value:
    x, slope, b = c.x(), c.x(1), c.b
    if not c.quantized or x.quant is None or slope.quant is None or x.dtype != "int8":
        return c.result(b.op("prelu", c.real(), c.real(1), shape=x.shape))
    real, steep = (
        b.binary("sub", b.cast(each, "float32"), np.float32(each.quant[1])) for each in (x, slope) if each.quant
    )
    ratio = x.quant[0] / c.quant[0]
    below = _scaled(b, b.binary("mul", real, steep), ratio * slope.quant[0])
    negative = b.binary("less", real, np.float32(0))
    y = b.op("where", negative, below, _scaled(b, real, ratio), shape=x.shape)
    y = b.cast(b.binary("add", y, np.float32(c.quant[1])), c.dtype)
    y.quant = c.quant
    return y


def _scaled(b: Builder, x: Value, factor: float) -> Value:
    """Whole numbers times a factor, rounded twice as fixed-point kernels do it: with the bits of a shift, then without;
    halves away from zero.
    """
    shift = max(0, -int(np.frexp(factor)[1]))
    y = _away(b, b.binary("mul", x, np.float32(factor * 2.0**shift)))
    return _away(b, b.binary("mul", y, np.float32(2.0**-shift))) if shift else y


def _away(b: Builder, x: Value) -> Value:
    half = b.binary("mul", b.unary("sign", x), np.float32(0.5))
    return b.cast(b.cast(b.binary("add", x, half), "int32"), "float32")
