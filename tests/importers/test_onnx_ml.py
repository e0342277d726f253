"""Every ai.onnx.ml operator and mode as a one-node model, against ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx_models import BOOL, DOUBLE, FLOAT, INT32, INT64, STRING, agree, ml, model, node, numbers, table, with_special

from edgescore_converters.errors import UnsupportedError
from edgescore_converters.importers.onnx import import_model

POST = ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT")
INF = np.inf


def refused(source: Any, *words: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        import_model(source)
    for word in words:
        assert word in str(caught.value)


# --- Scaler, Normalizer, Binarizer, Imputer ---


@pytest.mark.parametrize("kind", [FLOAT, DOUBLE, INT64, INT32])
@pytest.mark.parametrize("count", [1, 3])
def test_scaler(kind: int, count: int) -> None:
    scale, offset = [0.3, -1.7, 1e-3][:count], [0.1, 3.3, -5.0][:count]
    source = model([ml("Scaler", "X", "Y", scale=scale, offset=offset)], table(3, kind), ["Y"])
    agree(source, with_special(numbers(3), INF, -INF, 1e38), tolerance=0)


def test_scaler_is_rounded_as_onnx_runtime_rounds_it() -> None:
    source = model([ml("Scaler", "X", "Y", scale=[0.1], offset=[1 / 3])], table(1), ["Y"])
    rows = np.random.default_rng(0).normal(size=(20000, 1)).astype(np.float32).astype(np.float64)
    agree(source, rows, tolerance=0)


@pytest.mark.parametrize("norm", ["MAX", "L1", "L2"])
@pytest.mark.parametrize("kind", [FLOAT, DOUBLE, INT64])
def test_normalizer(norm: str, kind: int) -> None:
    rows = numbers(3)
    rows[1] = 0.0
    agree(model([ml("Normalizer", "X", "Y", norm=norm)], table(3, kind), ["Y"]), rows)


def test_normalizer_without_norm_takes_the_maximum() -> None:
    agree(model([ml("Normalizer", "X", "Y")], table(2), ["Y"]), numbers(2))


@pytest.mark.parametrize("attributes", [{}, {"threshold": 0.0}, {"threshold": 0.5}, {"threshold": -1.25}])
def test_binarizer(attributes: dict[str, float]) -> None:
    source = model([ml("Binarizer", "X", "Y", **attributes)], table(2), ["Y"])
    near = [np.nextafter(np.float32(v), np.float32(w)) for v in (0, 0.5, -1.25) for w in (-9, 9)]
    imported = agree(source, with_special(numbers(2), INF, -INF, *map(float, near)), tolerance=0)
    assert attributes.get("threshold", 0.0) in imported.probes[1]


@pytest.mark.parametrize("missing", [np.nan, -1.0, 0.0, INF])
@pytest.mark.parametrize("values", [[7.5], [7.5, -2.0]])
def test_imputer(missing: float, values: list[float]) -> None:
    source = model(
        [ml("Imputer", "X", "Y", imputed_value_floats=values, replaced_value_float=missing)], table(2), ["Y"]
    )
    imported = agree(source, with_special(numbers(2), np.nan, -1.0, INF), tolerance=0) if np.isnan(missing) else None
    imported = imported or agree(source, with_special(numbers(2), -1.0, INF, -INF), tolerance=0)
    assert imported.graph.inputs[0].nan == np.isnan(missing)


def test_imputer_of_integers() -> None:
    source = model(
        [ml("Imputer", "X", "Y", imputed_value_int64s=[3, 4], replaced_value_int64=-1)],
        table(2, INT64),
        ["Y"],
        kind=INT64,
    )
    agree(source, np.array([[-1, -1], [0, 5], [7, -1]]), tolerance=0)


# --- linear ---


# PROBIT loses digits around 1/2, in ONNX Runtime as here, and takes probabilities only.
PROBABLE = {"PROBIT": ([0.25, 0.75, 0.2, 0.8], 1e-3, 1e-5)}


@pytest.mark.parametrize("post", POST)
@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize("intercepts", [True, False])
def test_linear_regressor(post: str, targets: int, intercepts: bool) -> None:
    offsets, scale, tolerance = PROBABLE.get(post, ([0.4, -0.6, 0.5, 0.1], 0.1, 1e-6))
    weights = np.random.default_rng(3).normal(size=(targets, 4)) * scale
    attributes: dict[str, Any] = {"targets": targets}
    rows = numbers(4)
    if intercepts:
        attributes["intercepts"] = offsets[:targets]
    else:
        rows[:, 0], weights[:, 0] = 1.0, offsets[:targets]
    linear = ml("LinearRegressor", "X", "Y", post_transform=post, coefficients=weights.ravel(), **attributes)
    agree(model([linear], table(4), ["Y"]), rows, tolerance)


@pytest.mark.parametrize("post", POST)
@pytest.mark.parametrize("classes", [1, 2, 4])
@pytest.mark.parametrize("text", [True, False])
def test_linear_classifier(post: str, classes: int, text: bool) -> None:
    offsets, scale, tolerance = PROBABLE.get(post, ([0.1, 0.1, 0.1, 0.1], 0.1, 1e-6))
    labels = max(classes, 2)
    names: dict[str, Any] = {"classlabels_ints": [9, 5, 7, 3][:labels]}
    if text:
        names = {"classlabels_strings": [f"c{k}" for k in range(labels)]}
    linear = ml(
        "LinearClassifier",
        "X",
        "label scores",
        coefficients=np.random.default_rng(classes).normal(size=classes * 4) * scale,
        intercepts=offsets[:classes],
        post_transform=post,
        multi_class=int(classes > 2),
        **names,
    )
    source = model([linear], table(4), ["label", "scores"])
    if post == "PROBIT" and classes == 1:
        refused(source, "the_LinearClassifier", "PROBIT")
        return
    imported = agree(source, numbers(4), tolerance)
    assert [port.role for port in imported.graph.outputs] == ["label", "score"]
    assert imported.graph.outputs[0].labels == next(iter(names.values()))


def test_linear_classifier_with_too_few_labels_is_refused() -> None:
    linear = ml("LinearClassifier", "X", "label s", coefficients=[1.0, -1.0], intercepts=[0.25], classlabels_ints=[8])
    refused(model([linear], table(2), ["label", "s"]), "the_LinearClassifier", "1 labels for 2 classes")


@pytest.mark.parametrize("kind", [DOUBLE, INT64, INT32])
def test_linear_classifier_of_other_types(kind: int) -> None:
    linear = ml(
        "LinearClassifier",
        "X",
        "label scores",
        coefficients=[1.0, -1.0] * 2,
        intercepts=[0.2, 0.1],
        classlabels_ints=[0, 1],
    )
    agree(model([linear], table(2, kind), ["label", "scores"]), numbers(2))


# --- support vectors ---

KERNELS = {"LINEAR": [0.0, 0.0, 0.0], "RBF": [0.3, 0.0, 0.0], "POLY": [0.1, 0.5, 3.0], "SIGMOID": [0.05, 0.1, 0.0]}


def svm_classifier(classes: int, kernel: str, **attributes: Any) -> Any:
    rng = np.random.default_rng(classes)
    counts = [3, 2, 4, 2][:classes]
    vectors, pairs = sum(counts), classes * (classes - 1) // 2
    return ml(
        "SVMClassifier",
        "X",
        "label scores",
        kernel_type=kernel,
        kernel_params=KERNELS[kernel],
        vectors_per_class=counts,
        support_vectors=rng.normal(size=vectors * 3),
        coefficients=rng.normal(size=(classes - 1) * vectors) * 0.3,
        rho=rng.normal(size=pairs) * 0.1,
        **{"classlabels_ints": [4, 2, 8, 1][:classes], **attributes},
    )


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("post", POST)
def test_svm_classifier(kernel: str, classes: int, post: str) -> None:
    source = model([svm_classifier(classes, kernel, post_transform=post)], table(3), ["label", "scores"])
    if post == "PROBIT" and classes == 2:
        refused(source, "PROBIT")
    elif post != "PROBIT":  # which has no value outside 0..1, where decision values are
        agree(source, numbers(3))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("classes", [2, 3, 4])
def test_svm_classifier_with_probabilities(kernel: str, classes: int) -> None:
    pairs = classes * (classes - 1) // 2
    svm = svm_classifier(classes, kernel, prob_a=np.linspace(-3, -1, pairs), prob_b=np.linspace(-0.2, 0.3, pairs))
    agree(model([svm], table(3), ["label", "scores"]), numbers(3))


@pytest.mark.parametrize("kind", [DOUBLE, INT64])
def test_svm_classifier_of_other_types(kind: int) -> None:
    labels: dict[str, Any] = {"classlabels_strings": ["a", "b", "c"], "classlabels_ints": None}
    svm = svm_classifier(3, "RBF", **{key: value for key, value in labels.items() if value})
    del svm.attribute[[a.name for a in svm.attribute].index("classlabels_ints")]
    agree(model([svm], table(3, kind), ["label", "scores"]), numbers(3))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("post", ["NONE", "LOGISTIC", "SOFTMAX"])
def test_svm_classifier_without_support_vectors(classes: int, positive: bool, post: str) -> None:
    rng = np.random.default_rng(5)
    weights = rng.normal(size=classes * 3)
    svm = ml(
        "SVMClassifier",
        "X",
        "label scores",
        kernel_type="LINEAR",
        kernel_params=[0.0, 0.0, 0.0],
        coefficients=np.abs(weights) if positive else weights,
        rho=[0.2],
        classlabels_ints=list(range(classes)),
        post_transform=post,
    )
    agree(model([svm], table(3), ["label", "scores"]), numbers(3))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("one_class", [0, 1])
def test_svm_regressor(kernel: str, one_class: int) -> None:
    rng = np.random.default_rng(6)
    svm = ml(
        "SVMRegressor",
        "X",
        "Y",
        kernel_type=kernel,
        kernel_params=KERNELS[kernel],
        support_vectors=rng.normal(size=15),
        coefficients=rng.normal(size=5),
        rho=[0.3],
        n_supports=5,
        one_class=one_class,
    )
    agree(model([svm], table(3), ["Y"]), numbers(3))


def test_svm_regressor_without_support_vectors() -> None:
    svm = ml("SVMRegressor", "X", "Y", kernel_params=[0.0] * 3, coefficients=[0.5, -1.0, 2.0], rho=[0.3], n_supports=0)
    agree(model([svm], table(3), ["Y"]), numbers(3))


def test_svm_regressor_with_a_post_transform_is_refused() -> None:
    svm = ml(
        "SVMRegressor", "X", "Y", kernel_params=[0.0] * 3, coefficients=[0.5], rho=[0.3], post_transform="LOGISTIC"
    )
    refused(model([svm], table(1), ["Y"]), "the_SVMRegressor", "post_transform", "NONE")


# --- encoders ---


@pytest.mark.parametrize("kind", [INT64, FLOAT, DOUBLE])
@pytest.mark.parametrize("width", [1, 2])
def test_one_hot_encoder_of_numbers(kind: int, width: int) -> None:
    hot = [
        ml("OneHotEncoder", "X", "Y", cats_int64s=[2, 0, -1], zeros=1),
        node("Reshape", "Y shape", "Z"),
    ]
    source = model(hot, table(width, kind), ["Z"], {"shape": np.array([-1, 3 * width])})
    imported = agree(source, with_special(numbers(width), 2.0, 0.0, -1.0, 1.9, -0.5, INF), tolerance=0)
    assert not imported.graph.inputs[0].nan


def test_one_hot_encoder_of_text() -> None:
    hot = [ml("OneHotEncoder", "X", "Y", cats_strings=["b", "a"], zeros=1), node("Flatten", "Y", "Z")]
    rows = np.array([["a", "b"], ["b", "b"], ["?", "a"], ["", "a"]], object)
    imported = agree(model(hot, table(2, STRING), ["Z"]), rows, tolerance=0)
    assert [feature.name for feature in imported.graph.inputs[0].features] == ["X[0]", "X[1]"]
    assert imported.graph.inputs[0].features[0].categories == ["b", "a"]
    assert imported.graph.inputs[0].features[0].unknown == "slot"


@pytest.mark.parametrize("kind", [INT64, FLOAT, STRING])
def test_one_hot_encoder_that_fails_on_others(kind: int) -> None:
    cats: dict[str, Any] = {"cats_strings": ["5", "3"]} if kind == STRING else {"cats_int64s": [5, 3]}
    hot = [ml("OneHotEncoder", "X", "Y", zeros=0, **cats), node("Flatten", "Y", "Z")]
    rows = np.array([["5"], ["3"]], object) if kind == STRING else np.array([[5.0], [3.0]])
    feature = agree(model(hot, table(1, kind), ["Z"]), rows, tolerance=0).graph.inputs[0].features[0]
    assert (feature.name, feature.unknown) == ("X", "error")
    assert feature.categories == next(iter(cats.values()))


def test_categories_that_float32_cannot_tell_apart_are_refused() -> None:
    hot = ml("OneHotEncoder", "X", "Y", cats_int64s=[2**24, 2**24 + 1], zeros=1)
    source = model([hot, node("Flatten", "Y", "Z")], table(1, INT64), ["Z"])
    refused(source, "the_OneHotEncoder", "2^24", "input_dtype")
    agree(source, np.array([[2.0**24], [2.0**24 + 1], [2.0**24 + 2]]), tolerance=0, input_dtype="float64")


ENCODERS = {
    (INT64, FLOAT): {"keys_int64s": [3, 1, 3], "values_floats": [0.5, 1.5, 9.0], "default_float": -7.0},
    (INT64, INT64): {"keys_int64s": [3, 1], "values_int64s": [10, 2**30], "default_int64": 4},
    (INT64, STRING): {"keys_int64s": [3, 1, 0], "values_strings": ["x", "y", "x"], "default_string": "?"},
    (FLOAT, FLOAT): {"keys_floats": [0.5, -2.0], "values_floats": [1.5, 2.5], "default_float": 0.25},
    (FLOAT, INT64): {"keys_floats": [0.5, np.nan], "values_int64s": [1, 2]},
    (FLOAT, STRING): {"keys_floats": [0.5, -2.0], "values_strings": ["x", "y"]},
    (STRING, FLOAT): {"keys_strings": ["a", "b"], "values_floats": [1.5, 2.5], "default_float": np.nan},
    (STRING, INT64): {"keys_strings": ["a", "b"], "values_int64s": [1, 2]},
}


# ONNX Runtime has no kernel of version 2 that keeps the type.
VERSIONS = [(kinds, version) for kinds in ENCODERS for version in (2, 4) if kinds[0] != kinds[1] or version == 4]


@pytest.mark.parametrize(("kinds", "version"), VERSIONS, ids=str)
def test_label_encoder(kinds: tuple[int, int], version: int) -> None:
    source = model([ml("LabelEncoder", "X", "Y", **ENCODERS[kinds])], table(1, kinds[0]), ["Y"], ml_opset=version)
    if kinds[0] == STRING:
        rows: Any = np.array([["a"], ["b"], ["c"], [""]], object)
    else:
        rows = with_special(numbers(1), 3.0, 1.0, 0.5, -2.0)
        rows = rows[:, :1] if kinds[0] == FLOAT else np.round(rows)
        rows = np.append(rows, [[np.nan]], axis=0) if kinds[0] == FLOAT else rows
    imported = import_model(source)
    if kinds[0] == FLOAT:
        assert imported.graph.inputs[0].nan
    if kinds[1] == STRING:
        flat = model(
            [ml("LabelEncoder", "X", "Y", **ENCODERS[kinds]), node("Reshape", "Y s", "Z")],
            table(1, kinds[0]),
            ["Z"],
            {"s": np.array([-1])},
            ml_opset=version,
        )
        imported = agree(flat, rows)
        assert imported.graph.outputs[0].role == "label"
    else:
        agree(source, rows, tolerance=0)


@pytest.mark.parametrize("kind", [STRING, INT64])
def test_label_encoder_of_the_first_version(kind: int) -> None:
    encoder = ml("LabelEncoder", "X", "Y", classes_strings=["a", "b"], default_string="?", default_int64=-5)
    source = model([encoder], {"X": (kind, ["N"])}, ["Y"], ml_opset=1)
    agree(source, np.array([["b"], ["a"], ["z"]], object) if kind == STRING else np.array([[1], [0], [7], [-1]]))


@pytest.mark.parametrize("kind", [STRING, INT64])
def test_category_mapper(kind: int) -> None:
    mapper = ml(
        "CategoryMapper", "X", "Y", cats_strings=["a", "b"], cats_int64s=[7, 3], default_string="?", default_int64=-5
    )
    source = model([mapper], {"X": (kind, ["N"])}, ["Y"])
    agree(source, np.array([["b"], ["a"], ["z"]], object) if kind == STRING else np.array([[3], [7], [0]]))


def test_two_encoders_of_one_text_share_its_codes() -> None:
    nodes = [
        ml("LabelEncoder", "X", "a", keys_strings=["low", "high"], values_floats=[1.0, 2.0], default_float=0.0),
        ml("OneHotEncoder", "X", "b", cats_strings=["high", "none", "low"], zeros=1),
        node("Flatten", "b", "c"),
        node("Concat", "a c", "Y", axis=1),
    ]
    rows = np.array([["low"], ["high"], ["none"], ["?"]], object)
    imported = agree(model(nodes, table(1, STRING), ["Y"]), rows, tolerance=0)
    assert imported.graph.inputs[0].features[0].categories == ["low", "high", "none"]


# --- columns ---


@pytest.mark.parametrize("kind", [FLOAT, DOUBLE, INT64])
def test_feature_vectorizer(kind: int) -> None:
    inputs = {"a": (kind, ["N", 2]), "b": (kind, ["N", 1]), "c": (kind, ["N", 3])}
    vectors = ml("FeatureVectorizer", "a b c", "Y", inputdimensions=[2, 1, 2])
    agree(model([vectors], inputs, ["Y"]), numbers(6), tolerance=0)


def test_array_feature_extractor() -> None:
    extract = ml("ArrayFeatureExtractor", "X i", "Y")
    agree(model([extract], table(3), ["Y"], {"i": np.array([2, 0, 2])}), numbers(3), tolerance=0)
    agree(model([extract], table(3), ["Y"], {"i": np.array([[1]])}), numbers(3), tolerance=0)


@pytest.mark.parametrize("labels", [["no", "yes"], [-1, 1], [0.5, 2.0]])
def test_class_of_an_index(labels: list[Any]) -> None:
    nodes = [
        node("ArgMax", "X", "i", axis=1),
        ml("ArrayFeatureExtractor", "labels i", "l"),
        node("Reshape", "l shape", "label"),
    ]
    source = model(nodes, table(2), ["label"], {"labels": np.array(labels), "shape": np.array([-1])})
    assert agree(source, numbers(2)).graph.outputs[0].labels == labels


@pytest.mark.parametrize("labels", [{"classlabels_strings": ["a", "b"]}, {"classlabels_int64s": [5, 3]}])
def test_zip_map(labels: dict[str, list[Any]]) -> None:
    imported = agree(model([ml("ZipMap", "X", "Y", **labels)], table(2), ["Y"]), numbers(2), tolerance=0)
    assert imported.graph.outputs[0].labels == next(iter(labels.values()))
    assert imported.task == "classification"


def test_booleans_are_categories() -> None:
    source = model([node("Cast", "X", "Y", to=FLOAT)], table(1, BOOL), ["Y"])
    imported = agree(source, np.array([[True], [False]], object), tolerance=0)
    assert imported.graph.inputs[0].features[0].categories == [False, True]


# --- refusals ---


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([ml("Scaler", "X", "Y", scale=[1.0, 2.0], offset=[0.0, 0.0])], ["the_Scaler", "2 scales for 3 columns"]),
        ([ml("Imputer", "X", "Y", imputed_value_floats=[1.0, 2.0])], ["the_Imputer", "2 values for 3 columns"]),
        ([ml("LinearRegressor", "X", "Y", coefficients=[1.0])], ["the_LinearRegressor", "1 coefficients"]),
        ([ml("ZipMap", "X", "Y", classlabels_int64s=[1, 2])], ["the_ZipMap", "2 classes for 3 scores"]),
        ([ml("FeatureVectorizer", "X", "Y", inputdimensions=[4])], ["the_FeatureVectorizer", "filled up to 4"]),
        ([ml("OneHotEncoder", "X", "Y", cats_strings=["a"])], ["the_OneHotEncoder", "other categories"]),
        ([ml("LabelEncoder", "X", "Y", keys_floats=[1.0], values_floats=[1.0, 2.0])], ["the_LabelEncoder"]),
    ],
)
def test_what_does_not_fit_is_refused_by_name(nodes: list[Any], words: list[str]) -> None:
    refused(model(nodes, table(3), ["Y"]), *words)
