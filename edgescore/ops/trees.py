"""trees: a sum of decision trees (boosting, or averaging with a divisor), every decision exact.

Tests are stored once each and nodes name them: test i asks whether a row goes right, and where two nodes ask the same,
the answer is shared. ``kinds`` [q] holds feature | flags in its top three bits, ascending; ``runs`` [r] is where each
run of equal kinds ends; ``thresholds`` [q], in the dtype of x, is what is compared with. A numeric test sends x right
iff x > threshold; a categorical one iff its category is not in the set at word ``threshold`` of ``sets``, which is a
count of 32-bit words and then a bit for each category. NaN, and with ZERO_MISSING also |x| <= ZERO_LIMIT, is missing
and goes left, or right with MISSING_RIGHT. Integer rows meet no floating point before the leaves.

``nodes`` [a, 3] are splits only: test, left child, right child. A child is a distance forward, so that every walk ends,
or with the top bit set a leaf. ``roots`` [t, 2] are the first node of each tree (trees are contiguous; one without
splits is a node with two equal leaves) and what is added to its leaf numbers to get rows of ``leaves`` [l, v].
``targets`` [t] is the output that a tree adds to; without it leaves hold a value for each output. Whole-number leaves
count ``scale`` each.

Sums start at ``base`` (with whole-number leaves at 0, and base is added last), take trees in order in the output's
dtype, and are divided by ``divisor``.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MISSING_RIGHT, ZERO_MISSING, CATEGORICAL = 1, 2, 4
FLAG_BITS = 3
ZERO_LIMIT = 1.0000000180025095e-35  # the float32 nearest 1e-35, LightGBM's kZeroThreshold
MAX_CATEGORY = 2**31 - 1
MAX_DIVISOR = 1e30
# How a number becomes a category; one that is negative then, too large or no integer is in no set.
CATEGORY = {"floor": 0, "truncate": 1, "exact": 2}

SHAPE, CONSTANT, PARAM = -10, -13, -15


def reference(
    xp: Any,
    x: Any,
    nodes: Any,
    roots: Any,
    kinds: Any,
    runs: Any,
    thresholds: Any,
    leaves: Any,
    base: Any,
    targets: Any,
    sets: Any,
    divisor: float,
    scale: float,
    category: int,
) -> Any:
    """x [n, k] -> [n, m] for base [m]; see the module for the constants."""
    top = 1 << (8 * nodes.itemsize - 1)
    count = len(roots)
    at = xp.tile(roots[:, 0].astype("int64"), len(x))
    leaf = xp.empty_like(at)
    active = xp.arange(len(at))
    while len(active):
        node = at[active]
        right = _goes_right(xp, x, active // count, nodes[node, 0], kinds, thresholds, sets, category)
        child = nodes[node, 1 + right].astype("int64")
        ends = child >= top
        leaf[active[ends]] = child[ends] - top
        at[active] = node + child
        active = active[~ends]
    rows = leaves[leaf.reshape(len(x), count) + roots[:, 1].astype("int64")]
    whole = leaves.dtype.kind == "i"
    y = xp.repeat((xp.zeros_like(base) if whole else base)[None, :], len(x), axis=0)
    for tree in range(count):
        added = rows[:, tree].astype(y.dtype)
        if targets is None:
            y += added
        else:
            y[:, targets[tree]] += added[:, 0]
    if whole:
        y = y * y.dtype.type(scale) + base
    return y / y.dtype.type(divisor)


def _goes_right(xp: Any, x: Any, row: Any, test: Any, kinds: Any, thresholds: Any, sets: Any, category: int) -> Any:
    """For each (row, test) 1 to go right, 0 to go left."""
    shift = 8 * kinds.itemsize - FLAG_BITS
    flags = kinds[test] >> shift
    value = x[row, kinds[test] & ((1 << shift) - 1)]
    right = value > thresholds[test]
    of_set = (flags & CATEGORICAL) != 0
    if of_set.any():
        right[of_set] = ~_in_set(xp, value[of_set], thresholds[test[of_set]], sets, category)
    limit = value.dtype.type(ZERO_LIMIT)
    missing = xp.isnan(value) | (((flags & ZERO_MISSING) != 0) & (value <= limit) & (value >= -limit))
    return xp.where(missing, (flags & MISSING_RIGHT) != 0, right).astype("int64")


def _in_set(xp: Any, value: Any, place: Any, sets: Any, category: int) -> Any:
    value = xp.trunc(value) if category == CATEGORY["truncate"] else value
    known = (value >= 0) & (value <= MAX_CATEGORY)
    code = xp.where(known, value, 0).astype("int64")
    if category == CATEGORY["exact"]:
        known &= code == value
    place = place.astype("int64")
    known &= code // 32 < sets[place]
    return known & ((sets[xp.where(known, place + 1 + code // 32, 0)] >> (code % 32).astype("uint32")) & 1 != 0)


def check(
    xp: Any,
    x: Any,
    nodes: Any,
    roots: Any,
    kinds: Any,
    runs: Any,
    thresholds: Any,
    leaves: Any,
    base: Any,
    targets: Any,
    sets: Any,
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
    return _check_tests(xp, x.shape[1], kinds, runs, thresholds, sets) or _check_nodes(xp, nodes, roots, kinds, leaves)


def _check_tests(xp: Any, width: int, kinds: Any, runs: Any, thresholds: Any, sets: Any) -> int:
    shift = 8 * kinds.itemsize - FLAG_BITS
    of_set = (kinds >> shift & CATEGORICAL) != 0
    if (kinds[1:] < kinds[:-1]).any() or (kinds & ((1 << shift) - 1) >= width).any():
        return CONSTANT
    ends = runs.astype("int64")
    starts = xp.concatenate([[0], ends[:-1]])
    if (ends <= starts).any() or ends[-1] != len(kinds) or (kinds[starts] != kinds[ends - 1]).any():
        return CONSTANT
    if xp.isnan(thresholds).any():
        return CONSTANT
    if not of_set.any():
        return 0
    if sets is None:
        return CONSTANT
    place = thresholds[of_set]
    if ((place < 0) | (place >= len(sets)) | (place != xp.floor(place))).any():
        return CONSTANT
    place = place.astype("int64")
    words = sets[place].astype("int64")
    return CONSTANT if ((words > (MAX_CATEGORY + 1) // 32) | (words > len(sets) - 1 - place)).any() else 0


def _check_nodes(xp: Any, nodes: Any, roots: Any, kinds: Any, leaves: Any) -> int:
    first = roots[:, 0].astype("int64")
    if first[0] != 0 or (first[1:] <= first[:-1]).any() or first[-1] >= len(nodes):
        return CONSTANT
    if (nodes[:, 0] >= len(kinds)).any():
        return CONSTANT
    top = 1 << (8 * nodes.itemsize - 1)
    sizes = xp.diff(first, append=len(nodes))
    room = xp.repeat(first + sizes, sizes) - xp.arange(len(nodes))
    rows = xp.repeat(len(leaves) - roots[:, 1].astype("int64"), sizes)
    child = nodes[:, 1:].astype("int64")
    fits = xp.where(child >= top, child - top < rows[:, None], (child > 0) & (child < room[:, None]))
    return 0 if fits.all() else CONSTANT


def _types() -> list[str]:
    """x and thresholds, table width, leaves > base and output, in all combinations that a source needs.

    Rows of integers came later, so they are last: a variant's number is in the files.
    """
    kept = [("f", "f", "f"), ("f", "f", "d"), ("f", "d", "d"), ("f", "h", "f"), ("f", "h", "d"), ("f", "b", "f")]
    kept += [("f", "b", "d"), ("d", "f", "f"), ("d", "f", "d"), ("d", "d", "d"), ("d", "h", "d"), ("d", "b", "d")]
    whole = [("h", leaf, y) for x, leaf, y in kept if x == "f"]
    rows = [(width, *each) for numbers in (kept, whole) for width in "HI" for each in numbers]
    return [f"{x}{width}I{width}{width}{x}{leaf}{y}HI>{y}" for width, x, leaf, y in rows]


OP = Op(
    code=32,
    name="trees",
    sig="nk,!a3,!t2,!q,!r,!q,!lv,!m,!t?,!s?>nm",
    types=_types(),
    params=(("divisor", "f64", 1.0), ("scale", "f32", 1.0), ("category", "i32", 0)),
    reference=reference,
    check=check,
)
