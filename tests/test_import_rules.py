"""Who may import whom. The rules are data at the top; the checker reads source with ast and runs nothing.

Imports inside functions count: a lazy import is an import.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONVERTERS = "edgescore_converters"
IMPORTERS = f"{CONVERTERS}.importers"

# Lower layers first. A module may import its own layer and those below; modules in no layer are free in this respect.
FOUNDATION = ("edgescore._errors", "edgescore._bundle")
RUNTIME_LAYERS = (
    FOUNDATION,
    ("edgescore.format",),
    ("edgescore.ops",),
    ("edgescore._reader", "edgescore._plan_check"),
    ("edgescore._numpy_backend", "edgescore._native_backend"),
    ("edgescore._backend",),
    ("edgescore._model",),
)
CONVERTER_LAYERS = (
    (f"{CONVERTERS}.ir",),
    (IMPORTERS, *(f"{CONVERTERS}.{name}" for name in ("passes", "quantize", "prune", "plan"))),
    (f"{CONVERTERS}.writer",),
)
# The device may not have these, and the declarations need none of them.
DECLARATIONS = ("edgescore.format", "edgescore.ops")


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def read(folder: Path, package: str) -> dict[str, str]:
    """Module name -> source; a package keeps its `.__init__`, which relative imports need to be told apart."""
    files = (folder / package).rglob("*.py")
    return {".".join(file.relative_to(folder).with_suffix("").parts): file.read_text() for file in files}


def imports(module: str, source: str) -> Iterator[tuple[str, int]]:
    """Every (absolute dotted name, line) that `module` imports; `from a import b` gives a.b, module or not."""
    package = module.rpartition(".")[0].split(".")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{prefix}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and re.fullmatch(r".*\b(import_module|__import__)", ast.unparse(node.func)):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, node.lineno


def layer(module: str, layers: tuple[tuple[str, ...], ...]) -> int | None:
    ranks = (rank for rank, packages in enumerate(layers) if any(inside(module, package) for package in packages))
    return next(ranks, None)


def broken_rule(module: str, target: str) -> str | None:
    """The rule that `module` breaks by importing `target`, or None."""
    if inside(module, "edgescore") and inside(target, CONVERTERS):
        return "a device has no converters"
    if inside(target, "edgescore._native") and module != "edgescore._native_backend":
        return "only _native_backend imports the extension"
    if any(inside(module, package) for package in DECLARATIONS):
        top = target.partition(".")[0]
        if top != "edgescore" and top not in sys.stdlib_module_names:
            return "format and ops import nothing third-party; a reference takes the array module"
        if top == "edgescore" and not any(inside(target, package) for package in (*DECLARATIONS, *FOUNDATION)):
            return "format and ops import nothing above them"
    for layers in (RUNTIME_LAYERS, CONVERTER_LAYERS):
        mine, theirs = layer(module, layers), layer(target, layers)
        if mine is not None and theirs is not None and theirs > mine:
            return "a lower layer does not import a higher one"
    return broken_importer_rule(module, target)


def broken_importer_rule(module: str, target: str) -> str | None:
    """Importers know the graph and their private helpers; the folder's __init__, which lists them, knows all."""
    if not inside(module, IMPORTERS) or module == f"{IMPORTERS}.__init__":
        return None
    if any(inside(target, f"{CONVERTERS}.{name}") for name in ("passes", "quantize", "prune", "writer")):
        return "an importer builds the graph and leaves passes and writing to others"
    if inside(target, IMPORTERS):
        mine, theirs = (name.removeprefix(IMPORTERS).split(".")[1:2] for name in (module, target))
        if theirs and theirs != mine and not theirs[0].startswith("_"):
            return "an importer does not import another one; what they share is in a _module"
    return None


def violations(modules: Mapping[str, str]) -> list[str]:
    """One sentence for each import that breaks a rule."""
    return [
        f"{module}:{line} imports {target}: {rule}"
        for module, source in sorted(modules.items())
        for target, line in imports(module, source)
        if (rule := broken_rule(module, target))
    ]


@pytest.mark.parametrize("package", ["edgescore", CONVERTERS])
def test_imports_follow_the_arrows(package: str) -> None:
    modules = read(ROOT / ("converters" if package == CONVERTERS else ""), package)
    assert modules, f"no modules of {package} found"
    assert not violations(modules)


def test_native_code_knows_no_python() -> None:
    sources = list((ROOT / "native" / "src").rglob("*.[ch]"))
    assert sources
    assert not [file.name for file in sources if re.search(r"#\s*include\s*[<\"]Python\.h", file.read_text())]


@pytest.mark.parametrize(
    ("module", "source", "rule"),
    [
        ("edgescore._model", "import edgescore_converters.ir", "no converters"),
        ("edgescore._model", "def f():\n    from edgescore_converters import ir", "no converters"),
        ("edgescore.ops.dense", "import numpy as np", "third-party"),
        ("edgescore.format.schema", "from numpy.typing import NDArray", "third-party"),
        ("edgescore.ops.dense", "from .._reader import parse", "nothing above"),
        ("edgescore.ops.dense", "from .._budget import parse", "nothing above"),
        ("edgescore.format.schema", "from ..ops import OPS", "lower layer"),
        ("edgescore._model", "from edgescore import _native", "extension"),
        ("edgescore._backend", "from ._native import lib", "extension"),
        ("edgescore.__init__", "from . import _native", "extension"),
        ("edgescore._backend", "importlib.import_module('edgescore._native')", "extension"),
        ("edgescore._reader", "from . import _model", "lower layer"),
        ("edgescore._errors", "from .format import schema", "lower layer"),
        (f"{CONVERTERS}.ir", "from .writer import write", "lower layer"),
        (f"{CONVERTERS}.passes.fuse", "from ..writer import write", "lower layer"),
        (f"{IMPORTERS}.onnx", "from .sklearn import tree", "another one"),
        (f"{IMPORTERS}.onnx", "from . import sklearn", "another one"),
        (f"{IMPORTERS}.onnx.trees", f"import {IMPORTERS}.sklearn.trees", "another one"),
        (f"{IMPORTERS}._trees", "from .onnx import load", "another one"),
        (f"{IMPORTERS}.onnx", "from ..passes import fuse", "leaves passes"),
        (f"{IMPORTERS}.onnx", f"from {CONVERTERS} import passes", "leaves passes"),
        (f"{IMPORTERS}.onnx", "from ..writer import write", "lower layer"),
    ],
)
def test_a_violation_is_found(module: str, source: str, rule: str) -> None:
    found = violations({module: source})
    assert len(found) == 1
    assert rule in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("edgescore._native_backend", "from ._native import ffi, lib"),
        ("edgescore._model", "from . import _backend, _native_backend"),
        ("edgescore.ops.dense", "import struct\nfrom ..format import schema\nfrom ._op import Op"),
        (f"{CONVERTERS}.writer", "import edgescore\nfrom .ir import Graph"),
        (f"{IMPORTERS}.__init__", "from . import onnx, sklearn"),
        (f"{IMPORTERS}.onnx", "from ..ir import Graph\nfrom ._trees import Ensemble\nimport onnx"),
        (f"{IMPORTERS}.sklearn.trees", "from . import linear\nfrom .._trees import Ensemble"),
    ],
)
def test_what_is_allowed_passes(module: str, source: str) -> None:
    assert not violations({module: source})
