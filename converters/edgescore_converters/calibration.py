"""Calibration rows, targets and class names from files, for the command line.

CSV and JSON lines go through the device's own readers, so a column means the same on both machines.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from edgescore._rows import Columns, Source, open_reader
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import Imported
from edgescore_converters.ir import Array

CHUNK = 4096


def read_calibration(path: str, target: str | None, imported: Imported) -> tuple[Array, Array | None]:
    """(rows [n, columns], target [n] or None) from ``path``; ``target`` names a column of it or an .npy file.

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
        rows, found = _table(path, column, imported)
    if own_file and target is not None:
        found = _numpy_file(target)
    if found is not None and len(found) != len(rows):
        raise ConvertError(f"--target has {len(found)} values for the {len(rows)} rows of {path}")
    return rows, found


def _numpy_file(path: str) -> Array:
    try:
        loaded = np.load(path, allow_pickle=False)
    except ValueError as problem:
        raise ConvertError(f"{path}: {problem}; save plain arrays, not objects") from None
    if isinstance(loaded, np.ndarray):
        return loaded
    arrays = list(loaded.files)
    if len(arrays) != 1:
        raise ConvertError(f"{path} holds {len(arrays)} arrays ({', '.join(arrays)}); save one array of rows as .npy")
    return np.asarray(loaded[arrays[0]])


def read_samples(path: str, names: list[str]) -> dict[str, Array]:
    """Samples of a network by input name: an .npz file of arrays so named, or one array (.npy) for the only input.

    Raises ConvertError naming the file and the remedy.
    """
    if not path.endswith((".npy", ".npz")):
        raise ConvertError(f"{path}: a network's samples come as .npy, or as .npz with an array for each input")
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        if len(names) != 1:
            raise ConvertError(f"{path} holds one array; the inputs are {', '.join(names)}: save them as .npz")
        return {names[0]: loaded}
    missing = [name for name in names if name not in loaded.files]
    if missing and len(names) == len(loaded.files) == 1:
        return {names[0]: np.asarray(loaded[loaded.files[0]])}
    if missing:
        raise ConvertError(f"{path} holds {', '.join(loaded.files)}; it lacks the inputs {', '.join(missing)}")
    return {name: np.asarray(loaded[name]) for name in names}


def _table(path: str, column: str | None, imported: Imported) -> tuple[Array, Array | None]:
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
        reader = open_reader(source, Columns(ports), ids=[column] if column else [])
        chunks = list(reader.chunks(CHUNK))
    for chunk in chunks:
        for position, problem in chunk.bad.items():
            raise ConvertError(f"{path}, {chunk.where(position)}: {problem}")
    if not chunks:
        raise ConvertError(f"{path} has a header but no rows; calibration needs some")
    rows = np.array([row for chunk in chunks for row in chunk.rows], object)
    found = np.array([row[0] for chunk in chunks for row in chunk.ids or []]) if column else None
    return rows, found


def class_names(text: str) -> list[str]:
    """Class names: a file with one a line, or a comma-separated list."""
    if os.path.exists(text):
        with open(text, encoding="utf-8-sig") as file:
            names = [line.strip() for line in file if line.strip()]
    else:
        names = [name.strip() for name in text.split(",")]
    if len(set(names)) != len(names) or not all(names):
        raise ConvertError(f"--labels {text}: class names are distinct and not empty")
    return names
