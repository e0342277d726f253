"""XGBoost models: JSON and UBJSON files, live Boosters, scikit-learn wrappers.

The trees are read by `_xgboost_trees`, the rest is `_boosters`; here is only what is XGBoost's own: which classes a
source has, and how XGBoost is asked for its answers. The importer needs no XGBoost for files.
"""

from __future__ import annotations

import functools
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError

from ._boosters import Judge, imported, named, treelite_judge
from ._imported import Imported
from ._tree_model import TreeModel
from ._xgboost_document import is_ubjson
from ._xgboost_trees import load_xgboost


def import_model(source: Any, *, path: str | os.PathLike[str] | None = None, input_dtype: str = "float32") -> Imported:
    """Import a Booster, a wrapper (XGBClassifier, XGBRegressor, ...), or a file (path) or its bytes.

    path: where bytes come from, for messages. A wrapper and a file stop at the best iteration of an early-stopped
    training, a Booster does not, as their own predict. Raises ConvertError, UnsupportedError, OSError.
    """
    if isinstance(source, (str, os.PathLike)):
        path, source = source, Path(source).read_bytes()
    if hasattr(source, "get_booster"):
        _require_fitted(source)
    with named(path):
        model = load_xgboost(source)
    paired, missing = hasattr(source, "get_booster"), _missing(source)
    return imported(model, _judge(source, model), paired=paired, input_dtype=input_dtype, missing=missing)


def _require_fitted(wrapper: Any) -> None:
    if not wrapper.__sklearn_is_fitted__():
        raise ConvertError(f"{type(wrapper).__name__} is not fitted; call fit before converting")


def _missing(source: Any) -> float:
    """What a wrapper takes for a missing value besides NaN; a booster and a file do not keep it."""
    value = getattr(source, "missing", None)
    return math.nan if value is None else float(value)


def _judge(source: Any, model: TreeModel) -> Judge:
    try:
        import xgboost
    except ImportError:
        return _treelite(source, model)
    rounds = (0, model.iterations) if model.iterations else (0, 0)
    missing = _missing(source)

    @functools.cache
    def booster() -> Any:
        if isinstance(source, bytes):
            loaded = xgboost.Booster()
            loaded.load_model(bytearray(source))
        else:
            # A copy: the caller's may change, and predicts with as many threads as the caller likes.
            loaded = (source.get_booster() if hasattr(source, "get_booster") else source).copy()
        loaded.set_param({"nthread": 1})
        return loaded

    def predict(table: NDArray[np.float64]) -> NDArray[np.float32]:
        with np.errstate(over="ignore"):
            narrow = table.astype(np.float32)
        return np.asarray(
            booster().inplace_predict(narrow, iteration_range=rounds, missing=missing, validate_features=False)
        )

    return Judge(predict, f"xgboost {xgboost.__version__}")


def _treelite(data: bytes, model: TreeModel) -> Judge:
    """Only files can be imported without XGBoost."""
    import treelite

    def load() -> Any:
        frontend = treelite.frontend
        return frontend.from_xgboost_ubjson(data) if is_ubjson(data) else frontend.from_xgboost_json(data)

    return treelite_judge(load, 1 if model.link in ("sigmoid_pair", "argmax", "hinge") else model.ensemble.n_outputs)
