"""CatBoost models: JSON exports and live models (which are exported to a temporary file).

The trees are read by `_catboost_trees`, the rest is `_boosters`; here is only what is CatBoost's own: how it is asked
for its answers. The importer needs no CatBoost for JSON files. Its binary format (.cbm) needs CatBoost to be read, and
is refused with the way to JSON.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError, UnsupportedError

from ._boosters import Judge, imported, named
from ._catboost_trees import evaluate, load_catboost, parse, unreadable
from ._imported import Imported
from ._tree_model import TreeModel

UNSEEN = "edgescore: a category that training did not see"


def import_model(
    source: Any, *, path: str | os.PathLike[str] | None = None, input_dtype: str = "float32", pool: Any = None
) -> Imported:
    """Import a CatBoostClassifier, -Regressor, -Ranker or CatBoost object, or a JSON file (path) or its bytes.

    path: where bytes come from, for messages. pool: the training data (catboost.Pool) of a live model with categories,
    whose texts the model itself does not keep. Raises ConvertError, UnsupportedError, OSError.
    """
    if isinstance(source, (str, os.PathLike)):
        path, source = source, Path(source).read_bytes()
    data = source if isinstance(source, bytes) else _exported(source, pool)
    with named(path):
        if data.startswith(b"CBM1"):
            remedy = "load it with CatBoost and save it with save_model('model.json', format='json', pool=train_pool)"
            raise ConvertError(f"is in CatBoost's binary format; {remedy}")
        document = parse(data)
        model = load_catboost(document)
    return imported(model, _judge(data, document, model), paired=True, input_dtype=input_dtype)


def _exported(source: Any, pool: Any) -> bytes:
    if not source.is_fitted():
        raise ConvertError(f"{type(source).__name__} is not fitted; call fit before converting")
    # Of these CatBoost would refuse to write JSON.
    columns = {
        "text_features": source.get_text_feature_indices,
        "embedding_features": source.get_embedding_feature_indices,
    }
    if refused := [unreadable(kind) for kind, indices in columns.items() if len(indices())]:
        raise UnsupportedError(refused)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        try:
            source.save_model(str(file), format="json", pool=pool)
        except Exception as error:  # CatBoost's own class, which cannot be named without importing it
            raise ConvertError(f"CatBoost does not export the model as JSON: {error}") from error
        return file.read_bytes()


def _judge(data: bytes, document: dict[str, Any], model: TreeModel) -> Judge:
    if importlib.util.find_spec("catboost") is None:
        return Judge(lambda table: _by_words(document, model, table), "its own file, as catboost is not installed")
    catboost: Any = importlib.import_module("catboost")

    @functools.cache
    def live() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.json"
            file.write_bytes(data)
            return catboost.CatBoost().load_model(str(file), format="json")

    def predict(table: NDArray[np.float64]) -> NDArray[np.float64]:
        raw = live().predict(_rows(model, table), prediction_type="RawFormulaVal", thread_count=1)
        return _linked(model, np.asarray(raw, np.float64))

    return Judge(predict, f"catboost {catboost.__version__}")


def _by_words(document: dict[str, Any], model: TreeModel, table: NDArray[np.float64]) -> NDArray[np.float64]:
    raw = evaluate(document, table) if "oblivious_trees" in document else model.ensemble.raw(table)
    return _linked(model, raw)


def _linked(model: TreeModel, raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the wrappers' predict_proba or predict makes of raw values."""
    return model.outputs(raw.reshape(len(raw), -1))


def _rows(model: TreeModel, table: NDArray[np.float64]) -> Any:
    """The table with categories in place of their codes."""
    rows = table.astype(np.float32).astype(object)
    for column, categories in model.encoders.items():
        codes = table[:, column]
        known = (codes >= 0) & (codes < len(categories))
        rows[:, column] = [str(categories[int(code)]) if ok else UNSEEN for code, ok in zip(codes, known, strict=True)]
    return rows
