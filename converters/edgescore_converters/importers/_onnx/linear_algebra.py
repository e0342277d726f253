"""Gemm, MatMul, BatchNormalization: rows times constant matrices, summed in the type of the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value

from ._broadcast import align
from ._call import Call, handles
from ._tensors import Rows, Tensor


def _floats(call: Call, index: int) -> Rows:
    rows = call.numbers(index)
    if not rows.dtype.startswith("float"):
        call.refuse(f"it multiplies {rows.dtype} numbers", "cast them to float first")
    return rows


@handles("MatMul")
def matmul(call: Call) -> Tensor:
    """x W for a constant W [k, m] or [k]; x may have more axes as long as they are of size 1."""
    rows, weights = _floats(call, 0), call.constant(1, "second factor")
    if weights.ndim > 2 or rows.shape[-1] != rows.width or rows.width != len(weights):
        call.refuse(f"it multiplies {rows.width} columns with a constant of shape {weights.shape}")
    value = call.add("dense", rows.value, weights.reshape(len(weights), -1).T, None)
    return Rows(value, rows.shape[:-1] + weights.shape[1:], rows.dtype)


@handles("Gemm")
def gemm(call: Call) -> Tensor:
    """alpha A B + beta C for constant B; alpha and beta are multiplied into the constants."""
    rows, weights = _floats(call, 0), call.constant(1, "second factor")
    alpha, beta = call.attribute("alpha", 1.0), call.attribute("beta", 1.0)
    call.attribute("broadcast")  # before opset 7 it said what is now always allowed
    if len(rows.shape) != 2 or rows.axis != (1 if call.attribute("transA", 0) else 0) or weights.ndim != 2:
        call.refuse("its first factor is not one row of numbers for each row")
    weights = weights if call.attribute("transB", 0) else weights.T
    if weights.shape[1] != rows.width:
        call.refuse(
            f"it multiplies {rows.width} columns with a constant of shape {weights.shape}", "export the model again"
        )
    weights = _scaled(weights, alpha)
    bias = call.tensor(2) if call.has(2) else None
    if bias is None or isinstance(bias, Rows):
        product = Rows(call.add("dense", rows.value, weights, None), (None, len(weights)), rows.dtype)
        return product if bias is None else _plus(call, product, bias, beta)
    vector = _scaled(call.constant(2, "bias"), beta)
    if vector.ndim > 1 and len(vector) != 1:
        call.refuse("its constant C differs from row to row")
    vector = np.broadcast_to(vector.ravel(), (len(weights),))
    return Rows(call.add("dense", rows.value, weights, vector), (None, len(weights)), rows.dtype)


def _scaled(data: NDArray[np.floating], factor: float) -> NDArray[np.floating]:
    return data if factor == 1 else data * data.dtype.type(factor)


def _plus(call: Call, product: Rows, bias: Rows, beta: float) -> Tensor:
    aligned = align(call, [product, bias])
    a, b = aligned.operands
    assert isinstance(a, Value)
    assert isinstance(b, Value)
    return aligned.result(call.add("add", a, b if beta == 1 else call.add("mul", b, np.asarray(beta, b.dtype))))


@handles("BatchNormalization")
def batch_normalization(call: Call) -> Tensor:
    """x s + (b - mean s) with s = scale / sqrt(var + epsilon), the constants rounded as ONNX Runtime rounds them."""
    rows = _floats(call, 0)
    epsilon = np.float32(call.attribute("epsilon", 1e-5))
    for name in ("momentum", "spatial", "consumed_inputs"):
        call.attribute(name)  # they matter in training, or for images only
    if call.attribute("training_mode", 0) or len(call.outputs) > 1:
        call.refuse("it updates its statistics", "export the model for inference")
    if len(rows.shape) != 2 or rows.axis != 0:
        call.refuse("it normalises something other than columns")
    scale, bias, mean, variance = (
        call.constant(at, name) for at, name in enumerate(("scale", "bias", "mean", "variance"), 1)
    )
    factor = scale / np.sqrt(variance + epsilon)
    scaled = call.add("mul", rows.value, factor)
    return Rows(call.add("add", scaled, bias - mean * factor), rows.shape, rows.dtype)
