"""Naive Bayes, discriminant analysis by class, and mixtures: log likelihoods, softmax, argmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor


def likeliest(b: Builder, est: Any, log_likelihood: Value) -> Prediction:
    """Probabilities by softmax; the class is the largest log likelihood."""
    scores = {"predict_proba": b.add("softmax", log_likelihood)}
    return Prediction("classification", scores, b.argmax(log_likelihood), plain(est.classes_))


def likeliest_share(b: Builder, est: Any, p: Value) -> Prediction:
    """Probabilities, of which the largest is the class."""
    return Prediction("classification", {"predict_proba": p}, b.argmax(p), plain(est.classes_))


@predictor("GaussianNB")
def gaussian(b: Builder, est: Any, x: Table) -> Prediction:
    """log prior - sum log(2 pi var) / 2 - sum (x - mean)^2 / var / 2."""
    deviation = np.sqrt(est.var_.max(axis=0))
    b.saw(x, est.theta_.min(axis=0) - 2 * deviation, est.theta_.max(axis=0) + 2 * deviation)
    with np.errstate(divide="ignore"):
        constant = np.log(est.class_prior_) - 0.5 * np.log(2.0 * np.pi * est.var_).sum(axis=1)
    distance = b.add("sqdist", x.value, est.theta_, 1.0 / est.var_)
    return likeliest(b, est, b.add("add", b.add("mul", distance, -0.5), constant))


@predictor("MultinomialNB")
def multinomial(b: Builder, est: Any, x: Table) -> Prediction:
    """Linear in the counts."""
    return likeliest(b, est, b.affine(x.value, est.feature_log_prob_, est.class_log_prior_))


@predictor("ComplementNB")
def complement(b: Builder, est: Any, x: Table) -> Prediction:
    """Linear in the counts; priors count for a single class only."""
    prior = est.class_log_prior_ if len(est.classes_) == 1 else None
    return likeliest(b, est, b.affine(x.value, est.feature_log_prob_, prior))


@predictor("CategoricalNB")
def categorical(b: Builder, est: Any, x: Table) -> Prediction:
    """The sum of what each column's category adds. Numbers are cut to whole ones; a category that training did not
    know, for which scikit-learn raises, gives NaN.
    """
    tables = [table.T for table in est.feature_log_prob_]  # [categories, classes]
    for column, table in zip(x.columns, tables, strict=True):
        b.probe(column, np.arange(len(table)))
    b.saw(x, 0.0, [len(table) - 1 for table in tables])
    classes = len(est.classes_)
    number = b.add("mul", b.add("sign", x.value), b.add("floor", b.add("abs", x.value)))
    number = b.add("columns", number, np.repeat(np.arange(x.width), classes).astype(np.int32))
    columns = [table[:, c] for table in tables for c in range(classes)]
    ends = np.cumsum([0, *map(len, columns)]).astype(np.int32)
    keys = np.concatenate([np.arange(len(column), dtype=np.float64) for column in columns])
    shares = b.add("lookup", number, ends, keys, np.concatenate(columns), np.full(len(columns), np.nan), None)
    return likeliest(b, est, b.affine(shares, np.tile(np.eye(classes), x.width), est.class_log_prior_))


@predictor("BernoulliNB")
def bernoulli(b: Builder, est: Any, x: Table) -> Prediction:
    """Linear in the binarized features: log p where they are 1, log(1 - p) where they are 0."""
    value = x.value
    if est.binarize is not None:
        for column in x.columns:
            b.probe(column, [est.binarize])
        value = b.add("binarize", value, np.full(x.width, est.binarize, np.float64))
    absent = np.log(1 - np.exp(est.feature_log_prob_))
    prior = est.class_log_prior_ + absent.sum(axis=1)
    return likeliest(b, est, b.affine(value, est.feature_log_prob_ - absent, prior))


@predictor("QuadraticDiscriminantAnalysis")
def quadratic(b: Builder, est: Any, x: Table) -> Prediction:
    """log prior - (|rotated and scaled x - mean|^2 + sum log scale) / 2, each class with its own rotation."""
    distances = []
    for mean, rotation, scale in zip(est.means_, est.rotations_, est.scalings_, strict=True):
        turned = b.affine(b.add("sub", x.value, mean), (rotation * scale**-0.5).T)
        distances.append(b.add("sqdist", turned, np.zeros((1, turned.shape[-1])), None))
    constant = np.log(est.priors_) - 0.5 * np.asarray([np.log(scale).sum() for scale in est.scalings_])
    scores = b.add("add", b.add("mul", b.concat(distances), -0.5), constant)
    found = likeliest(b, est, scores)
    found.scores["decision_function"] = difference(b, scores)
    return found


def difference(b: Builder, scores: Value) -> Value:
    """Discriminant scores as decision_function has them: the second less the first where there are two."""
    return b.affine(scores, [[-1.0, 1.0]]) if scores.shape[-1] == 2 else scores


@predictor("GaussianMixture", "BayesianGaussianMixture")
def mixture(b: Builder, est: Any, x: Table) -> Prediction:
    """The components' shares of the likelihood; the label is the component."""
    from scipy.special import digamma

    roots, kind = est.precisions_cholesky_, est.covariance_type
    n, width = est.means_.shape
    if kind in ("diag", "spherical"):
        weights = roots**2 if kind == "diag" else np.repeat(roots[:, None] ** 2, width, axis=1)
        distances = b.add("sqdist", x.value, est.means_, weights)
        log_det = np.log(roots).sum(axis=1) if kind == "diag" else width * np.log(roots)
    else:
        each = roots if kind == "full" else [roots] * n
        turned = [b.affine(x.value, root.T, -(mean @ root)) for root, mean in zip(each, est.means_, strict=True)]
        distances = b.concat([b.add("sqdist", value, np.zeros((1, width)), None) for value in turned])
        log_det = np.asarray([np.log(np.diag(root)).sum() for root in each])
    if type(est).__name__ == "GaussianMixture":
        weights = np.log(est.weights_)
    else:  # what has a distribution of its own there counts with the mean of its logarithm
        weights = est._estimate_log_weights()
        halves = 0.5 * (est.degrees_of_freedom_ - np.arange(width)[:, None])
        spread = width * np.log(2.0) + digamma(halves).sum(axis=0) - width / est.mean_precision_
        weights = weights + 0.5 * (spread - width * np.log(est.degrees_of_freedom_))
    scores = b.add("add", b.add("mul", distances, -0.5), weights + log_det)
    return Prediction("clustering", {"predict_proba": b.add("softmax", scores)}, b.argmax(scores), list(range(n)))
