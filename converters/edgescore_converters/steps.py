"""What a lossy step reports: the price and the gain, before and after, and whether it was taken."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class StepReport:
    """One lossy step.

    bytes: encoded constants. work: multiply-adds, or node visits of tree ensembles, per row. metric: accuracy against
    the target, or agreement with the model before the step. accepted: false where the step gained nothing or cost too
    much; ``reason`` says which, and the model is unchanged.
    """

    name: str
    bytes_before: int
    bytes_after: int
    work_before: int
    work_after: int
    metric_name: str
    metric_before: float
    metric_after: float
    accepted: bool
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)
