"""The operators, found by listing this package: a module here is an operator, its ``OP`` the record of it."""

from __future__ import annotations

import importlib

from edgescore._bundle import operators
from edgescore.ops._op import Op

__all__ = ["BY_CODE", "OPS", "Op"]

OPS: dict[str, Op] = {name: importlib.import_module(f"{__name__}.{name}").OP for name in operators(__path__[0])}
BY_CODE: dict[int, Op] = {op.code: op for op in OPS.values()}
if len(BY_CODE) != len(OPS) or any(op.name != name for name, op in OPS.items()):
    raise ImportError("operator codes must be unique and each operator named like its file")
