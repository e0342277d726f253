"""EdgeScore: load a converted model and score with it, in a known amount of memory, within a budget.

>>> model = edgescore.load("motion.edsc", budget="budget.toml")
>>> model.score([0.1, 9.8, 0.3])
>>> print(model.report())
"""

from __future__ import annotations

from edgescore import _bundle as _bundle  # first: it finds the others
from edgescore._anytime import Partial
from edgescore._errors import (
    ArenaError,
    BackendError,
    BudgetError,
    BudgetExceeded,
    DtypeError,
    EdgeScoreError,
    FormatError,
    InputError,
    MissingValueError,
    ShapeError,
    UnknownCategoryError,
)
from edgescore._model import Model, load

__version__ = "0.1.0"
__all__ = [
    "ArenaError",
    "BackendError",
    "BudgetError",
    "BudgetExceeded",
    "DtypeError",
    "EdgeScoreError",
    "FormatError",
    "InputError",
    "MissingValueError",
    "Model",
    "Partial",
    "ShapeError",
    "UnknownCategoryError",
    "load",
]
