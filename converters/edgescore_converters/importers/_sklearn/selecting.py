"""Feature selectors and projections: transforms that keep, drop or mix columns linearly; products of columns."""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table
from .registry import transformer

FILTERS = ("VarianceThreshold", "SelectKBest", "SelectPercentile", "SelectFpr", "SelectFdr", "SelectFwe")
WRAPPERS = ("GenericUnivariateSelect", "SelectFromModel", "RFE", "RFECV", "SequentialFeatureSelector")


@transformer(*FILTERS, *WRAPPERS)
def select(b: Builder, est: Any, x: Table) -> Table:
    """The columns that ``get_support`` names."""
    kept = np.flatnonzero(est.get_support())
    if not kept.size:
        raise b.refusal("it keeps no column", "loosen its threshold and train again")
    return b.select(x, kept.tolist())


@transformer("PCA", "IncrementalPCA")
def principal_components(b: Builder, est: Any, x: Table) -> Table:
    """(x - mean) w^T, divided by the components' standard deviation if it whitens."""
    w = np.asarray(est.components_, np.float64)
    y = b.affine(x.value, w, -(w @ est.mean_))
    if est.whiten:
        deviation = np.sqrt(est.explained_variance_)
        y = b.add("div", y, np.maximum(deviation, np.finfo(deviation.dtype).eps))
    return Table(y)


@transformer("TruncatedSVD", "GaussianRandomProjection", "SparseRandomProjection", "NeighborhoodComponentsAnalysis")
def project(b: Builder, est: Any, x: Table) -> Table:
    """x w^T."""
    return Table(b.affine(x.value, est.components_))


@transformer("FastICA")
def independent_components(b: Builder, est: Any, x: Table) -> Table:
    """(x - mean) w^T."""
    centred = b.add("sub", x.value, est.mean_) if est.whiten else x.value
    return Table(b.affine(centred, est.components_))


@transformer("FactorAnalysis")
def factors(b: Builder, est: Any, x: Table) -> Table:
    """(x - mean) times the posterior's weights: w / noise, then the inverse of I + (w / noise) w^T."""
    weighted = est.components_ / est.noise_variance_
    covariance = np.linalg.inv(np.eye(len(est.components_)) + weighted @ est.components_.T)
    return Table(b.affine(b.add("sub", x.value, est.mean_), (weighted.T @ covariance).T))


@transformer("SparsePCA", "MiniBatchSparsePCA")
def sparse_components(b: Builder, est: Any, x: Table) -> Table:
    """Ridge regression of a row on the components, which is linear in the row."""
    w = est.components_
    inverse = np.linalg.inv(w @ w.T + est.ridge_alpha * np.eye(len(w)))
    return Table(b.affine(b.add("sub", x.value, est.mean_), inverse @ w))


@transformer("PLSRegression", "PLSCanonical", "CCA")
def latent_scores(b: Builder, est: Any, x: Table) -> Table:
    """Scaled, then rotated."""
    scaled = b.add("div", b.add("sub", x.value, est._x_mean), est._x_std)
    return Table(b.affine(scaled, est.x_rotations_.T))


@transformer("BernoulliRBM")
def hidden(b: Builder, est: Any, x: Table) -> Table:
    """Sigmoids of a linear function."""
    return Table(b.add("sigmoid", b.affine(x.value, est.components_, est.intercept_hidden_)))


@transformer("LinearDiscriminantAnalysis")
def discriminants(b: Builder, est: Any, x: Table) -> Table:
    """Projection on the directions that separate the classes."""
    if est.solver == "lsqr":
        raise b.refusal("solver 'lsqr' has no transform", "train with solver='svd' or 'eigen'")
    centred = b.add("sub", x.value, est.xbar_) if est.solver == "svd" else x.value
    return Table(b.affine(centred, est.scalings_[:, : est._max_components].T))


@transformer("PolynomialFeatures")
def polynomial(b: Builder, est: Any, x: Table) -> Table:
    """Products of columns with their powers, in the estimator's order; the empty product is 1."""
    powers = est.powers_
    factors = [[j for j, times in enumerate(row) for _ in repeat(None, times)] for row in powers]
    width = max(1, *map(len, factors))
    table = [[*row, *repeat(-1, width - len(row))] for row in factors]
    return Table(b.add("polynomial", x.value, np.asarray(table, np.int32)))
