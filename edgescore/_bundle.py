"""Finds the modules that a wheel carries in one compressed file: all operators, and what predictions do not import.
130 small files would take four times the space. In a checkout every module is a file, and nothing happens here.

``setup.py`` writes the file: names and sources in turn, parted by zero bytes, compressed by zlib.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

PACKAGE = "edgescore."
FILE = "modules.z"


class Finder:
    """Imports modules of the package from their sources, which are unpacked when the first of them is wanted."""

    def __init__(self, path: str):
        self.path = path
        self._sources: dict[str, str] = {}

    def sources(self) -> dict[str, str]:
        """Module names, without that of the package, and sources."""
        if not self._sources:
            import zlib

            with open(self.path, "rb") as file:
                parts = zlib.decompress(file.read()).decode().split("\0")
            self._sources = dict(zip(parts[::2], parts[1::2]))
        return self._sources

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The module's spec; None for one that is not here."""
        if not name.startswith(PACKAGE) or name[len(PACKAGE) :] not in self.sources():
            return None
        origin = f"{FILE}/{name[len(PACKAGE) :].replace('.', '/')}.py"
        return ModuleSpec(name, self, origin=origin)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module's source."""
        spec = module.__spec__
        origin = spec.origin if spec else None
        exec(compile(self.get_source(module.__name__), origin or FILE, "exec"), module.__dict__)

    def get_source(self, name: str) -> str:
        """A module's source: tracebacks ask for it."""
        return self.sources()[name[len(PACKAGE) :]]


_path = os.path.join(os.path.dirname(__file__), FILE)
_finder = Finder(_path) if os.path.exists(_path) else None
if _finder:
    sys.meta_path.append(_finder)


def operators(folder: str) -> list[str]:
    """The names of the modules in ``edgescore/ops``, which is ``folder``, wherever they are."""
    import pkgutil

    found = [info.name for info in pkgutil.iter_modules([folder])]
    if _finder:
        found += [name.partition(".")[2] for name in _finder.sources() if name.startswith("ops.")]
    return [name for name in found if not name.startswith("_")]
