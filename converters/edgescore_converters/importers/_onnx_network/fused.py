"""Operators that ONNX Runtime's optimizer makes of several: taken apart again into those of ONNX."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, Refused, handles
from .normalization import standardized
from .qlinear import plain
from .quantization import MICROSOFT

# Activation -> (ours, names of its parameters in order).
ACTIVATIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Relu": ("relu", ()),
    "Tanh": ("tanh", ()),
    "Sigmoid": ("sigmoid", ()),
    "LeakyRelu": ("leaky_relu", ("alpha",)),
    "Clip": ("clip", ("lo", "hi")),
    "HardSigmoid": ("hard_sigmoid", ("alpha", "beta")),
}


def _activated(call: Call, y: Value, numbers: Sequence[float]) -> Value:
    name = call.attribute("activation", "")
    if not name:
        return y
    if name not in ACTIVATIONS:
        raise Refused(f"its activation {name} has no counterpart", "save the model before it is optimized")
    ours, params = ACTIVATIONS[name]
    return call.b.unary(ours, y, **{param: float(number) for param, number in zip(params, numbers)})


@handles(MICROSOFT + "FusedConv")
def fused_conv(call: Call) -> Value:
    y = plain(call, "Conv", call.inputs[:3])
    if call.has(3):
        y = call.b.binary("add", y, call.x(3))
    return _activated(call, y, call.attribute("activation_params") or [])


@handles(MICROSOFT + "FusedGemm")
def fused_gemm(call: Call) -> Value:
    found = [call.attribute(f"activation_{name}") for name in ("alpha", "beta")]
    return _activated(call, plain(call, "Gemm", call.inputs), [number for number in found if number is not None])


@handles(MICROSOFT + "FusedMatMul")
def fused_matmul(call: Call) -> Value:
    b, operands = call.b, [call.x(0), call.x(1)]
    for at, letter in enumerate("AB"):
        rank = len(operands[at].shape)
        if call.attribute(f"transBatch{letter}", 0) and rank > 2:  # rows come first, then the batch
            operands[at] = b.transpose(operands[at], (*range(1, rank - 1), 0, rank - 1))
        if call.attribute(f"trans{letter}", 0) and rank > 1:
            operands[at] = b.transpose(operands[at], (*range(rank - 2), rank - 1, rank - 2))
    y, alpha = plain(call, "MatMul", operands), float(call.attribute("alpha", 1.0))
    return y if alpha == 1.0 else b.binary("mul", y, np.asarray(alpha, y.dtype))


@handles(MICROSOFT + "BiasGelu", MICROSOFT + "FastGelu", MICROSOFT + "QuickGelu")
def biased_gelu(call: Call) -> Value:
    b, x, name = call.b, call.x(), call.node.op_type
    if name == "QuickGelu":
        scaled = b.binary("mul", x, np.asarray(call.attribute("alpha", 1.702), x.dtype))
        return b.binary("mul", x, b.unary("sigmoid", scaled))
    x = b.binary("add", x, call.x(1)) if call.has(1) else x
    return b.unary("gelu", x, approximate=int(name == "FastGelu"))


def _scaled_by_root(call: Call, x: Value, axes: list[int], epsilon: float) -> tuple[Value, Value]:
    """(x / sqrt(mean of squares + epsilon), 1 / that root)."""
    b = call.b
    squares = b.reduce("reduce_mean", b.binary("mul", x, x), axes, True)
    inverse = b.unary("rsqrt", b.binary("add", squares, np.asarray(epsilon, x.dtype)))
    return b.binary("mul", x, inverse), inverse


@handles("SimplifiedLayerNormalization")
def simplified_layer_normalization(call: Call) -> list[Value]:
    x = call.x()
    axes = list(range(call.axis(-1, len(x.shape)), len(x.shape)))
    y, inverse = _scaled_by_root(call, x, axes, float(call.attribute("epsilon", 1e-5)))
    return [call.b.binary("mul", y, call.x(1)), inverse]


@handles(MICROSOFT + "SkipLayerNormalization", MICROSOFT + "SkipSimplifiedLayerNormalization")
def skip_layer_normalization(call: Call) -> list[Value | None]:
    b, epsilon = call.b, float(call.attribute("epsilon", 1e-12))
    simplified = call.node.op_type == "SkipSimplifiedLayerNormalization"
    bias = 3 if simplified else 4
    total = b.binary("add", call.x(0), call.x(1))
    total = b.binary("add", total, call.x(bias)) if call.has(bias) else total
    last = [len(total.shape) - 1]
    y = _scaled_by_root(call, total, last, epsilon)[0] if simplified else standardized(b, total, last, epsilon)[0]
    y = b.binary("mul", y, call.x(2))
    y = b.binary("add", y, call.x(3)) if not simplified and call.has(3) else y
    return [y, None, None, total]


@handles(MICROSOFT + "Attention")
def attention(call: Call) -> Value:
    b, x = call.b, call.x()
    if any(call.has(at) for at in range(3, len(call.inputs))) or call.attribute("qkv_hidden_sizes"):
        raise Refused("it has a mask, a past or sizes of its own", "save the model before it is optimized")
    batch, steps, _ = x.shape
    heads, width = int(call.attribute("num_heads")), call.x(1).shape[1] // 3
    size = width // heads
    y = plain(call, "MatMul", [x, call.x(1)])
    y = b.binary("add", y, call.x(2)) if call.has(2) else y
    q, k, v = (
        b.transpose(b.reshape(b.part(y, 2, at * width, width), (batch, steps, heads, size)), (0, 2, 1, 3))
        for at in range(3)
    )
    scale = float(call.attribute("scale", 0.0)) or 1 / math.sqrt(size)
    scores = b.binary("mul", b.matmul(q, b.transpose(k, (0, 1, 3, 2))), np.asarray(scale, x.dtype))
    if call.attribute("unidirectional", 0):
        later = np.triu(np.full((steps, steps), np.finfo(np.float32).min), 1)
        scores = b.binary("add", scores, later.astype(x.dtype))
    found = b.matmul(b.over_last_axis("softmax", scores, -1), v)
    return b.reshape(b.transpose(found, (0, 2, 1, 3)), (batch, steps, width))
