"""Cases of trees: each kind of test by hand, every variant at random, and tables that would lead out of bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgescore.format.schema import DTYPE_BY_LETTER
from edgescore.ops.trees import (
    CATEGORICAL,
    CATEGORY,
    FLAG_BITS,
    MISSING_RIGHT,
    OP,
    ZERO_LIMIT,
    ZERO_MISSING,
    left_bits,
)
from tests.ops.cases._case import (
    CONSTANT,
    FLOATS,
    INF,
    NAN,
    PARAM,
    SHAPE,
    Array,
    Case,
    Rows,
    constant,
    floats,
    random,
    rows,
)

ALL_FLAGS = range(1 << FLAG_BITS)
# Of the sets below: categories 0, 2 and 33, then one that is empty.
SETS = np.array([2, 0b101, 0b10, 0], np.uint32)
FIRST_SET, EMPTY_SET = 0, 3


@dataclass(frozen=True, eq=False)
class Tables:
    """The operands; a test case changes one with ``replace``."""

    x: Rows
    nodes: Array
    roots: Array
    kinds: Array
    runs: Array
    thresholds: Array
    leaves: Array
    base: Array
    targets: Array | None = None
    sets: Array | None = None

    def case(self, name: str, **rest: Any) -> Case:
        operands = [getattr(self, field) for field in self.__dataclass_fields__]
        return Case(name, operands, dtype=self.base.dtype.name, **rest)


def kinds_of(flags_and_features: Iterable[tuple[int, int]], dtype: str) -> Array:
    shift = 8 * np.dtype(dtype).itemsize - FLAG_BITS
    return np.array([flags << shift | feature for flags, feature in flags_and_features], dtype)


def leaf(number: int, dtype: str = "uint16") -> int:
    return 1 << (8 * np.dtype(dtype).itemsize - 1) | number


def one_test(
    name: str, dtype: str, flags: int, threshold: float, sides: list[tuple[float, str]], category: str = "floor"
) -> Case:
    """A tree with one split, for values and the side ("left" or "right") that each goes to."""
    tables = Tables(
        x=rows(dtype, [[value] for value, _ in sides], low=-4, high=40),
        nodes=np.array([[0, leaf(0), leaf(1)]], np.uint16),
        roots=np.zeros((1, 2), np.uint32),
        kinds=kinds_of([(flags, 0)], "uint16"),
        runs=np.ones(1, np.uint16),
        thresholds=constant(dtype, [threshold]),
        leaves=constant("float32", [[1], [2]]),
        base=constant(dtype if dtype in FLOATS else "float32", [0]),
        sets=SETS,
    )
    expected = [[1 if side == "left" else 2] for _, side in sides]
    return tables.case(name, params={"category": CATEGORY[category]}, expected=expected)


def by_hand(dtype: str) -> list[Case]:
    above, below = (float(np.nextafter(np.asarray(0.5, dtype), np.asarray(to, dtype))) for to in (1, 0))
    numeric = [(0.5, "left"), (above, "right"), (below, "left"), (INF, "right"), (-INF, "left"), (-0.0, "left")]
    limit, beyond = ZERO_LIMIT, float(np.nextafter(np.asarray(ZERO_LIMIT, dtype), np.asarray(1, dtype)))
    zeros = [(0.0, "right"), (-0.0, "right"), (limit, "right"), (-limit, "right"), (NAN, "right")]
    zeros += [(beyond, "left"), (-beyond, "left"), (0.6, "right"), (0.5, "left")]
    certain = [(0, "left"), (1, "right"), (2, "left"), (3, "right"), (33, "left"), (32, "right"), (64, "right")]
    certain += [(-0.0, "left"), (-1, "right"), (65, "right"), (2**31, "right"), (1e30, "right"), (-1e30, "right")]
    certain += [(INF, "right"), (-INF, "right"), (97, "right"), (2.0**32 + 2, "right")]

    def categorical(rule: str, fraction: str, small: str, negative: str) -> list[Case]:
        sides = [*certain, (2.5, fraction), (1e-40, small), (-0.5, negative)]
        return [
            one_test(f"{rule} left", dtype, CATEGORICAL, FIRST_SET, [*sides, (NAN, "left")], rule),
            one_test(f"{rule} right", dtype, CATEGORICAL | MISSING_RIGHT, FIRST_SET, [*sides, (NAN, "right")], rule),
        ]

    zero_in_set = [(0, "right"), (2, "left"), (NAN, "right"), (1e-36, "right")]
    nothing = [(0, "right"), (31, "right"), (NAN, "left")]
    return [
        one_test("numeric", dtype, 0, 0.5, [*numeric, (NAN, "left")]),
        one_test("missing right", dtype, MISSING_RIGHT, 0.5, [*numeric, (NAN, "right")]),
        one_test("nothing above", dtype, MISSING_RIGHT, INF, [(INF, "left"), (5, "left"), (NAN, "right")]),
        one_test("all above", dtype, 0, -INF, [(-INF, "left"), (-5, "right"), (NAN, "left")]),
        one_test("zero is missing", dtype, ZERO_MISSING | MISSING_RIGHT, 0.5, zeros),
        one_test("zero left", dtype, ZERO_MISSING, -1, [(0, "left"), (beyond, "right"), (NAN, "left")]),
        *categorical("floor", "left", "left", "right"),
        *categorical("truncate", "left", "left", "left"),
        *categorical("exact", "right", "right", "right"),
        one_test("zero category", dtype, CATEGORICAL | ZERO_MISSING | MISSING_RIGHT, FIRST_SET, zero_in_set),
        one_test("empty set", dtype, CATEGORICAL, EMPTY_SET, nothing),
        stump(dtype).case("stump", expected=[[9]]),
    ]


def integers() -> list[Case]:
    """Rows of int16: nothing is missing but zero where that is; sums are of another type."""
    least, most = -(2**15), 2**15 - 1
    numeric = [(4, "left"), (5, "right"), (3, "left"), (least, "left"), (most, "right")]
    zeros = [(0, "right"), (1, "left"), (-1, "left"), (least, "left"), (5, "right"), (most, "right")]
    coded = [(0, "left"), (1, "right"), (2, "left"), (33, "left"), (-1, "right"), (64, "right"), (least, "right")]
    cases = [
        one_test("numeric", "int16", 0, 4, numeric),
        one_test("missing right", "int16", MISSING_RIGHT, 4, numeric),
        one_test("nothing above", "int16", 0, most, [(most, "left"), (least, "left")]),
        one_test("nearly all above", "int16", 0, least, [(least, "left"), (least + 1, "right")]),
        one_test("zero is missing", "int16", ZERO_MISSING | MISSING_RIGHT, 4, zeros),
        *(one_test(f"{rule} set", "int16", CATEGORICAL, FIRST_SET, coded, rule) for rule in CATEGORY),
        one_test("zero category", "int16", CATEGORICAL | ZERO_MISSING | MISSING_RIGHT, FIRST_SET, [(0, "right")]),
    ]
    return [replace(case, name=f"{case.name} int16") for case in cases]


def stump(dtype: str) -> Tables:
    """One tree without a split."""
    return Tables(
        x=rows(dtype, [[1, NAN]]),
        nodes=np.array([[0, leaf(0), leaf(0)]], np.uint16),
        roots=np.array([[0, 1]], np.uint32),
        kinds=np.zeros(1, np.uint16),
        runs=np.ones(1, np.uint16),
        thresholds=constant(dtype, [0]),
        leaves=constant("float32", [[5], [7]]),
        base=constant(dtype, [2]),
    )


def forest(variant: int, trees: int, tests: int, *, plain: bool = False, vector: bool = False) -> Tables:
    """Random tables of a dtype variant; ``plain`` without zeros that are missing and without categories."""
    dtypes = [DTYPE_BY_LETTER[letter].name for letter in OP.types[variant].replace(">", "")]
    x_dtype, width, leaf_dtype, base_dtype = dtypes[0], dtypes[1], dtypes[6], dtypes[7]
    rng = np.random.default_rng(variant * 1000 + trees)
    features, rows_per_tree, outputs = 6, 20, 1 + trees % 7
    nodes: list[tuple[int, int, int]] = []
    roots = []
    for _ in range(trees):
        roots.append((len(nodes), int(rng.integers(0, 30))))
        count = int(rng.integers(1, 16))
        for at in range(count):
            side = [
                int(rng.integers(1, count - at)) if at + 1 < count and rng.random() < 0.7 else leaf(int(number), width)
                for number in rng.integers(0, rows_per_tree, 2)
            ]
            nodes.append((int(rng.integers(0, tests)), *side))
    flags = [0, MISSING_RIGHT] if plain else list(ALL_FLAGS)
    kinds = np.sort(kinds_of(zip(rng.choice(flags, tests), rng.integers(0, features, tests)), width))
    whole = x_dtype == "int16"
    thresholds = (rng.integers(-4, 5, tests) if whole else rng.standard_normal(tests)).astype(x_dtype)
    of_set = kinds >> (8 * kinds.itemsize - FLAG_BITS) >= CATEGORICAL
    thresholds[of_set] = rng.choice([FIRST_SET, EMPTY_SET], int(of_set.sum()))
    leaves = rng.standard_normal((50, outputs if vector else 1)) * (30 if leaf_dtype.startswith("int") else 1)
    odd = [-(2**15), 2**15 - 1, 0, 2, 33, -1, 64] if whole else [NAN, INF, -INF, 0, -0.0, 1e-36, 2, 33, -0.5, 5e-324]
    special = rng.choice(odd, (40, features))
    return Tables(
        x=rows(x_dtype, special, seed=variant),
        nodes=np.array(nodes, width),
        roots=np.array(roots, np.uint32),
        kinds=kinds,
        runs=np.append(np.flatnonzero(np.diff(kinds)) + 1, tests).astype(width),
        thresholds=thresholds,
        leaves=leaves.astype(leaf_dtype),
        base=random(base_dtype, outputs),
        targets=None if vector else rng.integers(0, outputs, trees).astype(np.uint16),
        sets=None if plain else SETS,
    )


def counted(tables: Tables, seed: int = 0) -> Tables:
    """As many trees over the same tests, of up to 16 leaves, with nodes of one word and kinds by run."""
    rng = np.random.default_rng(seed)
    words: list[int] = []
    roots = []
    width, tests = tables.nodes.dtype, len(tables.thresholds)
    for _ in tables.roots:
        roots.append((len(words), int(rng.integers(0, 30))))
        sizes = [int(rng.integers(2, 17))]
        while sizes:
            if (leaves := sizes.pop()) > 1:
                left = int(rng.choice([1, leaves - 1, rng.integers(1, leaves)]))
                words.append(int(rng.integers(0, tests)) << left_bits(width.itemsize, tests) | left)
                sizes += [leaves - left, left]
    return replace(
        tables,
        nodes=np.array(words, width)[:, None],
        roots=np.array(roots, np.uint32),
        kinds=tables.kinds[tables.runs.astype(np.int64) - 1],
    )


def every_variant() -> list[Case]:
    """Few and many trees, tests that pay to be answered first and such that do not, all ways of summing."""
    made = []
    for variant, types in enumerate(OP.types):
        params = {"divisor": 3.0, "scale": 0.25, "category": variant % 3}
        for trees, tests, vector in ((13, 40, False), (13, 40, True), (300, 200, False), (30, 1500, True)):
            name = f"{types} {trees} trees, {tests} tests, {'vectors' if vector else 'targets'}"
            made.append(forest(variant, trees, tests, vector=vector).case(name, params=params))
        plain = forest(variant, 40, 5000, plain=True)
        made.append(plain.case(f"{types} comparisons", params=params))
        finite = Rows(np.nan_to_num(plain.x.values))
        made.append(replace(plain, x=finite).case(f"{types} nothing missing", params=params))
        for trees, tests, vector in ((13, 40, False), (40, 200, True), (3, 700, False)):
            name = f"{types} {trees} trees of leaf counts, {tests} tests"
            made.append(counted(forest(variant, trees, tests, vector=vector), variant).case(name, params=params))
        few = forest(variant, 20, 40)
        by_run = few.kinds[few.runs.astype(np.int64) - 1]
        made.append(replace(few, kinds=by_run).case(f"{types} kinds by run", params=params))
        of_tests = replace(counted(few), kinds=few.kinds)
        made.append(of_tests.case(f"{types} leaf counts, kinds of tests", params=params))
    return made


def by_count() -> list[Case]:
    """Trees by hand: of 2 leaves, of 4 that lean left and right, of 3; the only test takes the highest bit."""
    words = [1, 3, 2, 1, 1, 1, 1, 2, 1]
    tables = Tables(
        x=rows("float32", [[0], [1]]),
        nodes=np.array(words, np.uint16)[:, None],
        roots=np.array([[0, 0], [1, 2], [4, 6], [7, 10]], np.uint32),
        kinds=np.zeros(1, np.uint16),
        runs=np.ones(1, np.uint16),
        thresholds=constant("float32", [0.5]),
        leaves=constant("float32", [[1 << leaf] for leaf in range(13)]),
        base=constant("float32", [0]),
    )
    expected = [[1 + 4 + 64 + 1024], [2 + 32 + 512 + 4096]]
    edge = replace(  # test 3 of 4 takes both high bits; 2^14 leaves would not fit
        tables,
        nodes=np.array([[3 << 14 | 1]], np.uint16),
        roots=np.array([[0, 11]], np.uint32),
        kinds=np.zeros(4, np.uint16),
        runs=np.array([4], np.uint16),
        thresholds=constant("float32", [9, 9, 9, 0.5]),
    )
    return [
        tables.case("leaves by count", expected=expected),
        edge.case("last test of four", expected=[[1 << 11], [1 << 12]]),
    ]


def bad_counts(width: str) -> list[Case]:
    """What must be refused of nodes of one word; the tables without the change are good."""
    variant = next(n for n, types in enumerate(OP.types) if types.startswith("fH" if width == "uint16" else "fI"))
    good = counted(forest(variant, 5, 40), 3)
    nodes, roots, kinds = good.nodes, good.roots, good.kinds
    low = (1 << left_bits(nodes.itemsize, len(good.thresholds))) - 1
    second = int(roots[1, 0])
    full = Tables(
        x=good.x,
        nodes=np.array([[4], [2], [1], [1]], width),  # 5 leaves: 4 on the left, of them 2 and 2
        roots=np.zeros((1, 2), np.uint32),
        kinds=np.zeros(1, width),
        runs=np.ones(1, width),
        thresholds=constant("float32", [0.5]),
        leaves=constant("float32", [[each] for each in range(5)]),
        base=constant("float32", [0]),
    )
    wrong: dict[str, tuple[Tables, dict[str, Array]]] = {
        "test beyond": (good, {"nodes": changed(nodes, 3, 40 * (low + 1) + 1)}),
        "no leaf on the left": (full, {"nodes": changed(full.nodes, 3, 0)}),
        "no leaf on the right": (full, {"nodes": changed(full.nodes, 0, 5)}),
        "no leaf on the right of a subtree": (full, {"nodes": changed(full.nodes, 1, 4)}),
        "subtree reaches into the next": (full, {"nodes": changed(full.nodes, 2, 2)}),
        "tree reaches into the next": (
            good,
            {"nodes": changed(nodes, second - 1, (nodes[second - 1] | low) ^ low | 2)},
        ),
        "tree reaches beyond": (good, {"nodes": changed(nodes, -1, (nodes[-1] | low) ^ low | 2)}),
        "left far beyond": (good, {"nodes": changed(nodes, 0, nodes[0] | low)}),
        "leaves beyond": (full, {"leaves": full.leaves[:4]}),
        "leaf base beyond": (full, {"roots": changed(full.roots, (0, 1), 1)}),
        "leaf base far beyond": (full, {"roots": changed(full.roots, (0, 1), 2**32 - 1)}),
        "first tree does not start": (good, {"roots": changed(roots, (0, 0), 1)}),
        "trees out of order": (good, {"roots": changed(roots, (1, 0), int(roots[3, 0]))}),
        "tree beyond": (good, {"roots": changed(roots, (4, 0), len(nodes))}),
        "feature beyond": (good, {"kinds": np.sort(changed(kinds, 0, 6))}),
        "kinds descend": (good, {"kinds": kinds[::-1]}),
        "runs end early": (good, {"runs": changed(good.runs, -1, 39)}),
    }
    made = [
        replace(tables, **change).case(f"{width}: count, {name}", status=CONSTANT)
        for name, (tables, change) in wrong.items()
    ]
    made.append(full.case(f"{width}: five leaves"))
    if width == "uint16":
        many = np.arange(1 << 15)
        tests = {"kinds": np.zeros(1, width), "thresholds": constant("float32", many)}
        last = replace(full, **tests, runs=np.array([1 << 15], width), nodes=full.nodes[2:] | 65534, leaves=full.leaves)
        made.append(last.case("uint16: as many tests as fit"))
        tests = {"kinds": np.zeros(1, width), "thresholds": constant("float32", np.arange((1 << 15) + 1))}
        more = replace(full, **tests, runs=np.array([(1 << 15) + 1], width), nodes=full.nodes[2:])
        made.append(more.case("uint16: more tests than fit", status=CONSTANT))
    made.append(
        replace(good, kinds=np.sort(np.resize(kinds, len(kinds) + 1))).case(f"{width}: kinds of nothing", status=SHAPE)
    )
    two = np.repeat(nodes, 2, axis=1)
    made.append(replace(good, nodes=two).case(f"{width}: nodes of two words", status=SHAPE))
    return made


def changed(array: Array, at: Any, value: Any) -> Array:
    copy = array.copy()
    copy[at] = value
    return copy


def bad(width: str) -> list[Case]:
    """What must be refused; the tables without the change are good."""
    variant = next(n for n, types in enumerate(OP.types) if types.startswith("fH" if width == "uint16" else "fI"))
    good = forest(variant, 5, 40)
    nodes, roots, kinds, runs, thresholds = good.nodes, good.roots, good.kinds, good.runs, good.thresholds
    second, last = int(roots[1, 0]), len(nodes) - 1
    assert good.sets is not None
    assert good.targets is not None
    constants: dict[str, dict[str, Array | None]] = {
        "test beyond": {"nodes": changed(nodes, (3, 0), len(kinds))},
        "child is its parent": {"nodes": changed(nodes, (0, 1), 0)},
        "child in the next tree": {"nodes": changed(nodes, (second - 1, 2), 1)},
        "child beyond the nodes": {"nodes": changed(nodes, (last, 1), 1)},
        "child far beyond": {"nodes": changed(nodes, (0, 2), leaf(0, width) - 1)},
        "leaf beyond": {"nodes": changed(nodes, (0, 2), leaf(50 - int(roots[0, 1]), width))},
        "leaf far beyond": {"nodes": changed(nodes, (0, 2), leaf(leaf(0, width) - 1, width))},
        "leaf base beyond": {"roots": changed(roots, (2, 1), 50)},
        "leaf base far beyond": {"roots": changed(roots, (2, 1), 2**32 - 1)},
        "first tree does not start": {"roots": changed(roots, (0, 0), 1)},
        "trees overlap": {"roots": changed(roots, (1, 0), 0)},
        "trees out of order": {"roots": changed(roots, (1, 0), int(roots[3, 0]))},
        "tree beyond": {"roots": changed(roots, (4, 0), len(nodes))},
        "tree far beyond": {"roots": changed(roots, (4, 0), 2**32 - 1)},
        "feature beyond": {"kinds": np.sort(changed(kinds, 0, 6)), "runs": None},
        "kinds descend": {"kinds": kinds[::-1], "runs": None},
        "runs end early": {"runs": runs[:-1]},
        "runs end late": {"runs": changed(runs, -1, len(kinds) + 1)},
        "run is empty": {"runs": changed(runs, 1, runs[0])},
        "runs descend": {"runs": changed(runs, 0, runs[1] + 1)},
        "run of two kinds": {"runs": runs[1:]},
        "threshold is NaN": {"thresholds": changed(thresholds, 0, NAN)},
        "set is NaN": {"thresholds": changed(thresholds, -1, NAN)},
        "set beyond": {"thresholds": changed(thresholds, -1, 4)},
        "set far beyond": {"thresholds": changed(thresholds, -1, INF)},
        "set before": {"thresholds": changed(thresholds, -1, -1)},
        "set in between": {"thresholds": changed(thresholds, -1, 0.5)},
        "set too long": {"sets": changed(good.sets, 0, 4)},
        "set far too long": {"sets": changed(good.sets, 0, 2**32 - 1)},
        "no sets": {"sets": None},
        "target beyond": {"targets": changed(good.targets, 2, len(good.base))},
    }
    made = []
    for name, change in constants.items():
        if "kinds" in change:
            ends = np.flatnonzero(np.diff(change["kinds"].astype(np.int64))) + 1
            change["runs"] = np.append(ends, len(kinds)).astype(width)
        made.append(replace(good, **change).case(f"{width}: {name}", status=CONSTANT))
    params: list[dict[str, float]] = [{"divisor": value} for value in (0.0, NAN, INF, 1e31)]
    params += [{"scale": value} for value in (NAN, INF)] + [{"category": value} for value in (-1, 3)]
    made += [good.case(f"{width}: {each}", params=each, status=PARAM) for each in params]
    wide_leaf = np.repeat(good.leaves, 2, axis=1)
    made.append(replace(good, leaves=wide_leaf).case(f"{width}: wide leaves and targets", status=SHAPE))
    made.append(replace(good, targets=None).case(f"{width}: narrow leaves without targets", status=SHAPE))
    return made


CASES = [
    *floats(by_hand),
    *integers(),
    *by_count(),
    *every_variant(),
    *(case for width in ("uint16", "uint32") for case in (*bad(width), *bad_counts(width))),
]
