"""Finds the operators: as files in a checkout, in one compressed file in a wheel, where 130 small ones would take four
times the space.

``setup.py`` writes the file: a JSON object of module name and source, compressed by zlib.
"""

from __future__ import annotations

import os
import pkgutil
import sys
import zlib
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

PACKAGE = "edgescore.ops."
FILE = "operators.z"


class Finder:
    """Imports modules of the package from their sources."""

    def __init__(self, sources: dict[str, str]):
        self.sources = sources

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The module's spec; None for one that is not here."""
        known = name.startswith(PACKAGE) and name[len(PACKAGE) :] in self.sources
        return ModuleSpec(name, self, origin=f"{FILE}/{name[len(PACKAGE) :]}.py") if known else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module's source."""
        origin = module.__spec__.origin if module.__spec__ else None
        exec(compile(self.sources[module.__name__[len(PACKAGE) :]], origin or FILE, "exec"), module.__dict__)


def names(folder: str) -> list[str]:
    """The operators of the package in ``folder``; makes a bundle there importable."""
    found = [info.name for info in pkgutil.iter_modules([folder])]
    path = os.path.join(folder, FILE)
    if os.path.exists(path):
        import json

        with open(path, "rb") as file:
            sources = json.loads(zlib.decompress(file.read()))
        sys.meta_path.append(Finder(sources))
        found += sources
    return [name for name in found if not name.startswith("_")]
