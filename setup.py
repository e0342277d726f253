"""Builds the C kernel into edgescore._native, or a pure wheel on a machine that has no C compiler.

Only a missing compiler leads to the pure wheel: it is probed for before setuptools decides on a wheel tag, so a C
error in our own code stays an error. EDGESCORE_PURE=1 asks for the pure wheel, EDGESCORE_REQUIRE_NATIVE=1 forbids it.
"""

from __future__ import annotations

import ast
import io
import os
import sys
import sysconfig
import tempfile
import tokenize
import zlib
from collections.abc import Iterator

from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import CCompilerError, PlatformError

# Other commands (metadata, sdist) run setup.py as well and must neither probe nor print.
BUILDING = not {"build", "build_ext", "bdist_wheel", "editable_wheel", "develop", "install"}.isdisjoint(sys.argv)


# Modules that neither loading nor scoring on the C kernel imports: without byte code they are slower to start.
LATE = ("_anytime_numpy", "_atomic", "_cli", "_cli_bench", "_cli_info", "_cli_score", "_describe", "_numpy_backend")
LATE += ("_plan_check", "_progress", "_reader", "_rows", "_rows_csv", "_rows_json", "_rows_npy")


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


def annotations(nodes: list[ast.AST]) -> Iterator[tuple[int, int, int, str]]:
    """Line, first and last column of the annotations of functions that are on one line, and the mark before each."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            a = node.args
            arguments = [arg for arg in [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg] if arg]
            for mark, each in [*((":", arg.annotation) for arg in arguments), ("->", node.returns)]:
                if each and each.end_lineno == each.lineno:
                    yield each.lineno, each.col_offset, each.end_col_offset or 0, mark


def without_prose(source: str) -> str:
    """``source`` without comments, docstrings, annotations of functions and imports for type checkers; every line keeps
    its number, so that tracebacks stay true.
    """
    lines = source.splitlines(keepends=True)

    def blank(node: ast.stmt) -> None:
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            lines[number - 1] = "\n"

    nodes = list(ast.walk(ast.parse(source)))
    for number, start, end, mark in sorted(annotations(nodes), reverse=True):
        line = lines[number - 1]
        if line.isascii():  # else columns are not those of the text
            lines[number - 1] = line[: line.rindex(mark, 0, start)].rstrip() + line[end:]
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
    """Leaves the prose and the type annotations of private modules out of wheels, which are a third of them, and makes
    one compressed file of all operators and of LATE, which edgescore/_bundle.py reads; the sdist has it all as it is.

    What ``help()`` shows a user, the docstrings of the public classes in ``_model.py``, stays.
    """

    def run(self) -> None:
        """Copies the modules, then bundles some."""
        super().run()
        root = os.path.join(self.build_lib, "edgescore")
        if self.editable_mode or not os.path.isdir(root):
            return
        operators = [f"ops.{name[:-3]}" for name in sorted(os.listdir(os.path.join(root, "ops")))]
        parts = []
        for module in [*LATE, *operators]:
            path = os.path.join(root, *module.split(".")) + ".py"
            if os.path.exists(path) and module != "ops.__init__":
                with open(path, encoding="utf-8") as file:
                    parts += [module, file.read()]
                os.remove(path)
        with open(os.path.join(root, "modules.z"), "wb") as bundle:
            bundle.write(zlib.compress("\0".join(parts).encode(), 9))

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
                # What is not bound to Python, and nothing bound calls, stays out.
                extension.extra_compile_args += ["-ffunction-sections", "-fdata-sections"]
                extension.extra_link_args += ["-s"]
                if sys.platform == "linux":
                    extension.extra_link_args += ["-Wl,-z,noseparate-code", "-Wl,--build-id=none", "-Wl,--gc-sections"]
        super().build_extensions()


if BUILDING and wants_native():
    setup(
        cffi_modules=["native/bind/build.py:ffibuilder"],
        cmdclass={"build_ext": BuildKernel, "build_py": BuildRuntime},
        options={"bdist_wheel": {"py_limited_api": "cp39"}},
    )
else:
    setup(cmdclass={"build_py": BuildRuntime})
