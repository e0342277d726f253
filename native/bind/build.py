"""The cffi binding in API mode: ``ffibuilder`` compiles the whole C library into ``edgescore._native``.

The declarations are read out of the public header and session.h, so nothing is declared twice.
"""

from __future__ import annotations

import re
from pathlib import Path

from cffi import FFI

NATIVE = Path(__file__).resolve().parents[1]
HEADERS = ("include/edgescore_status.h", "include/edgescore.h", "bind/session.h")


def declarations(header: str) -> str:
    """A header as cffi's parser takes it: no comments, no preprocessor but integer constants."""
    text = re.sub(r"/\*.*?\*/", "", (NATIVE / header).read_text(), flags=re.S)
    text = re.sub(r'extern "C" \{|#ifdef __cplusplus\s*\}?\s*(?:\{\s*)?#endif', "", text)
    kept = [line for line in text.splitlines() if not line.startswith("#") or re.match(r"#define \w+ \d+u?\s*$", line)]
    return re.sub(r"(#define \w+ \d+)u", r"\1", "\n".join(kept))


ffibuilder = FFI()
for name in HEADERS:
    ffibuilder.cdef(declarations(name))
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
