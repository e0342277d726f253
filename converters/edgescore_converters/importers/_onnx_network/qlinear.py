"""Operators of integers (QLinearConv, MatMulInteger) as what they mean: real ones between dequantize and quantize, or
differences from zero points in wider integers. The pass qdq_to_integers makes integers of the former.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import IntegerKernel, Value

from ._call import HANDLERS, Call, Refused, handles
from .quantization import MICROSOFT, dequantized, is_shifted, quantized

EXACT = 1 << 24  # whole numbers up to here are float32s


def plain(call: Call, name: str, inputs: Sequence[Value | None], opset: int = 13) -> Value:
    """The result of the operator ``name`` of real numbers with this node's attributes."""
    from onnx import NodeProto

    twin = NodeProto()
    twin.CopyFrom(call.node)
    twin.op_type = name
    results = HANDLERS[name](Call(call.b, twin, list(inputs), opset, call.asked, call.steps))
    value = results if isinstance(results, Value) else results[0]
    assert value is not None
    return value


def _all_known(call: Call, *indices: int) -> None:
    for index in indices:
        if call.has(index):
            call.known(index)


@handles("QLinearConv")
def qlinear_conv(call: Call) -> Value:
    _all_known(call, 1, 2, 3, 4, 5, 6, 7)
    x, w = dequantized(call, 0, 1, 2), dequantized(call, 3, 4, 5, 0)
    bias = None
    if call.has(8):
        scale = call.known(1).astype(np.float64) * call.known(4).astype(np.float64)
        bias = call.b.constant((call.known(8) * scale).astype(np.float32))
    return quantized(call, plain(call, "Conv", [x, w, bias]), 6, 7)


@handles("QLinearMatMul")
def qlinear_matmul(call: Call) -> Value:
    a, w = dequantized(call, 0, 1, 2, -2), dequantized(call, 3, 4, 5, -1)
    return quantized(call, plain(call, "MatMul", [a, w]), 6, 7)


@handles(MICROSOFT + "QGemm")
def qgemm(call: Call) -> Value:
    turned = int(call.attribute("transB", 0))
    a, w = dequantized(call, 0, 1, 2), dequantized(call, 3, 4, 5, 0 if turned else 1)
    bias = None
    if call.has(6):
        scale = call.known(1).astype(np.float64) * call.known(4).astype(np.float64) * call.attribute("alpha", 1.0)
        bias = call.b.constant((call.known(6) * scale).astype(np.float32))
    y = plain(call, "Gemm", [a, w, bias])
    return quantized(call, y, 7, 8) if call.has(7) else y


@handles(MICROSOFT + "QLinearAdd", MICROSOFT + "QLinearMul")
def qlinear_binary(call: Call) -> Value:
    a, other = dequantized(call, 0, 1, 2), dequantized(call, 3, 4, 5)
    y = quantized(call, plain(call, call.node.op_type[len("QLinear") :], [a, other]), 6, 7)
    maker = call.b.graph.producer(y)
    if is_shifted(call.b, y) and maker is not None and maker.inputs[0] is not None:
        maker = call.b.graph.producer(maker.inputs[0])
    if maker is not None and maker.op == "quantize" and y.dtype in ("int8", "uint8"):
        maker.origin = IntegerKernel(y.dtype)
    return y


@handles(
    *(MICROSOFT + "QLinear" + name for name in ("Sigmoid", "LeakyRelu", "AveragePool", "GlobalAveragePool", "Softmax"))
)
def qlinear_unary(call: Call) -> Value:
    x = dequantized(call, 0, 1, 2)
    if call.attribute("channels_last", 0):
        raise Refused("its channels come last", "quantize the model as exported")
    opset = int(call.attribute("opset", 13))
    return quantized(call, plain(call, call.node.op_type[len("QLinear") :], [x], opset), 3, 4)


@handles(MICROSOFT + "QLinearConcat")
def qlinear_concat(call: Call) -> Value:
    parts = [dequantized(call, at, at + 1, at + 2) for at in range(2, len(call.inputs), 3)]
    return quantized(call, plain(call, "Concat", parts), 0, 1)


# --- integers in, int32 out ---


