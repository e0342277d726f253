"""Add, Sub, Mul, Div, Pow, Sum, Mean, Max, Min: elementwise arithmetic with broadcasting, rounded as ONNX rounds it."""

from __future__ import annotations

import functools

import numpy as np

from edgescore_converters.ir import Value

from ._broadcast import Aligned, Array, align, constant_rows
from ._call import Call, handles
from ._tensors import Rows, Tensor


@handles("Add", "Mul")
def commutative(call: Call) -> Tensor:
    """a + b, a b."""
    return _fold(call, call.op_type.lower(), [call.tensor(0), call.tensor(1)])


@handles("Sum", "Mean")
def total(call: Call) -> Tensor:
    """The elementwise sum or mean of any number of tensors."""
    result = _fold(call, "add", [call.tensor(index) for index in range(len(call.inputs))])
    if call.op_type == "Sum":
        return result
    count = np.asarray(len(call.inputs), result.value.dtype)
    return Rows(call.add("div", result.value, count), result.shape, result.dtype)


def _fold(call: Call, op: str, tensors: list[Tensor]) -> Rows:
    """`op` over the tensors from left to right. A constant changes places with its partner, which changes no result."""
    aligned = align(call, tensors, integers=True)
    first, *rest = (
        sorted(aligned.operands[:2], key=lambda operand: not isinstance(operand, Value)) + aligned.operands[2:]
    )
    if not isinstance(first, Value):
        call.refuse("its first two inputs are constants", "fold the constants of the model (onnxsim)")
    return aligned.result(functools.reduce(lambda so_far, operand: call.add(op, so_far, operand), rest, first))


@handles("Sub")
def sub(call: Call) -> Tensor:
    """a - b; of a constant a, a - b is -b + a to the last bit."""
    aligned = align(call, [call.tensor(0), call.tensor(1)], integers=True)
    a, b = aligned.operands
    if isinstance(a, Value):
        return aligned.result(call.add("sub", a, b))
    return aligned.result(call.add("add", negated(call, b), a))


@handles("Div", "Pow")
def ordered(call: Call) -> Tensor:
    """a / b, a^b."""
    aligned = align(call, [call.tensor(0), call.tensor(1)])
    a, b = aligned.operands
    if not isinstance(a, Value):
        assert isinstance(b, Value)
        a = constant_rows(call, b, a)
    if call.op_type == "Pow" and not isinstance(b, Value) and np.all(b == 2):
        return aligned.result(call.add("mul", a, a))
    return aligned.result(call.add("div" if call.op_type == "Div" else "power", a, b))


@handles("Max", "Min")
def extreme(call: Call) -> Tensor:
    """max(a, b) or min(a, b) with a single number b: a clip."""
    if len(call.inputs) != 2:
        call.refuse(
            f"it takes {call.op_type} of {len(call.inputs)} tensors; only one tensor and a number have a counterpart"
        )
    aligned = align(call, [call.tensor(0), call.tensor(1)], integers=True)
    value, bound = _value_and_number(call, aligned)
    clipped = call.add("clip", value, lo=bound) if call.op_type == "Max" else call.add("clip", value, hi=bound)
    return aligned.result(clipped)


def _value_and_number(call: Call, aligned: Aligned) -> tuple[Value, float]:
    value, number = sorted(aligned.operands, key=lambda operand: not isinstance(operand, Value))
    if not isinstance(value, Value) or isinstance(number, Value) or len(np.unique(number)) != 1:
        call.refuse("its second operand is not one number for all columns")
    return value, float(number.flat[0])


def negated(call: Call, operand: Value | Array) -> Value:
    """-x."""
    assert isinstance(operand, Value)
    return call.add("mul", operand, np.asarray(-1.0, operand.dtype))
