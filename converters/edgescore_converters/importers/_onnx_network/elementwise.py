"""Arithmetic, comparisons and functions, element by element with broadcasting."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from edgescore.format import schema
from edgescore_converters.ir import Value

from ._call import Call, Refused, handles

BINARY = {
    "Add": "add",
    "Sub": "sub",
    "Mul": "mul",
    "Div": "div",
    "And": "logical_and",
    "Or": "logical_or",
    "Xor": "logical_xor",
    "BitwiseAnd": "bitwise_and",
    "BitwiseOr": "bitwise_or",
    "BitwiseXor": "bitwise_xor",
    "Equal": "equal",
    "Less": "less",
    "LessOrEqual": "less_equal",
}
UNARY = {
    "Abs": "abs", "Neg": "neg", "Floor": "floor", "Ceil": "ceil", "Round": "round", "Sign": "sign", "Sqrt": "sqrt",
    "Exp": "exp", "Log": "log", "Reciprocal": "reciprocal", "Sin": "sin", "Cos": "cos", "Tan": "tan", "Asin": "asin",
    "Acos": "acos", "Atan": "atan", "Sinh": "sinh", "Cosh": "cosh", "Asinh": "asinh", "Acosh": "acosh",
    "Atanh": "atanh", "Erf": "erf", "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus",
    "Softsign": "softsign", "Mish": "mish", "HardSwish": "hard_swish", "IsNaN": "is_nan", "Not": "logical_not",
    "BitwiseNot": "bitwise_not",
}  # fmt: skip
# Operator -> (ours, its attributes with their defaults, by our names).
WITH_ATTRIBUTES: dict[str, tuple[str, dict[str, tuple[str, float]]]] = {
    "Elu": ("elu", {"alpha": ("alpha", 1.0)}),
    "LeakyRelu": ("leaky_relu", {"alpha": ("alpha", 0.01)}),
    "HardSigmoid": ("hard_sigmoid", {"alpha": ("alpha", 0.2), "beta": ("beta", 0.5)}),
    "Selu": ("selu", {"alpha": ("alpha", 1.6732632423543772), "gamma": ("gamma", 1.0507009873554805)}),
    "Celu": ("celu", {"alpha": ("alpha", 1.0)}),
    "ThresholdedRelu": ("thresholded_relu", {"alpha": ("alpha", 1.0)}),
    "Shrink": ("shrink", {"lambd": ("lambd", 0.5), "bias": ("bias", 0.0)}),
    "Swish": ("swish", {"alpha": ("alpha", 1.0)}),
}


def operands(call: Call) -> tuple[Value, Value]:
    """Two operands, the second lined up along an axis as opsets before 7 do it."""
    a, b = call.x(), call.x(1)
    if call.opset < 7 and call.attribute("broadcast") and len(b.shape) < len(a.shape):
        axis = call.attribute("axis")
        if axis is not None:
            tail = len(a.shape) - int(axis) % len(a.shape) - len(b.shape)
            b = call.b.reshape(b, (*b.shape, *[1] * tail))
    return a, b


@handles(*BINARY)
def binary(call: Call) -> Value:
    a, b = operands(call)
    y = call.b.binary(BINARY[call.node.op_type], a, b)
    for operand in (call.x(), call.x(1)):
        if operand.data is not None and y.data is None:
            call.mark(operand, -1)
    return y


@handles("Greater", "GreaterOrEqual")
def greater(call: Call) -> Value:
    a, b = operands(call)
    return call.b.binary("less" if call.node.op_type == "Greater" else "less_equal", b, a)


@handles("Pow")
def power(call: Call) -> Value:
    a, b = operands(call)
    if b.data is not None and b.data.size == 1 and a.dtype.startswith("float"):
        exponent = float(b.data.reshape(-1)[0])
        shape = np.broadcast_shapes(a.shape, b.shape)
        if exponent in (0.5, 2.0) and shape == a.shape:
            return call.b.unary("sqrt", a) if exponent == 0.5 else call.b.binary("mul", a, a)
    if a.dtype.startswith("float"):
        return call.b.binary("power", a, call.b.cast(b, a.dtype))
    wide = call.b.binary("power", call.b.cast(a, "float64"), call.b.cast(b, "float64"))
    return call.b.cast(wide, a.dtype)


@handles("Mod")
def mod(call: Call) -> Value:
    a, b = operands(call)
    return call.b.binary("mod", a, b, fmod=int(call.attribute("fmod", 0)))


@handles("BitShift")
def bit_shift(call: Call) -> Value:
    return call.b.binary("shift", call.x(), call.x(1), left=int(call.attribute("direction") == "LEFT"))


@handles("Min", "Max", "Sum", "Mean")
def several(call: Call) -> Value:
    names = {"Min": "minimum", "Max": "maximum", "Sum": "add", "Mean": "add"}
    parts = [call.x(at) for at in range(len(call.inputs))]
    total = reduce(lambda a, b: call.b.binary(names[call.node.op_type], a, b), parts)
    if call.node.op_type == "Mean" and len(parts) > 1:
        return call.b.binary("div", total, np.asarray(len(parts), total.dtype))
    return total


@handles(*UNARY)
def unary(call: Call) -> Value:
    return call.b.unary(UNARY[call.node.op_type], call.x())


@handles(*WITH_ATTRIBUTES)
def with_attributes(call: Call) -> Value:
    name, attributes = WITH_ATTRIBUTES[call.node.op_type]
    params: dict[str, Any] = {
        ours: float(call.attribute(theirs, value)) for ours, (theirs, value) in attributes.items()
    }
    return call.b.unary(name, call.x(), **params)


@handles("Gelu", "com.microsoft.Gelu")
def gelu(call: Call) -> Value:
    return call.b.unary("gelu", call.x(), approximate=int(call.attribute("approximate", "none") == "tanh"))


@handles("PRelu")
def prelu(call: Call) -> Value:
    x, slope = call.x(), call.x(1)
    if call.opset < 7 and len(slope.shape) == 1 < len(x.shape):  # a slope a channel
        slope = call.b.reshape(slope, (-1, *[1] * (len(x.shape) - 2)))
    return call.b.op("prelu", x, slope, shape=x.shape)


@handles("IsInf")
def is_inf(call: Call) -> Value:
    negative, positive = (int(call.attribute(f"detect_{sign}", 1)) for sign in ("negative", "positive"))
    return call.b.unary("is_inf", call.x(), negative=negative, positive=positive)


@handles("Clip")
def clip(call: Call) -> Value:
    x = call.x()
    lo, hi = call.attribute("min"), call.attribute("max")
    if call.opset >= 11:
        lo = call.x(1) if call.has(1) else None
        hi = call.x(2) if call.has(2) else None
    numbers = [None if v is None else v.data if isinstance(v, Value) else np.float32(v) for v in (lo, hi)]
    fixed = all(v is None or not isinstance(v, Value) or v.data is not None for v in (lo, hi))
    if fixed and x.dtype.startswith("float"):
        limits = [
            default if n is None else float(np.reshape(n, -1)[0]) for n, default in zip(numbers, (-np.inf, np.inf))
        ]
        return call.b.unary("clip", x, lo=limits[0], hi=limits[1])
    for name, limit in (("maximum", lo), ("minimum", hi)):
        if limit is not None:
            x = call.b.binary(name, x, limit)
    return x


@handles("Where")
def where(call: Call) -> Value:
    c, a, b = call.x(), call.x(1), call.x(2)
    return call.b.op("where", c, a, b, shape=np.broadcast_shapes(c.shape, a.shape, b.shape))


@handles("Cast", "CastLike")
def cast(call: Call) -> Value:
    from onnx import helper

    if call.node.op_type == "CastLike":
        return call.b.cast(call.x(), call.x(1).dtype)
    name = str(np.dtype(helper.tensor_dtype_to_np_dtype(call.attribute("to"))).name)
    name = {"float16": "float32", "bfloat16": "float32"}.get(name, name)
    if name not in schema.DTYPE_BY_NAME:
        raise Refused(f"it casts to {name}, which has no place in the format", "cast to float32 or an integer")
    return call.b.cast(call.x(), name)


@handles("Identity", "Dropout")
def identity(call: Call) -> list[Value]:
    x = call.x()
    if call.has(2) and call.known(2).any() and not (call.has(1) and not call.known(1).any()):
        raise Refused("it is in training mode", "export the model for inference")
    return [x, call.b.constant(np.ones(x.shape, bool))]


@handles("Softmax", "LogSoftmax", "Hardmax")
def softmax(call: Call) -> Value:
    x, name = call.x(), call.node.op_type
    if call.opset < 13:  # the axes from `axis` on are one
        axis = call.axis(1, len(x.shape))
        flat = call.b.reshape(x, (int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis:]))))
        return call.b.reshape(_over(call, name, flat, 1), x.shape)
    return _over(call, name, x, call.axis(-1, len(x.shape)))


def _over(call: Call, name: str, x: Value, axis: int) -> Value:
    if name == "Hardmax":
        order = [at for at in range(len(x.shape)) if at != axis] + [axis]
        moved = call.b.transpose(x, order)
        flat = call.b.reshape(moved, (-1, x.shape[axis]))
        first = call.b.op("argmax", flat, shape=(flat.shape[0], 1))
        found = call.b.cast(call.b.binary("equal", first, np.arange(x.shape[axis], dtype=np.int32)[None]), x.dtype)
        return call.b.transpose(call.b.reshape(found, moved.shape), np.argsort(order).tolist())
    return call.b.over_last_axis("softmax" if name == "Softmax" else "log_softmax", x, axis)
