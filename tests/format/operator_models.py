"""Models made of the operators' own cases, so that none is without a golden file and without a seed for the fuzzer.

``decade`` is a file of many operators, one node each; ``seeds`` are files of one node for every dtype variant. Knows no
operator: it takes what ``tests/ops/cases`` has. ``python -m tests.format.operator_models FOLDER`` writes the seeds, and
``classifiers`` besides, for what the runtime does with a whole model.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import numpy as np

from edgescore._reader import parse
from edgescore.ops import OPS
from edgescore_converters.ir import Graph
from edgescore_converters.writer import encode
from tests.ops.cases._case import Array, Case, Rows
from tests.ops.cases._node import add_node
from tests.runtime.test_early_exit import ONE, SEVERAL, classifier, leaves_of, stumps

N_ROWS = 3
SEED_BYTES = 4096


def cases(name: str) -> list[Case]:
    """The good cases of an operator, smallest first."""
    good = [case for case in importlib.import_module(f"tests.ops.cases.{name}").CASES if not case.status]
    return sorted(good, key=lambda case: len(one_node(name, case)))


def one_node(name: str, case: Case) -> bytes:
    """The file of one case."""
    graph = Graph()
    add_node(graph, name, case)
    return encode(graph)


def decade(names: Iterable[str]) -> tuple[bytes, list[Array]]:
    """A file with a node of each operator, and three rows of its inputs."""
    graph, inputs = Graph(), []
    for name in names:
        case = cases(name)[0]
        add_node(graph, name, case, prefix=f"{name}_")
        inputs += [operand.values[:N_ROWS] for operand in case.operands if isinstance(operand, Rows)]
    assert len(inputs) == len(graph.inputs), "a case without inputs has no place in a golden file"
    return encode(graph), inputs


def decades(made_by_hand: set[str]) -> dict[str, list[str]]:
    """Names of the operators that no model made by hand has, by the name of the file they go into."""
    found: dict[str, list[str]] = {}
    for op in sorted(OPS.values(), key=lambda op: op.code):
        if op.name not in made_by_hand:
            found.setdefault(f"operators_{op.code // 10 * 10}", []).append(op.name)
    return found


def seeds() -> Iterator[tuple[str, bytes]]:
    """(name, file) of up to three cases of every dtype variant of every operator: the smallest, the largest that is
    still small, and the one with the most parameters set.
    """
    for name in OPS:
        variants: dict[int, list[tuple[int, bytes]]] = {}
        for case in cases(name):
            data = one_node(name, case)
            variants.setdefault(parse(data).nodes[0].variant, []).append((len(case.params), data))
        for variant, files in variants.items():
            small = [data for _, data in files if len(data) <= SEED_BYTES] or [files[0][1]]
            chosen = {small[0], small[-1], max(files, key=lambda file: file[0])[1]}
            for number, data in enumerate(sorted(chosen)):
                yield f"{name}_{variant}_{number}", data


def classifiers() -> Iterator[tuple[str, bytes]]:
    """(name, file) of ensembles with links and a class behind them, and a section that says where to stop."""
    decided = {1: [ONE[2], ONE[3]], 3: [SEVERAL[0], SEVERAL[2]]}
    for (form, trees), outputs in product({"trees": 40, "tree_sweep": 130}.items(), decided):
        for number, decision in enumerate(decided[outputs]):
            made = leaves_of("steps", np.random.default_rng(number), trees, outputs)
            ensemble = stumps(made, 0.25, vector=bool(number) and outputs > 1, dtype="float32")
            yield f"classifier_{form}_{outputs}_{number}", classifier(ensemble, decision, form=form)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for seed, content in (*seeds(), *classifiers()):
        (folder / f"{seed}.edsc").write_bytes(content)
