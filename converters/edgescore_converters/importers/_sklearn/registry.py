"""Which handler serves which estimator class.

Classes are known by name and by the package that defines them, so that nothing here imports scikit-learn, and a user's
subclass, whose methods may do anything, is not taken for its base.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

Build = TypeVar("Build", bound=Callable[..., Any])
PACKAGES = ("sklearn", "xgboost", "lightgbm")
# What to do instead, where there is something near.
_NO_PREDICT = "it says nothing of new rows; use KMeans, or train a classifier on its labels"
INSTEAD = {
    "KNNImputer": "use SimpleImputer or IterativeImputer",
    **dict.fromkeys(
        ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"), "turn texts to numbers before scoring"
    ),
    **dict.fromkeys(("RadiusNeighborsClassifier", "RadiusNeighborsRegressor"), "use k nearest neighbours"),
    **dict.fromkeys(("NMF", "MiniBatchNMF", "DictionaryLearning"), "use PCA, SparsePCA or TruncatedSVD"),
    **dict.fromkeys(("DBSCAN", "HDBSCAN", "OPTICS", "AgglomerativeClustering", "SpectralClustering"), _NO_PREDICT),
    **dict.fromkeys(("TSNE", "MDS", "SpectralEmbedding", "Isomap", "LocallyLinearEmbedding"), "use PCA or KernelPCA"),
    "LocalOutlierFactor": "use IsolationForest or OneClassSVM",
}


@dataclass(frozen=True)
class Handler:
    """build: ``(builder, estimator, table) -> Table`` or ``Prediction``.

    composite: its inner estimators read the columns, not itself. routes_nan: it says which columns may hold NaN; else
    scikit-learn's tag (``input_tags.allow_nan``) decides for all of them.
    """

    build: Callable[..., Any]
    composite: bool = False
    routes_nan: bool = False


TRANSFORMERS: dict[str, Handler] = {}
PREDICTORS: dict[str, Handler] = {}


def transformer(*names: str, **traits: bool) -> Callable[[Build], Build]:
    """Register a handler, with its traits (see Handler), for what ``transform`` of these classes gives."""
    return _register(TRANSFORMERS, names, traits)


def predictor(*names: str, **traits: bool) -> Callable[[Build], Build]:
    """Register a handler, with its traits, for what ``predict`` and its relatives give."""
    return _register(PREDICTORS, names, traits)


def _register(table: dict[str, Handler], names: tuple[str, ...], traits: dict[str, bool]) -> Callable[[Build], Build]:
    def register(build: Build) -> Build:
        table.update((name, Handler(build, **traits)) for name in names)
        return build

    return register


def find(table: dict[str, Handler], estimator: Any) -> Handler | None:
    """The handler for exactly this class, or None."""
    load()
    package = type(estimator).__module__.partition(".")[0]
    return table.get(type(estimator).__name__) if package in PACKAGES else None


def remedy(estimator: Any) -> str:
    """What to do about an estimator that has no handler."""
    name, package = type(estimator).__name__, type(estimator).__module__.partition(".")[0]
    if package not in PACKAGES:
        base = next((cls.__name__ for cls in type(estimator).__mro__ if cls.__module__.startswith("sklearn.")), "")
        instead = f"{base} itself" if base and base in {*TRANSFORMERS, *PREDICTORS} else "scikit-learn's own estimators"
        return f"its class is {package}'s own, and its code cannot be read; use {instead}"
    return INSTEAD.get(name, "compute this step before scoring, or use an estimator that converts")


@cache
def load() -> None:
    """Import every handler file of this package, which registers its handlers."""
    package = __name__.rpartition(".")[0]
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{info.name}")
