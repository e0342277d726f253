"""Builds the C kernel into edgescore._native, or a pure wheel on a machine that has no C compiler.

Only a missing compiler leads to the pure wheel: it is probed for before setuptools decides on a wheel tag, so a C
error in our own code stays an error. EDGESCORE_PURE=1 asks for the pure wheel, EDGESCORE_REQUIRE_NATIVE=1 forbids it.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile

from setuptools import setup
from setuptools.command.build_ext import build_ext
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


class BuildKernel(build_ext):
    """Compiles without debug information; always anew, as setuptools does not track headers."""

    def build_extensions(self) -> None:
        """Adds the flags, which go after those of the interpreter's own build and so win over them."""
        self.force = True
        if self.compiler.compiler_type == "unix":
            for extension in self.extensions:
                # No contraction: a fused multiply-add rounds once where the reference rounds twice.
                extension.extra_compile_args += ["-O2", "-g0", "-fvisibility=hidden", "-ffp-contract=off"]
                extension.extra_link_args += ["-s"]
        super().build_extensions()


if BUILDING and wants_native():
    setup(
        cffi_modules=["native/bind/build.py:ffibuilder"],
        cmdclass={"build_ext": BuildKernel},
        options={"bdist_wheel": {"py_limited_api": "cp39"}},
    )
else:
    setup()
