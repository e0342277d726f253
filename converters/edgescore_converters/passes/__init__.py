"""Passes: each rewrites a graph in place and keeps what every output means; the order here is the order they run in.

A pass is a module with ``apply(graph) -> bool`` (whether anything changed), one idea a file. The passes listed are
lossless: they keep the source's arithmetic up to the rounding of sums. ``narrow_floats`` is not listed, because whether
float32 is good enough is for verification to say.
"""

from __future__ import annotations

from edgescore_converters.ir import Graph

from . import (
    drop_dead_nodes,
    fold_affine_into_dense,
    fold_scale_into_conv,
    fold_scaling_into_trees,
    fuse_activation,
    fuse_pad_into_conv,
    merge_reshapes,
    move_reshapes,
    move_transposes,
    qdq_to_integers,
    remove_identity,
)

PASSES = (
    drop_dead_nodes,
    remove_identity,
    qdq_to_integers,
    merge_reshapes,
    move_transposes,
    move_reshapes,
    fold_scaling_into_trees,
    fold_affine_into_dense,
    fold_scale_into_conv,
    fuse_pad_into_conv,
    fuse_activation,
)
# One rewrite can make room for another: an identity gone leaves two affine nodes in a row. Graphs shrink: it ends.
MAX_ROUNDS = 100


def run(graph: Graph) -> None:
    """Apply PASSES in order until none changes the graph."""
    for _ in range(MAX_ROUNDS):
        changed = [each.apply(graph) for each in PASSES]
        if not any(changed):
            return
