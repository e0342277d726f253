"""ONNX graphs that are no tables: the walk over the graph, and a handler for every operator that has a counterpart."""

from __future__ import annotations

from . import (
    attention,
    choosing,
    convolution,
    elementwise,
    movement,
    normalization,
    qlinear,
    quantization,
    recurrent,
    reduction,
    spectra,
)
from ._graph import Importer

__all__ = [
    "Importer",
    "attention",
    "choosing",
    "convolution",
    "elementwise",
    "movement",
    "normalization",
    "qlinear",
    "quantization",
    "recurrent",
    "reduction",
    "spectra",
]
