"""Builds the C kernel into edgescore._native, or a pure wheel on a machine that has no C compiler.

Only a missing compiler leads to the pure wheel: it is probed for before setuptools decides on a wheel tag, so a C
error in our own code stays an error. EDGESCORE_PURE=1 asks for the pure wheel, EDGESCORE_REQUIRE_NATIVE=1 forbids it.
"""

from __future__ import annotations

import ast
import io
import json
import os
import sys
import sysconfig
import tempfile
import tokenize
import zlib

from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import CCompilerError, PlatformError

# Other commands (metadata, sdist) run setup.py as well and must neither probe nor print.
BUILDING = not {"build", "build_ext", "bdist_wheel", "editable_wheel", "develop", "install"}.isdisjoint(sys.argv)


def compiler_works() -> bool:
    """Whether the compiler that setuptools would use can compile a file that includes Python.h."""
    from distutils.ccompiler import new_compiler  # setuptools' own copy, which importing setuptools puts in place
    from distutils.sysconfig import customize_compiler

    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "probe.c")
        with open(source, "w") as file:
            file.write("#include <Python.h>\n")
        try:
            compiler = new_compiler()
            customize_compiler(compiler)
            compiler.compile([source], output_dir=folder, include_dirs=[sysconfig.get_path("include")])
        except (CCompilerError, PlatformError):
            return False
    return True


def wants_native() -> bool:
    """Decides between native and pure; says so once when a missing compiler decided."""
    if os.environ.get("EDGESCORE_PURE") == "1":
        return False
    if compiler_works():
        return True
    reason = "no working C compiler, or no Python.h (Debian: apt install gcc python3-dev)"
    if os.environ.get("EDGESCORE_REQUIRE_NATIVE") == "1":
        raise SystemExit(f"edgescore: {reason}, and EDGESCORE_REQUIRE_NATIVE=1 forbids the pure build")
    print(f"edgescore: {reason}: building without the C kernel; models run on numpy, slowly", file=sys.stderr)
    return False


def without_prose(source: str) -> str:
    """``source`` without comments, docstrings and imports for type checkers; every line keeps its number, so that
    tracebacks stay true.
    """
    lines = source.splitlines(keepends=True)

    def blank(node: ast.stmt) -> None:
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            lines[number - 1] = "\n"

    nodes = list(ast.walk(ast.parse(source)))
    for node in nodes:
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            text = node.body[0]
            blank(text)
            if len(node.body) == 1 and not isinstance(node, ast.Module):
                lines[text.lineno - 1] = " " * text.col_offset + "pass\n"
    for node in nodes:  # last, as what was documented may stand in one of these
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            blank(node)
    kept = "".join(lines)
    lines = kept.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(kept).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0] - 1] = lines[token.start[0] - 1][: token.start[1]].rstrip() + "\n"
    return "".join(lines)


class BuildRuntime(build_py):
    """Leaves the prose of private modules out of wheels, which is a quarter of them, and makes one compressed file of
    the operators, which edgescore/ops/_bundle.py reads; the sdist has it all as it is.

    What ``help()`` shows a user, the docstrings of the public classes in ``_model.py``, stays.
    """

    def run(self) -> None:
        """Copies the modules, then bundles the operators."""
        super().run()
        folder = os.path.join(self.build_lib, "edgescore", "ops")
        if self.editable_mode or not os.path.isdir(folder):
            return
        sources = {}
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py") and name not in ("__init__.py", "_bundle.py"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    sources[name[:-3]] = file.read()
                os.remove(os.path.join(folder, name))
        with open(os.path.join(folder, "operators.z"), "wb") as bundle:
            bundle.write(zlib.compress(json.dumps(sources).encode(), 9))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The files of the wheel, the bundle in place of the operators."""
        return [path for path in super().get_outputs(include_bytecode) if os.path.exists(path)]

    def build_module(self, module: str | tuple[str, ...], module_file: str, package: str) -> object:
        """Copies a module, lean unless it is public."""
        copied = super().build_module(module, module_file, package)
        name = os.path.basename(module_file)
        if name not in ("__init__.py", "_model.py"):
            target = self.get_module_outfile(self.build_lib, tuple(package.split(".")), os.path.splitext(name)[0])
            with open(target, encoding="utf-8") as file:
                source = file.read()
            with open(target, "w", encoding="utf-8") as file:
                file.write(without_prose(source))
        return copied


class BuildKernel(build_ext):
    """Compiles without debug information; always anew, as setuptools does not track headers."""

    def build_extensions(self) -> None:
        """Adds the flags, which go after those of the interpreter's own build and so win over them."""
        self.force = True
        if self.compiler.compiler_type == "unix":
            for extension in self.extensions:
                # No contraction: a fused multiply-add rounds once where the reference rounds twice.
                extension.extra_compile_args += ["-Os", "-g0", "-fvisibility=hidden", "-ffp-contract=off"]
                # Nothing unwinds through the kernel, so it needs no tables for that.
                extension.extra_compile_args += ["-fno-asynchronous-unwind-tables", "-fno-unwind-tables"]
                extension.extra_link_args += ["-s"]
                if sys.platform == "linux":
                    extension.extra_link_args += ["-Wl,-z,noseparate-code", "-Wl,--build-id=none"]
        super().build_extensions()


if BUILDING and wants_native():
    setup(
        cffi_modules=["native/bind/build.py:ffibuilder"],
        cmdclass={"build_ext": BuildKernel, "build_py": BuildRuntime},
        options={"bdist_wheel": {"py_limited_api": "cp39"}},
    )
else:
    setup(cmdclass={"build_py": BuildRuntime})
