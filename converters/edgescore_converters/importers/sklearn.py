"""scikit-learn estimators, whole pipelines included, to a graph that computes what they compute, in float64.

Owns the way from a fitted estimator to `Imported`: names and kinds of the input columns, the outputs, the oracle. The
estimators themselves are in `_sklearn`. Refuses unfitted estimators, and everything it has no handler for, at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.errors import ConvertError, Unsupported, UnsupportedError

from ._imported import Imported
from ._sklearn.builder import Builder
from ._sklearn.columns import Refused, Table
from ._sklearn.neighbors import without_brute_force
from ._sklearn.outputs import Oracle, check_outputs, declare
from ._sklearn.prediction import Prediction

INPUT_DTYPES = ("float32", "float64")
# Estimators whose input is no table of numbers and categories: why, and what to do.
_TARGETS = ("it transforms targets, not rows", "convert the estimator; the device names its classes by themselves")
_TEXTS = ("it counts the words of texts, which a device has no columns for", "turn texts to numbers before scoring")
_MAPPINGS = ("its rows are mappings of any keys", "train on a data frame, with OneHotEncoder for its texts")
_IMAGES = ("its input is images", "cut and flatten images before scoring")
WITHOUT_COLUMNS = {
    **dict.fromkeys(("LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer"), _TARGETS),
    **dict.fromkeys(("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"), _TEXTS),
    **dict.fromkeys(("DictVectorizer", "FeatureHasher"), _MAPPINGS),
    **dict.fromkeys(("PatchExtractor",), _IMAGES),
}


def import_model(source: Any, *, input_dtype: str = "float32") -> Imported:
    """Import a fitted estimator.

    input_dtype: of the input port; float32 rows are half the size, float64 keeps the last digits of what is compared.
    Raises ConvertError when it is not fitted or its input width is unknown, UnsupportedError listing every part that
    cannot be converted.
    """
    import sklearn

    if isinstance(source, type) or not hasattr(source, "get_params"):
        raise ConvertError(f"{source!r} is no fitted estimator; give the object that fit returned")
    if input_dtype not in INPUT_DTYPES:
        raise ConvertError(f"input_dtype {input_dtype!r} is unknown; use one of {', '.join(INPUT_DTYPES)}")
    names, named = _input_names(source)
    builder = Builder(names, input_dtype)
    builder.path = [] if not _holds_others(source) else [type(source).__name__.lower()]
    found = _build(builder, source)
    if builder.problems:
        raise UnsupportedError(builder.problems)
    answers = declare(builder, found)
    check_outputs(answers, type(source).__name__)
    port = builder.graph.inputs[0]
    port.features = [column.feature(named) for column in builder.inputs]
    port.nan = all(column.nan for column in builder.inputs)
    probes = {j: np.asarray(sorted(column.probes)) for j, column in enumerate(builder.inputs) if column.probes}
    twin = without_brute_force(source)
    return Imported(
        graph=builder.graph,
        oracle=Oracle(source, answers, builder.inputs, named),
        source=f"scikit-learn {sklearn.__version__} {describe(source)}",
        task=found.task,
        probes=probes,
        again=None if twin is None else Oracle(twin, answers, builder.inputs, named),
    )


def _build(b: Builder, source: Any) -> Prediction:
    if b.is_predictor(_last(source)):
        return b.predict(source, b.table)
    table = b.transform(source, b.table)
    if table.failed:
        return Prediction("transform", failed=True)
    _refuse_text(b, table)
    return Prediction("transform", {"transform": table.value})


def _refuse_text(b: Builder, table: Table) -> None:
    names = {b.inputs[c.source].name for c in table.columns if c.source is not None and b.inputs[c.source].is_text}
    if names:
        reason = f"the text columns {', '.join(sorted(names))} leave it as text"
        refusal = b.refusal(reason, "encode them, for example by OneHotEncoder or OrdinalEncoder", "its output")
        assert isinstance(refusal, Refused)
        assert refusal.part is not None
        b.problems.append(refusal.part)


def _last(source: Any) -> Any:
    """The estimator that decides what the whole gives: the last step, or the best one found."""
    name = type(source).__name__
    if name == "Pipeline":
        return _last(source.steps[-1][1])
    if hasattr(source, "best_estimator_"):
        return _last(source.best_estimator_)
    return _last(source.estimator) if name == "FrozenEstimator" else source


def _holds_others(source: Any) -> bool:
    return any(
        hasattr(source, name) for name in ("steps", "transformers", "transformer_list", "estimators", "estimator")
    )


def _input_names(source: Any) -> tuple[list[str], bool]:
    """Names of the input columns, and whether the training table had names."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    name = type(source).__name__
    try:
        check_is_fitted(source)
    except NotFittedError as error:
        raise ConvertError(f"{name} is not fitted; call fit before converting") from error
    names = getattr(source, "feature_names_in_", None)
    if names is not None:
        return [str(name) for name in names], True
    # An isotonic regression is the one estimator that has one column and keeps no count.
    width = getattr(source, "n_features_in_", 1 if name == "IsotonicRegression" else None)
    if width is None and getattr(source, "refit", True) is False:
        reason = "kept no fitted estimator, as it was made with refit=False"
        raise UnsupportedError([Unsupported(name, reason, "convert what you fit with its best_params_")])
    if width is None and name in WITHOUT_COLUMNS:
        raise UnsupportedError([Unsupported(name, *WITHOUT_COLUMNS[name])])
    if width is None:
        reason = "does not know the number of its input columns"
        raise ConvertError(f"{name} {reason}; fit it on a two-dimensional table")
    return [f"f{j}" for j in range(width)], False


def describe(source: Any) -> str:
    """The estimator for people: its class, and the classes of what it holds."""
    name = type(source).__name__
    inner = (
        getattr(source, "steps", None)
        or getattr(source, "transformer_list", None)
        or getattr(source, "estimators", None)
    )
    if name == "ColumnTransformer":
        # Inside a voting or stacking model, `estimators` are as given: not fitted.
        inner = [(step, estimator) for step, estimator, _ in getattr(source, "transformers_", source.transformers)]
    if not isinstance(inner, list):
        return name
    parts = [each if isinstance(each, str) else describe(each) for _, each in inner if each is not None]
    return f"{name}({', '.join(parts)})"
