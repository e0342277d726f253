"""The operators, found by listing this package: a file here is an operator, its ``OP`` the record of it."""

from __future__ import annotations

import importlib
import pkgutil

from edgescore.ops._op import Op

__all__ = ["BY_CODE", "OPS", "Op"]

OPS: dict[str, Op] = {
    info.name: importlib.import_module(f"{__name__}.{info.name}").OP
    for info in pkgutil.iter_modules(__path__)
    if not info.name.startswith("_")
}
BY_CODE: dict[int, Op] = {op.code: op for op in OPS.values()}
if len(BY_CODE) != len(OPS) or any(op.name != name for name, op in OPS.items()):
    raise ImportError("operator codes must be unique and each operator named like its file")
