"""Damaged model files: whatever is done to the bytes, the answer is a model or a ConvertError, never anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._lightgbm_trees import load_lightgbm
from edgescore_converters.importers._ubjson import load_ubjson
from edgescore_converters.importers._xgboost_trees import load_xgboost

DAMAGES = 400


@pytest.fixture(scope="module")
def sources() -> dict[str, tuple[Callable[[Any], Any], bytes]]:
    xgb = pytest.importorskip("xgboost")
    lgb = pytest.importorskip("lightgbm")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 3))
    x[:, 0] = rng.integers(0, 9, 100)
    matrix = xgb.DMatrix(x, x[:, 0] % 2, feature_types=["c", "q", "q"], enable_categorical=True)
    booster = xgb.train({"booster": "dart", "objective": "binary:logistic", "nthread": 1}, matrix, 3)
    options = {"verbose": -1, "num_threads": 1, "num_leaves": 6, "min_data_per_group": 1, "objective": "binary"}
    text = lgb.train(options, lgb.Dataset(x, x[:, 0] % 2, categorical_feature=[0]), 3).model_to_string()
    return {
        "json": (load_xgboost, bytes(booster.save_raw("json"))),
        "ubj": (load_xgboost, bytes(booster.save_raw("ubj"))),
        "text": (load_lightgbm, text.encode()),
    }


def damaged(data: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    """Cut short, and with bytes replaced: by any byte, or by another one of the file, which is likelier to parse."""
    for _ in range(DAMAGES):
        yield data[: rng.integers(len(data))]
        changed = bytearray(data)
        for at in rng.integers(len(data), size=rng.integers(1, 4)):
            changed[at] = data[rng.integers(len(data))] if rng.random() < 0.7 else rng.integers(256)
        yield bytes(changed)


@pytest.mark.parametrize("form", ["json", "ubj", "text"])
def test_damaged_files(sources: dict[str, tuple[Callable[[Any], Any], bytes]], form: str) -> None:
    load, data = sources[form]
    refused = 0
    for changed in damaged(data, np.random.default_rng(0)):
        try:
            load(changed).ensemble.validate()
        except ConvertError:
            refused += 1
    assert refused > DAMAGES // 2


def test_every_truncation_within_the_trees_is_refused(sources: dict[str, tuple[Callable[[Any], Any], bytes]]) -> None:
    for form in ("json", "ubj", "text"):
        load, data = sources[form]
        end = data.index(b"\nend of trees") if form == "text" else len(data) - 1
        for size in range(0, end, max(1, end // 300)):
            with pytest.raises(ConvertError):
                load(data[:size])


def test_ubjson_values() -> None:
    text = b"SL" + (2).to_bytes(8, "big") + b"hi"
    assert load_ubjson(text) == "hi"
    assert load_ubjson(b"[i\x01U\xffI\x01\x00l\x00\x00\x00\x07TFZ]") == [1, 255, 256, 7, True, False, None]
    assert load_ubjson(b"[#i\x02i\x05i\xff") == [5, -1]
    assert load_ubjson(b"{i\x01ad\x3f\x80\x00\x00}") == {"a": 1.0}
    typed = load_ubjson(b"[$l#i\x02\x00\x00\x00\x01\xff\xff\xff\xff")
    assert typed.tolist() == [1, -1]
    assert typed.dtype == np.int32


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ends where 1 more bytes"),
        (b"d\x00", "ends where 4 more bytes"),
        (b"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff", "ends where .* more bytes"),
        (b"[$d#i\xff", "ends where -4 more bytes"),
        (b"[$S#i\x01", "typed array of type b'S'"),
        (b"[#d\x00\x00\x00\x00", "fraction where a length"),
        (b"H", "has type b'H' where a number should be"),
        (b"Si\x01\xff", "no UTF-8"),
        (b"ZZ", "bytes after the end at byte 1"),
        (b"[" * 100, "nests deeper than 64"),
        (b"{i\x01a", "ends where 1 more bytes"),
    ],
)
def test_ubjson_that_is_none(data: bytes, message: str) -> None:
    with pytest.raises(ConvertError, match=message):
        load_ubjson(data)
