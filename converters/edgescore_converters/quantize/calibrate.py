"""Chooses scale and zero point of an int8 activation from the values seen in it.

minmax covers all of them; percentile leaves out the rarest, mse clips where the squared error of rounding and clipping
together is least (the idea of Sung, Shin and Hwang, "Resiliency of deep neural networks under quantization", arXiv
1511.06488). Which of them is best differs from model to model, so all are measured. Refuses nothing finite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOW, HIGH = -128, 127
TAIL = 0.05  # percent of the values left out at each end by "percentile"
MAX_VALUES = 1 << 16
SHRINKS = np.geomspace(1.0, 0.05, 41)  # of an end of a range


@dataclass(frozen=True)
class Affine:
    """real = scale (q - zero); scale is a float32, zero an int8."""

    scale: float
    zero: int

    @classmethod
    def covering(cls, low: float, high: float) -> Affine:
        """The finest that holds low, high and 0, which is exact: a relu's zeros and padding cost nothing."""
        low, high = min(low, 0.0), max(high, 0.0)
        scale = np.float32((high - low) / (HIGH - LOW))
        if not 0 < scale < np.inf:
            return cls(1.0, 0)
        return cls(float(scale), int(np.clip(np.rint(LOW - low / float(scale)), LOW, HIGH)))

    def code(self, real: float) -> int:
        """The int8 nearest to ``real``, which may be infinite."""
        return int(np.clip(np.rint(real / self.scale), LOW - self.zero, HIGH - self.zero)) + self.zero

    def rounded(self, values: Floats) -> Floats:
        """``values`` after quantizing and dequantizing."""
        return self.scale * np.clip(np.rint(values / self.scale), LOW - self.zero, HIGH - self.zero)


def minmax(values: Floats) -> Affine:
    """All values fit."""
    return Affine.covering(float(values.min()), float(values.max()))


def percentile(values: Floats) -> Affine:
    """All but TAIL percent at each end fit."""
    low, high = np.percentile(values, [TAIL, 100 - TAIL])
    return Affine.covering(float(low), float(high))


def mse(values: Floats, follow: Callable[[Floats], Floats] | None = None) -> Affine:
    """The least mean squared error over a grid of upper ends, then of lower ends.

    follow: a function of one number that the error is measured behind: a sigmoid does not care how large is large.
    """
    flat = values.reshape(-1)[:: max(1, values.size // MAX_VALUES)]
    low, high = float(flat.min()), float(flat.max())
    behind = follow or (lambda numbers: numbers)
    exact = behind(flat)

    def error(affine: Affine) -> float:
        return float(np.mean((behind(affine.rounded(flat)) - exact) ** 2))

    high = min((high * shrink for shrink in SHRINKS), key=lambda end: error(Affine.covering(low, end)))
    low = min((low * shrink for shrink in SHRINKS), key=lambda end: error(Affine.covering(end, high)))
    return Affine.covering(low, high)


CHOOSE: dict[str, Callable[[Floats], Affine]] = {"minmax": minmax, "percentile": percentile, "mse": mse}
