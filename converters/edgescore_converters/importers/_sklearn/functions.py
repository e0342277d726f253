"""FunctionTransformer: the numpy functions that have an operator, and no function at all.

Refuses others by name: a Python function cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .registry import transformer

Elementwise = Callable[[Builder, Value], Value]


def _operator(op: str, *operands: float) -> Elementwise:
    return lambda b, x: b.add(op, x, *operands)


# By the function's own name, as a pickled model may bring a function of another numpy.
FUNCTIONS: dict[str, Elementwise] = {
    **{name: _operator(name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "tanh", "sinh", "cosh")},
    **{name: _operator(name) for name in ("sin", "cos", "tan", "floor", "ceil", "sign", "erf")},
    **{f"arc{name}": _operator(f"a{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "rint": _operator("round"),
    **dict.fromkeys(("absolute", "fabs"), _operator("abs")),
    "square": lambda b, x: b.add("mul", x, x),
    "negative": _operator("mul", -1.0),
    "positive": lambda b, x: x,
    "cbrt": lambda b, x: b.add("sub", _third_root(b, b.add("relu", x)), _third_root(b, _negative_part(b, x))),
    "log10": lambda b, x: b.add("div", b.add("log", x), float(np.log(10.0))),
    "log2": lambda b, x: b.add("div", b.add("log", x), float(np.log(2.0))),
    "exp2": lambda b, x: b.add("exp", b.add("mul", x, float(np.log(2.0)))),
    "reciprocal": lambda b, x: b.add("power", x, -1.0),
    "expit": _operator("sigmoid"),
}


def _third_root(b: Builder, x: Value) -> Value:
    return b.add("power", x, 1.0 / 3.0)


def _negative_part(b: Builder, x: Value) -> Value:
    return b.add("relu", b.add("mul", x, -1.0))


def known(function: Any) -> Elementwise | None:
    """What computes ``function``, a numpy or scipy ufunc; None for a function that has no operator."""
    return FUNCTIONS.get(function.__name__) if isinstance(function, np.ufunc) else None


@transformer("FunctionTransformer", routes_nan=True)
def function(b: Builder, est: Any, x: Table) -> Table:
    """The function of every element; without a function, the input."""
    if est.validate:
        b.refuse_nan(x)
    if est.func is None:
        return x
    compute = known(est.func)
    if compute is None or est.kw_args:
        name = getattr(est.func, "__name__", str(est.func))
        reason = "is Python code with no operator for it" if compute is None else "has arguments (kw_args)"
        remedy = f"use a numpy function ({', '.join(sorted(FUNCTIONS))}), or compute it before scoring"
        raise b.refusal(f"its function {name!r} {reason}", remedy)
    return x.mapped(compute(b, x.value))
