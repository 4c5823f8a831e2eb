"""Claims: every number that a document states about its graph, with the set of reals that its writing claims."""

import dataclasses
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from ...schema.number import Interval as Claimed
from ...schema.number import claimed, is_printed, nearest
from ...schema.tensor import read
from ..dtypes import FLOATING
from ..numbers.intervals import Interval
from ..plan import Plan
from ..shape import Shape

#: The largest double.
LARGEST = sys.float_info.max

#: Fields by number.
FIELDS = ("value", "grad", "local", "downstream")
VALUE, GRAD, LOCAL, DOWNSTREAM = range(len(FIELDS))

#: A claim's key in its document: node, field, port.
Key = tuple[int, str, int | None]


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
        if self.is_double(written):
            return around(float(written))
        found = None if written is None else claimed(written, self.dtype, self.rounding)
        return Interval(rational(found.low), rational(found.high)) if isinstance(found, Claimed) else None

    def is_double(self, written: Any) -> bool:
        """True for a machine number of double precision that is smaller than the largest."""
        return not self.printed and self.dtype == "float64" and _is_number(written) and abs(written) < LARGEST

    def nonfinite(self, entry: int) -> float | None:
        """The NaN or infinity that an entry claims; None for every other entry."""
        written = self.entries[entry]
        if self.is_double(written):
            return None
        if isinstance(written, (float, str)) and not math.isfinite(number := nearest(written, self.dtype)):
            return number
        return None


def named(plan: Plan, key: Key) -> tuple[str, str, int | None]:
    """Wire, field and operand of a claim as its document names them: what enters a collapsed gate is its slot."""
    node, name, port = key
    if node in plan.entrances:
        gate, k = plan.entrances[node]
        return gate, "downstream" if name == "grad" else name, k
    return plan.ids[node], name, port


def address(plan: Plan, key: Key) -> str:
    """`grad:x`, `local:f#0`: the address of format.md 11."""
    wire, name, port = named(plan, key)
    return f"{name}:{wire}" if port is None else f"{name}:{wire}#{port}"


def _is_number(written: Any) -> bool:
    """True for a JSON number as the reader gives it; a bool is none."""
    return written.__class__ is float or written.__class__ is int


def around(number: float) -> Interval:
    """The reals that round to a double below the largest: from the midpoint below to the midpoint above."""
    return Interval(_between(number, -math.inf), _between(number, math.inf))


def _between(number: float, end: float) -> fmpq:
    """The midpoint between a double and its neighbour on one side."""
    above, below = number.as_integer_ratio()
    more, less = math.nextafter(number, end).as_integer_ratio()
    # Denominators of doubles are powers of two, so that the larger one serves both.
    whole = max(below, less)
    return fmpq(above * (whole // below) + more * (whole // less), 2 * whole)


def rational(number: Any) -> fmpq:
    """A fraction or an integer as FLINT's rational."""
    return fmpq(int(number.numerator), int(number.denominator))


def claims_of(plan: Plan) -> list[Claim]:
    """All claims of the document, in the order of its nodes."""
    written, found = Written(plan), list[Claim]()
    for i, code, raw in zip(written.nodes, written.codes, written.raws, strict=True):
        place, field = divmod(code, len(FIELDS))
        found.append(claim_of(plan, i, FIELDS[field], place - 1 if place else None, raw))
    return found


class Written:
    """Every claim as it is written, in the order of the nodes, in three lists.

    A claim's code is its field, and as many times `len(FIELDS)` as its port says, counted from 1; 0 times without port.
    """

    def __init__(self, plan: Plan) -> None:
        self.nodes, self.codes, self.raws = list[int](), list[int](), list[Any]()
        leaf_claims = plan.graph.leaf_claims
        for i, (row, rule) in enumerate(zip(plan.graph.nodes, plan.rules, strict=True)):
            value = row.get("value") if rule is not None else leaf_claims.get(row["id"])
            if value is not None:
                self._add(i, VALUE, value)
            if "grad" in row:
                self._add(i, GRAD, row["grad"])
            if "local" in row:
                self._slots(i, LOCAL, row["local"])
            if "downstream" in row:
                self._slots(i, DOWNSTREAM, row["downstream"])

    def _slots(self, i: int, field: int, said: Sequence[Any]) -> None:
        if None in said:
            for port, raw in enumerate(said, 1):
                if raw is not None:
                    self._add(i, field + port * len(FIELDS), raw)
            return
        count, step = len(said), len(FIELDS)
        self.nodes += [i] * count
        self.codes += range(field + step, field + step + step * count, step)
        self.raws += said

    def _add(self, node: int, code: int, raw: Any) -> None:
        self.nodes.append(node)
        self.codes.append(code)
        self.raws.append(raw)


def claim_of(plan: Plan, i: int, name: str, port: int | None, raw: Any) -> Claim:
    """The claim that is written as `raw` in a field of node i."""
    wire = plan.operands[i][port] if name == "downstream" and port is not None else i
    dtype = plan.dtypes[wire] if name == "value" else floating(plan, plan.dtypes[wire])
    # Elements that came as bytes are machine numbers, whatever the document says of its JSON numbers.
    rounding = None if isinstance(raw, dict) else plan.graph.rounding
    entries = (raw,) if isinstance(raw, (int, float, str)) else read(raw, dtype).entries
    printed = any(entry is not None and is_printed(entry, rounding) for entry in entries)
    return Claim(i, name, port, raw, plan.shapes[wire], dtype, rounding, entries, printed)


def has_gradient(plan: Plan, claim: Claim) -> bool:
    """True for a value, and for a gradient on a wire of a floating dtype."""
    if claim.field == "value":
        return True
    wire = claim.node if claim.port is None else plan.operands[claim.node][claim.port]
    return plan.dtypes[wire] in FLOATING


def floating(plan: Plan, dtype: str) -> str:
    """The dtype of a gradient on a wire: the wire's own, or the document's default where the wire is no float."""
    return dtype if dtype.startswith(("float", "bfloat")) else plan.graph.dtype or "float64"
