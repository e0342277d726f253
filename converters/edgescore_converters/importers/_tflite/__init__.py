"""TensorFlow Lite: the file's records, and one handler for every builtin operator that has a counterpart."""

from __future__ import annotations

from . import convolution, elementwise, functions, indexing, movement, recurrent, reductions, resizing, simple_recurrent
from ._call import HANDLERS, Call, Refused, dynamic_range, inner_dtype, inner_quant
from ._file import Model, Operator, Subgraph, Tensor, load
from ._oracle import Oracle
from .control import CONTROL, called
from .cut import chosen, needed
from .refusals import refusal
from .variables import Variables, key_of, read_after_write

__all__ = [
    "CONTROL",
    "HANDLERS",
    "Call",
    "Model",
    "Operator",
    "Oracle",
    "Refused",
    "Subgraph",
    "Tensor",
    "Variables",
    "called",
    "chosen",
    "convolution",
    "dynamic_range",
    "elementwise",
    "functions",
    "indexing",
    "inner_dtype",
    "inner_quant",
    "key_of",
    "load",
    "movement",
    "needed",
    "read_after_write",
    "recurrent",
    "reductions",
    "refusal",
    "resizing",
    "simple_recurrent",
]
