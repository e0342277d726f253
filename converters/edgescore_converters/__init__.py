"""EdgeScore's build-machine half: trained models in, verified .edsc files out.

>>> from edgescore_converters import convert
>>> print(convert(pipeline, "model.edsc", calibrate=rows))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgescore_converters.conversion import convert
    from edgescore_converters.errors import (
        BudgetNotMet,
        ConvertError,
        Unsupported,
        UnsupportedError,
        VerificationFailed,
    )
    from edgescore_converters.frameworks import from_keras, from_torch

_HOME = {
    "BudgetNotMet": "errors",
    "Conversion": "report",
    "ConvertError": "errors",
    "Unsupported": "errors",
    "UnsupportedError": "errors",
    "VerificationFailed": "errors",
    "convert": "conversion",
    "from_keras": "frameworks",
    "from_torch": "frameworks",
}
__all__ = [
    "BudgetNotMet",
    "Conversion",
    "ConvertError",
    "Unsupported",
    "UnsupportedError",
    "VerificationFailed",
    "convert",
    "from_keras",
    "from_torch",
]


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that ``import edgescore_converters`` stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
