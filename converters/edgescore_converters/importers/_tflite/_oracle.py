"""The LiteRT interpreter as the judge: one thread, a stream that starts anew with every call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._network import Sample
from edgescore_converters.ir import Array, Shape


class Oracle:
    """What LiteRT gives for samples by input name. shapes: of the inputs, in the file's order. plain: by its builtin
    kernels alone, which define what layers of dynamic range do; XNNPACK's quantize what comes otherwise.
    """

    def __init__(self, data: bytes, names: Sequence[str], shapes: Sequence[Shape], plain: bool) -> None:
        self.data, self.names, self.shapes, self.plain = data, names, shapes, plain

    def __call__(self, samples: Sequence[Sample]) -> list[list[Array]]:
        """Outputs in the file's order for each sample. Raises ConvertError where LiteRT refuses the file."""
        try:
            return self.run(samples)
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ConvertError(
                f"LiteRT itself cannot run the model on the inputs it is verified with ({reason})"
            ) from error

    def run(self, samples: Sequence[Sample]) -> list[list[Array]]:
        """As a call, with LiteRT's own errors."""
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if self.plain else OpResolverType.AUTO
        interpreter = Interpreter(
            model_content=accepted(self.data), num_threads=1, experimental_op_resolver_type=kernels
        )
        inputs = interpreter.get_input_details()
        for detail, shape in zip(inputs, self.shapes):
            if tuple(detail["shape"]) != tuple(shape):
                interpreter.resize_tensor_input(detail["index"], shape)
        interpreter.allocate_tensors()
        found = []
        for sample in samples:
            for detail, name in zip(inputs, self.names):
                interpreter.set_tensor(detail["index"], np.asarray(sample[name], order="C"))
            interpreter.invoke()
            found.append([interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()])
        return found


def accepted(data: bytes) -> bytes:
    """The file as LiteRT takes it: a quantized dimension that the tensor does not have, which older converters left on
    biases, becomes 0.
    """
    import flatbuffers  # type: ignore[import-untyped]
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data))
    odd = [
        tensor.quantization
        for graph in model.subgraphs
        for tensor in graph.tensors or []
        if tensor.quantization is not None
        and tensor.quantization.quantizedDimension >= max(1, 0 if tensor.shape is None else len(tensor.shape))
    ]
    if not odd:
        return data
    for quantization in odd:
        quantization.quantizedDimension = 0
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
