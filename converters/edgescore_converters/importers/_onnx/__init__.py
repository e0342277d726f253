"""ONNX operators, found by listing this package: a file here handles one operator, or a family that shares its code.

Files with a leading underscore are what handlers share. Nothing here reads files or decides what the outputs of a model
mean: that is `onnx.py`, next to this package.
"""

from __future__ import annotations

import importlib
import pkgutil

from ._call import HANDLERS, ML, Call, Refused
from ._tensors import Const, Rows, Tensor, Vocabulary

__all__ = ["HANDLERS", "ML", "Call", "Const", "Refused", "Rows", "Tensor", "Vocabulary"]

for _info in pkgutil.iter_modules(__path__):
    if not _info.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_info.name}")
