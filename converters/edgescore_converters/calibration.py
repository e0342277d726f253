"""Calibration rows, targets and class names from files, for the command line.

CSV and JSON lines go through the device's own readers, so a column means the same on both machines.
"""

from __future__ import annotations

import os
import zlib
from typing import Any
from zipfile import BadZipFile

import numpy as np

from edgescore._rows import Columns, Source, open_reader
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import Imported
from edgescore_converters.ir import Array

CHUNK = 4096


def read_calibration(
    path: str, target: str | None, imported: Imported, header: str = "auto", delimiter: str | None = None
) -> tuple[Array, Array | None]:
    """(rows [n, columns], target [n] or None) from ``path``; ``target`` names a column of it or an .npy file.

    header and delimiter are those of a CSV, as ``edgescore score`` takes them.
    Raises ConvertError or InputError naming the file, the line and the remedy.
    """
    own_file = target is not None and os.path.exists(target)
    column = target if target is not None and not own_file else None
    if path.endswith((".npy", ".npz")):
        rows = _numpy_file(path)
        if column is not None:
            raise ConvertError(f"--target {column}: {path} has no named columns; give an .npy file of targets")
        found = None
    else:
        rows, found = _table(path, column, imported, header, delimiter)
    if own_file and target is not None:
        found = _numpy_file(target)
    if found is not None and len(found) != len(rows):
        raise ConvertError(f"--target has {len(found)} values for the {len(rows)} rows of {path}")
    return rows, found


def load_arrays(path: str) -> Any:
    """What ``np.load`` makes of a file of plain arrays; ConvertError for another file, OSError as it comes."""
    with open(path, "rb") as file:
        start = file.read(6)
    if start != b"\x93NUMPY" and start[:4] != b"PK\x03\x04":
        raise ConvertError(f"{path}: is {'no .npy or .npz file' if start else 'empty'}; save arrays with numpy.save")
    try:
        loaded = np.load(path, allow_pickle=False)
        return loaded if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except (ValueError, EOFError, BadZipFile, zlib.error) as problem:
        objects = "Object arrays" in str(problem)
        raise ConvertError(
            f"{path}: {'holds Python objects; save numbers or text' if objects else 'is damaged; save it again'}"
        ) from None


def _numpy_file(path: str) -> Array:
    loaded = load_arrays(path)
    if isinstance(loaded, np.ndarray):
        return loaded
    if len(loaded) != 1:
        raise ConvertError(f"{path} holds {len(loaded)} arrays ({', '.join(loaded)}); save one array of rows as .npy")
    return np.asarray(*loaded.values())


def read_samples(path: str, names: list[str]) -> dict[str, Array]:
    """Samples of a network by input name: an .npz file of arrays so named, or one array (.npy) for the only input.

    Raises ConvertError naming the file and the remedy.
    """
    if not path.endswith((".npy", ".npz")):
        raise ConvertError(f"{path}: a network's samples come as .npy, or as .npz with an array for each input")
    loaded = load_arrays(path)
    if isinstance(loaded, np.ndarray):
        if len(names) != 1:
            raise ConvertError(f"{path} holds one array; the inputs are {', '.join(names)}: save them as .npz")
        return {names[0]: loaded}
    missing = [name for name in names if name not in loaded]
    if missing and len(names) == len(loaded) == 1:
        return {names[0]: np.asarray(*loaded.values())}
    if missing:
        raise ConvertError(f"{path} holds {', '.join(loaded)}; it lacks the inputs {', '.join(missing)}")
    return {name: np.asarray(loaded[name]) for name in names}


def _table(
    path: str, column: str | None, imported: Imported, header: str, delimiter: str | None
) -> tuple[Array, Array | None]:
    ports: list[dict[str, Any]] = [
        {
            "name": port.name,
            "dtype": port.value.dtype,
            "shape": list(port.value.shape),
            "features": [
                {
                    "name": feature.name,
                    "kind": "numeric" if feature.categories is None else "categorical",
                    "categories": feature.categories,
                }
                for feature in port.features
            ],
        }
        for port in imported.graph.inputs
    ]
    with Source(path) as source:
        reader = open_reader(source, Columns(ports), None, [column] if column else [], header, delimiter)
        chunks = list(reader.chunks(CHUNK))
    for chunk in chunks:
        for position, problem in chunk.bad.items():
            raise ConvertError(f"{path} {chunk.where(position)}: {problem}")
    if not chunks:
        raise ConvertError(f"{path} has a header but no rows; calibration needs some")
    rows = np.array([row for chunk in chunks for row in chunk.rows], object)
    found = np.array([row[0] for chunk in chunks for row in chunk.ids or []]) if column else None
    return rows, found


def class_names(text: str) -> list[str]:
    """Class names: a file with one a line, or a comma-separated list."""
    if os.path.exists(text):
        try:
            with open(text, encoding="utf-8-sig") as file:
                names = [line.strip() for line in file if line.strip()]
        except UnicodeDecodeError:
            raise ConvertError(f"--labels {text}: is not UTF-8 text; save it as that, one name a line") from None
    else:
        names = [name.strip() for name in text.split(",")]
        if len(names) == 1:
            raise ConvertError(f"--labels {text}: there is no such file; give it, or the names as A,B,...")
    if len(set(names)) != len(names) or not all(names):
        raise ConvertError(f"--labels {text}: class names are distinct and not empty")
    return names
