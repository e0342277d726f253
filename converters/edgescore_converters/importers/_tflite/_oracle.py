"""The LiteRT interpreter as the judge: one thread, a stream that starts anew with every call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._network import Sample
from edgescore_converters.ir import Array, Shape

from ._custom import translate


class Oracle:
    """What LiteRT gives for samples by input name. shapes: of the inputs, in the file's order. plain: by its builtin
    kernels alone, which define what layers of dynamic range do; XNNPACK's quantize what comes otherwise. kept, outputs:
    numbers of the operators that run, and of the tensors that are wanted.
    """

    def __init__(
        self,
        data: bytes,
        names: Sequence[str],
        shapes: Sequence[Shape],
        plain: bool,
        kept: Sequence[int] | None = None,
        outputs: Sequence[int] | None = None,
    ) -> None:
        self.data, self.names, self.shapes, self.plain = data, names, shapes, plain
        self.kept, self.outputs = kept, outputs

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
            model_content=accepted(self.data, self.kept, self.outputs),
            num_threads=1,
            experimental_op_resolver_type=kernels,
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


def accepted(data: bytes, kept: Sequence[int] | None = None, outputs: Sequence[int] | None = None) -> bytes:
    """The file as LiteRT takes it: a quantized dimension that the tensor does not have, which older converters left on
    biases, becomes 0; operators of MediaPipe's that have a builtin counterpart become that. kept, outputs: the part of
    the first graph that is to run, in numbers of operators and tensors.
    """
    import flatbuffers  # type: ignore[import-untyped]
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data))
    main = model.subgraphs[0]
    changed = translate(model, schema)
    for graph in model.subgraphs:
        for tensor in graph.tensors or []:
            axes = 0 if tensor.shape is None else len(tensor.shape)
            if tensor.quantization is not None and tensor.quantization.quantizedDimension >= max(1, axes):
                tensor.quantization.quantizedDimension, changed = 0, True
    if outputs is not None and list(outputs) != [int(number) for number in main.outputs]:
        main.outputs, model.signatureDefs, changed = list(outputs), None, True
    if kept is not None and len(kept) < len(main.operators or []):
        main.operators, changed = [main.operators[at] for at in kept], True
    if not changed:
        return data
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
