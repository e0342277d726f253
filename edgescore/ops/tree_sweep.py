"""tree_sweep: a sum of decision trees, as `trees`, but laid out so that a vector unit answers 64 trees at once.

Per row each run of tests becomes one byte, the rank of x: how many thresholds it is above. ``kinds`` [r] holds, from
the lowest bit, FEATURE_BITS of feature, the rank of a missing value in eight, then ZERO_MISSING and CATEGORICAL, which
mean what they do in `trees`. ``runs`` [r] is where the tests of a run end, and ``thresholds`` [q] ascend within a run
of at most MAX_TESTS. A categorical run is one test, with rank 0 in its set and ALL outside.

Nodes are in order: split p of a tree stands between its leaves p and p + 1, and ``low`` is the first leaf below it. A
row starts at leaf 0; each split in turn that it is right of (rank > ``rank``) takes it to leaf p + 1 if it stands at
``low`` or behind, that is in the left subtree. Where it ends is where a walk would: a leaf to the left of p + 1 is left
for good only by a split that has it on its left. (QuickScorer's masks, Lucchese et al., "QuickScorer: a fast algorithm
to rank documents with additive ensembles of regression trees", SIGIR 2015, clear the same leaves; of their bit
vector only the lowest leaf standing matters, which is one byte here instead of eight.)

Trees form groups of LANES, the last one with room for a multiple of 16. ``splits`` [g] are the splits of each group's
largest tree; ``nodes`` [a] holds for each of them three rows of one byte a tree: run, rank, low. Missing splits have
rank ALL, which nothing is above. ``first`` [t] is the number of each tree's leaf 0; it counts rows of ``leaves``
[l, v], or of ``numbers`` [n], which hold rows of leaves. The rest is as in `trees`, and sums are equal bit for bit.
"""

from __future__ import annotations

from edgescore.ops._op import Op
from edgescore.ops.trees import CATEGORY, MAX_CATEGORY, MAX_DIVISOR, ZERO_LIMIT, _in_set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LANES, STEP = 64, 16
MAX_TESTS = ALL = 255
MAX_RUNS = 256
FEATURE_BITS = 22
ZERO_MISSING, CATEGORICAL = 1 << 30, 1 << 31

SHAPE, CONSTANT, PARAM = -10, -13, -15


def reference(
    xp: Any,
    x: Any,
    nodes: Any,
    splits: Any,
    first: Any,
    kinds: Any,
    runs: Any,
    thresholds: Any,
    leaves: Any,
    base: Any,
    targets: Any,
    sets: Any,
    numbers: Any,
    divisor: float,
    scale: float,
    category: int,
) -> Any:
    """x [n, k] -> [n, m] for base [m]; see the module for the constants."""
    ranks = xp.empty((len(x), len(kinds)), "uint8")
    start = 0
    for run, end in enumerate(runs.tolist()):
        ranks[:, run] = _ranks(xp, x, int(kinds[run]), thresholds[start:end], sets, category)
        start = end
    whole = leaves.dtype.kind == "i"
    y = xp.repeat((xp.zeros_like(base) if whole else base)[None, :], len(x), axis=0)
    at = 0
    for group, count in enumerate(splits.tolist()):
        tree = group * LANES
        width = _width(len(first) - tree)
        table = nodes[at : at + 3 * count * width].reshape(count, 3, width)
        at += table.size
        stands = xp.zeros((len(x), width), "int64")
        for p, (run, rank, low) in enumerate(table):
            stands = xp.where((ranks[:, run] > rank) & (stands >= low), p + 1, stands)
        for lane in range(min(LANES, len(first) - tree)):
            number = int(first[tree + lane]) + stands[:, lane]
            rows = leaves[number if numbers is None else numbers[number]].astype(y.dtype)
            if targets is None:
                y += rows
            else:
                y[:, targets[tree + lane]] += rows[:, 0]
    if whole:
        y = y * y.dtype.type(scale) + base
    return y / y.dtype.type(divisor)


