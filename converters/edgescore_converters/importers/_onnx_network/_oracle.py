"""ONNX Runtime as the judge: one thread, states carried from call to call where the user declared them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._network import Sample
from edgescore_converters.ir import Array, Shape


class Oracle:
    """What ONNX Runtime gives for samples by input name.

    outputs: names wanted. fixed: inputs that are constants now. states: input -> output that feeds it in the next call;
    they start as zeros of ``shapes``.
    """

    def __init__(
        self,
        model: bytes,
        outputs: Sequence[str],
        fixed: Mapping[str, Array],
        states: Mapping[str, str],
        shapes: Mapping[str, tuple[Shape, str]],
    ) -> None:
        self._model, self._outputs, self._fixed, self._states, self._shapes = model, outputs, fixed, states, shapes
        self._session: Any = None

    def __call__(self, samples: Sequence[Sample]) -> list[list[Array]]:
        """Outputs in order for each sample of a stream that starts anew. Raises ConvertError when it cannot run."""
        session = self._open()
        carried = {
            name: np.zeros(shape, dtype) for name, (shape, dtype) in self._shapes.items() if name in self._states
        }
        found = []
        names = [*self._outputs, *(name for name in self._states.values() if name not in self._outputs)]
        for sample in samples:
            try:
                results = session.run(names, {**sample, **self._fixed, **carried})
            except Exception as error:
                raise ConvertError(f"ONNX Runtime cannot run the model: {error}") from error
            by_name = dict(zip(names, results, strict=True))
            carried = {name: by_name[source] for name, source in self._states.items()}
            found.append([np.asarray(by_name[name]) for name in self._outputs])
        return found

    def _open(self) -> Any:
        if self._session is None:
            try:
                import onnxruntime
            except ImportError as error:
                raise ConvertError("verifying an ONNX model needs onnxruntime; install it with pip") from error
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 4
            # What the file says, and not a faster way whose sums saturate on some CPUs and whose softmax is a step off.
            options.add_session_config_entry("session.disable_quant_qdq", "1")
            try:
                self._session = onnxruntime.InferenceSession(self._model, options, providers=["CPUExecutionProvider"])
            except Exception as error:
                raise ConvertError(f"ONNX Runtime {onnxruntime.__version__} cannot open the model: {error}") from error
        return self._session
