"""from_torch and from_keras: with stand-ins for the frameworks, and with PyTorch itself where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import edgescore
import edgescore_converters
from edgescore_converters import ConvertError, convert
from edgescore_converters.importers import Network

SHAPE = [1, 3, 4, 4]
TFLITE = Path(__file__).resolve().parents[2].parent / "shared" / "models" / "tflm" / "hello_world_float.tflite"


def relu() -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, SHAPE)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


class Module:
    """What from_torch asks of a module."""

    training = True

    def eval(self) -> None:
        self.training = False

    def train(self, mode: bool) -> None:
        self.training = mode

    def named_modules(self) -> list[tuple[str, Any]]:
        return [("", self), *vars(self).get("parts", {}).items()]


def check_relu(network: Any) -> None:
    assert isinstance(network, Network)
    model = edgescore.load(convert(network).data)
    x = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    np.testing.assert_array_equal(model.score(x), np.maximum(x, 0))


def test_from_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def export(module: Module, inputs: Any, *, dynamo: bool, verbose: bool) -> Any:
        calls.append((module.training, inputs, dynamo))
        return SimpleNamespace(model_proto=relu())

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(onnx=SimpleNamespace(export=export)))
    module = Module()
    check_relu(edgescore_converters.from_torch(module, "x"))
    edgescore_converters.from_torch(module, ["a", "b"])
    assert calls == [(False, ("x",), True), (False, ("a", "b"), True)]
    assert module.training, "the module is left as it was"


def test_a_module_that_cannot_be_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    def export(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("data-dependent branch\nin forward()")

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(onnx=SimpleNamespace(export=export)))
    module = Module()
    with pytest.raises(ConvertError, match=r"PyTorch cannot export Module \(data-dependent branch\)$"):
        edgescore_converters.from_torch(module, "x")
    assert module.training


def test_a_projection_of_h_is_refused_before_it_is_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())
    module = Module()
    module.parts = {"encoder.lstm": SimpleNamespace(proj_size=3)}  # type: ignore[attr-defined]
    with pytest.raises(ConvertError, match=r"the LSTM encoder\.lstm wrongly.*leave out proj_size: .*weight_hr"):
        edgescore_converters.from_torch(module, "x")


def test_from_keras_through_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SimpleNamespace(backend=lambda: "jax")
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(config=config))

    def export(path: str, format: str, verbose: bool, input_signature: Any) -> None:
        assert (format, verbose, input_signature) == ("onnx", False, None)
        onnx.save(relu(), path)

    check_relu(edgescore_converters.from_keras(SimpleNamespace(export=export)))


def test_from_keras_through_tflite(monkeypatch: pytest.MonkeyPatch) -> None:
    if not TFLITE.exists():
        pytest.skip(f"shared/models/tflm/{TFLITE.name} is not here")
    config = SimpleNamespace(backend=lambda: "tensorflow")
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(config=config))
    converter = SimpleNamespace(convert=TFLITE.read_bytes)
    folders = []

    def export(path: str, format: str, verbose: bool, input_signature: Any) -> None:
        folders.append((path, format))

    lite = SimpleNamespace(TFLiteConverter=SimpleNamespace(from_saved_model=lambda folder: converter))
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(lite=lite))
    network = edgescore_converters.from_keras(SimpleNamespace(export=export))
    assert [kind for _, kind in folders] == ["tf_saved_model"]
    assert isinstance(network, Network)
    assert network.source.startswith("TensorFlow Lite")


@pytest.mark.parametrize(("function", "package"), [("from_torch", "torch"), ("from_keras", "keras")])
def test_without_the_framework(function: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    arguments = [Module(), "x"][: 2 if package == "torch" else 1]
    with pytest.raises(ConvertError, match=f"pip install {package}"):
        getattr(edgescore_converters, function)(*arguments)


def torch_modules() -> dict[str, Any]:
    """name -> (module, input) of kinds that devices run."""
    from torch import nn, randint, randn

    return {
        "convolutions": (
            nn.Sequential(
                nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.SiLU(), nn.Conv2d(8, 8, 3, groups=8),
                nn.Hardswish(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5),
            ),
            randn(1, 3, 8, 8),
        ),
        "up again": (
            nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.GroupNorm(2, 4), nn.ConvTranspose2d(4, 3, 2, 2), nn.PReLU(3)),
            randn(1, 3, 8, 8),
        ),
        "an odd pooling": (nn.AdaptiveAvgPool2d((3, 4)), randn(1, 3, 7, 9)),
        "transformer": (nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), randn(1, 6, 16)),
        "embedding": (nn.Sequential(nn.Embedding(20, 6), nn.Flatten(), nn.Linear(24, 3)), randint(0, 20, (1, 4))),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["convolutions", "up again", "an odd pooling", "transformer", "embedding"])
def test_pytorch_itself(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    module, x = torch_modules()[name]
    module.train()
    network = edgescore_converters.from_torch(module, x)
    assert module.training, "the module is left as it was"
    assert capfd.readouterr().out == "", "the exporter keeps quiet"
    model = edgescore.load(convert(network).data)
    wanted = module.eval()(x).detach().numpy()
    np.testing.assert_allclose(model.score(x.numpy()), wanted, rtol=1e-4, atol=1e-5)


def test_pytorch_recurrent_state() -> None:
    """A state given as input and output pairs stays on the device."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    lstm = torch.nn.LSTM(3, 4, batch_first=True)

    class Stream(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.lstm = lstm

        def forward(self, x: Any, h: Any, c: Any) -> Any:
            y, (h, c) = self.lstm(x, (h, c))
            return y, h, c

    x, zeros = torch.randn(1, 5, 3), torch.zeros(1, 1, 4)
    plain = edgescore_converters.from_torch(Stream(), (x[:, :1], zeros, zeros))
    _, h, c = (port.name for port in plain.graph.outputs)
    network = edgescore_converters.from_torch(Stream(), (x[:, :1], zeros, zeros), states={"h": h, "c": c})
    model = edgescore.load(convert(network).data)
    found = [model.score(x[:, step : step + 1].numpy())[0, 0] for step in range(5)]
    np.testing.assert_allclose(found, lstm(x)[0][0].detach().numpy(), rtol=1e-4, atol=1e-6)


def test_keras_itself() -> None:
    """Layers over time, and several outputs in the model's order."""
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    if keras.config.backend() != "tensorflow":
        pytest.skip("Keras runs on another backend")
    left, right = keras.Input((5, 4), name="left"), keras.Input((3,), name="right")
    both = keras.layers.Concatenate()([keras.layers.GRU(4)(left), right])
    source = keras.Model([left, right], [keras.layers.Dense(2)(both), keras.layers.Dense(1)(both)])
    model = edgescore.load(convert(edgescore_converters.from_keras(source)).data)
    rng = np.random.default_rng(0)
    x = [rng.standard_normal(shape).astype(np.float32) for shape in ((1, 5, 4), (1, 3))]
    for y, wanted in zip(model.score(x), source(x), strict=True):
        np.testing.assert_allclose(y, np.asarray(wanted), rtol=1e-4, atol=1e-5)
