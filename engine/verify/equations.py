"""The equation of one claim: what its right-hand side is, from stated numbers or from the inputs alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import fmpq

from ...schema.number import is_printed, nearest
from ..numbers.intervals import Interval, point
from ..numbers.protocol import Undecided
from ..plan import Plan
from .claims import Claim, rational
from .columns import ByKey, Columns
from .findings import Key
from .gradients import SHARES, Gradients
from .kinks.breaks import Breaks, beside
from .known import Known, never, stated
from .values import Values
from .verdict import Basis, Judgement, Verdict, better, judge


def operand_of(claim: Claim, entry: int, *, as_printed: bool = False) -> Known | None:
    """A stated number as an operand: printed digits stand for their set, a machine number for itself.

    `as_printed` takes printed digits as the number that they spell, as somebody does who calculates on with them.
    """
    raw = claim.entries[entry]
    if claim.is_double(raw):
        return stated(point(fmpq(*float(raw).as_integer_ratio())))
    if raw is None or claim.nonfinite(entry) is not None:
        return None
    if claim.printed and is_printed(raw, claim.rounding):
        claimed = claim.set_of(entry)
        return None if claimed is None else stated(point(rational(Fraction(str(raw)))) if as_printed else claimed)
    if isinstance(raw, str) and "/" in raw:
        return stated(point(rational(Fraction(raw))))
    return stated(point(fmpq(*nearest(raw, claim.dtype).as_integer_ratio())))


class StatedNumbers:
    """The claims of a document as operands of each other."""

    def __init__(self, claims: Sequence[Claim], *, as_printed: bool = False) -> None:
        self._as_printed = as_printed
        self._claims: Mapping[Key, Claim] = (
            ByKey(claims)
            if isinstance(claims, Columns)
            else {(claim.node, claim.field, claim.port): claim for claim in claims}
        )
        self._found: dict[Key, Sequence[Known | None] | None] = {}
        self._columns = claims if isinstance(claims, Columns) else None

    def whole(self, field: str) -> Callable[[int], bool]:
        """True for wires all of whose value, or gradient, is known to be stated as machine numbers."""
        return never if self._columns is None else self._columns.whole(field).__getitem__

    def value(self, i: int) -> Sequence[Known | None] | None:
        """Stated values of wire i."""
        return self.at((i, "value", None))

    def grad(self, i: int) -> Sequence[Known | None] | None:
        """Stated gradients of wire i."""
        return self.at((i, "grad", None))

    def local(self, gate: int, port: int) -> Sequence[Known | None] | None:
        """Stated local gradients of a slot."""
        return self.at((gate, "local", port))

    def downstream(self, gate: int, port: int) -> Sequence[Known | None] | None:
        """Stated downstream gradients of a slot."""
        return self.at((gate, "downstream", port))

    def at(self, key: Key) -> Sequence[Known | None] | None:
        """What is stated under a key; None where nothing is."""
        if key not in self._found:
            claim = self._claims.get(key)
            self._found[key] = None if claim is None else self._operands(claim)
        return self._found[key]

    def _operands(self, claim: Claim) -> Sequence[Known | None]:
        return [operand_of(claim, entry, as_printed=self._as_printed) for entry in range(len(claim.entries))]


@dataclass(frozen=True)
class Equations:
    """Right-hand sides over one state of knowledge; `other_form` makes the one with local gradients recomputed."""

    gradients: Gradients
    other_form: Callable[[], Gradients] | None = None
    #: True if nothing is taken from the annotations, so that the right-hand sides are the truth.
    overall: bool = False

    @cached_property
    def also(self) -> Gradients | None:
        """The same knowledge with local gradients in the other admissible form, made when it is first needed."""
        return self.other_form() if self.other_form is not None else None

    @cached_property
    def breaks(self) -> Breaks:
        """The slots without derivative, and what hangs on them."""
        return Breaks(self.gradients)

    @property
    def values(self) -> Values:
        """The forward half."""
        return self.gradients.values

    def judge(self, claim: Claim, entry: int) -> Judgement | None:
        """The verdict on one entry by its own equation; None if the right-hand side is no finite number."""
        claimed = claim.set_of(entry)
        if claimed is None:
            return None
        found, broken = self._best(claim, claimed, entry), self.breaks.above(claim, entry)
        return found if broken is None else beside(found, broken, overall=self.overall)

    def _best(self, claim: Claim, claimed: Interval, entry: int) -> Judgement | None:
        """The better verdict of the two forms that local gradients may be taken in."""
        first = _judged(claim, claimed, basis_of(self.gradients, claim, entry))
        if claim.field == "value" or (first is not None and first.verdict is Verdict.PROVED) or self.also is None:
            return first
        second = _judged(claim, claimed, basis_of(self.also, claim, entry))
        return second if first is None else first if second is None else better(first, second)


def _judged(claim: Claim, claimed: Interval, found: Basis | None) -> Judgement | None:
    return None if found is None else judge(claimed, found)


def judged_entry(half: Values | Gradients, claim: Claim, entry: int) -> tuple[Judgement | None, Known | None]:
    """One entry judged in one state of knowledge, and what its equation gives there."""
    found = basis_of(half, claim, entry)
    claimed = claim.set_of(entry)
    if found is None or claimed is None:
        return None, None if found is None else found.known
    return judge(claimed, found), found.known


def from_stated(plan: Plan, claims: Sequence[Claim], bits: int, *, as_printed: bool = False) -> Equations:
    """Local equations: stated numbers where they are stated, filled where not."""
    numbers = StatedNumbers(claims, as_printed=as_printed)
    values = Values(plan, bits, numbers.value, whole=numbers.whole("value"))
    stated = numbers.grad, numbers.local, numbers.downstream
    through_out = Gradients(values, *stated, whole=numbers.whole("grad"))

    def from_operands() -> Gradients:
        return Gradients(values, *stated, recomputed=True, whole=numbers.whole("grad"))

    return Equations(through_out, from_operands)


def from_inputs(plan: Plan, bits: int) -> Equations:
    """Global equations: nothing is taken from the annotations, so the right-hand sides are the truth."""
    return Equations(Gradients(Values(plan, bits)), overall=True)


def basis_of(half: Values | Gradients, claim: Claim, entry: int) -> Basis | None:
    """What a claim's equation gives at one entry; None if that is no finite number. Values suffice for values."""
    if isinstance(half, Values) or claim.field == "value":
        values = half if isinstance(half, Values) else half.values
        known = values.image(claim.node, entry)
        return None if known is None else Basis(known, known.size, claim.dtype, claim.printed)
    return _gradient_basis(half, claim, entry)


