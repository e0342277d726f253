"""Arithmetic, comparisons, changes of type and softmax; of integers where the source has kernels of its own."""

from __future__ import annotations

import numpy as np

from edgescore_converters.importers._composed import narrowed
from edgescore_converters.ir import Value

from . import int16
from ._call import Call, handles
from .functions import steps, tabled
from .movement import same_quantization


@handles("ADD", "SUB")
def add(c: Call) -> Value:
    a, other = c.x(), c.x(1)
    if not c.quantized or a.quant is None or other.quant is None:
        return c.result(c.activated(c.b.binary(c.operator.name.lower(), c.real(), c.real(1))))
    try:
        return c.b.add_int8(a, other, c.quant, -1 if c.operator.name == "SUB" else 1, **c.clamp())
    except ValueError:  # scales so far from the result's that its multipliers cannot hold them
        return c.result(c.activated(c.b.binary(c.operator.name.lower(), c.real(), c.real(1))))


@handles("MUL")
def mul(c: Call) -> Value:
    a, other = c.x(), c.x(1)
    if not c.quantized or a.quant is None or other.quant is None:
        return c.result(c.activated(c.b.binary("mul", c.real(), c.real(1))))
    scale, zero = c.quant
    return c.b.binary(
        "mul_int8",
        a,
        other,
        quant=c.quant,
        multiplier=float(np.float32(a.quant[0]) * np.float32(other.quant[0]) / np.float32(scale)),
        a_zero=a.quant[1],
        b_zero=other.quant[1],
        y_zero=zero,
        **c.clamp(),
    )


@handles("MAXIMUM", "MINIMUM")
def extreme(c: Call) -> Value:
    a, other = c.x(), c.x(1)
    name = c.operator.name.lower()
    if not c.quantized or not (a.quant == other.quant == c.quant):
        return c.result(c.b.binary(name, c.real(), c.real(1)))
    if a.dtype == "int8" and other.data is not None and other.data.size == 1:
        bound = getattr(np, name)(np.arange(-128, 128), int(other.data.reshape(-1)[0]))
        return tabled(c, bound)
    y = c.b.binary(name, a, other)
    y.quant = c.quant
    return y


@handles("DIV", "POW", "SQUARED_DIFFERENCE", "FLOOR_DIV", "FLOOR_MOD")
def binary(c: Call) -> Value:
    a, other = c.real(), c.real(1)
    name = c.operator.name
    if name == "SQUARED_DIFFERENCE":
        difference = c.b.binary("sub", a, other)
        return c.result(c.b.binary("mul", difference, difference))
    if name == "FLOOR_DIV":
        if a.dtype == "float32":
            return c.b.unary("floor", c.b.binary("div", a, other))
        rest = c.b.binary("mod", a, other)
        return c.b.binary("div", c.b.binary("sub", a, rest), other)
    names = {"DIV": "div", "POW": "power", "FLOOR_MOD": "mod"}
    return c.result(c.activated(c.b.binary(names[name], a, other)))


