"""ai.onnx.ml FeatureVectorizer, ArrayFeatureExtractor, ZipMap: columns put together, picked and named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ._call import ML, Call, handles
from ._tensors import Const, Rows, Tensor, as_float, moved
from .movement import labelled


@handles("FeatureVectorizer", domain=ML)
def feature_vectorizer(call: Call) -> Tensor:
    """Inputs side by side as float32, each cut, or filled up with zeros, to its stated width."""
    widths = call.attribute("inputdimensions", [])
    if len(widths) != len(call.inputs):
        call.refuse(f"it states {len(widths)} widths for {len(call.inputs)} inputs", "export the model again")
    parts = []
    for index, width in enumerate(widths):
        rows = call.table(index)
        if rows.width < width:
            call.refuse(
                f"its input {index} has {rows.width} columns and is filled up to {width}", "state its true width"
            )
        cut = moved(call.graph, rows, rows.columns()[:, :width], 0)
        parts.append(as_float(call.graph, cut, "float32"))
    value = call.add("concat", *parts, shape=(1, sum(widths))) if len(parts) > 1 else parts[0]
    return Rows(value, (None, sum(widths)), "float32")


@handles("ArrayFeatureExtractor", domain=ML)
def array_feature_extractor(call: Call) -> Tensor:
    """Columns by number; or entries of a constant by a computed number, as classifiers name their class."""
    source = call.tensor(0)
    if isinstance(source, Const):
        index = call.numbers(1)
        if source.data.size != max(source.data.shape, default=1) or index.width != 1:
            call.refuse("it looks up more than one entry of a constant for each row")
        return replace(labelled(call, index, source.data.ravel()), shape=(1, None))
    source = call.rows()
    numbers = call.constant(1, "column numbers").ravel().astype(np.int64)
    size = source.shape[-1]
    if size is None or np.any((numbers < 0) | (numbers >= size)):
        call.refuse(f"it picks elements {numbers.tolist()} of an axis of {'the rows' if size is None else size}")
    return moved(call.graph, source, source.columns()[..., numbers], source.axis)


@handles("ZipMap", domain=ML)
def zip_map(call: Call) -> Tensor:
    """Scores as they are, with names."""
    rows = call.table()
    labels = call.attribute("classlabels_strings", []) or call.attribute("classlabels_int64s", [])
    call.attribute("classlabels_int64s")
    if len(labels) != rows.width:
        call.refuse(f"it names {len(labels)} classes for {rows.width} scores", "export the model again")
    return replace(rows, names=labels)