def _gradient_basis(gradients: Gradients, claim: Claim, entry: int) -> Basis | None:
    if claim.field == "local":
        return _local_basis(gradients, claim, entry)
    assert claim.field == "grad" or claim.port is not None
    total = (
        gradients.image(claim.node, entry)
        if claim.field == "grad"
        else gradients.slot(claim.node, claim.port or 0, entry)
    )
    if total is None:
        return None
    kinds = [is_tie(gradients.values, gate, entry) for gate in total.open_gates]
    tie, near = any(kinds), not all(kinds)
    return Basis(total.known, total.scale, claim.dtype, claim.printed, tie=tie, near=near)


def _local_basis(gradients: Gradients, claim: Claim, entry: int) -> Basis | None:
    gate, port = claim.node, claim.port or 0
    try:
        known = gradients.local(gate, port, entry)
        return None if known is None else Basis(known, known.size, claim.dtype, claim.printed)
    except Undecided:
        ends = [gradients.local(gate, port, entry, share) for share in SHARES]
    low, high = ends
    if low is None or high is None:
        return None
    known = Known(low.exact.hull(high.exact), low.wide.hull(high.wide), max(low.own, high.own))
    tie = is_tie(gradients.values, gate, entry)
    return Basis(known, known.size, claim.dtype, claim.printed, tie=tie, near=not tie)


def is_tie(values: Values, gate: int, entry: int) -> bool:
    """True if the guard of a gate is exactly 0, so that the point lies on the kink."""
    rule = values.plan.rules[gate]
    assert rule is not None
    count = len(values.of(gate))
    operands = values.operands(gate, min(entry, count - 1))
    known = [operand.exact for operand in operands if operand is not None]
    if len(known) < len(operands):
        return False
    return rule.distance(values.system, known) == point(fmpq(0))
