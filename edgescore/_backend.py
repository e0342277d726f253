"""The one place that decides who scores: the C kernel, or the numpy reference.

``EDGESCORE_BACKEND`` is ``auto`` (default: native where it was built), ``native`` or ``numpy``. With ``auto`` and no C
kernel the reference backend runs, and says so once.
"""

from __future__ import annotations

import os

from edgescore._errors import BackendError

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
    if wanted != "numpy":
        try:
            from edgescore import _native_backend

            return _native_backend.Engine(data)
        except ImportError as missing:
            if wanted == "native":
                raise BackendError(
                    f"the C kernel is not built ({missing}); reinstall edgescore where a C compiler is"
                ) from None
    from edgescore import _numpy_backend

    if wanted == "auto" and not _said:
        import warnings

        _said = True
        warnings.warn("edgescore has no C kernel here; the slow numpy reference scores", RuntimeWarning, stacklevel=4)
    return _numpy_backend.Engine(data)
