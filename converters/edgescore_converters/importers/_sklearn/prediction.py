"""What a predictor's handler hands back: values by the name of the method that gives them, and the class index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgescore_converters.errors import Unsupported
from edgescore_converters.importers._imported import Task
from edgescore_converters.ir import Value

from .columns import Refused


@dataclass
class Prediction:
    """The outputs of one fitted predictor.

    scores: method name (predict_proba, decision_function, predict, transform) -> value (1, m); a binary decision is
    (1, 1). label: class index (1, 1), int32, by the rule of ``predict``. parts: one prediction per target, where there
    are several; scores beside them are of all at once. failed: it was refused, and that is on the list.
    """

    task: Task
    scores: dict[str, Value] = field(default_factory=dict)
    label: Value | None = None
    classes: Sequence[Any] = ()
    parts: Sequence[Prediction] = ()
    failed: bool = False

    def score(self, *methods: str) -> Value:
        """The value of the first of ``methods`` that there is; raises Refused when there is none."""
        for method in methods:
            if method in self.scores:
                return self.scores[method]
        raise self._lack(f"it gives no {' or '.join(methods)}")

    def index(self) -> Value:
        """The class index; raises Refused where there is none."""
        if self.label is None:
            raise self._lack("it names no class")
        return self.label

    def _lack(self, reason: str) -> Refused:
        if self.failed:
            return Refused()
        return Refused(Unsupported("", f"an inner estimator does not serve: {reason}", "use another one inside"))


def plain(classes: Any) -> list[Any]:
    """Class labels as Python values."""
    return [item.item() if isinstance(item, np.generic) else item for item in classes]
