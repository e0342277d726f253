"""Writes tests/importers/catboost_models/*.json: small models that CatBoost exported, rows, and its answers to them.

Run where catboost and pandas are installed: `python tests/importers/make_catboost.py`. The tests read the files only.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "catboost_models"
COMMON = {"iterations": 3, "depth": 3, "verbose": 0, "thread_count": 1, "allow_writing_files": False, "random_seed": 1}
COMMON |= {"border_count": 12}
# name: (class, label, options); the columns of the rows are two floats, text, whole numbers, and a float.
CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "logloss": ("Classifier", "two", {}),
    "logloss_names": ("Classifier", "names", {"categories": True}),
    "crossentropy": ("Classifier", "share", {"loss_function": "CrossEntropy"}),
    "multiclass": ("Classifier", "three", {"categories": True}),
    "multiclass_ova": ("Classifier", "three", {"loss_function": "MultiClassOneVsAll"}),
    "multilogloss": ("Classifier", "labels", {"loss_function": "MultiLogloss"}),
    "rmse": ("Regressor", "value", {"categories": True, "nan_mode": "Max"}),
    "quantile": ("Regressor", "value", {"loss_function": "Quantile:alpha=0.7"}),
    "multiquantile": ("Regressor", "value", {"loss_function": "MultiQuantile:alpha=0.2,0.8"}),
    "poisson": ("Regressor", "count", {"loss_function": "Poisson"}),
    "tweedie": ("Regressor", "count", {"loss_function": "Tweedie:variance_power=1.5"}),
    "multirmse": ("Regressor", "values", {"loss_function": "MultiRMSE"}),
    "uncertainty": ("Regressor", "value", {"loss_function": "RMSEWithUncertainty"}),
    "lossguide": ("Classifier", "two", {"grow_policy": "Lossguide", "max_leaves": 6, "categories": True}),
    "depthwise": ("Classifier", "three", {"grow_policy": "Depthwise"}),
    "ctr": ("Classifier", "two", {"categories": True, "one_hot_max_size": 1}),
    "ranking": ("Ranker", "three", {"loss_function": "YetiRank"}),
}


def data() -> tuple[Any, dict[str, Any]]:
    """Rows as a DataFrame, and labels by name."""
    import pandas

    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(300, 3)), 2)
    color, size = rng.choice(["red", "green", "blue"], 300), rng.integers(-1, 3, 300)
    value = x[:, 0] + x[:, 1] * x[:, 2] + (color == "red") - (size == 2)
    x[rng.random(x.shape) < 0.1] = np.nan
    frame = pandas.DataFrame({"a": x[:, 0], "b": x[:, 1], "color": color, "size": size, "c": x[:, 2]})
    return frame, {
        "value": value,
        "values": np.column_stack([value, -value]),
        "count": np.floor(np.abs(value) * 3),
        "two": (value > 0).astype(int),
        "names": np.where(value > 0, "yes", "no"),
        "share": 1 / (1 + np.exp(-value)),
        "three": np.digitize(value, [-0.5, 0.8]) * 10,
        "labels": np.column_stack([value > 0, value > 1]).astype(int),
    }


def main() -> None:
    """Write all files."""
    import catboost

    frame, labels = data()
    FOLDER.mkdir(exist_ok=True)
    for name, (kind, label, given) in CASES.items():
        options = {"one_hot_max_size": 9} | COMMON | given
        categorical = ["color", "size"] if options.pop("categories", False) else []
        table = frame if categorical else frame[["a", "b", "c"]]
        if kind == "Ranker":
            options["loss_function"] = "YetiRank"
        groups = {"group_id": np.arange(300) // 30} if kind == "Ranker" else {}
        pool = catboost.Pool(table, labels[label], cat_features=categorical, **groups)
        model = getattr(catboost, f"CatBoost{kind}")(**options).fit(pool)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.json"
            model.save_model(str(file), format="json", pool=pool)
            document = json.loads(file.read_text())
        info = document["model_info"]
        kept = {part: info[part] for part in ("class_params", "catboost_version_info") if part in info}
        kept["catboost_version_info"] = catboost.__version__
        document["model_info"] = kept | {"params": {"loss_function": info["params"]["loss_function"]}}
        for tree in document.get("oblivious_trees", []):
            tree.pop("leaf_weights", None)
        rows = table.iloc[:32].copy()
        if categorical:
            rows.iloc[-2:, 2] = "violet"
            rows.iloc[-4:-2, 3] = 77
        classifier = kind == "Classifier"
        answer = {
            "raw": catboost.CatBoost.predict(model, rows, prediction_type="RawFormulaVal").tolist(),
            "outputs": (model.predict_proba(rows) if classifier else model.predict(rows)).tolist(),
            "labels": model.predict(rows).ravel().tolist() if classifier and label != "labels" else None,
        }
        given_rows = [[None if value != value else value for value in row] for row in rows.to_numpy(object).tolist()]
        path = FOLDER / f"{name}.json"
        path.write_text(json.dumps({"model": document, "rows": given_rows, **answer}, separators=(",", ":")) + "\n")
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
