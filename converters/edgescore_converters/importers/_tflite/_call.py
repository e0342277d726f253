"""What a handler sees of one TFLite operator: its operands as values of the graph under construction.

Quantized uint8 tensors are int8 ones here, zero points less 128, so that handlers know one kind of byte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgescore_converters.importers._builder import LIMITS, Builder, Quant
from edgescore_converters.ir import Array, Value

from ._file import Operator, Subgraph, Tensor

SHIFT = 128  # from uint8 to int8


class Refused(Exception):
    """The operator cannot be converted: why, and what to do."""

    def __init__(self, reason: str, remedy: str = "export the model without it") -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(reason)


def inner_dtype(tensor: Tensor) -> str:
    """The dtype that the graph computes a tensor in."""
    if tensor.dtype == "uint8" and len(tensor.scale):
        return "int8"
    return {"float16": "float32", "bfloat16": "float32", "int4": "int8"}.get(tensor.dtype, tensor.dtype)


def dynamic_range(graph: Subgraph, operator: Operator) -> bool:
    """Whether an operator has float activations and integer weights."""
    if operator.name in ("DEQUANTIZE", "QUANTIZE", "GATHER", "EMBEDDING_LOOKUP"):
        return False
    used = [graph.tensors[number] for number in operator.inputs if number != -1]
    return any(tensor.dtype == "float32" and tensor.data is None for tensor in used) and any(
        tensor.dtype in ("int8", "uint8", "int4") and tensor.data is not None and len(tensor.scale) for tensor in used
    )


def inner_quant(tensor: Tensor) -> Quant | None:
    """The quantization of a tensor as the graph computes it; None for one by slices, or none."""
    if tensor.quant is None:
        return None
    scale, zero = tensor.quant
    return scale, zero - SHIFT if tensor.dtype == "uint8" else zero


@dataclass
class Call:
    """One operator. inputs: None where an optional one is absent. sources, targets: the file's tensors. state_of: the
    state that a variable tensor is, by number.
    """

    b: Builder
    operator: Operator
    inputs: list[Value | None]
    sources: list[Tensor | None]
    targets: list[Tensor]
    state_of: Callable[[int], Value]

    @property
    def options(self) -> Any:
        """The operator's options."""
        return self.operator.options

    def x(self, index: int = 0) -> Value:
        """An operand that must be there."""
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is None:
            raise Refused(f"its operand {index} is absent", "export the model again")
        return value

    def has(self, index: int) -> bool:
        """Whether an optional operand is there."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def source(self, index: int) -> Tensor:
        """The file's tensor of an operand."""
        tensor = self.sources[index]
        assert tensor is not None
        return tensor

    def known(self, index: int) -> Array:
        """The values of an operand that must be constant once shapes are fixed."""
        value = self.x(index)
        if value.data is None:
            raise Refused(
                f"its operand {self.source(index).name!r} is computed from the input",
                "fix it in the model: shapes and axes must be known at conversion",
            )
        return value.data

    def state(self, index: int) -> Value:
        """The state that a variable operand is."""
        number = self.operator.inputs[index] if index < len(self.operator.inputs) else -1
        if number == -1:
            raise Refused(f"its operand {index}, what it remembers, is absent", "export the model again")
        return self.state_of(number)

    @property
    def quantized(self) -> bool:
        """Whether the result is integers that stand for real numbers."""
        return inner_quant(self.targets[0]) is not None and self.dtype in ("int8", "int16")

    @property
    def dtype(self) -> str:
        """Dtype of the first result."""
        return inner_dtype(self.targets[0])

    @property
    def quant(self) -> Quant:
        """Quantization of the first result."""
        quant = inner_quant(self.targets[0])
        if quant is None or quant[0] <= 0:
            raise Refused(f"its result {self.targets[0].name!r} has no scale", "quantize the model again")
        return quant

    def activation(self) -> tuple[float, float]:
        """The limits of the fused activation."""
        code = getattr(self.options, "fusedActivationFunction", 0)
        limits = {0: (-np.inf, np.inf), 1: (0.0, np.inf), 2: (-1.0, 1.0), 3: (0.0, 6.0)}
        if code not in limits:
            raise Refused("its fused activation is neither of relu, relu6 and relu_n1_to_1", "export it unfused")
        return limits[code]

    def clamp(self) -> dict[str, Any]:
        """The limits of the fused activation in the result's integers."""
        scale, zero = self.quant
        least, most = LIMITS[self.dtype]
        lo, hi = self.activation()
        low = least if lo == -np.inf else max(least, round(lo / scale) + zero)
        high = most if hi == np.inf else min(most, round(hi / scale) + zero)
        return {"lo": low, "hi": max(low, high)}

    def activated(self, y: Value) -> Value:
        """y after the fused activation, of a float operator."""
        lo, hi = self.activation()
        if not y.dtype.startswith("float"):
            for name, end in (("maximum", lo), ("minimum", hi)):
                y = y if np.isinf(end) else self.b.binary(name, y, np.asarray(int(end), y.dtype))
            return y
        if lo == 0.0 and hi == np.inf:
            return self.b.unary("relu", y)
        return y if (lo, hi) == (-np.inf, np.inf) else self.b.unary("clip", y, lo=lo, hi=hi)

    def real(self, index: int = 0) -> Value:
        """An operand as real numbers."""
        value = self.x(index)
        return self.b.dequantize(value) if value.quant is not None and value.dtype != "float32" else value

    def result(self, y: Value) -> Value:
        """Real numbers as the result, quantized where that is."""
        return self.b.quantize(y, self.quant, self.dtype) if self.quantized else y


Handler = Callable[[Call], Value | list[Value]]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register the handler of builtin operators."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register
