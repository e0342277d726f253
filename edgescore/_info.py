"""What both backends tell about a model's inputs and outputs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from edgescore.format import schema


class Info:
    """An input or output: dtype, shape of one row (row dimension first), whether a label, takes NaN, is squeezed."""

    __slots__ = ("dtype", "is_label", "name", "nan", "nbytes", "row", "shape", "size", "squeeze")

    def __init__(
        self, name: str, dtype: schema.DType, shape: tuple[int, ...], is_label: bool, nan: bool, squeeze: bool
    ):
        self.name, self.dtype, self.shape = name, dtype, shape
        self.is_label, self.nan, self.squeeze = is_label, nan, squeeze
        self.row = shape[1:-1] if squeeze else shape[1:]  # what one row looks like to the caller
        self.size = 1
        for dim in shape:
            self.size *= dim
        self.nbytes = self.size * dtype.size
