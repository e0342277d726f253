"""Linear models: regressions, generalized linear models, logistic and other linear classifiers.

Refuses multi-label targets and single-class classifiers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor

LEAST_SQUARES = ("LinearRegression", "Ridge", "RidgeCV", "BayesianRidge", "ARDRegression", "HuberRegressor")
SPARSE = ("Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "Lars", "LarsCV", "LassoLars", "LassoLarsCV", "LassoLarsIC")
MULTI_TASK = ("MultiTaskLasso", "MultiTaskLassoCV", "MultiTaskElasticNet", "MultiTaskElasticNetCV")
OTHERS = ("OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "TheilSenRegressor", "QuantileRegressor")
STOCHASTIC = ("SGDRegressor", "PassiveAggressiveRegressor", "LinearSVR")


@predictor(*LEAST_SQUARES, *SPARSE, *MULTI_TASK, *OTHERS, *STOCHASTIC)
def regression(b: Builder, est: Any, x: Table) -> Prediction:
    """x w^T + b, one column per target."""
    return Prediction("regression", {"predict": b.affine(x.value, est.coef_, est.intercept_)})


@predictor("PLSRegression", "PLSCanonical", "CCA")
def partial_least_squares(b: Builder, est: Any, x: Table) -> Prediction:
    """Centred, then linear."""
    b.saw(x, est._x_mean - 3 * est._x_std, est._x_mean + 3 * est._x_std)
    centred = b.add("sub", x.value, est._x_mean)
    return Prediction("regression", {"predict": b.affine(centred, est.coef_, est.intercept_)})


@predictor("RANSACRegressor", composite=True)
def ransac(b: Builder, est: Any, x: Table) -> Prediction:
    """The model fitted to the inliers."""
    return b.predict(est.estimator_, x, "estimator")


@predictor("PoissonRegressor", "GammaRegressor", "TweedieRegressor")
def generalized(b: Builder, est: Any, x: Table) -> Prediction:
    """Linear, then the inverse link."""
    y = b.affine(x.value, est.coef_, est.intercept_)
    link = type(est._base_loss.link).__name__
    if link not in ("IdentityLink", "LogLink"):
        raise b.refusal(f"its link is {link}", "train with link='log' or link='identity'")
    return Prediction("regression", {"predict": b.add("exp", y) if link == "LogLink" else y})


@predictor("LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis")
def logistic(b: Builder, est: Any, x: Table) -> Prediction:
    """Sigmoid of the one decision value, or softmax over the classes'."""
    if type(est).__name__ == "LinearDiscriminantAnalysis":
        centre = est.means_.mean(axis=0)
        spread = np.ptp(est.means_, axis=0)
        b.saw(x, centre - spread, centre + spread)
    found = decide(b, est, x)
    decision = found.scores["decision_function"]
    binary = decision.shape[-1] == 1
    # one-vs-rest: multi_class='ovr' of scikit-learn before 1.8, and liblinear of LogisticRegression
    ovr = getattr(est, "multi_class", None) == "ovr" or (not binary and getattr(est, "solver", "") == "liblinear")
    found.scores["predict_proba"] = one_vs_rest(b, found) if binary or ovr else b.add("softmax", decision)
    return found


@predictor("SGDClassifier")
def stochastic(b: Builder, est: Any, x: Table) -> Prediction:
    """As the loss says: log_loss and modified_huber have probabilities."""
    found = decide(b, est, x)
    if est.loss == "log_loss":
        found.scores["predict_proba"] = one_vs_rest(b, found)
    elif est.loss == "modified_huber":
        held = b.add("clip", found.scores["decision_function"], lo=-1.0, hi=1.0)
        half = b.add("div", b.add("add", held, 1.0), 2.0)
        found.scores["predict_proba"] = b.pair(half) if half.shape[-1] == 1 else b.shares(half)
    return found


@predictor("RidgeClassifier", "RidgeClassifierCV", "Perceptron", "PassiveAggressiveClassifier", "LinearSVC")
def decide(b: Builder, est: Any, x: Table) -> Prediction:
    """The decision values; a positive one means the second of two classes, else the largest wins."""
    classes = plain(est.classes_)
    decision = b.affine(x.value, est.coef_, est.intercept_)
    width = decision.shape[-1]
    if width != (1 if len(classes) == 2 else len(classes)) or len(classes) < 2:
        raise b.refusal("it predicts several labels at once, or knows one class only", "train one model per label")
    label = b.above(decision, 0.0) if width == 1 else b.argmax(decision)
    return Prediction("classification", {"decision_function": decision}, label, classes)


def one_vs_rest(b: Builder, found: Prediction) -> Any:
    """Sigmoids of decision values, as shares of their sum where there are more than two classes."""
    p = b.add("sigmoid", found.scores["decision_function"])
    return b.pair(p) if p.shape[-1] == 1 else b.shares(p)


@predictor("SGDOneClassSVM")
def one_class(b: Builder, est: Any, x: Table) -> Prediction:
    """A negative decision value is an outlier."""
    decision = b.affine(x.value, est.coef_, -np.asarray(est.offset_))
    return outliers(b, decision)


def outliers(b: Builder, decision: Any) -> Prediction:
    """Classes 1 and -1 by the rule ``decision < 0 is -1``."""
    negative = b.above(b.add("mul", decision, -1.0), 0.0)
    return Prediction("anomaly", {"decision_function": decision}, negative, [1, -1])