@handles("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
def compare(c: Call) -> Value:
    a, other, name = c.x(), c.x(1), c.operator.name
    if a.quant != other.quant and a.dtype == "int8":  # the source compares int16 as they are stored
        a, other = c.real(), c.real(1)
    if name.startswith("GREATER"):
        a, other, name = other, a, name.replace("GREATER", "LESS")
    if a.dtype == "bool":
        found = c.b.unary("logical_not", c.b.binary("logical_xor", a, other))
    else:
        found = c.b.binary("equal" if name == "NOT_EQUAL" else name.lower(), a, other)
    return c.b.unary("logical_not", found) if name == "NOT_EQUAL" else found


@handles("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT")
def logical(c: Call) -> Value:
    name = c.operator.name.lower()
    return c.b.unary(name, c.x()) if name == "logical_not" else c.b.binary(name, c.x(), c.x(1))


@handles("SELECT", "SELECT_V2")
def select(c: Call) -> Value:
    condition, a, other = c.x(), c.x(1), c.x(2)
    alike = a.quant == other.quant
    a, other = (a, other) if alike else (c.real(1), c.real(2))
    if c.operator.name == "SELECT" and len(condition.shape) == 1 < len(a.shape):
        condition = c.b.reshape(condition, (-1, *[1] * (len(a.shape) - 1)))
    shape = np.broadcast_shapes(condition.shape, a.shape, other.shape)
    y = c.b.op("where", condition, a, other, shape=shape, quant=a.quant)
    return same_quantization(c, y) if alike else c.result(y)


@handles("CAST")
def cast(c: Call) -> Value:
    x = c.x()
    whole = not x.dtype.startswith("float") and x.dtype != "bool"
    if whole and c.dtype in ("int8", "uint8", "int16", "uint16"):  # the upper bits fall off
        return narrowed(c.b, "add", x if x.dtype == "int64" else c.b.cast(x, "int32"), c.dtype)
    return c.b.cast(x, c.dtype)


@handles("ADD_N")
def add_n(c: Call) -> Value:
    total = c.x()
    for index in range(1, len(c.inputs)):
        total = c.b.binary("add", total, c.x(index))
    return total


@handles("BITWISE_XOR")
def bitwise_xor(c: Call) -> Value:
    return c.b.binary("bitwise_xor", c.x(), c.x(1))


@handles("RIGHT_SHIFT")
def right_shift(c: Call) -> Value:
    return c.b.binary("shift", c.x(), c.x(1), left=0)


@handles("QUANTIZE")
def quantize(c: Call) -> Value:
    x = c.x()
    alike = c.source(0).dtype == c.targets[0].dtype  # others are no matter of XNNPACK's
    if x.quant is not None and x.data is None and x.dtype == c.dtype == "int8" and x.quant != c.quant and alike:
        return tabled(c, steps(c))
    if x.quant is None and c.dtype != "int32":
        return c.b.quantize_by_product(x, c.quant, c.dtype)
    if x.quant is None:
        return c.b.quantize(x, c.quant, c.dtype)
    if (x.dtype, c.dtype) == ("int16", "int32"):  # more digits than float32 has
        real = c.b.binary("sub", c.b.cast(x, "float64"), np.float64(x.quant[1]))
        y = c.b.unary("round", c.b.binary("mul", real, np.float64(x.quant[0] / c.quant[0])))
        y = c.b.cast(c.b.binary("add", y, np.float64(c.quant[1])), c.dtype)
        y.quant = c.quant
        return y
    return c.b.requantize(x, c.quant, c.dtype)


@handles("DEQUANTIZE")
def dequantize(c: Call) -> Value:
    x = c.x()
    if x.dtype == "float32":  # it was float16
        return x
    source = c.source(0)
    if len(source.scale) > 1 and x.data is not None:
        shape = [-1 if axis == source.axis else 1 for axis in range(len(x.shape))]
        real = (x.data.astype(np.float32) - source.zero.reshape(shape)) * source.scale.reshape(shape)
        return c.b.constant(real.astype(np.float32))
    return c.b.dequantize(x)


@handles("SOFTMAX")
def softmax(c: Call) -> Value:
    x = c.x()
    beta = float(c.options.beta) or 1.0
    if c.quantized and x.quant is not None and x.dtype == c.dtype:
        if x.dtype == "int8":
            return c.b.softmax_int8(x, beta, c.quant)
        y = int16.softmax(c.b, x, beta)
        y.quant = c.quant
        return y
    real = c.real()
    real = real if beta == 1.0 else c.b.binary("mul", real, np.float32(beta))
    return c.result(c.b.over_last_axis("softmax", real, -1))


@handles("LOG_SOFTMAX")
def log_softmax(c: Call) -> Value:
    return c.result(c.b.over_last_axis("log_softmax", c.real(), -1))


@handles("L2_NORMALIZATION")
def l2_normalization(c: Call) -> Value:
    x = c.real()
    squares = c.b.reduce("reduce_sum", c.b.binary("mul", x, x), [-1], True)
    norm = c.b.unary("sqrt", c.b.binary("maximum", squares, np.float32(1e-12)))
    return c.result(c.activated(c.b.binary("div", x, norm)))
