"""Files that are no model an importer reads: each is called what it is, with the way out."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.linear_model import LinearRegression

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import detect, import_model

X = np.random.default_rng(0).normal(size=(100, 2))
FOREST = xgboost.XGBRegressor(n_estimators=2, max_depth=2).fit(X, X[:, 0]).get_booster()
LEAVES = lightgbm.LGBMRegressor(n_estimators=2, verbose=-1).fit(X, X[:, 0]).booster_
LINE = LinearRegression().fit(X, X[:, 0])


def field(number: int, content: bytes | int) -> bytes:
    """One field of a protobuf message, with numbers and lengths below 128."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def packed(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return made.getvalue()


def dumped(tmp_path: Path, dump_format: str) -> bytes:
    FOREST.dump_model(tmp_path / "dump", dump_format=dump_format)
    return (tmp_path / "dump").read_bytes()


NODE = field(1, field(1, b"x") + field(2, b"Placeholder"))
FILES: dict[str, tuple[bytes, str]] = {
    "lightgbm json": (json.dumps(LEAVES.dump_model()).encode(), r"LightGBM's dump_model gives.*save_model\('model.txt"),
    "xgboost get_dump": (FOREST.get_dump()[0].encode(), r"XGBoost's dump_model gives.*save_model\('model.json'\)"),
    "pmml": (b'<?xml version="1.0"?>\n<PMML version="4.4">', "is a PMML file.*convert the estimator"),
    "xml": (b'<?xml version="1.0"?>\n<net name="x">', "is an XML file.*export the model as ONNX"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(90), r"HDF5.*load_model.*from_keras\(model\)"),
    "keras": (packed("metadata.json", "config.json", "model.weights.h5"), r"is a \.keras file.*from_keras\(model\)"),
    "torch": (packed("m/data.pkl", "m/version"), r"is a PyTorch file.*from_torch\(module, example\)"),
    "torch.export": (packed("m/archive_format", "m/models/model.json"), r"is a PyTorch file.*from_torch"),
    "old torch": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M", r"torch\.save.*from_torch"),
    "skops": (packed("schema.json"), r"skops file.*skops\.io\.load"),
    "zip": (packed("anything"), r"is compressed; unpack it"),
    "lz4": (b"\x04\x22\x4d\x18" + bytes(20), r"is compressed.*joblib\.load"),
    "numpy": (b"\x93NUMPY\x01\x00", "array of NumPy.*--calibrate"),
    "ort": (b"\x18\x00\x00\x00ORTM" + bytes(40), r"ONNX Runtime's own format; give the \.onnx"),
    "core ml": (
        field(1, 4) + field(2, b"\n\x01x") + field(500, b""),
        "Core ML file; export the model it was made from",
    ),
    "saved_model.pb": (field(1, 1) + field(2, b"\n\x01x"), r"graph of a SavedModel.*give the \.tflite file"),
    "fingerprint.pb": (
        b"".join(field(number, 2**40 + number) for number in range(1, 6)) + field(6, b"\x08\x04") + field(7, b"229359"),
        r"fingerprint of a SavedModel of TensorFlow.*give the \.tflite file \(from_saved_model, of its folder\)",
    ),
    "variables.index": (bytes(40) + bytes.fromhex("57fb808b247547db"), r"index of TensorFlow's variables.*SavedModel"),
    "frozen graph": (NODE + NODE + field(4, field(1, 27)), "frozen graph of TensorFlow.*from_frozen_graph"),
}


@pytest.mark.parametrize("kind", FILES)
def test_is_called_what_it_is(kind: str, tmp_path: Path) -> None:
    data, message = FILES[kind]
    (tmp_path / "model.onnx").write_bytes(data)  # whatever its name says
    with pytest.raises(ConvertError, match=f"^model.onnx .*{message}"):
        detect(tmp_path / "model.onnx")


@pytest.mark.parametrize("dump_format", ["text", "json"])
def test_a_dump_of_xgboost_is_called_what_it_is(dump_format: str, tmp_path: Path) -> None:
    with pytest.raises(ConvertError, match=r"what XGBoost's dump_model gives"):
        detect(dumped(tmp_path, dump_format))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("saved_model.pb", r"is a SavedModel of TensorFlow; .*TFLiteConverter.*\.tflite file \(from_saved_model"),
        ("Manifest.json", r"is an \.mlpackage of Core ML; export the model it was made from"),
        ("weights.bin", "is a folder; give the path of a model file"),
    ],
)
def test_a_folder_is_called_what_it_is(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ConvertError, match=message):
        detect(tmp_path)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_one_whatever_its_protocol(protocol: int) -> None:
    assert detect(pickle.dumps(LINE, protocol)) == "pickle"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (bytes(FOREST.save_raw("json")), "xgboost"),  # which has a field tree_info, too
        (bytes(FOREST.save_raw("ubj")), "xgboost"),
        (LEAVES.model_to_string().encode(), "lightgbm"),
        (field(1, 10) + field(2, b"producer") + field(7, b""), "onnx"),
        (b"".join(field(n, 10 if n in (1, 5) else b"x") for n in range(1, 8)), "onnx"),  # a fingerprint has these too
        (field(1, 10) + field(2, b"producer"), "onnx"),  # cut short, as the importer says
        (b"CBM1" + bytes(20), "catboost"),
    ],
)
def test_what_an_importer_reads_is_taken_for_nothing_else(data: bytes, kind: str) -> None:
    assert detect(data) == kind


@pytest.mark.parametrize("data", [b"\nhello\n", b"\x0a", b"\x0a" + b"\xff" * 12, b"PK", b"<?xml", b"{", b"[", b"\x80"])
def test_what_is_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(ConvertError):
        import_model(data)
