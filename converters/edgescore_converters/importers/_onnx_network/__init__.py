"""ONNX graphs that are no tables: the walk over the graph, and a handler for every operator that has a counterpart."""

from __future__ import annotations

from . import (
    attention,
    choosing,
    convolution,
    elementwise,
    fused,
    movement,
    normalization,
    pooling,
    qlinear,
    quantization,
    recurrent,
    reduction,
    sampling,
    spectra,
)
from ._graph import Importer
from ._sizes import sizes

__all__ = [
    "Importer",
    "attention",
    "choosing",
    "convolution",
    "elementwise",
    "fused",
    "movement",
    "normalization",
    "pooling",
    "qlinear",
    "quantization",
    "recurrent",
    "reduction",
    "sampling",
    "sizes",
    "spectra",
]
