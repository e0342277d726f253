"""Less, Greater, Equal, Not, And, Or, Where: booleans are the numbers 0 and 1, exactly where ONNX has False and True.

NaN compares as False in ONNX and stays NaN here; only infinite inputs can make one in a model that takes no NaN.
"""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Value

from ._broadcast import Aligned, Array, align
from ._call import Call, handles
from ._tensors import Const, Tensor

_MIRROR = {"Less": "Greater", "Greater": "Less", "LessOrEqual": "GreaterOrEqual", "GreaterOrEqual": "LessOrEqual"}


@handles(*_MIRROR)
def order(call: Call) -> Tensor:
    """a < b and its kin: the difference of two computed tensors against 0 (equal floats differ by 0 exactly)."""
    aligned = align(call, [call.tensor(0), call.tensor(1)], integers=True)
    a, b = aligned.operands
    relation = call.op_type
    if not isinstance(a, Value):
        a, b, relation = b, a, _MIRROR[relation]
    if not isinstance(a, Value):
        call.refuse("it compares two constants", "fold the constants of the model (onnxsim)")
    if isinstance(b, Value):
        a, b = call.add("sub", a, b), np.zeros(())
    return aligned.result(_compared(call, a, relation, np.broadcast_to(b, a.shape[1])), "bool")


def _compared(call: Call, x: Value, relation: str, number: Array) -> Value:
    """x > c as it is, x < c as -x > -c, and what includes equality as 1 minus its opposite."""
    call.remember(x, number)
    if relation in ("Less", "GreaterOrEqual"):
        above = call.add("binarize", call.add("mul", x, np.asarray(-1.0, x.dtype)), -number)
    else:
        above = call.add("binarize", x, number)
    return _not(call, above) if relation.endswith("Equal") else above


def _not(call: Call, x: Value) -> Value:
    return call.add("add", call.add("mul", x, np.asarray(-1.0, x.dtype)), np.asarray(1.0, x.dtype))


@handles("Equal")
def equal(call: Call) -> Tensor:
    """a == c for constants c: a one-hot encoding with one category a column."""
    aligned = align(call, [call.tensor(0), call.tensor(1)], integers=True)
    x, number = _with_constant(call, aligned)
    number = np.broadcast_to(number, x.shape[1])
    if np.any(np.isnan(number)):
        call.refuse("it compares with NaN, which equals nothing")
    call.remember(x, number)
    return aligned.result(call.add("one_hot", x, np.arange(x.shape[1] + 1), number), "bool")


def _with_constant(call: Call, aligned: Aligned) -> tuple[Value, Array]:
    x, number = sorted(aligned.operands, key=lambda operand: not isinstance(operand, Value))
    if not isinstance(x, Value) or isinstance(number, Value):
        call.refuse("it needs one computed input and one constant")
    return x, number


@handles("Not")
def negation(call: Call) -> Tensor:
    """1 - x."""
    aligned = align(call, [call.tensor(0)], integers=True)
    x = aligned.operands[0]
    assert isinstance(x, Value)
    return aligned.result(_not(call, x))


@handles("And", "Or")
def logic(call: Call) -> Tensor:
    """x y; [x + y > 1/2]."""
    aligned = align(call, [call.tensor(0), call.tensor(1)], integers=True)
    a, b = sorted(aligned.operands, key=lambda operand: not isinstance(operand, Value))
    assert isinstance(a, Value)
    if call.op_type == "And":
        return aligned.result(call.add("mul", a, b))
    return aligned.result(call.add("binarize", call.add("add", a, b), np.full(a.shape[1], 0.5)))


@handles("Where")
def where(call: Call) -> Tensor:
    """A choice between two constants: a table that gives one for True and the other for all else."""
    condition, yes, no = call.tensor(0), call.tensor(1), call.tensor(2)
    if not isinstance(yes, Const) or not isinstance(no, Const):
        call.refuse("it chooses between tensors that are computed from the rows")
    if yes.data.dtype.kind != "f":
        call.refuse("it chooses between numbers that are no floats")
    aligned = align(call, [condition, Const(np.broadcast_arrays(yes.data, no.data)[0])], integers=True)
    x = aligned.operands[0]
    assert isinstance(x, Value)
    width, columns = x.shape[1], [1 if size is None else size for size in aligned.shape]
    chosen = (np.broadcast_to(data, columns).ravel() for data in (yes.data, no.data))
    value = call.add("lookup", x, np.arange(width + 1), np.ones(width), *chosen, None)
    dtype = yes.data.dtype.name
    return aligned.result(call.add("cast", value, dtype=dtype) if value.dtype != dtype else value, dtype)
