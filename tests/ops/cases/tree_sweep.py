"""Cases of tree_sweep: each kind of run by hand, every variant at random, and tables that would lead out of bounds.

That the sums are those of `trees` is for test_tree_sweep.py to show, over ensembles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgescore.format.schema import DTYPE_BY_LETTER
from edgescore.ops.tree_sweep import ALL, CATEGORICAL, FEATURE_BITS, LANES, OP, STEP, ZERO_MISSING
from edgescore.ops.trees import CATEGORY, ZERO_LIMIT
from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, SHAPE, Array, Case, Rows, constant, floats, random, rows
from tests.ops.cases.trees import EMPTY_SET, FIRST_SET, SETS, changed

FEATURES, ROWS_OF_LEAVES = 6, 50


@dataclass(frozen=True, eq=False)
class Tables:
    """The operands; a test case changes one with ``replace``."""

    x: Rows
    nodes: Array
    splits: Array
    first: Array
    kinds: Array
    runs: Array
    thresholds: Array
    leaves: Array
    base: Array
    targets: Array | None = None
    sets: Array | None = None
    numbers: Array | None = None

    def case(self, name: str, **rest: Any) -> Case:
        operands = [getattr(self, field) for field in self.__dataclass_fields__]
        return Case(name, operands, dtype=self.base.dtype.name, **rest)


def kind(feature: int, missing: int = 0, flags: int = 0) -> int:
    return feature | missing << FEATURE_BITS | flags


def one_run(
    name: str,
    dtype: str,
    kind: int,
    thresholds: Sequence[float],
    ends: list[tuple[float, int]],
    category: str = "floor",
) -> Case:
    """A chain to the right: split p has threshold p, so that a row ends at the leaf of its rank."""
    count = len(thresholds)
    nodes = np.zeros((count, 3, STEP), np.uint8)
    nodes[:, 1] = ALL
    nodes[:, 1, 0] = nodes[:, 2, 0] = np.arange(count)
    tables = Tables(
        x=rows(dtype, [[value] for value, _ in ends], low=-4, high=40),
        nodes=nodes.ravel(),
        splits=np.array([count], np.uint8),
        first=np.zeros(1, np.uint32),
        kinds=np.array([kind], np.uint32),
        runs=np.array([count], np.uint16),
        thresholds=constant(dtype, thresholds),
        leaves=constant("float32", [[leaf] for leaf in range(count + 1)]),
        base=constant(dtype, [0]),
        sets=SETS,
    )
    return tables.case(name, params={"category": CATEGORY[category]}, expected=[[leaf] for _, leaf in ends])


def by_hand(dtype: str) -> list[Case]:
    above, below = (float(np.nextafter(np.asarray(0.5, dtype), np.asarray(to, dtype))) for to in (1, 0))
    beyond = float(np.nextafter(np.asarray(ZERO_LIMIT, dtype), np.asarray(1, dtype)))
    three = [(0.5, 1), (above, 2), (below, 1), (-1, 0), (INF, 3), (-INF, 0), (-0.0, 1), (0.0, 1), (7, 2), (8, 3)]
    zeros = [(0.0, 2), (-0.0, 2), (ZERO_LIMIT, 2), (-ZERO_LIMIT, 2), (NAN, 2), (beyond, 1), (-beyond, 1), (9, 3)]
    sides = [(0, 0), (1, 1), (2, 0), (33, 0), (32, 1), (64, 1), (-1, 1), (2**31, 1), (INF, 1), (1e30, 1)]
    many = [float(n) for n in range(ALL)]
    return [
        one_run("missing first", dtype, kind(0), [-0.5, 0.5, 7], [*three, (NAN, 0)]),
        one_run("missing last", dtype, kind(0, ALL), [-0.5, 0.5, 7], [*three, (NAN, 3)]),
        one_run("missing between", dtype, kind(0, 2), [-0.5, 0.5, 7], [*three, (NAN, 2)]),
        one_run("zero is missing", dtype, kind(0, 2, ZERO_MISSING), [-0.5, 0.5, 7], zeros),
        one_run("equal thresholds", dtype, kind(0), [0, 0, 2], [(-0.0, 0), (0.0, 0), (1, 2), (3, 3)]),
        one_run("infinite thresholds", dtype, kind(0), [-INF, INF], [(-INF, 0), (INF, 1), (0, 1)]),
        one_run("longest run", dtype, kind(0), many, [(0, 0), (0.5, 1), (253.5, 254), (INF, 255), (NAN, 0)]),
        one_run("categories", dtype, kind(0, 0, CATEGORICAL), [FIRST_SET], [*sides, (-0.5, 1), (NAN, 0)]),
        one_run("truncated", dtype, kind(0, 1, CATEGORICAL), [FIRST_SET], [*sides, (-0.5, 0), (NAN, 1)], "truncate"),
        one_run("exact", dtype, kind(0, 1, CATEGORICAL), [FIRST_SET], [*sides, (2.5, 1), (NAN, 1)], "exact"),
        one_run("empty set", dtype, kind(0, 0, CATEGORICAL), [EMPTY_SET], [(0, 1), (31, 1), (NAN, 0)]),
        one_run(
            "zero category", dtype, kind(0, 1, CATEGORICAL | ZERO_MISSING), [FIRST_SET], [(0, 1), (2, 0), (NAN, 1)]
        ),
    ]


def lows(rng: np.random.Generator, splits: int) -> Array:
    """A random tree: for each split, in order, the lowest leaf below it."""
    low = np.zeros(splits, np.uint8)
    parts = [(0, splits + 1)]
    while parts:
        start, end = parts.pop()
        if end - start > 1:
            split = int(rng.integers(start, end - 1))
            low[split] = start
            parts += [(start, split + 1), (split + 1, end)]
    return low


def forest(
    variant: int, trees: int, runs: int, *, most: int = 20, vector: bool = False, numbered: bool = False
) -> Tables:
    """Random tables of a dtype variant, with every kind of run."""
    dtypes = [DTYPE_BY_LETTER[letter].name for letter in OP.types[variant].replace(">", "")]
    x_dtype, leaf_dtype, base_dtype = dtypes[0], dtypes[7], dtypes[8]
    rng = np.random.default_rng(variant * 1000 + trees)
    outputs = 1 + trees % 7
    flags = rng.choice([0, 0, ZERO_MISSING, CATEGORICAL], runs)
    sizes = np.where(flags == CATEGORICAL, 1, rng.integers(1, 40, runs))
    kinds = [kind(int(f), int(m), int(g)) for f, m, g in zip(rng.integers(0, FEATURES, runs), sizes // 2, flags)]
    thresholds = [
        np.array([rng.choice([FIRST_SET, EMPTY_SET])]) if flag == CATEGORICAL else np.sort(rng.standard_normal(size))
        for flag, size in zip(flags, sizes)
    ]
    counts = rng.integers(0, most + 1, trees)
    tables, splits = [], []
    for start in range(0, trees, LANES):
        group = counts[start : start + LANES]
        table = np.zeros((max(1, int(group.max())), 3, -(-len(group) // STEP) * STEP), np.uint8)
        table[:, 1] = ALL
        for lane, count in enumerate(group):
            run = rng.integers(0, runs, count)
            table[:count, :, lane] = np.stack([run, rng.integers(0, sizes[run]), lows(rng, count)], axis=1)
        splits.append(len(table))
        tables.append(table.ravel())
    leaves = rng.standard_normal((ROWS_OF_LEAVES, outputs if vector else 1)) * (30 if leaf_dtype[0] == "i" else 1)
    special = rng.choice([NAN, INF, -INF, 0, -0.0, 1e-36, 2, 33, -0.5, 5e-324], (40, FEATURES))
    room = ROWS_OF_LEAVES if not numbered else 2 * most
    return Tables(
        x=rows(x_dtype, special, seed=variant),
        nodes=np.concatenate(tables),
        splits=np.array(splits, np.uint8),
        first=rng.integers(0, room - counts, trees).astype(np.uint32),
        kinds=np.array(kinds, np.uint32),
        runs=np.cumsum(sizes).astype(np.uint16),
        thresholds=np.concatenate(thresholds).astype(x_dtype),
        leaves=leaves.astype(leaf_dtype),
        base=random(base_dtype, outputs),
        targets=None if vector else rng.integers(0, outputs, trees).astype(np.uint16),
        sets=SETS,
        numbers=rng.integers(0, ROWS_OF_LEAVES, room).astype(np.uint16) if numbered else None,
    )


def every_variant() -> list[Case]:
    """Groups that are full and not, tables of ranks of each size, small and large trees, all ways of summing."""
    made = []
    shapes = [(1, 5, 20, True, False), (14, 32, 20, False, True), (64, 64, 7, True, False), (85, 70, 20, False, False)]
    shapes += [(129, 130, 30, True, True), (147, 256, 20, True, False), (43, 256, 255, False, True)]
    for variant, types in enumerate(OP.types):
        for trees, runs, most, vector, numbered in shapes:
            tables = forest(variant, trees, runs, most=most, vector=vector, numbered=numbered)
            params = {"divisor": 3.0, "scale": 0.25, "category": variant % 3}
            made.append(tables.case(f"{types} {trees} trees of {most}, {runs} runs", params=params))
    return made


def bad() -> list[Case]:
    """What must be refused; the tables without the change are good."""
    good = forest(0, 71, 40)
    assert good.targets is not None
    width, count = LANES, int(good.splits[0])
    last = 3 * count * width  # where the second group starts
    there = np.flatnonzero(good.nodes[width : 2 * width] != ALL)[0]
    number = int(np.flatnonzero(good.kinds & CATEGORICAL)[0])
    plain = int(np.flatnonzero((good.kinds & CATEGORICAL == 0) & (np.diff(good.runs, prepend=0) > 1))[0])
    end = int(good.runs[plain])
    rising = changed(changed(good.thresholds, end - 2, 1.0), end - 1, 0.5)
    place = int(good.runs[number]) - 1
    constants: dict[str, dict[str, Array | None]] = {
        "run beyond": {"nodes": changed(good.nodes, 0, 40)},
        "run beyond in a lane without a tree": {"nodes": changed(good.nodes, last + STEP - 1, 40)},
        "nodes end early": {"nodes": good.nodes[:-1]},
        "nodes end late": {"nodes": np.append(good.nodes, np.uint8(0))},
        "a group without splits": {"splits": changed(good.splits, 1, 0)},
        "more splits than nodes": {"splits": changed(good.splits, 1, 255)},
        "fewer groups": {"splits": good.splits[:1], "nodes": good.nodes[:last]},
        "more groups": {"splits": np.append(good.splits, np.uint8(1)), "nodes": np.append(good.nodes, good.nodes[:48])},
        "leaf beyond": {"first": changed(good.first, there, ROWS_OF_LEAVES - 1)},
        "leaf far beyond": {"first": changed(good.first, 70, 2**32 - 1)},
        "feature beyond": {"kinds": changed(good.kinds, 0, FEATURES)},
        "run without tests": {"runs": changed(good.runs, 1, int(good.runs[0]))},
        "runs fall": {"runs": changed(good.runs, 1, 0)},
        "runs end early": {"runs": changed(good.runs, -1, int(good.runs[-1]) - 1)},
        "run too long": {"thresholds": np.append(good.thresholds, np.full(256, INF, np.float32)),
                         "runs": changed(good.runs, -1, int(good.runs[-1]) + 256)},
        "thresholds fall": {"thresholds": rising},
        "threshold NaN": {"thresholds": changed(good.thresholds, end - 1, NAN)},
        "set beyond": {"thresholds": changed(good.thresholds, place, len(SETS))},
        "set below": {"thresholds": changed(good.thresholds, place, -1)},
        "set between words": {"thresholds": changed(good.thresholds, place, 0.5)},
        "set longer than the table": {"sets": changed(SETS, EMPTY_SET, 1)},
        "set far too long": {"sets": changed(SETS, FIRST_SET, 2**32 - 1)},
        "no sets": {"sets": None},
        "a set of two tests": {"kinds": changed(good.kinds, plain, kind(0, 0, CATEGORICAL))},
        "target beyond": {"targets": changed(good.targets, 3, len(good.base))},
        "number beyond": {"numbers": np.full(ROWS_OF_LEAVES, ROWS_OF_LEAVES, np.uint16)},
        "fewer numbers than leaves": {"numbers": np.zeros(20, np.uint16)},
        "too many runs": {"kinds": np.append(good.kinds, np.zeros(256, np.uint32)),
                          "runs": np.append(good.runs, good.runs[-1] + 1 + np.arange(256, dtype=np.uint16)),
                          "thresholds": np.append(good.thresholds, np.zeros(256, np.float32))},
    }  # fmt: skip
    made = [replace(good, **change).case(name, status=CONSTANT) for name, change in constants.items()]
    made.append(replace(good, targets=None).case("leaves too narrow", status=SHAPE))
    params: list[dict[str, float]] = [{"divisor": bad} for bad in (0.0, NAN, INF, -1e31)]
    params += [{"scale": NAN}, {"scale": INF}, {"category": 3}, {"category": -1}]
    made += [good.case(f"params {params}", params=params, status=PARAM) for params in params]
    return made


CASES = [*floats(by_hand), *every_variant(), *bad()]
