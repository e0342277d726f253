"""trees: a sum of decision trees (boosting, or averaging with a divisor), every decision exact.

Tests are stored once each and nodes name them: test i asks whether a row goes right, and where two nodes ask the same,
the answer is shared. ``kinds`` holds feature | flags in its top three bits, ascending: [q], of each test, or [r], of
each run of tests of one kind; ``runs`` [r] is where each ends. ``thresholds`` [q], in the dtype of x, is what is
compared with. A numeric test sends x right iff x > threshold; a categorical one iff its category is not in the set at
word ``threshold`` of ``sets``, which is a count of 32-bit words and then a bit for each category. NaN, and with
ZERO_MISSING also |x| <= ZERO_LIMIT, is missing and goes left, or right with MISSING_RIGHT. Integer rows meet no
floating point before the leaves.

``nodes`` are splits only, [a, 3] or [a, 1]; ``roots`` [t, 2] are the first node of each tree (trees are contiguous; one
without splits is a node with two equal leaves) and what is added to its leaf numbers to get rows of ``leaves`` [l, v].
Three words, for speed, are test, left child, right child. A child is a distance forward, so that every walk ends, or
with the top bit set a leaf. One word, for size, is the test in as many high bits as the number of the last test needs,
at least one, and below it how many leaves are on the left. Behind such a split come those of its left subtree and then
those of its right one, and leaves are numbered from left to right: a subtree of one leaf is that leaf.

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
    if len(kinds) != len(thresholds):
        kinds = xp.repeat(kinds, xp.diff(runs.astype("int64"), prepend=0))
    count, reach = len(roots), _reach if nodes.shape[1] == 3 else _reach_by_count
    leaf = reach(xp, x, nodes, roots[:, 0].astype("int64"), kinds, thresholds, sets, category)
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


def _reach(xp: Any, x: Any, nodes: Any, first: Any, kinds: Any, thresholds: Any, sets: Any, category: int) -> Any:
    """[rows * trees] the number of the leaf that each row comes to in each tree; nodes of three words."""
    top = 1 << (8 * nodes.itemsize - 1)
    at = xp.tile(first, len(x))
    leaf = xp.empty_like(at)
    active = xp.arange(len(at))
    while len(active):
        node = at[active]
        right = _goes_right(xp, x, active // len(first), nodes[node, 0], kinds, thresholds, sets, category)
        child = nodes[node, 1 + right].astype("int64")
        ends = child >= top
        leaf[active[ends]] = child[ends] - top
        at[active] = node + child
        active = active[~ends]
    return leaf


def _reach_by_count(
    xp: Any, x: Any, nodes: Any, first: Any, kinds: Any, thresholds: Any, sets: Any, category: int
) -> Any:
    """The same for nodes of one word."""
    at = xp.tile(first, len(x))
    leaves = xp.tile(xp.diff(first, append=len(nodes)) + 1, len(x))  # of the subtree that a row stands in front of
    leaf = xp.zeros_like(at)
    active = xp.arange(len(at))
    bits = left_bits(nodes.itemsize, len(thresholds))
    while len(active):
        word = nodes[at[active], 0].astype("int64")
        left = word & ((1 << bits) - 1)
        right = _goes_right(xp, x, active // len(first), word >> bits, kinds, thresholds, sets, category)
        leaf[active] += right * left
        at[active] += xp.where(right, left, 1)
        leaves[active] = xp.where(right, leaves[active] - left, left)
        active = active[leaves[active] > 1]
    return leaf


def left_bits(itemsize: int, tests: int) -> int:
    """Bits below the test in a node of one word of ``itemsize`` bytes; less than 1 where the tests leave none."""
    return 8 * itemsize - max(1, (tests - 1).bit_length())


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
    if nodes.shape[1] not in (1, 3) or len(kinds) not in (len(thresholds), len(runs)):
        return SHAPE
    check = _check_nodes if nodes.shape[1] == 3 else _check_counts
    status = _check_tests(xp, x.shape[1], kinds, runs, thresholds, sets)
    return status or check(xp, nodes, roots.astype("int64"), len(thresholds), len(leaves))


def _check_tests(xp: Any, width: int, kinds: Any, runs: Any, thresholds: Any, sets: Any) -> int:
    shift = 8 * kinds.itemsize - FLAG_BITS
    if (kinds[1:] < kinds[:-1]).any() or (kinds & ((1 << shift) - 1) >= width).any():
        return CONSTANT
    ends = runs.astype("int64")
    starts = xp.concatenate([[0], ends[:-1]])
    if (ends <= starts).any() or ends[-1] != len(thresholds):
        return CONSTANT
    if len(kinds) != len(thresholds):
        kinds = xp.repeat(kinds, ends - starts)
    elif (kinds[starts] != kinds[ends - 1]).any():
        return CONSTANT
    of_set = (kinds >> shift & CATEGORICAL) != 0
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


def _check_nodes(xp: Any, nodes: Any, roots: Any, tests: int, leaves: int) -> int:
    first = roots[:, 0]
    if _out_of_order(first, nodes) or (nodes[:, 0] >= tests).any():
        return CONSTANT
    top = 1 << (8 * nodes.itemsize - 1)
    sizes = xp.diff(first, append=len(nodes))
    room = xp.repeat(first + sizes, sizes) - xp.arange(len(nodes))
    rows = xp.repeat(leaves - roots[:, 1], sizes)
    child = nodes[:, 1:].astype("int64")
    fits = xp.where(child >= top, child - top < rows[:, None], (child > 0) & (child < room[:, None]))
    return 0 if fits.all() else CONSTANT


def _check_counts(xp: Any, nodes: Any, roots: Any, tests: int, leaves: int) -> int:
    """Every subtree in turn, those of all trees that are equally deep at once."""
    bits, at, word = left_bits(nodes.itemsize, tests), roots[:, 0], nodes[:, 0].astype("int64")
    if bits < 1 or _out_of_order(at, nodes) or (word >> bits >= tests).any():
        return CONSTANT
    lefts, size = word & ((1 << bits) - 1), xp.diff(at, append=len(nodes)) + 1
    if (roots[:, 1] + size > leaves).any():
        return CONSTANT
    while len(at):
        left = lefts[at]
        if ((left < 1) | (left >= size)).any():
            return CONSTANT
        at, size = xp.concatenate([at + 1, at + left]), xp.concatenate([left, size - left])
        at, size = at[size > 1], size[size > 1]
    return 0


def _out_of_order(first: Any, nodes: Any) -> Any:
    """Whether trees do not follow each other from the first node on."""
    return first[0] != 0 or (first[1:] <= first[:-1]).any() or first[-1] >= len(nodes)


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
    sig="nk,!aw,!t2,!j,!r,!q,!lv,!m,!t?,!s?>nm",
    types=_types(),
    params=(("divisor", "f64", 1.0), ("scale", "f32", 1.0), ("category", "i32", 0)),
    reference=reference,
    check=check,
)
