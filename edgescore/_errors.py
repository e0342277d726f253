"""Every status number, its text and its exception class, in one table.

The C enum and its texts (``native/src/gen/status.h``) are generated from ``STATUSES``; nothing else lists them.
"""

from __future__ import annotations


class EdgeScoreError(Exception):
    """Base of every error this package raises; ``status`` is the C status number (0 where C was not involved)."""

    status = 0


class FormatError(EdgeScoreError, ValueError):
    """The bytes are not a model this runtime can score: truncated, corrupt, foreign or newer."""


class InputError(EdgeScoreError, ValueError):
    """A row cannot be scored as given."""


class ShapeError(InputError):
    """A row or batch has the wrong number of values."""


class DtypeError(InputError, TypeError):
    """A value has the wrong type: text where a number belongs, or an array of another dtype."""


class UnknownCategoryError(InputError):
    """A category was not seen in training and the model's policy for it is ``error``."""


class MissingValueError(InputError):
    """A value is missing (NaN) where the model has no route for it."""


class ArenaError(EdgeScoreError, MemoryError):
    """The working memory handed to the runtime is too small."""


class BudgetError(EdgeScoreError, ValueError):
    """A budget cannot be read: unknown key, unit or value."""


class BudgetExceeded(EdgeScoreError):
    """A declared limit does not hold."""


class BackendError(EdgeScoreError, RuntimeError):
    """The backend or kernel set asked for is not available here."""


def warn(text: str) -> None:
    """A RuntimeWarning, shown at the line outside this package that led here."""
    import sys
    import warnings

    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("edgescore."):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, RuntimeWarning, stacklevel=level)


# (number, C name, class, text). A number is never reused.
STATUSES = (
    (-1, "TRUNCATED", FormatError, "the file is shorter than its header says"),
    (-2, "MAGIC", FormatError, "not an EdgeScore model (no EDSC signature at the start)"),
    (-3, "VERSION", FormatError, "made for a newer format than this runtime reads; update edgescore on the device"),
    (-4, "CHECKSUM", FormatError, "the checksum does not match; the file was damaged, copy it again"),
    (-5, "LAYOUT", FormatError, "sections overlap, leave holes or run out of the file"),
    (-6, "SECTION", FormatError, "a section this runtime must understand is unknown, missing or malformed"),
    (-7, "TENSOR", FormatError, "a tensor record is malformed"),
    (-8, "DTYPE", FormatError, "a tensor's dtype is unknown or not one its operator takes"),
    (-9, "OPERATOR", FormatError, "an operator this runtime does not have; update edgescore or rebuild it in"),
    (-10, "SHAPE", FormatError, "operand shapes do not fit their operator"),
    (-11, "NODE", FormatError, "a node record is malformed"),
    (-12, "PLAN", FormatError, "a node reads memory nothing wrote, or the memory plan overlaps"),
    (-13, "CONSTANT", FormatError, "constant data is invalid for its operator"),
    (-14, "PORT", FormatError, "an input, output, feature or label record is malformed"),
    (-15, "PARAM", FormatError, "an operator parameter is out of range"),
    (-16, "ARGUMENT", InputError, "a null, misaligned or wrongly sized argument"),
    (-17, "ARENA", ArenaError, "the arena is smaller than the model's plan"),
    (
        -18,
        "MISSING",
        MissingValueError,
        "a value is NaN where the model has no route for missing values; impute it first",
    ),
)


def error(status: int, detail: str = "") -> EdgeScoreError:
    """The exception for C status ``status`` (a negative number from ``STATUSES``), with ``detail`` in front."""
    for number, name, cls, text in STATUSES:
        if number == status:
            raised: EdgeScoreError = cls(
                f"{detail}: {text} [EDSC_ERR_{name}]" if detail else f"{text} [EDSC_ERR_{name}]"
            )
            raised.status = status
            return raised
    raise ValueError(f"no status {status}")