def _width(trees: int) -> int:
    return min(LANES, -(-trees // STEP) * STEP)


def _ranks(xp: Any, x: Any, kind: int, thresholds: Any, sets: Any, category: int) -> Any:
    value = x[:, kind & ((1 << FEATURE_BITS) - 1)]
    if kind & CATEGORICAL:
        place = xp.repeat(thresholds, len(value))
        rank = xp.where(_in_set(xp, value, place, sets, category), 0, ALL)
    else:
        rank = (value[:, None] > thresholds).sum(axis=1)
    missing = xp.isnan(value)
    if kind & ZERO_MISSING:
        missing |= xp.abs(value) <= value.dtype.type(ZERO_LIMIT)
    return xp.where(missing, kind >> FEATURE_BITS & ALL, rank)


def check(
    xp: Any,
    x: Any,
    nodes: Any,
    splits: Any,
    first: Any,
    kinds: Any,
    runs: Any,
    thresholds: Any,
    leaves: Any,
    base: Any,
    targets: Any,
    sets: Any,
    numbers: Any,
    y: Any,
    divisor: float,
    scale: float,
    category: int,
) -> int:
    """PARAM, SHAPE (leaf width against outputs), or CONSTANT for any index that would lead out of its table."""
    if (
        not (-MAX_DIVISOR < divisor < MAX_DIVISOR and divisor != 0 and xp.isfinite(scale))
        or category not in CATEGORY.values()
    ):
        return PARAM
    if leaves.shape[1] != (len(base) if targets is None else 1):
        return SHAPE
    if targets is not None and (targets >= len(base)).any():
        return CONSTANT
    if numbers is not None and (numbers >= len(leaves)).any():
        return CONSTANT
    return _check_runs(xp, x.shape[1], kinds, runs, thresholds, sets) or _check_nodes(
        xp, nodes, splits, first, len(kinds), len(leaves) if numbers is None else len(numbers)
    )


def _check_runs(xp: Any, width: int, kinds: Any, runs: Any, thresholds: Any, sets: Any) -> int:
    ends = runs.astype("int64")
    sizes = xp.diff(ends, prepend=0)
    if len(kinds) > MAX_RUNS or (kinds & ((1 << FEATURE_BITS) - 1) >= width).any() or xp.isnan(thresholds).any():
        return CONSTANT
    if ends[-1] != len(thresholds) or ((sizes < 1) | (sizes > MAX_TESTS)).any():
        return CONSTANT
    falls = thresholds[1:] < thresholds[:-1]
    falls[ends[:-1] - 1] = False
    if falls.any():
        return CONSTANT
    of_set = (kinds & CATEGORICAL) != 0
    if not of_set.any():
        return 0
    place = thresholds[ends[of_set] - 1]
    if sets is None or (sizes[of_set] != 1).any():
        return CONSTANT
    if ((place < 0) | (place >= len(sets)) | (place != xp.floor(place))).any():
        return CONSTANT
    place = place.astype("int64")
    words = sets[place].astype("int64")
    return CONSTANT if ((words > (MAX_CATEGORY + 1) // 32) | (words > len(sets) - 1 - place)).any() else 0


def _check_nodes(xp: Any, nodes: Any, splits: Any, first: Any, runs: int, leaves: int) -> int:
    trees = len(first)
    if len(splits) != -(-trees // LANES) or (splits == 0).any():
        return CONSTANT
    widths = [_width(trees - LANES * group) for group in range(len(splits))]
    sizes = [3 * width * count for width, count in zip(widths, splits.tolist())]
    if sum(sizes) != len(nodes):
        return CONSTANT
    at = 0
    for group, (width, size) in enumerate(zip(widths, sizes)):
        table = nodes[at : at + size].reshape(-1, 3, width)
        at += size
        if (table[:, 0] >= runs).any():
            return CONSTANT
        there = xp.where(table[:, 1] != ALL, xp.arange(1, len(table) + 1)[:, None], 0)
        numbers = first[group * LANES : (group + 1) * LANES].astype("int64")
        if (numbers + there.max(axis=0)[: len(numbers)] >= leaves).any():
            return CONSTANT
    return 0


def _types() -> list[str]:
    """x and thresholds, leaves > base and output, in all combinations that a source needs."""
    kept = [("f", "f", "f"), ("f", "f", "d"), ("f", "d", "d"), ("f", "h", "f"), ("f", "h", "d"), ("f", "b", "f")]
    kept += [("f", "b", "d"), ("d", "f", "f"), ("d", "f", "d"), ("d", "d", "d"), ("d", "h", "d"), ("d", "b", "d")]
    return [f"{x}BBIIH{x}{leaf}{y}HIH>{y}" for x, leaf, y in kept]


OP = Op(
    code=39,
    name="tree_sweep",
    sig="nk,!a,!g,!t,!r,!r,!q,!lv,!m,!t?,!s?,!p?>nm",
    types=_types(),
    params=(("divisor", "f64", 1.0), ("scale", "f32", 1.0), ("category", "i32", 0)),
    reference=reference,
    check=check,
)
