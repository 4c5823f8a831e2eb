"""What the columns are called, what is in them, and which bits say so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Bits = NDArray[np.uint8]

METADATA = ("chainrule", "kind", "doc")


class Field(NamedTuple):
    """A kind of number: its code in the text table, its bits' first place, and whether it stands on edges."""

    name: str
    code: int
    shift: int
    on_edges: bool


FIELDS = (
    Field("value", 0, 0, False),
    Field("grad", 1, 1, False),
    Field("local", 2, 0, True),
    Field("downstream", 3, 1, True),
)

#: Bits of a number in the column, as a tensor of its own, as text; each shifted by the field's place.
IN_COLUMN, AS_TENSOR, AS_TEXT = 1, 4, 16

#: Column -> its dtype in the container.
COLUMNS = {
    "op": "U16",
    "ptr": "U32",
    "idx": "U32",
    "ids": "U8",
    "attr": "U32",
    "dtype": "U8",
    "value": "float64",
    "grad": "float64",
    "has": "U8",
    "local": "float64",
    "downstream": "float64",
    "edge_has": "U8",
    "text_of": "U8",
    "text_at": "U32",
    "text": "U8",
}

#: The dtype of a column as NumPy spells it, always little-endian.
NUMPY = {"U8": "<u1", "U16": "<u2", "U32": "<u4", "float64": "<f8"}

#: A NaN in a column has these bits and no others.
NAN_BITS = 0x7FF8000000000000
