"""The one place that decides who scores: the C kernel, or the numpy reference.

``EDGESCORE_BACKEND`` is ``auto`` (default: native where it was built), ``native`` or ``numpy``. With ``auto`` and no C
kernel the reference backend runs, and says so once.
"""

from __future__ import annotations

import os

from edgescore._errors import BackendError, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_said = False


def open_engine(data: Any) -> Any:
    """An opened model on the chosen backend."""
    global _said
    wanted = os.environ.get("EDGESCORE_BACKEND") or "auto"
    if wanted not in ("auto", "native", "numpy"):
        raise BackendError(f"EDGESCORE_BACKEND={wanted!r}: it is auto, native or numpy")
    why = ""
    if wanted != "numpy":
        try:
            from edgescore import _native_backend

            return _native_backend.Engine(data)
        except ImportError as missing:
            why = f"there is no C kernel here ({missing}): {_remedy(missing)}"
    if wanted == "native":
        raise BackendError(why)
    try:
        from edgescore import _numpy_backend

        engine = _numpy_backend.Engine(data)
    except ImportError:
        raise BackendError(
            f"{why}{'; or ' if why else ''}pip install numpy, which the slow reference backend needs"
        ) from None
    if why and not _said:
        _said = True
        warn(f"the slow numpy reference scores, {why}")
    return engine


def _remedy(missing: ImportError) -> str:
    if missing.name == "_cffi_backend":
        return "pip install cffi"
    return "reinstall edgescore where a C compiler is (apt install gcc python3-dev)"
