"""convert() for neural networks: passes -> plan -> write -> verify -> budget -> report.

The source's arithmetic is kept: floats stay floats and integers integers. Quantizing a float network is refused here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import edgescore
from edgescore._budget import Budget
from edgescore_converters import passes
from edgescore_converters.delivery import budget_lines, deliver
from edgescore_converters.errors import ConvertError, VerificationFailed
from edgescore_converters.importers._network import Network, Sample
from edgescore_converters.ir import Graph
from edgescore_converters.plan import plan
from edgescore_converters.report import Conversion
from edgescore_converters.verify_network import verify_network
from edgescore_converters.writer import encode


def convert_network(
    network: Network,
    path: str | os.PathLike[str] | None = None,
    *,
    calibrate: Any = None,
    budget: Any = None,
    force: bool = False,
    progress: Callable[[str], None] = lambda step: None,
) -> Conversion:
    """Convert an imported network, verify it against its runtime, and write it to ``path`` when given.

    calibrate: samples to verify with: an array [n, ...] of the one input, or a mapping of such by input name. The rest
    is as in ``convert``, with the same exceptions.
    """
    limits = None if budget is None else Budget.parse(budget)
    started = time.perf_counter()
    given = samples(network, calibrate)
    graph = network.graph.copy()
    passes.run(graph)
    planned = plan(graph)
    progress("verifying")
    verification = verify_network(network, encode(graph, planned=planned), given)
    if verification.disagreements and not force:
        raise VerificationFailed(verification)
    precision = "integers" if network.quantized else "float32"
    metadata: dict[str, Any] = {
        "source": network.source,
        "task": "network",
        "converter": f"edgescore-converters {edgescore.__version__}",
        "precision": precision,
        "verification": verification.to_dict(),
        "arena_lower_bound": planned.lower_bound,
        "layout": layout_cost(graph),
    }
    data = encode(graph, budget=limits, metadata=metadata, planned=planned)
    drawn = given or [network.sample(np.random.default_rng(0))]
    conversion = Conversion(
        data=data,
        source=network.source,
        precision=precision,
        verification=verification,
        steps=[],
        seconds=time.perf_counter() - started,
        lines=budget_lines(limits, data, [dict(drawn[number % len(drawn)]) for number in range(100)]),
    )
    return deliver(conversion, path)


def layout_cost(graph: Graph) -> dict[str, int]:
    """What channels in another place than the operators want them still cost: transposes, and the bytes they move."""
    moved = [node.outputs[0].nbytes for node in graph.nodes if node.op == "transpose"]
    return {"transposes": len(moved), "bytes": sum(moved)}


def samples(network: Network, calibrate: Any) -> list[Sample]:
    """The user's data as samples. Raises ConvertError naming the input that does not fit."""
    if calibrate is None:
        return []
    ports = network.graph.inputs
    if not isinstance(calibrate, Mapping):
        if len(ports) != 1:
            names = ", ".join(port.name for port in ports)
            raise ConvertError(f"the network has {len(ports)} inputs ({names}): give a mapping of arrays by name")
        calibrate = {ports[0].name: calibrate}
    missing = [port.name for port in ports if port.name not in calibrate]
    if missing:
        raise ConvertError(f"the calibration data lacks the inputs {', '.join(missing)}")
    arrays = {port.name: _samples_of(port.name, port.value.shape, port.value.dtype, calibrate) for port in ports}
    counts = {len(array) for array in arrays.values()}
    if len(counts) != 1:
        raise ConvertError(f"the inputs have different numbers of samples: {sorted(counts)}")
    return [{name: array[number] for name, array in arrays.items()} for number in range(counts.pop())]


def _samples_of(name: str, shape: Sequence[int], dtype: str, calibrate: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    array = np.asarray(calibrate[name])
    size = int(np.prod(shape))
    if size and array.size % size == 0 and array.shape[-len(shape) + 1 or array.ndim :] == tuple(shape[1:]):
        return array.reshape(-1, *shape).astype(dtype)
    raise ConvertError(f"input {name} takes samples of shape {tuple(shape)}, not {array.shape}")
