"""What importers of neural networks hand back: the graph, and the source's own runtime as the judge of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgescore_converters.ir import Array, Graph

Sample = Mapping[str, Array]


@dataclass
class Network:
    """A network in the form that passes, verification and writer share.

    graph: inputs and outputs have the source's names, shapes and dtypes. oracle: samples (arrays by input name) in the
    order of a stream that starts anew -> for each of them the outputs in the graph's order. source: framework, version
    and model, for people. sample: draws inputs like those the network was made for. quantized: it computes with
    integers, so that a difference of one step is rounding. steps: of a float output that a quantized network gives, one
    step of what it was; None where it is a plain float. open_inputs: names of inputs of which the source takes any
    number of samples along the first axis, where one was chosen.
    """

    graph: Graph
    oracle: Callable[[Sequence[Sample]], list[list[Array]]]
    source: str
    sample: Callable[[np.random.Generator], Sample]
    quantized: bool = False
    steps: Sequence[float | None] = ()
    open_inputs: Collection[str] = ()


def drawn(graph: Graph, rng: np.random.Generator, most: int, whole: int, numbers: Collection[str] = ()) -> Sample:
    """Inputs at random: standard normal floats, the whole range of integers of up to ``whole`` bytes, of wider ones,
    which may be indices, 0 to ``most``. numbers: names of float inputs that are whole numbers as well.
    """
    made = {}
    for port in graph.inputs:
        dtype, shape = np.dtype(port.value.dtype), port.value.shape
        if port.name in numbers:
            made[port.name] = rng.integers(0, most, shape, endpoint=True).astype(dtype)
        elif dtype.kind == "f":
            made[port.name] = rng.standard_normal(shape).astype(dtype)
        elif dtype.kind == "b":
            made[port.name] = rng.random(shape) < 0.5
        else:
            low, high = (np.iinfo(dtype).min, np.iinfo(dtype).max) if dtype.itemsize <= whole else (0, most)
            made[port.name] = rng.integers(low, high, shape, dtype, endpoint=True)
    return made
