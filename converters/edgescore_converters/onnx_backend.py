"""ONNX's backend interface over conversion and scoring: what runs is the .edsc file, on the runtime that ships.

``prepare(model).run(inputs)`` converts at the first call, because ONNX's own tests hand over as inputs what a device
would have fixed: shapes, axes, sizes. Inputs that the converter asks to know become constants, as ``--const`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper
from onnx.backend.base import Backend, BackendRep

import edgescore
from edgescore_converters import passes
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._network import Network
from edgescore_converters.importers._onnx._file import load
from edgescore_converters.importers._onnx_network import Importer
from edgescore_converters.ir import Array
from edgescore_converters.writer import encode


class EdgeScoreRep(BackendRep):
    """A model that is converted when the first inputs come."""

    def __init__(self, model: Any) -> None:
        self.model = model
        weights = {tensor.name for tensor in model.graph.initializer}
        self.names = [info.name for info in model.graph.input if info.name not in weights]
        self.halves = {
            info.name: helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
            for info in model.graph.output
            if info.type.tensor_type.elem_type in (TensorProto.FLOAT16, TensorProto.BFLOAT16)
        }

    def run(self, inputs: Sequence[Any], **kwargs: Any) -> tuple[Any, ...]:
        """The outputs for inputs in order. Raises ConvertError for what cannot be converted."""
        given = {}
        for name, value in zip(self.names, inputs):
            if value is None or isinstance(value, list):
                raise ConvertError(f"input {name} is a sequence or absent, and only tensors have a place in the format")
            array = np.asarray(value)
            given[name] = array.astype(np.float32) if array.dtype.name in ("float16", "bfloat16") else array
        network, fixed = converted(self.model, given)
        graph = network.graph
        passes.run(graph)
        runtime = edgescore.load(encode(graph))
        results = runtime.outputs({name: value for name, value in given.items() if name not in fixed})
        names = (port.name for port in graph.outputs)
        return tuple(
            np.asarray(y).astype(self.halves.get(name, np.asarray(y).dtype)) for name, y in zip(names, results)
        )


def converted(model: Any, given: dict[str, Array]) -> tuple[Network, set[str]]:
    """The network for inputs of these shapes, and which of them became constants."""
    fixed: dict[str, Array] = {}
    while True:
        shapes = {name: value.shape for name, value in given.items() if name not in fixed}
        importer = Importer(load(model, None, "the model"), "the model", shapes, fixed, {}, None)
        try:
            network = importer.run()
        except ConvertError:
            new = (_behind(model, importer.asked) & set(given)) - set(fixed)
            if not new:
                raise
            fixed |= {name: given[name] for name in new}
            continue
        return network, set(fixed)


def _behind(model: Any, names: set[str]) -> set[str]:
    """The inputs of the model that values are computed from."""
    makers = {output: node for node in model.graph.node for output in node.output}
    found, open_names = set(), list(names)
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += makers[name].input if name in makers else []
    return found


class EdgeScoreBackend(Backend):
    """The backend as ONNX's test runner takes it."""

    @classmethod
    def prepare(cls, model: Any, device: str = "CPU", **kwargs: Any) -> EdgeScoreRep:
        """A model to be run."""
        return EdgeScoreRep(model)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Only the processor."""
        return device == "CPU"
