"""Functions that need no operator of their own, because nodes of others give the same, bit for bit; and operators on
dtypes that they do not have, computed in a wider one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from edgescore.format import schema
from edgescore.ops import OPS
from edgescore_converters.ir import Value

if TYPE_CHECKING:
    from ._builder import Builder

Compose = Callable[..., Value]
WIDER = dict.fromkeys(("bool", "int8", "uint8", "int16", "uint16"), "int32") | {"uint32": "int64", "int32": "float64"}
WRAPPING = ("add", "sub", "mul", "power", "reduce_sum", "reduce_prod", "cumsum", "abs")
NAMES = {"logical_and": "bitwise_and", "logical_or": "bitwise_or", "logical_xor": "bitwise_xor"}


def _is_inf(b: Builder, x: Value, negative: int = 1, positive: int = 1) -> Value:
    found = [
        b.binary("equal", x, np.asarray(sign, x.dtype)) for sign, on in ((np.inf, positive), (-np.inf, negative)) if on
    ]
    if not found:
        return b.binary("less", x, np.asarray(-np.inf, x.dtype))  # never
    return found[0] if len(found) == 1 else b.binary("bitwise_or", *found)


def _leaky_relu(b: Builder, x: Value, alpha: float = 0.01) -> Value:
    return b.op("prelu", x, np.asarray(alpha, x.dtype), shape=x.shape)


def _selu(b: Builder, x: Value, alpha: float = 1.6732632423543772, gamma: float = 1.0507009873554805) -> Value:
    return b.binary("mul", b.unary("elu", x, alpha=alpha), np.asarray(gamma, x.dtype))


def _bitwise_not(b: Builder, x: Value) -> Value:
    return b.binary("bitwise_xor", x, np.invert(np.zeros((), x.dtype)))


def _reciprocal(b: Builder, x: Value) -> Value:
    return b.binary("div", np.ones((), x.dtype), x)


COMPOSED: dict[str, Compose] = {
    "neg": lambda b, x: b.binary("mul", x, np.asarray(-1).astype(x.dtype)),
    "reciprocal": _reciprocal,
    "rsqrt": lambda b, x: _reciprocal(b, b.unary("sqrt", x)),
    "leaky_relu": _leaky_relu,
    "selu": _selu,
    "logical_not": lambda b, x: b.binary("bitwise_xor", x, np.asarray(True)),
    "bitwise_not": _bitwise_not,
    "is_nan": lambda b, x: b.binary("bitwise_xor", b.binary("equal", x, x), np.asarray(True)),
    "is_inf": _is_inf,
}


def wider(name: str, dtype: str) -> str | None:
    """The dtype to compute in where the operator has no variant of ``dtype``; None where it has."""
    wanted = dtype
    while not any(types.startswith(schema.DTYPE_BY_NAME[wanted].letter) for types in OPS[name].types):
        if wanted not in WIDER:
            return None  # the operator says what it has
        wanted = WIDER[wanted]
    return None if wanted == dtype else wanted


def narrowed(b: Builder, name: str, y: Value, dtype: str) -> Value:
    """The result of an operator computed in a wider dtype, as integers of ``dtype`` overflow."""
    kind = np.dtype(dtype)
    if y.dtype == "bool" or kind.kind not in "iu" or name not in WRAPPING or y.dtype.startswith("float"):
        return y if y.dtype == "bool" else b.cast(y, dtype)
    mask = np.asarray((1 << 8 * kind.itemsize) - 1, y.dtype)
    y = b.binary("bitwise_and", y, mask)
    if kind.kind == "i":
        half = np.asarray(1 << 8 * kind.itemsize - 1, y.dtype)
        y = b.binary("sub", b.binary("bitwise_xor", y, half), half)
    return b.cast(y, dtype)


def in_wider(b: Builder, name: str, operands: list[Value], compute: Callable[[list[Value]], Value]) -> Value | None:
    """``compute`` on the operands in a dtype that the operator has; None where it has theirs."""
    dtype = operands[0].dtype
    wide = wider(name, dtype)
    if wide is None or any(value.dtype != dtype for value in operands):
        return None
    return narrowed(b, name, compute([b.cast(value, wide) for value in operands]), dtype)


def composed(b: Builder, name: str, x: Value, params: dict[str, Any]) -> Value | None:
    """The function of x by other operators; None where it is an operator."""
    compose = COMPOSED.get(name)
    return None if compose is None else compose(b, x, **params)
