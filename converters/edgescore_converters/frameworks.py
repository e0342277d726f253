"""Live PyTorch and Keras models, by the exporters that their frameworks bring.

What they give is an ONNX or TFLite model in memory, imported as from a file; ``convert`` takes the result. Frameworks
are imported when a function is called, and none is a dependency.
"""

from __future__ import annotations

import importlib
import re
import tempfile
from pathlib import Path
from typing import Any

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import Imported, Network, import_model
from edgescore_converters.importers._onnx_network.recurrent import PROJECTED


def from_torch(module: Any, example: Any, **options: Any) -> Imported | Network:
    """Import a ``torch.nn.Module`` through torch.export and ONNX: ``convert(from_torch(module, x), "model.edsc")``.

    example: an input tensor, or a tuple of them, with the shapes that the device will see; values do not matter. The
    module is exported for inference and left in the mode it was in. options: as for ``convert``: states, outputs.
    Raises ConvertError where PyTorch is not installed or cannot export the module, and what ``convert`` raises.
    """
    torch = _framework("torch", "PyTorch")
    for name, part in module.named_modules():
        if getattr(part, "proj_size", 0):
            raise ConvertError(f"PyTorch exports the LSTM {name} wrongly, as its h is projected; {PROJECTED}")
    given = tuple(example) if isinstance(example, (tuple, list)) else (example,)
    # The exporter takes one tensor given twice (zeros for h and for c) for one input, and the model is wrong.
    inputs = tuple(each.clone() if hasattr(each, "clone") else each for each in given)
    training = bool(module.training)
    module.eval()
    try:
        program = torch.onnx.export(module, inputs, dynamo=True, verbose=False)
    except ImportError as error:
        raise ConvertError(f"torch.onnx.export needs another package ({error}); pip install onnxscript") from error
    except Exception as error:  # the exporter has its own kinds, and passes on what the module raises
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ConvertError(f"PyTorch cannot export {type(module).__name__} ({reason})") from error
    finally:
        module.train(training)
    return import_model(program.model_proto.SerializeToString(), **options)


def from_keras(model: Any, **options: Any) -> Imported | Network:
    """Import a Keras 3 model: through TFLite where TensorFlow is its backend, else through Keras's export to ONNX.

    The batch is one sample; a subclassed model has been called before. Several outputs come in the model's order.
    options: as for ``convert``; states and consts are of ONNX only. Raises ConvertError where Keras is not installed or
    cannot export the model, and what ``convert`` raises.
    """
    keras = _framework("keras", "Keras")
    through_tflite = keras.config.backend() == "tensorflow"
    try:
        data = _through_tflite(keras, model) if through_tflite else _through_onnx(keras, model)
    except Exception as error:  # each exporter has its own kinds
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ConvertError(f"Keras cannot export {type(model).__name__} ({reason})") from error
    network = import_model(data, **options)
    if through_tflite and "outputs" not in options:
        names = [port.name for port in network.graph.outputs]
        if all(re.fullmatch(r"output_\d+", name) for name in names):  # what TensorFlow calls those of a list
            ordered = sorted(names, key=lambda name: int(name[len("output_") :]))
            return network if names == ordered else import_model(data, outputs=ordered, **options)
    return network


def _through_tflite(keras: Any, model: Any) -> bytes:
    lite = importlib.import_module("tensorflow").lite.TFLiteConverter
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, format="tf_saved_model", verbose=False, input_signature=_one_sample(keras, model))
        return bytes(lite.from_saved_model(folder).convert())


def _through_onnx(keras: Any, model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(str(path), format="onnx", verbose=False, input_signature=_one_sample(keras, model))
        return path.read_bytes()


def _one_sample(keras: Any, model: Any) -> list[Any] | None:
    """The inputs of a model with a batch of 1, which loops over time need to be laid out; None where only the exporter
    knows them.
    """
    if not getattr(model, "inputs", None):
        return None
    given = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    spec = keras.InputSpec
    return [keras.tree.map_structure(lambda x: spec(shape=(1, *x.shape[1:]), dtype=x.dtype, name=x.name), given)]


def _framework(package: str, name: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ConvertError(f"this needs {name}, which cannot be imported ({error}); pip install {package}") from error
