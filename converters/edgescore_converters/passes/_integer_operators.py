"""What operators of integers take the place of real ones between dequantize and quantize.

Each function gets the real node, its operands as integers (constants as they are) and what its result is to be, and
returns the node of integers; None where the runtime has none. Sums and products that are one operator in the source
round as ONNX Runtime's kernels do on CPUs with AVX2 (its others differ from these).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from edgescore.ops import OPS
from edgescore.ops.add_fused_int8 import offset_of, takes
from edgescore.ops.add_int8 import multipliers
from edgescore.ops.matmul_int8 import MOST as MOST_PRODUCTS
from edgescore.ops.softmax_int8 import table as softmax_table
from edgescore_converters.ir import Array, IntegerKernel, Node, Value, WeightSteps, constant

Quant = tuple[float, int]
LIMITS = {"int8": (-128, 127), "int16": (-32768, 32767)}


@dataclass(frozen=True)
class Result:
    """What is wanted: integers of ``dtype`` with a quantization, real numbers clamped to lo and hi before."""

    dtype: str
    quant: Quant
    lo: float
    hi: float
    kernel: IntegerKernel | None = None

    @property
    def shift(self) -> int:
        """What int8 integers are less than those of the kernel."""
        return 128 if self.kernel is not None and self.kernel.dtype == "uint8" else 0

    def clamp(self, lo: float = -np.inf, hi: float = np.inf) -> dict[str, int]:
        """The bounds in integers, after bounds of the operator itself."""
        scale, zero = self.quant
        least, most = LIMITS[self.dtype]
        low, high = (min(max(bound, self.lo), self.hi) for bound in (lo, hi))
        with np.errstate(over="ignore"):
            bounds = np.rint(np.asarray([low, high], np.float32) / np.float32(scale)) + zero
        return {"lo": int(np.clip(bounds[0], least, most)), "hi": int(np.clip(bounds[1], least, most))}


Operands = Sequence[Value | None]
Build = Callable[[Node, Operands, Result], Node | None]


def _quant(value: Value | None) -> Quant:
    assert value is not None
    assert value.quant is not None
    return value.quant


def _node(op: str, inputs: Sequence[Value | None], params: dict[str, Any]) -> Node:
    defaults = {name: default for name, _, default in OPS[op].params}
    return Node(op, list(inputs), [], defaults | params)


def _on_grid(data: Array, steps: WeightSteps, axis: int) -> Array | None:
    """The int8 numbers that real constants stand for; None unless they are exactly those."""
    scale = steps.scale.astype(np.float32)
    if scale.size > 1:
        if scale.size != data.shape[axis]:
            return None
        scale = scale.reshape([-1 if at == axis else 1 for at in range(data.ndim)])
    else:
        scale = scale.reshape(())
    with np.errstate(all="ignore"):
        whole = np.rint(data / scale)
        exact = np.array_equal(whole.astype(np.float32) * scale, data)
    whole = whole + steps.zero
    return whole.astype(np.int8) if exact and np.all((whole >= -128) & (whole <= 127)) else None


def _layer(node: Node, operands: Operands, result: Result) -> tuple[Array, Array, Array] | None:
    """(weights int8, bias in sums, multipliers) of a layer; None where its weights are no integers."""
    x, w, b = operands
    if x is None or x.dtype != result.dtype or w is None or w.data is None or not isinstance(node.origin, WeightSteps):
        return None
    whole = _on_grid(w.data, node.origin, 0)
    if whole is None:
        return None
    scales = np.broadcast_to(node.origin.scale.astype(np.float32).reshape(-1), (len(whole),))
    products = np.float64(_quant(x)[0]) * scales.astype(np.float64)
    sums = np.zeros(len(whole)) if b is None or b.data is None else np.rint(b.data / products)
    factors = (np.float32(_quant(x)[0]) * scales / np.float32(result.quant[0])).astype(np.float32)
    farthest = max(abs(limit - _quant(x)[1]) for limit in LIMITS[x.dtype])
    reach = np.abs(whole.astype(np.int64) - node.origin.zero).reshape(len(whole), -1).sum(axis=1) * farthest
    if not np.isfinite(factors).all() or (reach + np.abs(sums) >= (2.0**31 if x.dtype == "int8" else 2.0**53)).any():
        return None
    return whole, sums.astype(np.int64), factors


def _conv(node: Node, operands: Operands, result: Result) -> Node | None:
    layer = _layer(node, operands, result)
    if layer is None or not isinstance(node.origin, WeightSteps):
        return None
    weights, sums, factors = layer
    bias = constant(sums.astype(np.int32 if result.dtype == "int8" else np.int64))
    params = {name: value for name, value in node.params.items() if name not in ("lo", "hi")}
    params |= {"x_zero": _quant(operands[0])[1], "w_zero": node.origin.zero, "y_zero": result.quant[1]}
    params |= result.clamp(node.params["lo"], node.params["hi"])
    return _node("conv_int8", [operands[0], constant(weights), bias, constant(factors)], params)


def _dense(node: Node, operands: Operands, result: Result) -> Node | None:
    layer = _layer(node, operands, result)
    if layer is None or not isinstance(node.origin, WeightSteps):
        return None
    weights, sums, factors = layer
    if node.origin.zero:  # dense_int8 has none; w - zero may need nine bits
        centred = weights.astype(np.int16) - node.origin.zero
        if centred.min() < -128 or centred.max() > 127:
            return None
        weights = centred.astype(np.int8)
    zero = _quant(operands[0])[1]
    sums = sums - zero * weights.astype(np.int64).sum(axis=1)
    bias = constant(sums.astype(np.int32 if result.dtype == "int8" else np.int64))
    params = {"x_zero": zero, "y_zero": result.quant[1], **result.clamp(node.params["lo"], node.params["hi"])}
    return _node("dense_int8", [operands[0], constant(weights), bias, constant(factors)], params)


def _both(node: Node, operands: Operands, result: Result) -> list[Value] | None:
    """Two operands as integers of the result's dtype with quantizations."""
    found = []
    for value in operands:
        if value is not None and value.data is not None:
            if not isinstance(node.origin, WeightSteps) or node.origin.scale.size != 1 or result.dtype != "int8":
                return None
            whole = _on_grid(value.data, node.origin, 0)
            if whole is None:
                return None
            value = constant(whole)
            value.quant = (float(node.origin.scale.reshape(-1)[0]), node.origin.zero)
        if value is None or value.dtype != result.dtype or value.quant is None:
            return None
        found.append(value)
    return found


