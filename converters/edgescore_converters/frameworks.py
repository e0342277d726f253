"""Live PyTorch and Keras models, by the exporters that their frameworks bring.

What they give is an ONNX or TFLite model in memory, imported as from a file; ``convert`` takes the result. Frameworks
are imported when a function is called, and none is a dependency.
"""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import Imported, Network, import_model


def from_torch(module: Any, example: Any, **options: Any) -> Imported | Network:
    """Import a ``torch.nn.Module`` through torch.export and ONNX: ``convert(from_torch(module, x), "model.edsc")``.

    example: an input tensor, or a tuple of them, with the shapes that the device will see; values do not matter. The
    module is exported for inference and left in the mode it was in. options: as for ``convert``: states, outputs.
    Raises ConvertError where PyTorch is not installed or cannot export the module, and what ``convert`` raises.
    """
    torch = _framework("torch", "PyTorch")
    inputs = tuple(example) if isinstance(example, (tuple, list)) else (example,)
    training = bool(module.training)
    module.eval()
    try:
        program = torch.onnx.export(module, inputs, dynamo=True)
    except ImportError as error:
        raise ConvertError(f"torch.onnx.export needs another package ({error}); pip install onnxscript") from error
    except Exception as error:  # the exporter has its own kinds, and passes on what the module raises
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ConvertError(f"PyTorch cannot export {type(module).__name__} ({reason})") from error
    finally:
        module.train(training)
    return import_model(program.model_proto.SerializeToString(), **options)


def from_keras(model: Any, **options: Any) -> Imported | Network:
    """Import a Keras model: through TFLite where TensorFlow is its backend, else through Keras's export to ONNX.

    The batch is one sample. options: as for ``convert``; states, consts and outputs are of ONNX only. Raises
    ConvertError where Keras is not installed or cannot export the model, and what ``convert`` raises.
    """
    keras = _framework("keras", "Keras")
    try:
        data = _through_tflite(model) if keras.config.backend() == "tensorflow" else _through_onnx(model)
    except Exception as error:  # each exporter has its own kinds
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ConvertError(f"Keras cannot export {type(model).__name__} ({reason})") from error
    return import_model(data, **options)


def _through_tflite(model: Any) -> bytes:
    converter = importlib.import_module("tensorflow").lite.TFLiteConverter.from_keras_model(model)
    return bytes(converter.convert())


def _through_onnx(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(str(path), format="onnx")
        return path.read_bytes()


def _framework(package: str, name: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ConvertError(f"this needs {name}, which cannot be imported ({error}); pip install {package}") from error
