"""Importers: one file per source format, all ending in the structures that passes and writer share.

This module only chooses: by the class of a live object, or by the first bytes of a file, never by its name. The
importer chosen is imported then, with the framework it needs. It refuses to unpickle unless told to: that runs code.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import io
import os
import pickle
import re
from pathlib import Path
from typing import Any, cast

from edgescore_converters.errors import ConvertError

from ._foreign import folder, foreign
from ._imported import Imported, Oracle, Task
from ._network import Network

__all__ = ["Imported", "Network", "Oracle", "Task", "detect", "import_model", "unpickle"]

FORMATS = ("sklearn", "xgboost", "lightgbm", "catboost", "treelite", "onnx", "tflite")
SUPPORTED = (
    "scikit-learn, XGBoost, LightGBM and CatBoost estimators, XGBoost JSON or UBJSON, LightGBM text, CatBoost JSON, "
    "treelite, ONNX and TensorFlow Lite files"
)


def import_model(source: Any, *, trust_pickle: bool = False, **options: Any) -> Imported | Network:
    """Import a live estimator, a file (path) or its bytes.

    trust_pickle: a pickled estimator may be loaded, which runs the code in it. options: for the importer
    (`input_dtype`, ...). Raises ConvertError for what is no model, UnsupportedError listing every part that cannot be
    converted, OSError for a file that cannot be read.
    """
    kind, data, name = _look(source)
    if kind == "pickle":
        return import_model(unpickle(data or b"", name, trust=trust_pickle), **options)
    if isinstance(source, (str, os.PathLike)):
        options["path"] = Path(source)
    importer = _importer(kind).import_model
    other = [name for name in options if name not in inspect.signature(importer).parameters]
    if other:
        said = ", ".join(f"{name} (--{name if name == 'outputs' else name.rstrip('s')})" for name in other)
        raise ConvertError(f"{said}: {kind} models have no such option; leave it out")
    return cast(Imported | Network, importer(source if data is None else data, **options))


def detect(source: Any) -> str:
    """The importer for a live object, a path or bytes: one of FORMATS, or "pickle". Raises ConvertError for none."""
    return _look(source)[0]


def _look(source: Any) -> tuple[str, bytes | None, str]:
    """What ``source`` is, the bytes of a file, and a name for messages."""
    if isinstance(source, (str, os.PathLike)):
        if Path(source).is_dir():
            raise ConvertError(f"{source} {folder(Path(source))}")
        data, name = Path(source).read_bytes(), Path(source).name
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data, name = bytes(source), "the data"
    else:
        return _detect_object(source), None, type(source).__name__
    return _detect_bytes(data, name), data, name


def unpickle(data: bytes, name: str, *, trust: bool) -> Any:
    """The object in a pickle or joblib file. Raises ConvertError unless ``trust``, or when it cannot be loaded."""
    if not trust:
        raise ConvertError(
            f"{name} is a pickle, and loading it runs the code in it; if you trust it, pass --trust-pickle "
            "(trust_pickle=True), or load it yourself and convert the object"
        )
    try:
        # joblib's files are pickles with arrays between; it reads plain ones too, and comes with scikit-learn.
        if importlib.util.find_spec("joblib"):
            return importlib.import_module("joblib").load(io.BytesIO(data))
        return pickle.loads(data)
    except Exception as error:
        raise ConvertError(
            f"{name} cannot be unpickled ({type(error).__name__}: {error}); install the packages it was saved with"
        ) from error


def _detect_object(source: Any) -> str:
    if isinstance(source, type):
        raise ConvertError(f"{source.__name__} is a class; give a fitted object of it")
    # LightGBM's and XGBoost's wrappers are scikit-learn estimators too, so the class itself comes before its bases.
    for cls in type(source).__mro__:
        package = cls.__module__.partition(".")[0]
        if package in FORMATS:
            return package
    raise ConvertError(f"a {type(source).__module__}.{type(source).__qualname__} is no model; give one of: {SUPPORTED}")


def _detect_bytes(data: bytes, name: str) -> str:
    if not data:
        raise ConvertError(f"{name} is empty; export the model again")
    if sentence := foreign(data):
        raise ConvertError(f"{name} {sentence}")
    if (data[0] == 0x80 and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")) or re.match(rb"c[\w.]+\n[\w.]+\n", data):
        return "pickle"
    head = data[:4096].lstrip()
    if head.startswith((b"{", b"binf", b"bs64")) or _is_old_xgboost(data):
        return "catboost" if _is_catboost(data) else "xgboost"
    if data.startswith(b"CBM1"):
        return "catboost"
    if head.startswith((b"tree\n", b"tree\r\n")):
        return "lightgbm"
    if data.startswith(b"EDSC"):
        raise ConvertError(f"{name} is an EdgeScore model already; score it with edgescore")
    if data[4:8] == b"TFL3":
        return "tflite"
    # A treelite checkpoint starts with the version that wrote it, as three int32.
    if data[4:5] and data[1:4] == bytes(3) and 3 <= data[0] <= 9 and data[5:8] == bytes(3) and data[9:12] == bytes(3):
        return "treelite"
    # An ONNX file is a protobuf message whose first field is ir_version (field 1, a varint).
    if data[0] == 0x08:
        return "onnx"
    raise ConvertError(f"{name} is not a model this converter knows; give one of: {SUPPORTED}")


def _is_catboost(data: bytes) -> bool:
    """Whether a JSON document is CatBoost's export and not XGBoost's model, whose first key is another."""
    return re.match(rb'\s*\{\s*"(learner|version)"', data) is None and b'"features_info"' in data


def _is_old_xgboost(data: bytes) -> bool:
    """XGBoost's binary format before 3.1 has no mark; but the names of objective and booster follow 136 bytes."""
    return re.match(rb"[a-z]+:[a-z]+.{8}(gbtree|dart|gblinear)", data[144:200], re.DOTALL) is not None


def _importer(name: str) -> Any:
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("edgescore"):
            raise
        raise ConvertError(f"importing from {name} needs the package {error.name}; install it with pip") from error
