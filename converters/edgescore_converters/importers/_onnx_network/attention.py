"""Rotary embeddings. Attention itself is converted by the definition that ONNX gives of it."""

from __future__ import annotations

from edgescore_converters.ir import Value

from ._call import Call, handles


@handles("RotaryEmbedding")
def rotary_embedding(call: Call) -> Value:
    b, given = call.b, call.x()
    heads = int(call.attribute("num_heads", 0))
    x = given if len(given.shape) == 4 else b.reshape(given, (*given.shape[:2], heads, -1))
    if len(given.shape) == 4:
        x = b.transpose(x, (0, 2, 1, 3))  # [batch, time, heads, size]
    size = int(call.attribute("rotary_embedding_dim", 0)) or x.shape[-1]
    cos, sin = (_rows(call, at, x.shape[:2]) for at in (1, 2))
    head = b.part(x, 3, 0, size)
    if call.attribute("interleaved", 0):
        pairs = b.reshape(head, (*x.shape[:3], size // 2, 2))
        real, imaginary = (b.reshape(b.part(pairs, 4, at, 1), pairs.shape[:-1]) for at in (0, 1))
    else:
        real, imaginary = (b.part(head, 3, at * (size // 2), size // 2) for at in (0, 1))
    turned = [
        b.binary("sub", b.binary("mul", cos, real), b.binary("mul", sin, imaginary)),
        b.binary("add", b.binary("mul", sin, real), b.binary("mul", cos, imaginary)),
    ]
    if call.attribute("interleaved", 0):
        y = b.reshape(b.concat([b.reshape(part, (*part.shape, 1)) for part in turned], 4), head.shape)
    else:
        y = b.concat(turned, 3)
    if size < x.shape[-1]:
        y = b.concat([y, b.part(x, 3, size, x.shape[-1] - size)], 3)
    return b.transpose(y, (0, 2, 1, 3)) if len(given.shape) == 4 else b.reshape(y, given.shape)


def _rows(call: Call, index: int, shape: tuple[int, ...]) -> Value:
    """The cache's rows for each position, [batch, time, 1, size / 2]."""
    b, cache = call.b, call.x(index)
    if call.has(3):
        at = call.x(3)
        cache = b.op("gather", cache, at, shape=(*at.shape, cache.shape[-1]), axis=0)
    return b.reshape(cache, (*cache.shape[:-1], 1, cache.shape[-1])) if len(cache.shape) == 3 else cache
