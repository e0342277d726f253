"""LightGBM models: text files, live Boosters, scikit-learn wrappers.

The trees are read by `_lightgbm_trees`, the rest is `_boosters`; here is only what is LightGBM's own: how it is asked
for its answers. The importer needs no LightGBM for files.
"""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError

from ._boosters import Judge, imported, named, treelite_judge
from ._imported import Imported
from ._lightgbm_trees import load_lightgbm
from ._tree_model import TreeModel


def import_model(source: Any, *, path: str | os.PathLike[str] | None = None, input_dtype: str = "float32") -> Imported:
    """Import a Booster, a wrapper (LGBMClassifier, LGBMRegressor, ...), or a file (path) or its bytes.

    path: where bytes come from, for messages. LightGBM compares in float64: thresholds are exact for the inputs that
    ``input_dtype`` can hold. Raises ConvertError, UnsupportedError, OSError.
    """
    if isinstance(source, (str, os.PathLike)):
        path, source = source, Path(source).read_bytes()
    wrapper = hasattr(source, "_Booster")
    if wrapper and source._Booster is None:
        raise ConvertError(f"{type(source).__name__} is not fitted; call fit before converting")
    with named(path):
        model = load_lightgbm(source)
    return imported(model, _judge(source, model), paired=wrapper, input_dtype=input_dtype)


def _judge(source: Any, model: TreeModel) -> Judge:
    try:
        import lightgbm
    except ImportError:
        return _treelite(source, model)
    live = None if isinstance(source, bytes) else source.booster_ if hasattr(source, "booster_") else source
    text = source.decode(errors="replace") if live is None else live.model_to_string()

    @functools.cache
    def booster() -> Any:
        loaded = lightgbm.Booster(params={"verbosity": -1, "num_threads": 1}, model_str=text)
        # Tables come with codes: LightGBM would look for a data frame's categories otherwise.
        loaded.pandas_categorical = None
        return loaded

    def predict(table: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(booster().predict(table, num_threads=1))

    return Judge(predict, f"lightgbm {lightgbm.__version__}")


def _treelite(data: bytes, model: TreeModel) -> Judge:
    """Only files can be imported without LightGBM; treelite reads them from disk."""
    import treelite

    def load() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.txt"
            file.write_bytes(data)
            return treelite.frontend.load_lightgbm_model(file)

    return treelite_judge(load, 1 if model.link == "sigmoid_pair" else model.ensemble.n_outputs)
