"""The cffi binding in API mode: ``ffibuilder`` compiles the whole C library into ``edgescore._native``.

The declarations are read out of the public header and session.h, so nothing is declared twice. What Python has no use
for is left out: each bound function costs half a kilobyte, and what is not bound the linker drops.
"""

from __future__ import annotations

import re
from pathlib import Path

from cffi import FFI

NATIVE = Path(__file__).resolve().parents[1]
HEADERS = ("include/edgescore.h", "bind/session.h")
UNUSED = ("run", "run_until", "check_input", "input_feature", "output_label", "status_text")


def declarations() -> str:
    """The headers as cffi's parser takes them: no comments, no preprocessor, sizes of arrays as numbers."""
    text = "".join((NATIVE / header).read_text() for header in HEADERS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r'extern "C" \{|#ifdef __cplusplus\s*\}?\s*(?:\{\s*)?#endif', "", text)
    for name, value in re.findall(r"#define (\w+) (\d+)u?\s*$", text, flags=re.M):
        text = re.sub(rf"\[{name}\]", f"[{value}]", text)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    return re.sub(rf"^[\w *]+\bedsc_({'|'.join(UNUSED)})\([^;]*;", "", text, flags=re.M)


ffibuilder = FFI()
ffibuilder.cdef(declarations())
ffibuilder.set_source(
    "edgescore._native",
    '#include "native/bind/session.h"',
    sources=sorted(
        str(path.relative_to(NATIVE.parent)) for pattern in ("src/**/*.c", "bind/*.c") for path in NATIVE.glob(pattern)
    ),
    include_dirs=["."],
    py_limited_api=True,
    define_macros=[("Py_LIMITED_API", "0x03090000")],
)
