"""from_torch and from_keras: with stand-ins for the frameworks, and with PyTorch itself where it is installed."""

from __future__ import annotations

import importlib.util
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


def check_relu(network: Any) -> None:
    assert isinstance(network, Network)
    model = edgescore.load(convert(network).data)
    x = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    np.testing.assert_array_equal(model.score(x), np.maximum(x, 0))


def test_from_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def export(module: Module, inputs: Any, *, dynamo: bool) -> Any:
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


def test_from_keras_through_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SimpleNamespace(backend=lambda: "jax")
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(config=config))

    def export(path: str, format: str) -> None:
        assert format == "onnx"
        onnx.save(relu(), path)

    check_relu(edgescore_converters.from_keras(SimpleNamespace(export=export)))


def test_from_keras_through_tflite(monkeypatch: pytest.MonkeyPatch) -> None:
    if not TFLITE.exists():
        pytest.skip(f"shared/models/tflm/{TFLITE.name} is not here")
    config = SimpleNamespace(backend=lambda: "tensorflow")
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(config=config))
    converter = SimpleNamespace(convert=TFLITE.read_bytes)
    lite = SimpleNamespace(TFLiteConverter=SimpleNamespace(from_keras_model=lambda model: converter))
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(lite=lite))
    network = edgescore_converters.from_keras(object())
    assert isinstance(network, Network)
    assert network.source.startswith("TensorFlow Lite")


@pytest.mark.parametrize(("function", "package"), [("from_torch", "torch"), ("from_keras", "keras")])
def test_without_the_framework(function: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    arguments = [Module(), "x"][: 2 if package == "torch" else 1]
    with pytest.raises(ConvertError, match=f"pip install {package}"):
        getattr(edgescore_converters, function)(*arguments)


def test_pytorch_itself() -> None:
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("onnxscript") is None:
        pytest.skip("torch and onnxscript are not installed")
    import torch

    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.SiLU(), torch.nn.Flatten(),
        torch.nn.Linear(8 * 16, 5),
    )  # fmt: skip
    x = torch.randn(*SHAPE)
    model = edgescore.load(convert(edgescore_converters.from_torch(module, x)).data)
    wanted = module.eval()(x).detach().numpy()
    np.testing.assert_allclose(model.score(x.numpy()), wanted, rtol=1e-4, atol=1e-5)
