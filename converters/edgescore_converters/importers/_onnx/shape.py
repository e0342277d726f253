"""Shape and ConstantOfShape: a constant for every row, made as large as a computed tensor.

The number of rows is not known before scoring, so a shape is good for nothing else yet.
"""

from __future__ import annotations

import numpy as np

from ._call import Call, handles
from ._tensors import Const, Sizes, Tensor
from .constant import from_proto


@handles("Shape")
def shape(call: Call) -> Tensor:
    """The sizes of a tensor."""
    if call.attribute("start", 0) or call.attribute("end") is not None:
        call.refuse("it takes a part of a shape", "export the model with fixed shapes")
    return Sizes(call.rows())


@handles("ConstantOfShape")
def constant_of_shape(call: Call) -> Tensor:
    """One number everywhere, float 0 unless ``value`` says another."""
    like = call.tensor(0)
    value = call.attribute("value")
    number = np.zeros(1, np.float32) if value is None else from_proto(value).data
    if not isinstance(like, Sizes):
        call.refuse("its shape is not that of a computed tensor", "fold the model's constants (onnxsim)")
    sizes = [1 if size is None else size for size in like.of.shape]
    return Const(np.full(sizes, number.reshape(())), axis=like.of.axis)
