"""QuantizeLinear and DequantizeLinear; the pass qdq_to_integers makes integers of what stands between them.

Bytes are signed inside: what is uint8 in the file is an int8 value and a shift by 128 behind it, which goes away where
nothing but operators of the same kind reads it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.importers._builder import LIMITS, Builder
from edgescore_converters.ir import Array, Value, WeightSteps

from ._call import Call, Refused, handles

SHIFT = 128
DTYPES = ("int8", "uint8", "int16", "int32")  # that operators quantize to and dequantize from
MICROSOFT = "com.microsoft."


def signed(b: Builder, x: Value) -> Value:
    """uint8 values less 128."""
    if x.data is not None:
        return b.constant((x.data.astype(np.int16) - SHIFT).astype(np.int8))
    maker = b.graph.producer(x)
    if is_shifted(b, x) and maker is not None and maker.inputs[0] is not None:
        return maker.inputs[0]
    for node in b.graph.consumers(x):
        if node.op == "requantize" and node.outputs[0].dtype == "int8":
            return node.outputs[0]
    return b.op("requantize", x, dtype="int8", multiplier=1.0, x_zero=SHIFT, y_zero=0, lo=-128, hi=127)


def unsigned(b: Builder, x: Value) -> Value:
    """int8 values plus 128."""
    return b.op("requantize", x, dtype="uint8", multiplier=1.0, x_zero=-SHIFT, y_zero=0, lo=0, hi=255)


def is_shifted(b: Builder, x: Value) -> bool:
    """Whether x is what ``unsigned`` gave."""
    maker = b.graph.producer(x) if x.dtype == "uint8" and x.data is None else None
    return maker is not None and maker.op == "requantize" and maker.params["x_zero"] == -SHIFT


def _along(values: Array, x: Value, axis: int, block: int) -> Array:
    """Scales or zero points so that they broadcast with x."""
    if values.size == 1 and values.ndim <= 1:
        return values.reshape(())
    if block:
        return np.repeat(values, block, axis=axis)[tuple(slice(size) for size in x.shape)]
    if not -len(x.shape) <= axis < len(x.shape):
        raise Refused(f"it names axis {axis} of {len(x.shape)}", "quantize the model again")
    return values.reshape([-1 if at == axis % len(x.shape) else 1 for at in range(len(x.shape))])


def _scalar(call: Call, index: int) -> float | None:
    """A constant operand of one element; 0 where it is absent."""
    if not call.has(index):
        return 0.0
    data = call.x(index).data
    return float(data.reshape(-1)[0]) if data is not None and data.size == 1 else None


def quantized(call: Call, x: Value, scale: int, zero: int, dtype: str | None = None) -> Value:
    """Real numbers as integers. scale, zero: numbers of the operands that give them."""
    b = call.b
    dtype = call.x(zero).dtype if call.has(zero) else dtype or "uint8"
    if dtype not in (*LIMITS, "uint16"):
        raise Refused(f"it quantizes to {dtype}, which has no place in the format", "quantize to int8 or uint8")
    step, origin = _scalar(call, scale), _scalar(call, zero)
    if step is not None and origin is not None and x.dtype == "float32" and dtype in DTYPES:
        if dtype != "uint8":
            return b.quantize(x, (step, int(origin)), dtype)
        return unsigned(b, b.quantize(x, (step, int(origin) - SHIFT), "int8"))
    axis, block = int(call.attribute("axis", 1)), int(call.attribute("block_size", 0))
    low, high = LIMITS.get(dtype, (0, 65535))
    y = b.unary("round", b.binary("div", x, b.cast(_spread(call, scale, x, axis, block), x.dtype)))
    if call.has(zero):
        y = b.binary("add", y, b.cast(_spread(call, zero, x, axis, block), x.dtype))
    return b.cast(b.unary("clip", y, lo=float(low), hi=float(high)), dtype)


def _spread(call: Call, index: int, x: Value, axis: int, block: int) -> Value:
    value = call.x(index)
    if value.data is not None:
        return call.b.constant(_along(value.data, x, axis, block))
    if block or int(np.prod(value.shape)) != 1:
        return call.b.constant(_along(call.known(index), x, axis, block))
    return call.b.reshape(value, ())


def dequantized(call: Call, index: int, scale: int, zero: int, axis: int = 1) -> Value:
    """Integers as real numbers; of constants it is kept what they were. Arguments are numbers of operands."""
    b, x = call.b, call.x(index)
    if x.dtype not in (*LIMITS, "uint16"):
        raise Refused(f"it dequantizes {x.dtype}, which has no place in the format", "quantize to int8 or uint8")
    step, origin = _scalar(call, scale), _scalar(call, zero)
    if step is not None and origin is not None and x.dtype in DTYPES and x.data is None:
        x, origin = (signed(b, x), origin - SHIFT) if x.dtype == "uint8" else (x, origin)
        return b.op("dequantize", x, dtype="float32", scale=step, zero=int(origin))
    block = int(call.attribute("block_size", 0))
    real = b.cast(x, "int32")
    if call.has(zero):
        real = b.binary("sub", real, b.cast(_spread(call, zero, x, axis, block), "int32"))
    y = b.binary("mul", b.cast(real, call.x(scale).dtype), _spread(call, scale, x, axis, block))
    if y.data is not None and x.dtype in ("int8", "uint8", "int32"):
        zeros = np.unique(call.known(zero)) if call.has(zero) else np.zeros(1)
        scales = call.known(scale).reshape(-1)
        if zeros.size == 1 and not block:
            whole = int(zeros[0]) - (SHIFT if x.dtype == "uint8" else 0)
            call.steps[id(y)] = (y, WeightSteps(scales.astype(np.float32), whole, axis % max(len(x.shape), 1)))
    return y


@handles("QuantizeLinear", MICROSOFT + "QuantizeLinear")
def quantize_linear(call: Call) -> Value:
    from onnx import helper

    code = int(call.attribute("output_dtype", 0))
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(code)).name if code else None
    x = call.x()
    return quantized(call, x if x.dtype.startswith("float") else call.b.cast(x, "float32"), 1, 2, dtype)


@handles("DequantizeLinear", MICROSOFT + "DequantizeLinear")
def dequantize_linear(call: Call) -> Value:
    return dequantized(call, 0, 1, 2, int(call.attribute("axis", 1)))


MOVES = (
    "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather", "MaxPool", "Identity",
    "Expand", "Tile", "DepthToSpace", "SpaceToDepth",
)  # fmt: skip


def on_signed(call: Call, handle: Any) -> Any:
    """The results of a handler that only moves elements, on the signed twin of shifted bytes; None where it is none."""
    parts = call.inputs if call.node.op_type == "Concat" else call.inputs[:1]
    if call.node.op_type not in (*MOVES, "Concat") or any(
        part is None or not is_shifted(call.b, part) for part in parts
    ):
        return None
    twins = [signed(call.b, part) for part in parts if part is not None]
    inner = Call(call.b, call.node, [*twins, *call.inputs[len(twins) :]], call.opset, call.asked, call.steps)
    results = handle(inner)
    if isinstance(results, Value):
        return unsigned(call.b, results)
    return [value if value is None or value.dtype != "int8" else unsigned(call.b, value) for value in results]
