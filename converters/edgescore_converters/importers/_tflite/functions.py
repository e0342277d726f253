"""Functions of one tensor, element by element: of bytes a table of 256 answers, of 16 bits the source's own tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from edgescore.ops.gelu import reference as gelu
from edgescore_converters.importers._builder import LIMITS, Builder, Quant
from edgescore_converters.ir import Array, Value

from . import hard_swish, int16
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


# Functions of 16 bits that the source has a table of 512 lines for, given the scale of y. Where they have no value they
# have that of y's end.
LINED: dict[str, Callable[[Array, float], Array]] = {
    "EXP": lambda at, scale: np.exp(at),
    "LOG": lambda at, scale: np.where(at > 0, np.log(np.where(at > 0, at, 1)), -32768 * scale),
    "RSQRT": lambda at, scale: np.where(at > 0, 1 / np.sqrt(np.where(at > 0, at, 1)), 32767 * scale),
}


def lined(c: Call, function: Callable[[Array, float], Array]) -> Value:
    """``function`` of an int16 operand by the source's table."""
    x, scale = c.x(), c.quant[0]
    assert x.quant is not None
    points = int16.table(lambda at: function(at, scale), -32768 * x.quant[0], 32767 * x.quant[0], scale, np.float32)
    y = int16.looked_up(c.b, points, x)
    y.quant = c.quant
    return y


def negated(c: Call) -> Value:
    """The numbers of the first operand as they are stored, negated: the source knows no quantization there."""
    x = c.x()
    if x.dtype == "int8":
        return tabled(c, np.arange(128, -128, -1).astype(np.int8))
    y = c.b.unary("neg", x)
    y.quant = c.quant
    return y


def _square_root(scale: float) -> Function:
    """Square roots in whole steps of ``scale``, rounded down as the source does it."""

    def root(b: Builder, x: Value) -> Value:
        steps = b.binary("div", b.unary("sqrt", x), np.float32(scale))
        return b.binary("mul", b.unary("floor", steps), np.float32(scale))

    return root


@handles(*FUNCTIONS)
def function(c: Call) -> Value:
    name, x = c.operator.name, c.x()
    if name == "GELU":
        approximate = int(bool(c.options.approximate))
        if c.quantized and x.quant is not None and x.dtype == c.dtype == "int16":
            return lined(c, lambda at, scale: gelu(np, at, approximate))
        return apply(c, lambda b, x: b.unary("gelu", x, approximate=approximate))
    if name == "HARD_SWISH" and c.quantized and x.quant is not None and x.dtype == c.dtype == "int8":
        return tabled(c, hard_swish.answers(x.quant, c.quant))
    if name in ("LOGISTIC", "TANH") and c.quantized and x.quant is not None and x.dtype == c.dtype == "int16":
        y = int16.sigmoid_like(c.b, x, name == "TANH")
        y.quant = c.quant
        return y
    if name in ("RELU", "RELU6", "ABS") and c.quantized and x.quant is not None and x.dtype == c.dtype == "int16":
        limits = {"hi": min(round(6 / c.quant[0]), LIMITS["int16"][1])} if name == "RELU6" else {}
        return lines(c, np.asarray(-1 if name == "ABS" else 0, np.int16), (1.0, 0), **limits)
    if name == "NEG" and c.quantized and x.quant is not None and x.dtype == c.dtype:
        return negated(c)
    if name == "SQRT" and c.quantized and x.quant is not None and x.dtype == c.dtype:
        return apply(c, _square_root(c.quant[0]))
    if name in LINED and c.quantized and x.quant is not None and x.dtype == c.dtype == "int16":
        return lined(c, LINED[name])
    return apply(c, FUNCTIONS[name])


@handles("LEAKY_RELU")
def leaky_relu(c: Call) -> Value:
    alpha, x = float(c.options.alpha), c.x()
    if c.quantized and x.quant is not None and x.dtype == c.dtype == "int8":
        return tabled(c, steps(c, alpha))
    if c.quantized and x.quant is not None and x.dtype == c.dtype == "int16" and alpha > 0:
        return lines(c, np.asarray(1, np.int16), (alpha, 0))
    return apply(c, lambda b, x: b.unary("leaky_relu", x, alpha=alpha))


@handles("PRELU")
def prelu(c: Call) -> Value:
    x, slope, b = c.x(), c.x(1), c.b
    if not c.quantized or x.quant is None or slope.quant is None or x.dtype != "int8":
        return c.result(b.op("prelu", c.real(), c.real(1), shape=x.shape))
    return lines(c, slope, slope.quant)


def lines(c: Call, slope: Value | Array, quant: Quant, **limits: int) -> Value:
    """The first operand where it is not negative, else times a slope with a quantization, as fixed-point kernels do."""
    x = c.x()
    assert x.quant is not None
    scale = np.float32(x.quant[0])
    line, steep = (
        int16.fixed_point(float(each / np.float32(c.quant[0]))) for each in (scale, scale * np.float32(quant[0]))
    )
    lo, hi = LIMITS[x.dtype]
    params: dict[str, Any] = {"x_zero": x.quant[1], "slope_zero": quant[1], "y_zero": c.quant[1], "lo": lo, "hi": hi}
    params |= dict(zip(("multiplier", "shift", "slope_multiplier", "slope_shift"), (*line, *steep)))
    return c.b.op("prelu_int8", x, slope, quant=c.quant, **params | limits)
