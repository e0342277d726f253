"""treelite models: checkpoint files, their bytes (model.serialize_bytes()) and live treelite.Model objects.

The trees are read by `_treelite`, the rest is `_boosters`; treelite's own reference predictor, GTIL, is the judge.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._boosters import Judge, imported, named
from ._imported import Imported
from ._treelite import load_treelite, read


def import_model(source: Any, *, path: str | os.PathLike[str] | None = None, input_dtype: str = "float32") -> Imported:
    """Import a treelite.Model, a checkpoint file (path) or its bytes.

    path: where bytes come from, for messages. Outputs are those of treelite.gtil.predict: one number for two classes.
    Raises ConvertError, UnsupportedError, OSError.
    """
    import treelite

    if isinstance(source, (str, os.PathLike)):
        path, source = source, Path(source).read_bytes()
    with named(path):
        live = read(source)
        model = load_treelite(live)

    def predict(table: NDArray[np.float64]) -> NDArray[Any]:
        with np.errstate(over="ignore"):
            rows = table.astype(model.ensemble.compare_dtype)
        return np.asarray(treelite.gtil.predict(live, rows, nthread=1)).reshape(len(table), -1)

    return imported(model, Judge(predict, f"treelite {treelite.__version__}"), paired=False, input_dtype=input_dtype)
