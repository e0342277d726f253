"""Outlier detectors that are no tree ensembles: elliptic envelope."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table
from .linear import outliers
from .prediction import Prediction
from .registry import predictor


@predictor("EllipticEnvelope")
def envelope(b: Builder, est: Any, x: Table) -> Prediction:
    """Minus the squared Mahalanobis distance, less the offset; below zero is an outlier.

    The precision matrix is factored as v diag(l) v^T, so that the distance is a sum of squares.
    """
    precision = est.get_precision()
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    turned = b.affine(b.add("sub", x.value, est.location_), vectors.T)
    distance = b.add("sqdist", turned, np.zeros((1, x.width)), np.maximum(values, 0.0)[None, :])
    return outliers(b, b.add("sub", b.add("mul", distance, -1.0), float(est.offset_)))
