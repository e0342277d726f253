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
