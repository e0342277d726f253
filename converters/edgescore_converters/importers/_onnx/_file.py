"""An ONNX file, its bytes or a ModelProto to a checked ModelProto with its weights in memory.

Every failure is a ConvertError that says what to do. Nothing here looks at what the nodes mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgescore_converters.errors import ConvertError

from ._call import ML

# The versions whose operators the handlers were checked against; a later one may change what an operator means.
NEWEST = {"": 28, ML: 5}
_EXPORT_AGAIN = "export the model again"
_FOREIGN = "unknown"  # the domain, for the checker, of operators that are none of ONNX's


def load(source: Any, path: Path | None, name: str) -> Any:
    """The model in ``source`` (bytes or ModelProto) with external data from the folder of ``path`` read in.

    Raises ConvertError for what is no ONNX model, is truncated, is newer than this converter, or whose data is missing.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import inliner

    if isinstance(source, onnx.ModelProto):
        model = source
    else:
        try:
            model = onnx.ModelProto.FromString(bytes(source))
        except DecodeError as error:
            raise ConvertError(f"{name} is no ONNX model or is cut short ({error}); {_EXPORT_AGAIN}") from error
    if not model.graph.node or not model.graph.output or not model.opset_import:
        raise ConvertError(f"{name} is no ONNX model, or is cut short: it has no nodes or no outputs; {_EXPORT_AGAIN}")
    _refuse_newer(model, name)
    if _external(model):
        model = _with_data(model, path, name)
    if model.functions:
        model = inliner.inline_local_functions(model)
    _put_in_order(model.graph)
    try:
        onnx.checker.check_model(_as_checked(model))
    except (onnx.checker.ValidationError, TypeError, ValueError) as error:  # ValueError: text that is no UTF-8
        raise ConvertError(f"{name} is not valid ONNX ({_first_line(error)}); {_EXPORT_AGAIN}") from error
    if model.graph.sparse_initializer:
        raise ConvertError(f"{name} has sparse weights, which have no counterpart; export it with dense ones")
    return model


def _put_in_order(graph: Any) -> None:
    """Nodes before those that read them, which some exporters leave to others; files in order stay as they are."""
    made = {name for node in graph.node for name in node.output}
    known: set[str] = set()
    waiting = list(graph.node)
    ordered: list[Any] = []
    while waiting:
        later = []
        for node in waiting:
            if any(name in made and name not in known for name in node.input):
                later.append(node)
            else:
                ordered.append(node)
                known |= set(node.output)
        if len(later) == len(waiting) or (not later and len(waiting) == len(graph.node)):
            return  # a circle, which the checker refuses; or all in order
        waiting = later
    nodes = [type(node).FromString(node.SerializeToString()) for node in ordered]
    del graph.node[:]
    graph.node.extend(nodes)


def _as_checked(model: Any) -> Any:
    """The model without what the checker calls errors and is common: inputs and outputs of no stated shape, and
    operators that ONNX does not have, which the importers list with their remedies.
    """
    import onnx

    shapeless = [
        (end, at)
        for end in ("input", "output")
        for at, info in enumerate(getattr(model.graph, end))
        if info.type.HasField("tensor_type") and not info.type.tensor_type.HasField("shape")
    ]
    versions = opsets(model)
    unknown = [at for at, node in enumerate(model.graph.node) if not _is_known(node, versions)]
    if not shapeless and not unknown:
        return model
    twin = onnx.ModelProto()
    twin.CopyFrom(model)
    for end, at in shapeless:
        getattr(twin.graph, end)[at].type.tensor_type.shape.SetInParent()
    for at in unknown:
        twin.graph.node[at].domain = _FOREIGN
    if unknown:
        twin.opset_import.add(domain=_FOREIGN, version=1)
    return twin


def _is_known(node: Any, versions: dict[str, int]) -> bool:
    import onnx

    domain = "" if node.domain == "ai.onnx" else node.domain
    if domain:
        return True  # the checker leaves operators of domains that it does not know alone
    return bool(onnx.defs.has(node.op_type, versions[""], ""))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def _refuse_newer(model: Any, name: str) -> None:
    for entry in model.opset_import:
        domain = "" if entry.domain == "ai.onnx" else entry.domain
        if entry.version > NEWEST.get(domain, entry.version):
            label = domain or "ai.onnx"
            raise ConvertError(
                f"{name} uses version {entry.version} of the operators of {label}, this converter knows them up to "
                f"{NEWEST[domain]}; export the model with target_opset={NEWEST[domain]}, or update edgescore-converters"
            )


def _external(model: Any) -> list[str]:
    """The files that hold weights, in place of the model."""
    from onnx import TensorProto

    attributes = (attribute for node in model.graph.node for attribute in node.attribute)
    tensors = [*model.graph.initializer, *(attribute.t for attribute in attributes if attribute.HasField("t"))]
    entries = [
        entry for tensor in tensors if tensor.data_location == TensorProto.EXTERNAL for entry in tensor.external_data
    ]
    return sorted({entry.value for entry in entries if entry.key == "location"})


def _with_data(model: Any, path: Path | None, name: str) -> Any:
    import onnx

    files = ", ".join(_external(model))
    if path is None:
        raise ConvertError(f"{name} keeps its weights in {files}; give the path of the model, not its bytes")
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    try:
        onnx.load_external_data_for_model(whole, str(path.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise ConvertError(
            f"{name} keeps its weights in {files}, which cannot be read from {path.parent} ({_first_line(error)}); "
            "put the files beside the model"
        ) from error
    return whole


def opsets(model: Any) -> dict[str, int]:
    """Operator version by domain; what a file does not say about the standard domains is their first version."""
    found = {"": 1, ML: 1}
    for entry in model.opset_import:
        domain = "" if entry.domain == "ai.onnx" else entry.domain
        found[domain] = max(found.get(domain, 1), entry.version)
    return found
