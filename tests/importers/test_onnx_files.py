"""ONNX files as they come: real ones with reference outputs, open shapes, external weights, and broken ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import FLOAT, INT64, ML, agree, ml, model, node, numbers, score, table

from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers import Network, detect
from edgescore_converters.importers import import_model as import_any
from edgescore_converters.importers._onnx._file import NEWEST
from edgescore_converters.importers.onnx import import_model

LINEAR = ml(
    "LinearClassifier",
    "X",
    "label scores",
    coefficients=[1.0, -1.0] * 2,
    intercepts=[0.2, 0.1],
    classlabels_ints=[0, 1],
)


def linear() -> onnx.ModelProto:
    return model([LINEAR], table(2), ["label", "scores"])


# --- real files ---


@pytest.mark.parametrize("name", ["logreg_iris", "treecl"])
def test_real_models_give_their_reference_outputs(shared: Path, name: str) -> None:
    golden = np.load(shared / "models" / "golden" / f"onnx_ml__{name}.onnx.npz")
    imported = import_any(shared / "models" / "onnx_ml" / f"{name}.onnx")
    label, scores = score(imported, golden["in0"].astype(np.float64))
    assert np.asarray(imported.graph.outputs[0].labels)[np.ravel(label)].tolist() == golden["out_label"].tolist()
    np.testing.assert_allclose(scores, golden["out_proba"], rtol=0, atol=1e-6)
    agree(shared / "models" / "onnx_ml" / f"{name}.onnx", golden["in0"])


def test_the_source_is_named(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    onnx.save(linear(), file)
    assert import_any(file).source == "onnx model.onnx (test 1, opset 18)"
    assert import_any(file.read_bytes()).source == "onnx the model (test 1, opset 18)"
    assert import_any(linear()).source == "onnx the model (test 1, opset 18)"


def test_content_decides_and_not_the_extension(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_bytes(linear().SerializeToString())
    assert detect(file) == "onnx"
    assert detect(linear()) == "onnx"


# --- shapes ---

WIDTHS = {
    "linear": ([LINEAR], ["label", "scores"], {}),
    "scaler": ([ml("Scaler", "X", "Y", scale=[1.0, 2.0], offset=[0.0, 1.0])], ["Y"], {}),
    "imputer": ([ml("Imputer", "X", "Y", imputed_value_floats=[1.0, 2.0], replaced_value_float=np.nan)], ["Y"], {}),
    "matmul": ([node("Neg", "X", "a"), node("MatMul", "a W", "Y")], ["Y"], {"W": np.ones((2, 3), np.float32)}),
    "gemm": ([node("Gemm", "X W", "Y", transB=1)], ["Y"], {"W": np.ones((3, 2), np.float32)}),
}


@pytest.mark.parametrize("name", WIDTHS)
def test_an_open_width_follows_from_the_operators(name: str) -> None:
    nodes, outputs, constants = WIDTHS[name]
    source = model(nodes, {"X": (FLOAT, ["N", None])}, outputs, constants)
    assert agree(source, numbers(2)).graph.inputs[0].value.shape == (1, 2)


def test_an_open_width_that_nothing_tells_is_asked_for() -> None:
    source = model([node("Softmax", "X", "Y")], {"X": (FLOAT, ["N", "features"])}, ["Y"])
    with pytest.raises(ConvertError, match=r"sizes of X \['N', 'features'\] open.*--shape X=1"):
        import_model(source)
    agree(source, numbers(5), shapes={"X": (1, 5)})
    with pytest.raises(ConvertError, match="does not fit"):
        import_model(linear(), shapes={"X": (1, 5)})


NETWORKS = {
    "more dimensions": model([node("Relu", "X", "Y")], {"X": (FLOAT, ["N", 3, 8, 8])}, ["Y"]),
    "a result that is no table": model([node("Reshape", "X s", "Y")], table(6), ["Y"], {"s": np.array([-1, 2, 3])}),
    "a batch": model([node("Relu", "X", "Y")], {"X": (FLOAT, [3, 4])}, ["Y"]),
    "bytes": model([node("Cast", "X", "Y", to=FLOAT)], table(2, TensorProto.UINT8), ["Y"]),
    "a constant result": model(
        [node("Neg", "c", "Y"), node("Relu", "X", "Z")], table(2), ["Y", "Z"], {"c": np.ones(1)}
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_no_table_becomes_a_network(name: str) -> None:
    assert isinstance(import_model(NETWORKS[name]), Network)


@pytest.mark.parametrize("kind", [TensorProto.UINT64])
def test_other_input_types_are_refused(kind: int) -> None:
    source = model([node("Cast", "X", "Y", to=FLOAT)], table(2, kind), ["Y"])
    with pytest.raises(ConvertError, match=r"input X is .*float32"):
        import_model(source)


# --- everything unsupported at once ---


def test_every_unsupported_node_is_listed_with_reason_and_remedy() -> None:
    nodes = [
        node("Unique", "X", "a"),
        node("Relu", "a", "b"),
        node("NonZero", "X", "c"),
        node("MaxUnknown", "X", "d", "some.domain"),
        node("Add", "b c", "Y"),
    ]
    source = model(nodes, table(2), ["Y", "d"], opset=20)
    source.opset_import.append(helper.make_opsetid("some.domain", 1))
    with pytest.raises(UnsupportedError) as caught:
        import_model(source)
    names = [part.name for part in caught.value.parts]
    assert names == ["Unique node the_Unique", "NonZero node the_NonZero", "MaxUnknown node the_MaxUnknown"]
    assert "some.domain.MaxUnknown" in str(caught.value)
    assert all(part.reason and part.remedy for part in caught.value.parts)


def test_a_node_without_a_name_is_named_by_its_outputs() -> None:
    source = model([node("Unique", "X", "Y")], table(2), ["Y"])
    source.graph.node[0].name = ""
    with pytest.raises(UnsupportedError, match="Unique node Y"):
        import_model(source)


def test_an_attribute_that_is_not_known_refuses_its_node(monkeypatch: pytest.MonkeyPatch) -> None:
    source = model([ml("Normalizer", "X", "Y", sharpness=2.0)], table(2), ["Y"])
    monkeypatch.setattr(onnx.checker, "check_model", lambda *_: None)
    with pytest.raises(UnsupportedError, match="attribute sharpness"):
        import_model(source)


# --- broken files ---


@pytest.mark.parametrize(
    "data", [b"\x08", b"\x08\x07", b"\x08\x07hello, this is no protobuf", b"\x08\x0a" + b"\x00" * 50]
)
def test_what_is_no_model(data: bytes) -> None:
    with pytest.raises(ConvertError, match="no ONNX model"):
        import_any(data)


def outcome(source: Any) -> str:
    """The message of a refusal, or the names of the outputs."""
    try:
        return " ".join(port.name for port in import_model(source).graph.outputs)
    except ConvertError as error:
        return str(error)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    data = linear().SerializeToString()
    file = tmp_path / "cut.onnx"
    for length in range(1, len(data)):
        file.write_bytes(data[:length])
        found = outcome(file)
        # What is cut off may be the versions of operators that the model does not use.
        assert "cut.onnx" in found or found == "label scores"


def test_flipped_bytes_never_end_in_another_error() -> None:
    data = linear().SerializeToString()
    for at in range(len(data)):
        for value in (0, 0x7F, 0xFF, data[at] ^ 1):
            assert outcome(data[:at] + bytes([value]) + data[at + 1 :])


@pytest.mark.parametrize(("domain", "version"), [("", NEWEST[""] + 1), (ML, NEWEST[ML] + 1)])
def test_newer_operators_are_refused(domain: str, version: int) -> None:
    source = linear()
    for entry in source.opset_import:
        if entry.domain == domain:
            entry.version = version
    with pytest.raises(ConvertError, match=rf"version {version}.*target_opset={version - 1}"):
        import_model(source)


def test_the_versions_known_are_those_of_the_installed_onnx() -> None:
    newest = dict.fromkeys(NEWEST, 0)
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain in newest:
            newest[schema.domain] = max(newest[schema.domain], schema.since_version)
    assert all(newest[domain] <= NEWEST[domain] for domain in NEWEST), "check what changed, then raise NEWEST"


def external(folder: Path) -> Path:
    weights = np.arange(6, dtype=np.float32).reshape(2, 3)
    source = model([node("MatMul", "X W", "Y")], table(2), ["Y"], {"W": weights})
    file = folder / "model.onnx"
    onnx.save(source, file, save_as_external_data=True, location="weights.bin", size_threshold=0)
    return file


def test_external_weights_are_read(tmp_path: Path) -> None:
    file = external(tmp_path)
    imported = import_any(file)
    rows = numbers(2)
    np.testing.assert_allclose(score(imported, rows)[0], rows @ np.arange(6).reshape(2, 3), rtol=1e-6)


def test_missing_external_weights_are_named(tmp_path: Path) -> None:
    file = external(tmp_path)
    with pytest.raises(ConvertError, match=r"weights\.bin.*give the path"):
        import_any(file.read_bytes())
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(ConvertError, match=r"weights\.bin.*beside the model"):
        import_any(file)


def test_external_weights_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    file = external(tmp_path / "model")
    (tmp_path / "model" / "weights.bin").rename(tmp_path / "weights.bin")
    source = onnx.load(file, load_external_data=False)
    for entry in source.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = "../weights.bin"
    file.write_bytes(source.SerializeToString())
    with pytest.raises(ConvertError, match=r"weights\.bin"):
        import_any(file)


def test_sparse_weights_are_refused() -> None:
    source = linear()
    values = numpy_helper.from_array(np.array([1.0], np.float32), "sparse")
    indices = numpy_helper.from_array(np.array([1], np.int64), "indices")
    source.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [3]))
    with pytest.raises(ConvertError, match="sparse"):
        import_model(source)


def test_local_functions_are_inlined() -> None:
    source = model([node("Twice", "X", "Y", "local")], table(2), ["Y"])
    body = [node("Add", "a a", "b")]
    opsets = [helper.make_opsetid("", 18)]
    source.functions.append(helper.make_function("local", "Twice", ["a"], ["b"], body, opsets))
    source.opset_import.append(helper.make_opsetid("local", 1))
    agree(source, numbers(2), 0)


def test_weights_that_are_listed_as_inputs_are_weights() -> None:
    source = model([node("Mul", "X c", "Y")], {**table(2), "c": (FLOAT, [2])}, ["Y"], {"c": np.float32([2, 3])})
    assert [port.name for port in agree(source, numbers(2), 0).graph.inputs] == ["X"]


def test_an_output_that_nothing_reads_is_left_out() -> None:
    imported = agree(model([LINEAR], table(2), ["scores"]), numbers(2))
    assert [port.name for port in imported.graph.outputs] == ["scores"]


def test_an_input_as_output_and_twice_the_same_tensor() -> None:
    source = model([node("Identity", "X", "Y"), node("Identity", "X", "Z")], table(2), ["Y", "Z"])
    agree(source, numbers(2), 0)


def test_without_onnxruntime_the_model_imports_and_the_oracle_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    imported = import_model(linear())
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConvertError, match="install it with pip"):
        imported.oracle(numbers(2))


def test_rows_that_onnx_runtime_refuses_are_a_value_error() -> None:
    strict: list[Any] = [ml("OneHotEncoder", "X", "a", cats_int64s=[1, 2], zeros=0), node("Flatten", "a", "Y")]
    imported = import_model(model(strict, table(1, INT64), ["Y"]))
    with pytest.raises(ValueError, match="refuses"):
        imported.oracle(np.array([[7.0]]))