def _centred(call: Call, index: int, zero: int, dtype: str, shape: Sequence[int] | None = None) -> Value:
    """An operand less its zero point."""
    x = call.b.cast(call.x(index), dtype)
    if not call.has(zero):
        return x
    z = call.b.cast(call.x(zero), dtype)
    return call.b.binary("sub", x, z if shape is None or z.shape in ((), (1,)) else call.b.reshape(z, shape))


@handles("MatMulInteger")
def matmul_integer(call: Call) -> Value:
    rows = (*call.x(2).shape, 1) if call.has(2) else None
    return plain(call, "MatMul", [_centred(call, 0, 2, "int32", rows), _centred(call, 1, 3, "int32")])


@handles("ConvInteger")
def conv_integer(call: Call) -> Value:
    _all_known(call, 1, 3)
    b, shape, group = call.b, call.x(1).shape, int(call.attribute("group", 1))
    w = _centred(call, 1, 3, "float64", (-1, *[1] * (len(shape) - 1))).data
    assert w is not None
    # Channels whose products of bytes float32 still sums exactly; float64 holds all there are.
    most = int(EXACT // max(np.abs(w).max(initial=0) * 255 * math.prod(shape[2:]), 1))
    dtype = "float32" if most >= shape[1] or (group == 1 and most > 0) else "float64"
    x, weights = _centred(call, 0, 2, dtype), w.astype(dtype)
    if dtype == "float64" or most >= shape[1]:
        return b.cast(plain(call, "Conv", [x, b.constant(weights)]), "int32")
    total = None
    for at in range(0, shape[1], most):
        part = weights[:, at : at + most]
        y = plain(call, "Conv", [b.part(x, 1, at, part.shape[1]), b.constant(np.ascontiguousarray(part))])
        total = b.cast(y, "int32") if total is None else b.binary("add", total, b.cast(y, "int32"))
    assert total is not None
    return total


@handles(MICROSOFT + "MatMulIntegerToFloat")
def matmul_integer_to_float(call: Call) -> Value:
    return _scaled_product(call, _centred(call, 0, 4, "int32"), call.x(2), 1, 3, 5, 6)


@handles(MICROSOFT + "DynamicQuantizeMatMul")
def dynamic_quantize_matmul(call: Call) -> Value:
    whole, scale = dynamically(call.b, call.x())
    return _scaled_product(call, whole, scale, 1, 2, 3, 4)


def _scaled_product(call: Call, a: Value, scale: Value, w: int, w_scale: int, w_zero: int, bias: int) -> Value:
    b = call.b
    y = b.cast(plain(call, "MatMul", [a, _centred(call, w, w_zero, "int32")]), "float32")
    y = b.binary("mul", y, b.binary("mul", scale, call.x(w_scale)))
    return b.binary("add", y, call.x(bias)) if call.has(bias) else y


def dynamically(b: Builder, x: Value) -> tuple[Value, Value]:
    """(x in uint8 steps less its zero point, int32; the step) as DynamicQuantizeLinear has it."""
    whole, scale, zero = _dynamic(b, x)
    return b.cast(b.binary("sub", whole, zero), "int32"), scale


def _dynamic(b: Builder, x: Value) -> tuple[Value, Value, Value]:
    axes, none = list(range(len(x.shape))), np.zeros((), np.float32)
    low = b.binary("minimum", b.reduce("reduce_min", x, axes, False), none)
    high = b.binary("maximum", b.reduce("reduce_max", x, axes, False), none)
    scale = b.binary("div", b.binary("sub", high, low), np.asarray(255, np.float32))
    zero = b.binary("sub", none, b.binary("div", low, scale))
    zero = b.unary("round", b.unary("clip", zero, lo=0.0, hi=255.0))
    y = b.binary("add", b.unary("round", b.binary("div", x, scale)), zero)
    return b.unary("clip", y, lo=0.0, hi=255.0), scale, zero


@handles("DynamicQuantizeLinear")
def dynamic_quantize_linear(call: Call) -> list[Value]:
    y, scale, zero = _dynamic(call.b, call.x())
    return [call.b.cast(y, "uint8"), scale, call.b.cast(zero, "uint8")]
