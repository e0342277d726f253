"""TFLite's movement of elements, choice by indices, reductions and resizing against LiteRT, in every type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_models import K, X, Y, agrees, single

IN: dict[str, Any] = {"float32": None, "int8": (0.0513, 3), "uint8": (0.0513, 131), "int16": (1.93e-4, 0)}
OUT: dict[str, Any] = {"float32": None, "int8": (0.0437, -5), "uint8": (0.0437, 123), "int16": (2.317e-4, 0)}
KINDS = ("float32", "int8", "uint8", "int16")
SHAPE = (2, 6, 4, 3)
AMOUNTS = np.array([[0, 0], [1, 2], [0, 3], [1, 1]], np.int32)
CROPS = np.array([[1, 0], [0, 2]], np.int32)


def ints(*values: int) -> K:
    return K(np.array(values, np.int32))


STRIDED = {"beginMask": 0, "endMask": 0, "shrinkAxisMask": 0, "ellipsisMask": 0, "newAxisMask": 0}
WINDOW = [ints(0, 1, 1, 0), ints(2, 5, 4, 3), ints(1, 2, 1, 1)]
# Name -> operator, shape of the operand, the others, options, results.
Case = tuple[str, tuple[int, ...], list[Any], str | None, dict[str, Any], int]
MOVES: dict[str, Case] = {
    "reshape": ("RESHAPE", SHAPE, [ints(2, -1, 3)], "Reshape", {"newShape": [2, -1, 3]}, 1),
    "reshape by option": ("RESHAPE", SHAPE, [], "Reshape", {"newShape": [2, 24, 3]}, 1),
    "squeeze": ("SQUEEZE", (1, 6, 1, 3), [], "Squeeze", {"squeezeDims": [-4]}, 1),
    "squeeze all": ("SQUEEZE", (1, 6, 1, 3), [], "Squeeze", {"squeezeDims": []}, 1),
    "expand_dims": ("EXPAND_DIMS", SHAPE, [ints(-1)], "ExpandDims", {}, 1),
    "transpose": ("TRANSPOSE", SHAPE, [ints(0, 3, 1, 2)], "Transpose", {}, 1),
    "pad": ("PAD", SHAPE, [K(AMOUNTS * [[0], [1], [1], [0]])], "Pad", {}, 1),
    "mirror": ("MIRROR_PAD", SHAPE, [K(AMOUNTS)], "MirrorPad", {"mode": 0}, 1),
    "mirror symmetric": ("MIRROR_PAD", SHAPE, [K(AMOUNTS)], "MirrorPad", {"mode": 1}, 1),
    "unpack": ("UNPACK", SHAPE, [], "Unpack", {"axis": -1, "num": 3}, 3),
    "split_v": ("SPLIT_V", SHAPE, [ints(1, -1, 2), ints(-3)], "SplitV", {"numSplits": 3}, 3),
    "strided": ("STRIDED_SLICE", SHAPE, WINDOW, "StridedSlice", STRIDED, 1),
    "strided open": ("STRIDED_SLICE", SHAPE, WINDOW, "StridedSlice", STRIDED | {"beginMask": 2, "endMask": 4}, 1),
    "strided shrunk": ("STRIDED_SLICE", SHAPE, WINDOW, "StridedSlice", STRIDED | {"shrinkAxisMask": 4}, 1),
    "strided ellipsis": ("STRIDED_SLICE", SHAPE, WINDOW, "StridedSlice", STRIDED | {"ellipsisMask": 2}, 1),
    "strided new": ("STRIDED_SLICE", SHAPE, WINDOW, "StridedSlice", STRIDED | {"newAxisMask": 1}, 1),
    "strided back": (
        "STRIDED_SLICE",
        SHAPE,
        [ints(-1, -2, 0, 2), ints(-3, 0, 4, 0), ints(-1, -1, 1, -1)],
        "StridedSlice",
        STRIDED,
        1,
    ),
    "reverse": ("REVERSE_V2", SHAPE, [ints(1)], "ReverseV2", {}, 1),
    "gather": ("GATHER", SHAPE, [K(np.array([[2, 0], [5, 1]], np.int32))], "Gather", {"axis": 1}, 1),
    "gather last": ("GATHER", SHAPE, [K(np.array([2, 0]))], "Gather", {"axis": -1}, 1),
    "gather one": ("GATHER", SHAPE, [K(np.array(1, np.int32))], "Gather", {"axis": 3}, 1),
    "gather batches": (
        "GATHER",
        SHAPE,
        [K(np.array([[2, 0, 1], [3, 1, 1]], np.int32))],
        "Gather",
        {"axis": 2, "batchDims": 1},
        1,
    ),
    "gather_nd": ("GATHER_ND", SHAPE, [K(np.array([[1, 2], [0, 5], [1, 0]], np.int32))], "GatherNd", {}, 1),
    "tile": ("TILE", SHAPE, [ints(1, 2, 3, 1)], "Tile", {}, 1),
    "broadcast": ("BROADCAST_TO", (2, 1, 1, 3), [ints(2, 4, 5, 3)], "BroadcastTo", {"version": 2}, 1),
    "batch to space": ("BATCH_TO_SPACE_ND", (8, 3, 4, 3), [ints(2, 2), K(CROPS)], "BatchToSpaceND", {}, 1),
    "batch to line": ("BATCH_TO_SPACE_ND", (4, 3, 5), [ints(2), K(CROPS[:1])], "BatchToSpaceND", {}, 1),
    "space to batch": ("SPACE_TO_BATCH_ND", (2, 5, 4, 3), [ints(2, 2), K(CROPS)], "SpaceToBatchND", {}, 1),
    "line to batch": (
        "SPACE_TO_BATCH_ND",
        (2, 6, 3),
        [ints(3), K(np.array([[2, 1]], np.int32))],
        "SpaceToBatchND",
        {},
        1,
    ),
    "nearest": ("RESIZE_NEAREST_NEIGHBOR", SHAPE, [ints(9, 7)], "ResizeNearestNeighbor", {}, 1),
    "nearest corners": (
        "RESIZE_NEAREST_NEIGHBOR",
        SHAPE,
        [ints(9, 7)],
        "ResizeNearestNeighbor",
        {"alignCorners": True},
        1,
    ),
    "nearest centers": (
        "RESIZE_NEAREST_NEIGHBOR",
        SHAPE,
        [ints(3, 10)],
        "ResizeNearestNeighbor",
        {"halfPixelCenters": True},
        1,
    ),
    "reduce_max": ("REDUCE_MAX", SHAPE, [ints(1, 2)], "Reducer", {"keepDims": True}, 1),
    "reduce_min": ("REDUCE_MIN", SHAPE, [ints(-1)], "Reducer", {"keepDims": False}, 1),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MOVES)
def test_move(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operator, shape, others, options, fields, results = MOVES[name]
    x = X(shape, kind, IN[kind])
    agrees(single(operator, [x, *others], [Y(kind, IN[kind])] * results, options, **fields), monkeypatch)


@pytest.mark.parametrize("kind", KINDS)
def test_moves_of_other_operands(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quant = IN[kind]
    x, y = X(SHAPE, kind, quant), Y(kind, quant)
    value = K(np.array([1.5], np.float32)) if quant is None else K(np.array([100], kind), quant=quant)
    agrees(single("PADV2", [x, K(AMOUNTS), value], y, "PadV2"), monkeypatch)
    shaped = Y(kind, quant, (2, 5, 2, 3))
    agrees(single("SLICE", [x, ints(0, 1, 2, 0), ints(2, -1, 2, 3)], shaped, "Slice"), monkeypatch)
    for axis in (1, -3):
        agrees(single("SPLIT", [ints(axis), x], [y] * 3, "Split", numSplits=3), monkeypatch)
    for axis in (0, -1):
        agrees(single("PACK", [x, x], y, "Pack", axis=axis, valuesCount=2), monkeypatch)
        agrees(single("CONCATENATION", [x, x, x], y, "Concatenation", axis=axis), monkeypatch)
    update = X((1, 2, 4, 3), kind, quant)
    agrees(single("DYNAMIC_UPDATE_SLICE", [x, update, ints(1, 3, 0, 0)], y, "DynamicUpdateSlice"), monkeypatch)


def test_update_of_a_computed_place(monkeypatch: pytest.MonkeyPatch) -> None:
    model = single("DYNAMIC_UPDATE_SLICE", [X((5, 9)), X((2, 3)), X((2,), "int32")], Y(), "DynamicUpdateSlice")
    agrees(model, monkeypatch, count=20, low=-2, high=8)


@pytest.mark.parametrize("kind", ["float32", "uint8"])
def test_reverse_sequence(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = X(SHAPE, kind, IN[kind]), Y(kind, IN[kind])
    model = single("REVERSE_SEQUENCE", [x, ints(3, 5)], y, "ReverseSequence", seqDim=1, batchDim=0)
    agrees(model, monkeypatch)


def test_concatenation_of_two_quantizations(monkeypatch: pytest.MonkeyPatch) -> None:
    x, other = X(SHAPE, "uint8", IN["uint8"]), X(SHAPE, "uint8", (0.04, 120))
    agrees(single("CONCATENATION", [x, other], Y("uint8", (0.05, 117)), "Concatenation", axis=1), monkeypatch)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axes", [(1, 2), (-1,), (1,), (0, 1, 2, 3)])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["MEAN", "SUM"])
def test_mean_and_sum(name: str, kind: str, axes: tuple[int, ...], keep: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    quant = OUT[kind]
    if name == "SUM" and quant:
        quant = (quant[0] * 6.83, quant[1])
    model = single(name, [X(SHAPE, kind, IN[kind]), ints(*axes)], Y(kind, quant), "Reducer", keepDims=keep)
    agrees(model, monkeypatch, count=40)


@pytest.mark.parametrize("kind", ["float32", "int32", "int64"])
@pytest.mark.parametrize("name", ["SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"])
def test_reduction_of_plain_numbers(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = single(name, [X((2, 3, 4), kind), ints(1, -1)], Y(kind), "Reducer", keepDims=False)
    agrees(model, monkeypatch, low=-3, high=3)


@pytest.mark.parametrize("name", ["REDUCE_ANY", "REDUCE_ALL"])
def test_reduction_of_truth(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    agrees(single(name, [X((9, 3, 2), "bool"), ints(1)], Y("bool"), "Reducer", keepDims=True), monkeypatch)


@pytest.mark.parametrize("kind", ["float32", "int8", "uint8", "int32"])
def test_search(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = X((3, 9), kind, IN.get(kind))
    agrees(single("ARG_MAX", [x, ints(-1)], Y("int32"), "ArgMax", outputType=2), monkeypatch)
    agrees(single("ARG_MIN", [x, ints(0)], Y("int64"), "ArgMin", outputType=4), monkeypatch)
    agrees(single("TOPK_V2", [x, ints(4)], [Y(kind, IN.get(kind)), Y("int32")], "TopKV2"), monkeypatch)


@pytest.mark.parametrize("flags", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("kind", ["float32", "int32", "int64"])
def test_cumsum(kind: str, flags: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    model = single("CUMSUM", [X((3, 9), kind), ints(-1)], Y(kind), "Cumsum", exclusive=flags[0], reverse=flags[1])
    agrees(model, monkeypatch)


@pytest.mark.parametrize("size", [(12, 8), (9, 7), (3, 2), (4, 10)])
@pytest.mark.parametrize("kind", KINDS)
def test_resize_bilinear(kind: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for flags in ({}, {"alignCorners": True}, {"halfPixelCenters": True}):
        inputs = [X(SHAPE, kind, IN[kind]), ints(*size)]
        agrees(single("RESIZE_BILINEAR", inputs, Y(kind, IN[kind]), "ResizeBilinear", **flags), monkeypatch)


@pytest.mark.parametrize("kind", ["float32", "int8"])
@pytest.mark.parametrize("adjoint", [(False, False), (True, False), (False, True)])
def test_batch_matmul(kind: str, adjoint: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = (2, 3, 4, 5) if adjoint[0] else (2, 3, 5, 4), (3, 6, 4) if adjoint[1] else (3, 4, 6)
    quant = (0.177, -9) if kind == "int8" else None
    fields = {"adjX": adjoint[0], "adjY": adjoint[1]}
    inputs = [X(a, kind, IN[kind]), X(b, kind, IN[kind])]
    agrees(single("BATCH_MATMUL", inputs, Y(kind, quant), "BatchMatMul", **fields), monkeypatch)


@pytest.mark.parametrize("kind", ["float32", "int8", "uint8"])
def test_blocks(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    y = Y(kind, IN[kind])
    agrees(single("SPACE_TO_DEPTH", [X(SHAPE, kind, IN[kind])], y, "SpaceToDepth", blockSize=2), monkeypatch)
    agrees(single("DEPTH_TO_SPACE", [X((1, 3, 4, 8), kind, IN[kind])], y, "DepthToSpace", blockSize=2), monkeypatch)


def test_rarer_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    one, none = K(np.array(1, np.float32)), K(np.array(0, np.float32))
    for axis in (0, -1):
        inputs = [X((3, 4), "int32"), K(np.array(6, np.int32)), one, none]
        agrees(single("ONE_HOT", inputs, Y(), "OneHot", axis=axis), monkeypatch, low=0, high=7)
    places = K(np.array([[3], [0], [3]], np.int32))
    agrees(single("SCATTER_ND", [places, X((3, 4)), ints(5, 4)], Y(), "ScatterNd"), monkeypatch)
    agrees(single("SEGMENT_SUM", [X((5, 4)), ints(0, 0, 1, 2, 2)], Y(), "SegmentSum"), monkeypatch)
    for name in ("Sum", "Prod", "Max", "Min"):
        inputs = [X((5, 4)), ints(2, 0, 1, 2, 0), ints(4)]
        model = single(f"UNSORTED_SEGMENT_{name.upper()}", inputs, Y(), f"UnsortedSegment{name}")
        agrees(model, monkeypatch)
    agrees(single("MATRIX_DIAG", [X((3, 4))], Y(), "MatrixDiag"), monkeypatch)
    agrees(single("MATRIX_SET_DIAG", [X((2, 4, 4)), X((2, 4))], Y(), "MatrixSetDiag"), monkeypatch)
    fields = {"radius": 2, "bias": 1.0, "alpha": 0.5, "beta": 0.75}
    model = single("LOCAL_RESPONSE_NORMALIZATION", [X((1, 3, 4, 9))], Y(), "LocalResponseNormalization", **fields)
    agrees(model, monkeypatch)
    agrees(single("BUCKETIZE", [X((3, 4))], Y("int32"), "Bucketize", boundaries=[-1.0, 0.0, 0.5]), monkeypatch)
    for kind in ("float32", "int8"):
        rows = np.arange(20).reshape(5, 4)
        table = K(rows.astype(kind), quant=(0.1, 0) if kind == "int8" else None)
        inputs = [X((3,), "int32"), table]
        agrees(single("EMBEDDING_LOOKUP", inputs, Y(), None), monkeypatch, low=0, high=4)
