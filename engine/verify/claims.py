"""Claims: every number that a document states about its graph, with the set of reals that its writing claims."""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flint import fmpq

from ...schema import Node
from ...schema.number import Interval as Claimed
from ...schema.number import claimed, is_printed, nearest
from ...schema.tensor import read
from ..numbers.intervals import Interval
from ..plan import Plan
from ..shape import Shape


@dataclass(frozen=True, slots=True)
class Claim:
    """One annotation of one wire: `field` is value, grad, local or downstream, `port` the operand of the last two."""

    node: int
    field: str
    port: int | None
    raw: Any
    shape: Shape
    dtype: str
    rounding: Any
    #: The entries as written, flat, in C order; None where an element is not claimed.
    entries: Sequence[Any]
    #: True if any entry's digits are the claim, so that its set is wider than the dtype's own rounding.
    printed: bool
    _sets: dict[int, Interval | None] = dataclasses.field(default_factory=dict[int, Interval | None], repr=False)

    def set_of(self, entry: int) -> Interval | None:
        """The closed set of reals that an entry claims; None for NaN and infinities, and if it is not claimed."""
        if entry not in self._sets:
            self._sets[entry] = self._set_of(self.entries[entry])
        return self._sets[entry]

    def _set_of(self, written: Any) -> Interval | None:
        found = None if written is None else claimed(written, self.dtype, self.rounding)
        return Interval(rational(found.low), rational(found.high)) if isinstance(found, Claimed) else None

    def nonfinite(self, entry: int) -> float | None:
        """The NaN or infinity that an entry claims; None for every other entry."""
        written = self.entries[entry]
        if isinstance(written, (float, str)) and not math.isfinite(number := nearest(written, self.dtype)):
            return number
        return None

    def address(self, ids: Sequence[str]) -> str:
        """`grad:x`, `local:f#0`: the address of format.md 11."""
        name = f"{self.field}:{ids[self.node]}"
        return name if self.port is None else f"{name}#{self.port}"

    @property
    def field_name(self) -> str:
        """`grad`, `local[0]`: the field as reports name it."""
        return self.field if self.port is None else f"{self.field}[{self.port}]"


def rational(number: Any) -> fmpq:
    """A fraction or an integer as FLINT's rational."""
    return fmpq(int(number.numerator), int(number.denominator))


def claims_of(plan: Plan) -> list[Claim]:
    """All claims of the document, in the order of its nodes."""
    return [claim for position, node in enumerate(plan.graph.nodes) for claim in _node_claims(plan, position, node)]


def _node_claims(plan: Plan, i: int, node: Node) -> Iterator[Claim]:
    own, floating = plan.dtypes[i], _floating(plan, plan.dtypes[i])
    leaf = plan.rules[i] is None
    value = plan.graph.leaf_claims.get(node["id"]) if leaf else node.get("value")
    if value is not None:
        yield _claim(plan, i, "value", None, value, own)
    if "grad" in node:
        yield _claim(plan, i, "grad", None, node["grad"], floating)
    for name in ("local", "downstream"):
        stated = cast(Sequence[Any], node.get(name, ()))
        for port, raw in enumerate(stated):
            if raw is not None:
                operand = plan.operands[i][port]
                dtype = floating if name == "local" else _floating(plan, plan.dtypes[operand])
                yield _claim(plan, i, name, port, raw, dtype)


def _claim(plan: Plan, i: int, name: str, port: int | None, raw: Any, dtype: str) -> Claim:
    wire = plan.operands[i][port] if name == "downstream" and port is not None else i
    # Elements that came as bytes are machine numbers, whatever the document says of its JSON numbers.
    rounding = None if isinstance(raw, dict) else plan.graph.rounding
    entries = (raw,) if isinstance(raw, (int, float, str)) else read(raw, dtype).entries
    printed = any(entry is not None and is_printed(entry, rounding) for entry in entries)
    return Claim(i, name, port, raw, plan.shapes[wire], dtype, rounding, entries, printed)


def _floating(plan: Plan, dtype: str) -> str:
    """The dtype of a gradient on a wire: the wire's own, or the document's default where the wire is no float."""
    return dtype if dtype.startswith(("float", "bfloat")) else plan.graph.dtype or "float64"
