"""Removes hidden neurons by their effect on given data and refits the layer that read them.

A hidden layer is a dense layer that only one other dense layer reads. Refuses to touch others, and leaves at least one
neuron in each. Choosing how many is __init__'s work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Array, Graph, constant
from edgescore_converters.layers import Layer, dense_layers

Floats = NDArray[np.float64]
Selection = Literal["backward", "norm"]
RIDGE = 1e-3  # of the mean variance of the neurons: enough to make duplicates harmless, too little to shrink the rest


@dataclass(frozen=True)
class Hidden:
    """Two layers of a graph by position among its dense layers: ``first`` holds the neurons, ``second`` reads them."""

    first: int
    second: int


def hidden_layers(graph: Graph) -> list[Hidden]:
    """The hidden layers of ``graph``, in execution order."""
    layers = dense_layers(graph)
    position = {id(layer.dense): at for at, layer in enumerate(layers)}
    found = []
    for at, layer in enumerate(layers):
        readers = graph.consumers(layer.y)
        if len(readers) == 1 and id(readers[0]) in position and not graph.is_output(layer.y):
            found.append(Hidden(at, position[id(readers[0])]))
    return found


def remove_neurons(graph: Graph, rows: Array, fraction: float, selection: Selection, weights: Floats) -> Graph:
    """A copy of ``graph`` without ``fraction`` of the neurons of each hidden layer.

    Layers are treated from the input on: each sees the inputs that the pruned layers before it give, and its reader is
    refitted to the sums of the original model (He, Zhang and Sun, "Channel pruning for accelerating very deep neural
    networks", arXiv 1707.06168). rows: [n, columns] to fit on. weights: how much each row counts, [n]. selection:
    "backward" drops one neuron after the other where the refitted layer errs least, "norm" drops those with the
    smallest standard deviation times outgoing weight.
    """
    original, result = dense_layers(graph), graph.copy()
    pairs = hidden_layers(graph)
    before = evaluate(graph, rows, [original[pair.first].y for pair in pairs])
    for pair, activations in zip(pairs, before):
        layers = dense_layers(result)
        first, second = layers[pair.first], layers[pair.second]
        keep = max(1, activations.shape[1] - round(fraction * activations.shape[1]))
        target = activations.astype(np.float64) @ original[pair.second].w.T + original[pair.second].b
        (inputs,) = evaluate(result, rows, [first.y])
        fit = Fit(inputs.astype(np.float64), target, weights)
        alive = fit.backward(keep) if selection == "backward" else fit.largest(second.w, keep)
        w, b = fit.solve(alive)
        _narrow(first, alive)
        _set(second, w, b)
    return result


class Fit:
    """Weighted ridge regression of ``targets`` [n, m] on columns of ``inputs`` [n, h], from their second moments."""

    def __init__(self, inputs: Floats, targets: Floats, weights: Floats) -> None:
        share = weights / weights.sum()
        self.input_mean, self.target_mean = share @ inputs, share @ targets
        x, y = inputs - self.input_mean, targets - self.target_mean
        self.gram = x.T @ (x * share[:, None])
        self.cross = x.T @ (y * share[:, None])
        self.ridge = RIDGE * max(float(np.mean(np.diag(self.gram))), 1e-30)

    def backward(self, keep: int) -> NDArray[np.intp]:
        """``keep`` columns, found by dropping the one whose loss, after refitting the others, costs least, and again.

        That cost is |w_j|^2 / P_jj with P the inverse of the Gram matrix (Hassibi and Stork, "Second order derivatives
        for network pruning: Optimal Brain Surgeon", NIPS 1992), and dropping is a rank-one update of w and P.
        """
        alive = np.arange(len(self.gram))
        inverse = np.linalg.inv(self.gram + self.ridge * np.eye(len(alive)))
        w = inverse @ self.cross
        while len(alive) > keep:
            drop = int(np.argmin((w**2).sum(axis=1) / np.diag(inverse)))
            ratio = inverse[:, drop] / inverse[drop, drop]
            w = np.delete(w - np.outer(ratio, w[drop]), drop, 0)
            inverse = inverse - np.outer(ratio, inverse[drop])
            inverse = np.delete(np.delete(inverse, drop, 0), drop, 1)
            alive = np.delete(alive, drop)
        return alive

    def largest(self, w: Floats, keep: int) -> NDArray[np.intp]:
        """The ``keep`` columns of largest standard deviation times norm of their weights in w [m, h]."""
        effect = np.diag(self.gram) * (w**2).sum(axis=0)
        return np.sort(np.argsort(-effect, kind="stable")[:keep])

    def solve(self, columns: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Weights [m, columns] and bias [m] of the best fit with these columns."""
        gram = self.gram[np.ix_(columns, columns)] + self.ridge * np.eye(len(columns))
        w = np.linalg.solve(gram, self.cross[columns]).T
        return w, self.target_mean - w @ self.input_mean[columns]


def _narrow(layer: Layer, alive: NDArray[np.intp]) -> None:
    """Keep only the outputs ``alive`` of a layer."""
    _set(layer, layer.w[alive], layer.b[alive])
    for node in (layer.dense, *layer.after):
        node.outputs[0].shape = (1, len(alive))


def _set(layer: Layer, w: Floats, b: Floats) -> None:
    dtype = layer.x.dtype
    layer.dense.inputs = [layer.x, constant(w, dtype), constant(b, dtype)]


def near_decisions(graph: Graph, rows: Array) -> Floats:
    """Row weights that count most where the model's last layer is undecided between its two largest sums, [n].

    Those rows change class first; rows with a margin far above the usual one may be fitted badly for nothing.
    """
    (sums,) = evaluate(graph, rows, [dense_layers(graph)[-1].dense.outputs[0]])
    ordered = np.sort(sums.astype(np.float64), axis=1)
    margin = np.abs(ordered[:, 0]) if ordered.shape[1] == 1 else ordered[:, -1] - ordered[:, -2]
    return np.asarray(1 / np.maximum(margin**2 + (np.median(margin) / 4) ** 2, 1e-30))
