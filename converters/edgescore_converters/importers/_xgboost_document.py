"""XGBoost's saved document, JSON or UBJSON, as dicts and arrays; fields are fetched with an error that names them.

Owns no meaning: what the fields say is `_xgboost_trees`. Refuses the binary format of XGBoost < 3.1.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError

from ._trees import CORRUPT
from ._ubjson import load_ubjson

# What is needed of a tree; the rest (statistics) is dropped while a JSON document is being read, which bounds memory.
INTEGERS = ("left_children", "right_children", "split_indices", "default_left", "split_type")
CATEGORIES = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
FLOATS = ("split_conditions", "base_weights", "leaf_weights")


def is_ubjson(data: bytes) -> bool:
    """Whether ``data`` is UBJSON and not JSON: a length, and no quotation mark, follows the first brace."""
    return data[:1] == b"{" and data[1:2] in b"LlIiU}"


def parse(data: bytes) -> Any:
    """The document in `data`. Raises ConvertError for the binary format, other files, and truncated ones."""
    if not data[:64].lstrip().startswith(b"{"):
        remedy = "load it with xgboost < 3.1 and save it with Booster.save_model('model.json')"
        raise ConvertError(f"is neither JSON nor UBJSON; if it is XGBoost's old binary format, {remedy}")
    if is_ubjson(data):
        return load_ubjson(data)
    try:
        return json.loads(data, object_hook=_slim)
    except (ValueError, RecursionError) as error:
        raise ConvertError(
            f"is no valid JSON ({error}): the file is truncated or corrupt, save the model again"
        ) from error


def _slim(node: dict[str, Any]) -> dict[str, Any]:
    if "split_conditions" not in node:
        return node
    kept = {key: array(node, key, np.float32) for key in FLOATS if key in node}
    kept |= {key: array(node, key, np.int64) for key in (*INTEGERS, *CATEGORIES) if key in node}
    if len(kept.get("base_weights", ())) == len(kept["split_conditions"]):
        del kept["base_weights"]
    return kept | {"tree_param": node.get("tree_param", {})}


def array(node: Any, name: str, dtype: type[np.generic]) -> NDArray[Any]:
    """The vector of numbers under `name`; ConvertError names the field when it is missing or holds something else."""
    value = field(node, name)
    allowed = "biuf" if dtype is np.float32 else "biu"
    try:
        given = np.asarray(value)
    except ValueError as error:
        raise ConvertError(f"{name} is no list of numbers: {CORRUPT}") from error
    if given.ndim != 1 or (given.size and given.dtype.kind not in allowed):
        raise ConvertError(f"{name} is no list of {dtype.__name__} numbers: {CORRUPT}")
    with np.errstate(over="ignore"):
        return given.astype(dtype)


def field(node: Any, *path: str, kind: type | tuple[type, ...] = object, default: Any = None) -> Any:
    """What lies at `path` below `node`, or `default`; ConvertError names the key that is missing or no `kind`."""
    for depth, key in enumerate(path):
        where = ".".join(path[: depth + 1])
        if not isinstance(node, dict):
            raise ConvertError(f"has something else where {where} should be: it is no XGBoost model, or {CORRUPT}")
        if key not in node:
            if default is not None:
                return default
            raise ConvertError(f"has no field {where}: it is no XGBoost model, or {CORRUPT}")
        node = node[key]
    if not isinstance(node, kind):
        raise ConvertError(f"has {type(node).__name__} where {'.'.join(path)} should be: {CORRUPT}")
    return node


def integer(node: Any, name: str, default: int | None = None) -> int:
    """The integer under `name`, which XGBoost writes as text."""
    text = field(node, name, default=default)
    try:
        return int(text)
    except (ValueError, TypeError, OverflowError) as error:
        raise ConvertError(f"field {name} is {text!r}, which is no integer: {CORRUPT}") from error
