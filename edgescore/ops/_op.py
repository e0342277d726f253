"""What an operator is: one record that both readers, both backends and the converter are derived from.

``sig`` is a gufunc-like shape signature, ``inputs>outputs``, operands separated by commas: letters are dimensions bound
at first use (``nk,!mk,!m?>nm``), a digit is that very size, ``...`` is any shape (the same wherever it stands), ``*``
and ``@`` are anything. ``!`` before an operand: it must be a constant, which no other may be but ``@``. ``?`` after it:
it may be absent. ``+`` after the last input: one or more of it. ``types`` lists the dtype variants as letters in the
same order (``fff>f``). This module knows no operator.
"""

from __future__ import annotations

from edgescore._errors import error
from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Operand:
    """One operand of a signature: ``dims`` is its shape pattern."""

    def __init__(self, token: str):
        self.constant = token.startswith("!")
        self.optional = token.endswith("?")
        self.variadic = token.endswith("+")
        self.dims = token.strip("!?+")


class Op:
    """An operator of the format.

    code: its number in files, never reused. name: also the names of ``ops/<name>.py`` and ``native/src/ops/<name>.c``.
    params: (name, type, default) packed behind the node, types of ``schema.Struct``.
    reference: ``reference(xp, *inputs, **params) -> array``, the definition of the operator in array-module terms; with
    several outputs it returns a tuple. Inputs that are absent are None.
    check: ``check(xp, *operands, **params)`` returns a status for constants or parameters the kernels cannot take (0 is
    fine); operands that are not constants come as ``Shape`` objects. inplace: an output may share memory with an input
    of the same size. view: ``view(*operands, **params)`` of an operator that only moves elements: of each input the
    elements from the start of the output to where its own begin when nothing is left to move; None where there is no
    such place. Operands come as to ``check``. wants_dtype, wants_shape: the reference also takes ``dtype``,
    ``shape``: those of the (first) output. rowwise: rows do not meet in
    it, so that it can stand in a model whose rows go through in blocks. infer: ``infer(*input shapes)``, the output's
    shape where the inputs determine it and ``sig`` does not say how.
    """

    def __init__(
        self,
        code: int,
        name: str,
        sig: str,
        types: Sequence[str],
        reference: Callable[..., Any],
        params: Sequence[tuple[str, str, float]] = (),
        check: Callable[..., int] | None = None,
        inplace: bool = False,
        wants_dtype: bool = False,
        wants_shape: bool = False,
        rowwise: bool = True,
        infer: Callable[..., tuple[int, ...]] | None = None,
        view: Callable[..., list[int | None]] | None = None,
    ):
        self.code, self.name, self.sig, self.types = code, name, sig, tuple(types)
        self.reference, self.check, self.inplace, self.wants_dtype = reference, check, inplace, wants_dtype
        self.wants_shape, self.rowwise, self.infer, self.view = wants_shape, rowwise, infer, view
        self.params = tuple(params)
        self.record = schema.Struct(name, *((param, kind, "") for param, kind, _ in params))
        inputs, outputs = sig.split(">")
        self.inputs = [Operand(token) for token in inputs.split(",")]
        self.outputs = [Operand(token) for token in outputs.split(",")]

    def operands(self, count: int) -> list[Operand]:
        """The operand patterns of a node with ``count`` tensors; raises the NODE status if it cannot have so many."""
        inputs = self.inputs
        extra = count - len(inputs) - len(self.outputs)
        if extra < 0 or (extra > 0 and not inputs[-1].variadic):
            raise error(-11, f"{self.name} with {count} operands")
        return inputs + inputs[-1:] * extra + self.outputs

    def variant_letters(self, variant: int, count: int) -> str:
        """Dtype letters of ``count`` operands in variant number ``variant``."""
        inputs, outputs = self.types[variant].split(">")
        return inputs + inputs[-1:] * (count - len(inputs) - len(outputs)) + outputs

    def bind(self, shapes: Sequence[tuple[int, ...] | None]) -> None:
        """Check the shapes of all operands against ``sig``; raises the SHAPE status on a mismatch."""
        letters: dict[str, int] = {}
        whole: tuple[int, ...] | None = None
        for operand, shape in zip(self.operands(len(shapes)), shapes):
            if shape is None or operand.dims in ("*", "@"):
                continue
            if operand.dims == "...":
                whole = shape if whole is None else whole
                matches = shape == whole
            else:
                matches = len(shape) == len(operand.dims) and all(
                    size == (int(dim) if dim.isdigit() else letters.setdefault(dim, size))
                    for dim, size in zip(operand.dims, shape)
                )
            if not matches:
                raise error(-10, f"{self.name} ({self.sig}) given {list(shapes)}")
