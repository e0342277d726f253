"""What a conversion can fail with: the two exception classes and the record that names an unsupported part.

Importers collect every `Unsupported` before raising, so that a user sees the whole list at once and not one item a run.
Nothing here formats for a terminal: the command line prints `str(error)` and chooses the exit code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class ConvertError(Exception):
    """A source cannot be converted; the text names the thing at fault and the remedy."""


@dataclass(frozen=True)
class Unsupported:
    """One part of a source that has no counterpart.

    `name` is what the user would search for (a node, an estimator, an objective), `reason` why it cannot be converted
    exactly, `remedy` what to do instead.
    """

    name: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}; {self.remedy}"


class UnsupportedError(ConvertError):
    """Every unsupported part of one source, as `parts`."""

    def __init__(self, parts: Sequence[Unsupported]) -> None:
        self.parts = tuple(parts)
        super().__init__("\n".join(str(part) for part in self.parts))


class VerificationFailed(ConvertError):
    """The converted model and its source disagree; ``verification`` has the rows. Nothing was written."""

    def __init__(self, verification: Any) -> None:
        self.verification = verification
        super().__init__(
            f"{verification}. Nothing was written; --force (force=True) writes all the same, "
            "--input-dtype float64 helps where the rows need more digits than float32 has"
        )


class BudgetNotMet(ConvertError):
    """The converted model exceeds its budget; ``conversion`` has the numbers. Nothing was written."""

    def __init__(self, conversion: Any) -> None:
        self.conversion = conversion
        super().__init__(f"the budget is not met: {conversion.binding}. Nothing was written")
