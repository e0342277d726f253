"""Names the files that people have in place of a model, or in a form that no importer reads, and says the way out.

Goes by what is in the file, as `import_model` does, and never by its name. It reads no model, and runs nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

_PYTORCH = "load it in PyTorch and give the module to edgescore_converters.from_torch(module, example)"
_KERAS = "load it with keras.models.load_model and give the model to edgescore_converters.from_keras(model)"
_TENSORFLOW = "convert the model with tf.lite.TFLiteConverter and give the .tflite file"
_CORE_ML = "export the model it was made from as ONNX or TensorFlow Lite"
_SAVED_MODEL = f"{_TENSORFLOW} (from_saved_model, of its folder)"
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK", b"x\x9c", b"x^", b"x\x01", b"x\xda", b"\x04\x22\x4d\x18")
_STARTS = (
    (b"\x89HDF\r\n\x1a\n", f"is an HDF5 file, as Keras saved models and weights; {_KERAS}"),
    (b"\x93NUMPY", "is an array of NumPy and no model; rows go in as --calibrate"),
)
_TORCH_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_SORTED_TABLE = bytes.fromhex("57fb808b247547db")  # which ends TensorFlow's index of variables
_FINGERPRINT = {8, 16, 24, 32, 40, 50, 58}  # keys of its fields: five numbers, two texts
_MOST_FIELDS = 100_000


def folder(path: Path) -> str:
    """What follows a folder's name in a message."""
    if (path / "saved_model.pb").exists():
        return f"is a SavedModel of TensorFlow; {_SAVED_MODEL}"
    if (path / "Manifest.json").exists():
        return f"is an .mlpackage of Core ML; {_CORE_ML}"
    return "is a folder; give the path of a model file"


def foreign(data: bytes) -> str | None:
    """What follows the file's name in a message, for a file that is of a known kind and none an importer reads."""
    for start, sentence in _STARTS:
        if data.startswith(start):
            return sentence
    if data.startswith(_TORCH_LEGACY):
        return f"is a file of torch.save; {_PYTORCH}"
    if data[4:8] == b"ORTM":
        return "is in ONNX Runtime's own format; give the .onnx file it was made from"
    if data.startswith(_PACKED):
        return _packed(data)
    if data.endswith(_SORTED_TABLE):
        return f"is an index of TensorFlow's variables, a part of a SavedModel or of a checkpoint; {_SAVED_MODEL}"
    return _text(data) or _protobuf(data)


def _packed(data: bytes) -> str:
    """An archive has the names of its files as they are, whatever it does to what is in them."""
    if data.startswith(b"PK"):
        if b"model.weights.h5" in data:
            return f"is a .keras file; {_KERAS}"
        if any(name in data for name in (b"/data.pkl", b"archive_format", b"serialized_exported_program.json")):
            return f"is a PyTorch file; {_PYTORCH}"
        if b"schema.json" in data:
            return "is a skops file; load it with skops.io.load and convert the object"
    return "is compressed; unpack it, or load the model (joblib.load, if joblib wrote it) and convert the object"


def _text(data: bytes) -> str | None:
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<?xml", b"<PMML", b"<net")):
        if b"<PMML" in head:
            return "is a PMML file, which no importer reads; convert the estimator it was exported from"
        return "is an XML file and no model this converter knows; export the model as ONNX or TensorFlow Lite"
    if head.startswith(b"{") and b'"tree_structure"' in data and b'"learner"' not in data:
        remedy = "save the model as text with booster.save_model('model.txt'), or convert the Booster"
        return f"is what LightGBM's dump_model gives, to be read by people; {remedy}"
    if re.match(rb"booster\[\d+\]:|\d+:(\[[^\]\n]+\] yes=|leaf=)|\[\s*\{\s*\"nodeid\"", head):
        remedy = "save the model with booster.save_model('model.json')"
        return f"is what XGBoost's dump_model gives, to be read by people; {remedy}"
    return None


def _protobuf(data: bytes) -> str | None:
    """TensorFlow's and Core ML's files, which start as ONNX's do or nearly, by the fields that they have."""
    keys = _keys(data) if data[0] in (0x08, 0x0A) else []
    if not keys:
        return None
    if 16 in keys and set(keys) <= _FINGERPRINT:  # ONNX's second field is a text
        return f"is the fingerprint of a SavedModel of TensorFlow; {_SAVED_MODEL}"
    fields = [key >> 3 for key in keys]
    if max(fields) >= 200:
        return f"is a Core ML file; {_CORE_ML}"
    if data.startswith(b"\x08\x01\x12") and set(fields) == {1, 2}:
        return f"is the graph of a SavedModel of TensorFlow; {_SAVED_MODEL}"
    if fields[0] == 1 and 4 in fields and set(fields) <= {1, 2, 3, 4}:  # nodes, and the versions they are of
        return f"is a frozen graph of TensorFlow; {_TENSORFLOW} (tf.compat.v1.lite.TFLiteConverter.from_frozen_graph)"
    return None


def _keys(data: bytes) -> list[int]:
    """Keys (8 * number + wire type) of a protobuf message's fields, in order; none where it is no such message, or cut
    short.
    """
    found: list[int] = []
    at = 0
    while at < len(data) and len(found) < _MOST_FIELDS:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 2:
            size, at = _varint(data, at)
            at += size
        elif kind == 0:
            _, at = _varint(data, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            return []
        if not key >> 3 or at > len(data):
            return []
        found.append(key)
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at ``at`` and where it ends; where none ends, a place behind the data."""
    for length, byte in enumerate(data[at : at + 10], 1):
        if byte < 0x80:
            number = sum((data[at + n] & 0x7F) << 7 * n for n in range(length))
            return number, at + length
    return 0, len(data) + 1