def _sum(node: Node, operands: Operands, result: Result) -> Node | None:
    found = _both(node, operands, result)
    if found is None:
        return None
    if node.op == "add" and result.kernel is not None and (fused := _fused_sum(found, result)) is not None:
        return fused
    (a, a_zero), (b, b_zero) = (_quant(value) for value in found)
    sign = -1.0 if node.op == "sub" else 1.0
    try:
        factors = multipliers(a / result.quant[0], sign * b / result.quant[0])
    except ValueError:  # scales too far apart for integers
        return None
    params: dict[str, Any] = dict(zip(("a_multiplier", "b_multiplier", "shift"), factors))
    zeros = {"a_zero": a_zero, "b_zero": b_zero, "y_zero": result.quant[1]}
    return _node("add_int8", found, params | zeros | result.clamp())


def _fused_sum(found: list[Value], result: Result) -> Node | None:
    if _is_repeated(*found):
        found = found[::-1]  # ONNX Runtime takes what it repeats for the second operand
    (a, a_zero), (b, b_zero) = (_quant(value) for value in found)
    scale, shift = np.float32(result.quant[0]), result.shift
    first, second = (float(np.float32(each) / scale) for each in (a, b))
    offset = offset_of(np, first, second, a_zero + shift, b_zero + shift, result.quant[1] + shift)
    if not takes(first, second, offset):
        return None
    zeros = {"a_zero": -shift, "b_zero": -shift, "y_zero": -shift}
    params = {"a_multiplier": first, "b_multiplier": second, "offset": offset, **zeros, **result.clamp()}
    return _node("add_fused_int8", found, params)


def _is_repeated(a: Value, b: Value) -> bool:
    """Whether one element of ``a`` meets several of ``b`` that lie side by side."""
    sizes = zip_longest(reversed(a.shape), reversed(b.shape), fillvalue=1)
    return next((one == 1 for one, other in sizes if (one, other) != (1, 1)), False)


def _product(node: Node, operands: Operands, result: Result) -> Node | None:
    found = _both(node, operands, result)
    if found is None:
        return None
    (a, a_zero), (b, b_zero) = (_quant(value) for value in found)
    multiplier = float(np.float32(a) * np.float32(b) / np.float32(result.quant[0]))
    zeros: dict[str, Any] = {"a_zero": a_zero, "b_zero": b_zero, "y_zero": result.quant[1]}
    if result.kernel is not None:
        zeros |= {"y_zero": -result.shift, "offset": float(result.quant[1] + result.shift)}
    return _node("mul_int8", found, {"multiplier": multiplier} | zeros | result.clamp())


def _matmul(node: Node, operands: Operands, result: Result) -> Node | None:
    found = _both(node, operands, result)
    if found is None or found[0].shape[-1] > MOST_PRODUCTS:
        return None
    (a, a_zero), (b, b_zero) = (_quant(value) for value in found)
    multiplier = float(np.float32(a) * np.float32(b) / np.float32(result.quant[0]))
    zeros = {"a_zero": a_zero, "b_zero": b_zero, "y_zero": result.quant[1]}
    return _node("matmul_int8", found, {"multiplier": multiplier} | zeros | result.clamp())


def _mean(node: Node, operands: Operands, result: Result) -> Node | None:
    """avg_pool and reduce_mean."""
    x = operands[0]
    if x is None or x.dtype != result.dtype:
        return None
    scale, zero = _quant(x)
    params: dict[str, Any] = dict(node.params)
    if node.op == "reduce_mean":
        count = int(np.prod([size for axis, size in enumerate(x.shape) if node.params["axes"] >> axis & 1]))
        divisor = np.float32(result.quant[0]) * np.float32(count)
        params |= {"multiplier": float(np.float32(scale) / divisor), "apart": 1}
    else:
        params |= {"multiplier": float(np.float32(scale) / np.float32(result.quant[0])), "half_away": 0}
    params |= {"x_zero": zero, "y_zero": result.quant[1], **result.clamp()}
    return _node({"avg_pool": "avg_pool_int8", "reduce_mean": "reduce_mean_int8"}[node.op], [x], params)


def _softmax(node: Node, operands: Operands, result: Result) -> Node | None:
    x = operands[0]
    if (
        x is None
        or x.dtype != result.dtype
        or len(x.shape) < 2
        or result.clamp() != dict(zip(("lo", "hi"), LIMITS[x.dtype]))
    ):
        return None
    table = constant(np.asarray(softmax_table(_quant(x)[0], x.dtype), np.uint32))
    return _node("softmax_int8", [x, table], {"y_scale": result.quant[0], "y_zero": result.quant[1]})


OPERATORS: dict[str, Build] = {
    "conv": _conv,
    "dense": _dense,
    "add": _sum,
    "sub": _sum,
    "mul": _product,
    "matmul": _matmul,
    "avg_pool": _mean,
    "reduce_mean": _mean,
    "softmax": _softmax,
}
