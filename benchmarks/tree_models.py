"""The tree ensembles of the benchmark as files that every contestant can read, made once, in ``build/bench``.

``python -m benchmarks.tree_models`` makes them; delete the folder to train anew. It compiles nothing: that is
tree_peers.py, which runs in the peers' own environment and finds there what was made here.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import models

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "bench"
PEERS = ROOT / ".venv-peers" / "bin" / "python"
WIDTH, TREES, LEAVES = 32, 500, 31

SYNTHETIC = FOLDER / "synthetic"
TEXT, SHORT_TEXT = SYNTHETIC / "model.txt", SYNTHETIC / "model100.txt"
ONNX, XGBOOST, ROWS = SYNTHETIC / "model.onnx", SYNTHETIC / "xgboost.ubj", SYNTHETIC / "rows.f32"
DIGITS = FOLDER / "digits"
DIGITS_ROWS = DIGITS / "rows.f32"
THREE = FOLDER / "three"
THREE_TEXT, THREE_ROWS = THREE / "model.txt", THREE / "rows.f32"
MILLION = FOLDER / "million.pickle"


def once(path: Path, make: Callable[[Path], object]) -> Path:
    """``path``; where it is not there, ``make`` writes it, under another name until it is whole."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"part_{path.name}")
        make(part)
        part.rename(path)
    return path


def synthetic() -> tuple[Any, Any]:
    """60,000 rows of 32 features, float32, of two classes: the first 50,000 are for training, the rest is scored."""
    from sklearn.datasets import make_classification

    x, y = make_classification(60_000, WIDTH, n_informative=20, random_state=0)
    return x.astype(np.float32), y


def three_classes() -> tuple[Any, Any]:
    """30,000 rows of 32 features, float32, of three classes: the first 20,000 are for training, the rest is scored."""
    from sklearn.datasets import make_classification

    x, y = make_classification(30_000, WIDTH, n_informative=10, n_classes=3, class_sep=2.0, random_state=0)
    return x.astype(np.float32), y


def scored_rows() -> Any:
    """The 10,000 rows of the synthetic data that no model was trained on."""
    return np.fromfile(ROWS, np.float32).reshape(-1, WIDTH)


def make() -> None:
    """Train and write what is not there yet."""
    once(ROWS, lambda path: synthetic()[0][50_000:].tofile(path))
    once(TEXT, _train_lightgbm)
    once(SHORT_TEXT, lambda path: _booster().save_model(path, num_iteration=100))
    once(ONNX, _write_onnx)
    once(XGBOOST, _train_xgboost)
    once(DIGITS_ROWS, lambda path: models.different_rows().tofile(path))
    once(THREE_ROWS, lambda path: three_classes()[0][20_000:].tofile(path))
    once(THREE_TEXT, _train_three)
    once(MILLION, _train_million)


def _booster() -> Any:
    import lightgbm

    return lightgbm.Booster(model_file=TEXT)


def _train_lightgbm(path: Path) -> None:
    import lightgbm

    x, y = synthetic()
    options = {"objective": "binary", "num_leaves": LEAVES, "verbose": -1, "num_threads": 1, "deterministic": True}
    lightgbm.train(options, lightgbm.Dataset(x[:50_000], y[:50_000]), TREES).save_model(path)


def _train_three(path: Path) -> None:
    import lightgbm

    x, y = three_classes()
    options = {"objective": "multiclass", "num_class": 3, "num_leaves": LEAVES, "verbose": -1, "num_threads": 1}
    options["deterministic"] = True
    lightgbm.train(options, lightgbm.Dataset(x[:20_000], y[:20_000]), TREES // 3).save_model(path)


def _train_xgboost(path: Path) -> None:
    """As many trees with as many leaves, which XGBoost grows with the policy of LightGBM."""
    import xgboost

    x, y = synthetic()
    options = {"objective": "binary:logistic", "grow_policy": "lossguide", "max_leaves": LEAVES, "max_depth": 0}
    xgboost.train(options | {"nthread": 1}, xgboost.DMatrix(x[:50_000], y[:50_000]), TREES).save_model(
        path.with_suffix(".ubj")
    )


def _write_onnx(path: Path) -> None:
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    inputs = [("x", FloatTensorType([None, WIDTH]))]
    path.write_bytes(convert_lightgbm(_booster(), initial_types=inputs, zipmap=False).SerializeToString())


def _train_million(path: Path) -> None:
    """A random forest of a million nodes: targets that nothing explains, so that every tree grows to the end."""
    from sklearn.ensemble import RandomForestRegressor

    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(20_000, 16)).astype(np.float32), generator.normal(size=20_000)
    forest = RandomForestRegressor(41, max_features=1, random_state=0, n_jobs=1).fit(x, y)
    path.write_bytes(pickle.dumps(forest, protocol=5))


if __name__ == "__main__":
    make()
