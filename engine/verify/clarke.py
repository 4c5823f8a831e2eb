"""Global membership at ties: is a claimed gradient in the Clarke set of the whole graph? (verification.md 8.4)

Near a point with k guards at 0 the graph is one of at most 2^k smooth graphs, one for each pattern of signs. Every
limit of gradients is the gradient of some pattern that occurs arbitrarily near, so

- *outer set*: the hull of the gradients of all patterns that are not impossible. A pattern is impossible if some
  combination of its guards with weights >= 0 vanishes identically, as polynomials in what the guards are made of; or,
  along a single input, if two guards ask for opposite directions. (A contradiction between linearised guards alone
  proves nothing: y > 0 and x² - y > 0 have opposite gradients at 0, and hold together near it.)
- *inner set*: the hull of the gradients of patterns that occur: some direction makes every linearised guard strict.
  Guards of zero gradient have no say, since their branches agree to first order.

Outside the outer set a claim is refuted; inside the inner set it is proved; between them nothing is decided. Claims on
inputs are judged as one point. Assumed: forward and gradient rules, and that a gate is continuous where its guard is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from flint import fmpq

from ...schema import UsageError
from ..backward import CONVENTIONS
from ..numbers.intervals import Interval, point
from ..numbers.protocol import Outside, Undecided
from ..plan import Plan
from ..shape import size
from .equations import Equations
from .findings import Finding, Key
from .gradients import SHARES, Gradients
from .kinks import (
    NOTHING,
    ONE,
    Dual,
    Duals,
    Guard,
    Row,
    Weights,
    by_rounding,
    choose_jointly,
    conflicting,
    coupled,
    open_guards,
    opinion,
    refute,
    rows_of,
    rule_of,
    says_nothing,
    sign,
    without_choice,
)
from .known import Entries, Known, at, seed_entries, stated
from .simplex import Constraints, TooLarge
from .states import BITS, States
from .values import Values
from .verdict import Judgement, Verdict

UNIT = point(ONE)

#: Tied guards whose sign patterns are all looked at, and edges that all their gradients may walk together.
GUARDS, WALK = 12, 2**18

#: How far along a direction a branch signature is read where a guard has no slope that we can take.
STEP = fmpq(1, 2**200)

#: A coordinate, or any number inside a cone: a wire's entry (port -1), or a slot's: gate, port, entry.
Node = tuple[int, int, int]

#: A sign of every guard, in the order of work.
Signs = tuple[int, ...]

#: The signs met a little way along a direction; None if some guard stays open there.
Signature = Callable[[Mapping[Node, fmpq]], Signs | None]

#: Inputs move along a direction: one number an entry of each trained leaf, in the order of the nodes.
Direction = Sequence[fmpq]

# --- normal forms ----------------------------------------------------------------------------------------------------

#: Polynomials with more terms than this, or of higher degree, are taken as unknowns of their own.
TERMS, DEGREE = 64, 16


class Polynomial:
    """A polynomial over unknowns, kept so that equal functions of them are equal: monomial -> coefficient."""

    __slots__ = ("terms", "unknowns")

    def __init__(self, terms: Mapping[tuple[int, ...], fmpq], unknowns: dict[Any, int]) -> None:
        self.terms = {monomial: number for monomial, number in terms.items() if number != 0}
        self.unknowns = unknowns
        if len(self.terms) > TERMS or any(len(monomial) > DEGREE for monomial in self.terms):
            raise Outside("a polynomial that is too large")

    @property
    def key(self) -> frozenset[tuple[tuple[int, ...], fmpq]]:
        """What equal polynomials have in common."""
        return frozenset(self.terms.items())

    def unknown(self, key: Any) -> Polynomial:
        """The unknown of this key."""
        return Polynomial({(self.unknowns.setdefault(key, len(self.unknowns)),): ONE}, self.unknowns)

    def __add__(self, other: Polynomial | fmpq | int) -> Polynomial:
        terms = dict(self.terms)
        for monomial, number in self._of(other).terms.items():
            terms[monomial] = terms.get(monomial, fmpq(0)) + number
        return Polynomial(terms, self.unknowns)

    def __mul__(self, other: Polynomial | fmpq | int) -> Polynomial:
        terms: dict[tuple[int, ...], fmpq] = {}
        for monomial, number in self._of(other).terms.items():
            for own, factor in self.terms.items():
                product = tuple(sorted(monomial + own))
                terms[product] = terms.get(product, fmpq(0)) + number * factor
        return Polynomial(terms, self.unknowns)

    def __neg__(self) -> Polynomial:
        return self * -1

    def __sub__(self, other: Polynomial | fmpq | int) -> Polynomial:
        return self + -self._of(other)

    def __rsub__(self, other: fmpq | int) -> Polynomial:
        return -self + other

    def __truediv__(self, other: Polynomial | int) -> Polynomial:
        divisor = self._of(other)
        number = divisor.terms.get((), fmpq(0))
        if len(divisor.terms) == 1 and number != 0:
            return self * (1 / number)
        return self * self.unknown(("reciprocal", divisor.key))

    def __rtruediv__(self, other: int) -> Polynomial:
        return self._of(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def _of(self, other: Polynomial | fmpq | int) -> Polynomial:
        return other if isinstance(other, Polynomial) else Polynomial({(): fmpq(other)}, self.unknowns)


class Polynomials:
    """The system of polynomials; a gate with any other function in it is an unknown of its own: `Outside`."""

    def constant(self, number: int) -> int:
        """An integer."""
        return number

    def square(self, x: Polynomial) -> Polynomial:
        """x * x."""
        return x * x

    def pow(self, base: Polynomial, exponent: Polynomial) -> Polynomial:
        """A power with a small natural number as exponent."""
        number = exponent.terms.get((), fmpq(0))
        if len(exponent.terms) != 1 or number.q != 1 or not 0 < number <= DEGREE:
            raise Outside("a power that is no polynomial")
        power = base
        for _ in range(int(number.p) - 1):
            power = power * base
        return power

    def __getattr__(self, name: str) -> Any:
        raise Outside(f"{name} is no polynomial")


@dataclass(frozen=True, slots=True)
class Branch:
    """The system that says which slopes a gate has on one side of its guard."""

    sign: int

    def constant(self, number: int) -> int:
        """An integer."""
        return number

    def side(self, guard: Any, below: Any, above: Any) -> Any:
        """The slope on that side."""
        return above if self.sign > 0 else below

    def __getattr__(self, name: str) -> Any:
        raise Outside(f"a slope with {name} in it")


# --- cones -----------------------------------------------------------------------------------------------------------


class Edge(NamedTuple):
    """One product of the backward pass: what reaches `gate`, times a slope, goes to `target`; `guard` -1 if none."""

    gate: Node
    target: Node
    below: Interval
    above: Interval
    guard: int


@dataclass
class Cone:
    """The scalar circuit between coordinates that belong together and the outputs; its guards in order of work."""

    gradients: Gradients
    coordinates: Sequence[Node]
    guards: Sequence[Guard]
    #: Which coordinates each wire's entries depend on, as bits; `mask` are those of this cone.
    masks: Sequence[Sequence[int]]
    mask: int
    #: In the order of the backward pass.
    edges: list[Edge] = field(default_factory=list[Edge])
    seeds: dict[Node, Interval] = field(default_factory=dict[Node, Interval])
    #: False if some slope is no finite number, so that nothing can be said.
    known: bool = True

    def __post_init__(self) -> None:
        self.plan: Plan = self.gradients.plan
        self._places = {(guard.gate, guard.entry): place for place, guard in enumerate(self.guards)}
        self._own = set(self.coordinates)
        self._slots = {node for node in self.coordinates if node[1] >= 0}
        self._slopes: dict[tuple[int, Signs], list[Interval] | None] = {}
        self._forms: dict[tuple[int, int, Signs], Polynomial] = {}
        self._unknowns: dict[Any, int] = {}
        #: By what the forms (or slopes) of the first guards depend on: True if they are linearly independent.
        self.independent: dict[tuple[str, tuple[Signs, ...]], bool] = {}

    @cached_property
    def wires(self) -> set[int]:
        """The gates of the cone."""
        return {edge.gate[0] for edge in self.edges}

    def active(self, wire: int, entry: int) -> bool:
        """True if an entry of a wire depends on the coordinates."""
        return bool(self.masks[wire][entry] & self.mask)

    def connect(self, gate: int, entry: int) -> None:
        """Add the edges below a gate at one entry; gates come in the order of the backward pass."""
        for port, operand in enumerate(self.plan.operands[gate]):
            wire, own = self._node(operand, entry)
            slot = (gate, port, own)
            if slot in self._slots or self.active(wire, own):
                target = slot if slot in self._slots else (wire, -1, own)
                ends = self._ends(gate, port, entry)
                self.known = self.known and ends is not None
                if ends is not None:
                    self.edges.append(Edge((gate, -1, entry), target, *ends, self._places.get((gate, entry), -1)))

    def seed(self, output: int, entry: int, seed: Known | None) -> None:
        """Add the seed of an output."""
        node = (output, -1, entry)
        self.known = self.known and seed is not None
        if seed is not None:
            self.seeds[node] = self.seeds.get(node, NOTHING) + seed.exact

    def gradient(self, shares: Sequence[fmpq]) -> list[Interval]:
        """The gradient of the objective by the coordinates, each guard's gate with this share of its upper branch."""
        return self._pulled(self.seeds, shares)

    def slopes(self, place: int, signs: Signs) -> list[Interval] | None:
        """The gradient of a guard by the coordinates, where the guards before it have these signs."""
        beneath = self._signs_beneath(self.guards[place].gate, self.guards[place].entry, signs, place)
        if (place, beneath) not in self._slopes:
            seeds = self._slopes_at_gate(self.guards[place])
            shares = [SHARES[s > 0] for s in signs] + [SHARES[0]] * (len(self.guards) - len(signs))
            self._slopes[place, beneath] = None if seeds is None else self._pulled(seeds, shares)
        return self._slopes[place, beneath]

    def beneath(self, signs: Signs) -> tuple[Signs, ...]:
        """What the forms and slopes of the first guards depend on: for each, the signs of the guards beneath it."""
        own = [(guard.gate, guard.entry) for guard in self.guards[: len(signs)]]
        return tuple(self._signs_beneath(*node, signs, place) for place, node in enumerate(own))

    def form(self, place: int, signs: Signs) -> Polynomial | None:
        """A guard as a polynomial, where the guards before it have these signs; None if it is none."""
        guard = self.guards[place]
        operands = [self._normal(*self._node(k, guard.entry), signs) for k in self.plan.operands[guard.gate]]
        try:
            return rule_of(self.plan, guard.gate).distance(Polynomials(), operands)
        except (Outside, TypeError):
            return None

    def _ends(self, gate: int, port: int, entry: int) -> tuple[Interval, Interval] | None:
        try:
            local = self.gradients.local(gate, port, entry)
            ends = (local, local)
        except Undecided:
            # Of a wire tied with itself every share gives the same sum.
            shares = SHARES if (gate, entry) in self._places else (SHARES[0], SHARES[0])
            ends = tuple(self.gradients.local(gate, port, entry, share) for share in shares)
        below, above = ends
        return None if below is None or above is None else (below.exact, above.exact)

    def _node(self, wire: int, entry: int) -> tuple[int, int]:
        """The entry of a wire that stands beside an entry of what it is combined into."""
        return wire, entry if size(self.plan.shapes[wire]) > 1 else 0

    def _pulled(self, seeds: Mapping[Node, Interval], shares: Sequence[fmpq]) -> list[Interval]:
        sums = dict(seeds)
        for edge in self.edges:
            upstream = sums.get(edge.gate)
            if upstream is not None:
                slope = edge.below if edge.guard < 0 else _mixed(edge, shares[edge.guard])
                if slope != NOTHING:
                    sent = upstream if slope == UNIT else slope * upstream
                    sums[edge.target] = sums[edge.target] + sent if edge.target in sums else sent
        return [sums.get(node, NOTHING) for node in self.coordinates]

    def _slopes_at_gate(self, guard: Guard) -> dict[Node, Interval] | None:
        """d guard / d operand at its gate; None if we cannot take it."""
        operands = self.gradients.values.operands(guard.gate, guard.entry)
        seeds: dict[Node, Interval] = {}
        for port, operand in enumerate(self.plan.operands[guard.gate]):
            duals = [
                Dual(known.exact, point(fmpq(int(place == port))))
                for place, known in enumerate(operands)
                if known is not None
            ]
            try:
                slope = rule_of(self.plan, guard.gate).distance(Duals(), duals).slope
            except (Outside, TypeError):
                return None
            node = (operand, -1, self._node(operand, guard.entry)[1])
            slot = (guard.gate, port, node[2])
            target = slot if slot in self._slots else node
            seeds[target] = seeds.get(target, NOTHING) + slope
        return seeds

    @cached_property
    def _beneath(self) -> dict[tuple[int, int], int]:
        """The guards that an entry of a wire depends on, its own included, as bits."""
        found: dict[tuple[int, int], int] = {}
        for edge in reversed(self.edges):
            gate = (edge.gate[0], edge.gate[2])
            own = 1 << edge.guard if edge.guard >= 0 else 0
            under = found.get((edge.target[0], edge.target[2]), 0) if edge.target[1] < 0 else 0
            found[gate] = found.get(gate, 0) | own | under
        return found

    def _signs_beneath(self, wire: int, entry: int, signs: Signs, most: int) -> Signs:
        bits = self._beneath.get((wire, entry), 0)
        return tuple(s for place, s in enumerate(signs[:most]) if bits >> place & 1)

    def _normal(self, wire: int, entry: int, signs: Signs) -> Polynomial:
        """An entry of a wire as a polynomial of the coordinates and of what no polynomial expresses."""
        key = (wire, entry, self._signs_beneath(wire, entry, signs, len(signs)))
        if key not in self._forms:
            self._forms[key] = self._make_normal(wire, entry, signs)
        return self._forms[key]

    def _make_normal(self, wire: int, entry: int, signs: Signs) -> Polynomial:
        nothing = Polynomial({}, self._unknowns)
        known = self.gradients.values.entries[wire][entry]
        if (wire, -1, entry) in self._own or self.plan.rules[wire] is None or not self.active(wire, entry):
            fixed = not self.active(wire, entry) and known is not None and known.exact.is_point
            return nothing + known.exact.low if fixed and known else nothing.unknown((wire, -1, entry))
        slots = [(wire, port, self._node(k, entry)[1]) for port, k in enumerate(self.plan.operands[wire])]
        operands = [
            nothing.unknown(slot) if slot in self._slots else self._normal(*self._node(k, entry), signs)
            for slot, k in zip(slots, self.plan.operands[wire], strict=True)
        ]
        try:
            return self._applied(wire, entry, operands, signs)
        except (Outside, TypeError):
            rule = rule_of(self.plan, wire)
            side = self._side(wire, entry, signs) if rule.has_kink else 0
            return nothing.unknown((rule.name, side, *(operand.key for operand in operands)))

    def _applied(self, wire: int, entry: int, operands: Sequence[Polynomial], signs: Signs) -> Polynomial:
        rule = rule_of(self.plan, wire)
        if not rule.has_kink:
            return rule.forward(Polynomials(), *operands)
        side = self._side(wire, entry, signs)
        if side == 0:
            raise Outside("a branch that is not known")
        slopes = rule.local(Branch(side), operands[0].unknown((wire, "out", entry)), operands)
        out, inside = self.gradients.values.entries[wire][entry], self.gradients.values.operands(wire, entry)
        rest = out.exact if out is not None else None
        total = Polynomial({}, self._unknowns)
        for slope, known, operand in zip(slopes, inside, operands, strict=True):
            if isinstance(slope, Polynomial) or known is None or rest is None:
                raise Outside("a branch that is not affine")
            total = total + operand * slope
            rest = rest - known.exact * slope
        if rest is None or not rest.is_point:
            raise Outside("a branch whose offset is not known exactly")
        return total + rest.low

    def _side(self, wire: int, entry: int, signs: Signs) -> int:
        """The branch of a gate: as the pattern says at an open guard, else as its guard's sign says; 0 if unknown."""
        place = self._places.get((wire, entry))
        if place is not None:
            return signs[place] if place < len(signs) else 0
        return sign(self.gradients.values, wire, entry) or 0


def _mixed(edge: Edge, share: fmpq) -> Interval:
    if share in SHARES:
        return edge.above if share else edge.below
    return edge.below + point(share) * (edge.above - edge.below)


def cones(gradients: Gradients, coordinates: Sequence[Node], guards: Iterable[Guard]) -> list[Cone]:
    """The cones over these coordinates that hold a guard; coordinates share one if they share a guard."""
    plan = gradients.plan
    masks = _masks(plan, coordinates)
    found = [
        Cone(gradients, [coordinates[place] for place in _bits(mask)], sorted(members), masks, mask)
        for mask, members in _groups(plan, masks, guards)
    ]
    home = {1 << place: cone for cone in found for place in _bits(cone.mask)}
    inside = sum(cone.mask for cone in found)
    for k, position in enumerate(plan.outputs):
        entries = seed_entries(plan, k)
        for entry, mask in enumerate(masks[position]):
            for cone in _members(home, mask & inside):
                cone.seed(position, entry, at(entries, entry))
    for gate in reversed(plan.gates):
        if plan.reaching[gate]:
            for entry, mask in enumerate(masks[gate]):
                for cone in _members(home, mask & inside):
                    cone.connect(gate, entry)
    return found


def _groups(plan: Plan, masks: Sequence[Sequence[int]], guards: Iterable[Guard]) -> list[tuple[int, list[Guard]]]:
    """Guards that have coordinates in common, directly or through others, each group with all its coordinates."""
    groups: list[tuple[int, list[Guard]]] = []
    taken = 0
    for guard in guards:
        mask, members = masks[guard.gate][guard.entry], [guard]
        if mask == 0 or not plan.reaching[guard.gate]:
            continue
        if mask & taken:
            own = mask
            for other, theirs in groups:
                if other & own:
                    mask, members = mask | other, theirs + members
            groups = [group for group in groups if not group[0] & own]
        taken |= mask
        groups.append((mask, members))
    return groups


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _members(home: Mapping[int, Cone], mask: int) -> Iterator[Cone]:
    """The cones that a mask has coordinates of."""
    while mask:
        cone = home[mask & -mask]
        yield cone
        mask &= ~cone.mask


def _masks(plan: Plan, coordinates: Sequence[Node]) -> list[list[int]]:
    """Which coordinates every entry of every wire depends on, as bits."""
    wires = {(wire, entry): 1 << k for k, (wire, port, entry) in enumerate(coordinates) if port < 0}
    slots = {node: 1 << k for k, node in enumerate(coordinates) if node[1] >= 0}
    masks: list[list[int]] = []
    for i, operands in enumerate(plan.operands):
        own: list[int] = []
        for entry in range(size(plan.shapes[i])):
            mask = wires.get((i, entry), 0)
            for port, k in enumerate(operands):
                place = entry if len(masks[k]) > 1 else 0
                mask |= slots.get((i, port, place), 0) or masks[k][place]
            own.append(mask)
        masks.append(own)
    return masks


# --- patterns --------------------------------------------------------------------------------------------------------


class Pattern(NamedTuple):
    """A pattern of signs that is not impossible; `occurs` if it is certain to occur arbitrarily near the point."""

    signs: Signs
    occurs: bool


#: A vector by the names of its components.
Vector = Mapping[Any, fmpq]


def patterns(
    cone: Cone, directions: Sequence[Mapping[Node, fmpq]] = (), signature: Signature | None = None
) -> list[Pattern]:
    """All patterns that are not impossible, found guard by guard.

    Where a guard has no slope that we can take, a pattern that `signature` meets along a direction occurs too.
    """
    waiting: list[Signs] = [()]
    for _ in cone.guards:
        waiting = [(*signs, s) for signs in waiting for s in (-1, 1) if not impossible(cone, (*signs, s))]
    met = _met(cone, waiting, directions, signature) if signature is not None else set[Signs]()
    return [Pattern(signs, signs in met or occurs(cone, signs)) for signs in waiting]


def _met(
    cone: Cone, kept: Sequence[Signs], directions: Sequence[Mapping[Node, fmpq]], signature: Signature
) -> set[Signs]:
    """The patterns met along the directions, where the slopes that can be taken agree; none if all can be taken."""
    blind = [p for p in range(len(cone.guards)) if any(cone.slopes(p, signs) is None for signs in kept)]
    met: set[Signs] = set()
    for direction in directions if blind else ():
        signs = signature(direction)
        if signs is not None and all(_agrees_along(cone, signs, p, direction) for p in range(len(signs))):
            met.add(signs)
    return met


def _agrees_along(cone: Cone, signs: Signs, place: int, direction: Mapping[Node, fmpq]) -> bool:
    slopes = cone.slopes(place, signs)
    if slopes is None:
        return True
    rise = _along(slopes, {k: direction.get(node, fmpq(0)) for k, node in enumerate(cone.coordinates)})
    return rise == NOTHING or (rise.low > 0 if signs[place] > 0 else rise.high < 0)


def impossible(cone: Cone, signs: Signs) -> bool:
    """True if the first guards cannot have these signs anywhere near."""
    return _contradict_as_polynomials(cone, signs) or _contradict_on_a_line(cone, signs)


def _contradict_as_polynomials(cone: Cone, signs: Signs) -> bool:
    key = ("forms", cone.beneath(signs))
    if cone.independent.get(key):
        return False
    vectors: list[Vector] = []
    for place, s in enumerate(signs):
        form = cone.form(place, signs[:place])
        if form is not None and form.terms:
            vectors.append({monomial: s * number for monomial, number in form.terms.items()})
    if key not in cone.independent:
        cone.independent[key] = _independent(vectors)
    return not cone.independent[key] and strict(vectors) is None


def _contradict_on_a_line(cone: Cone, signs: Signs) -> bool:
    """Along one coordinate, two guards that are exactly 0 here ask for opposite directions."""
    if len(cone.coordinates) != 1:
        return False
    asked: set[int] = set()
    for place, s in enumerate(signs):
        slopes = cone.slopes(place, signs[:place])
        if slopes is not None and not cone.guards[place].near:
            asked |= {s} if slopes[0].low > 0 else {-s} if slopes[0].high < 0 else set()
    return len(asked) > 1


def occurs(cone: Cone, signs: Signs) -> bool:
    """True if some direction gives every guard its sign to first order."""
    key = ("slopes", cone.beneath(signs))
    if cone.independent.get(key):
        return True
    rows: list[list[Interval]] = []
    for place, s in enumerate(signs):
        slopes = cone.slopes(place, signs[:place])
        if cone.guards[place].near or slopes is None:
            return False
        if any(slope != NOTHING for slope in slopes):
            rows.append([slope if s > 0 else -slope for slope in slopes])
    middles = [{k: (slope.low + slope.high) / 2 for k, slope in enumerate(row) if slope != NOTHING} for row in rows]
    if key not in cone.independent:
        cone.independent[key] = all(slope.is_point for row in rows for slope in row) and _independent(middles)
    if cone.independent[key]:
        return True
    direction = strict(middles)
    return direction is not None and all(_along(row, direction).low > 0 for row in rows)


def _along(slopes: Sequence[Interval], direction: Vector) -> Interval:
    total = NOTHING
    for k, slope in enumerate(slopes):
        total = total + slope * point(direction.get(k, fmpq(0)))
    return total


def _independent(vectors: Sequence[Vector]) -> bool:
    """True if no vector is a combination of the others; then any signs can be had."""
    reduced: list[tuple[Any, Vector]] = []
    for vector in vectors:
        left = dict(vector)
        for pivot, other in reduced:
            factor = left.get(pivot, fmpq(0)) / other[pivot]
            if factor != 0:
                left = {k: left.get(k, fmpq(0)) - factor * other.get(k, fmpq(0)) for k in {*left, *other}}
        pivot = next((k for k, number in left.items() if number != 0), None)
        if pivot is None:
            return False
        reduced.append((pivot, left))
    return True


def strict(vectors: Sequence[Vector]) -> Vector | None:
    """A direction along which every vector rises; None if there is none. TooLarge beyond the simplex's size."""
    constraints = Constraints()
    names = dict.fromkeys(name for vector in vectors for name in vector)
    ahead = {name: constraints.variable() for name in names}
    back = {name: constraints.variable() for name in names}
    for vector in vectors:
        row = {ahead[name]: number for name, number in vector.items()}
        constraints.at_least(row | {back[name]: -number for name, number in vector.items()}, ONE)
    found = constraints.solve().point
    return None if found is None else {name: found[ahead[name]] - found[back[name]] for name in names}


class Displaced(Values):
    """Values with the trained leaves moved along a direction."""

    def __init__(self, plan: Plan, bits: int, moved: Mapping[Node, fmpq]) -> None:
        self._moved = moved
        super().__init__(plan, bits)

    def _entries(self, i: int, stated_value: Any) -> Entries:
        entries = super()._entries(i, stated_value)
        if self.plan.rules[i] is not None:
            return entries
        return [self._displaced(known, (i, -1, entry)) for entry, known in enumerate(entries)]

    def _displaced(self, known: Known | None, node: Node) -> Known | None:
        step = self._moved.get(node)
        return known if known is None or step is None else stated(point(known.exact.low + STEP * step))


# --- membership ------------------------------------------------------------------------------------------------------


class Claimed(NamedTuple):
    """One claimed coordinate of a cone."""

    finding: Finding
    entry: int
    place: int
    claimed: Interval
    allowance: fmpq

    @property
    def judgement(self) -> Judgement:
        """The global judgement so far."""
        return self.finding.overall.entries[self.entry]


@dataclass(frozen=True)
class Sets:
    """Gradients of a cone's patterns: all that are not impossible, and those that are certain to occur."""

    outer: Sequence[Sequence[Interval]]
    inner: Sequence[Sequence[Interval]]

    def range(self, place: int) -> Interval:
        """From the least to the greatest that one coordinate can be."""
        low = min(gradient[place].low for gradient in self.outer)
        return Interval(low, max(gradient[place].high for gradient in self.outer))

    def several(self, place: int) -> bool:
        """True if the coordinate certainly has more than one limit."""
        return any(a[place].gap(self.inner[0][place]) > 0 for a in self.inner)


def sets_of(cone: Cone, found: Sequence[Pattern]) -> Sets:
    """The gradients of these patterns, each named once."""
    outer: dict[tuple[Interval, ...], bool] = {}
    for signs, certain in found:
        gradient = tuple(cone.gradient([SHARES[s > 0] for s in signs]))
        outer[gradient] = outer.get(gradient, False) or certain
    return Sets(list(outer), [gradient for gradient, certain in outer.items() if certain])


def conflict(gradients: Sequence[Sequence[Interval]], rows: Sequence[Claimed], *, rounded: bool) -> list[Claimed]:
    """The claims that keep the point out of the hull; `rounded` widens their sets by the allowance. TooLarge if so."""
    if not gradients:
        return list(rows)
    ends = [_ends(row, rounded) for row in rows]
    # What is wrong by itself does not drag down the others.
    alone = [
        row for row, end in zip(rows, ends, strict=True) if _beyond([g[row.place] for g in gradients], end, rounded)
    ]
    if alone:
        return alone
    if any(all(_within(g[row.place], end, rounded) for row, end in zip(rows, ends, strict=True)) for g in gradients):
        return []
    constraints = Constraints()
    weights = [constraints.variable() for _ in gradients]
    constraints.equal(dict.fromkeys(weights, ONE), ONE)
    owner: dict[int, Claimed] = {}
    for row, (least, most) in zip(rows, ends, strict=True):
        column = [gradient[row.place] for gradient in gradients]
        lower = [slope.high if rounded else slope.low for slope in column]
        upper = [slope.low if rounded else slope.high for slope in column]
        owner[constraints.at_least(dict(zip(weights, lower, strict=True)), least)] = row
        owner[constraints.at_most(dict(zip(weights, upper, strict=True)), most)] = row
    found = constraints.solve()
    if found.point is not None:
        return []
    # The row of the weights' sum is always part of the contradiction, and nobody's claim.
    wrong = {owner[row].place for row in found.conflict if row in owner}
    return [row for row in rows if row.place in wrong]


def _beyond(column: Sequence[Interval], ends: tuple[fmpq, fmpq], rounded: bool) -> bool:
    """True if all gradients lie on one side of what a coordinate may be."""
    low, high = ends
    if rounded:
        return all(slope.high < low for slope in column) or all(slope.low > high for slope in column)
    return all(slope.low < low for slope in column) or all(slope.high > high for slope in column)


def _ends(row: Claimed, rounded: bool) -> tuple[fmpq, fmpq]:
    wider = row.claimed.widened(row.allowance) if rounded else row.claimed
    return wider.low, wider.high


def _within(slope: Interval, ends: tuple[fmpq, fmpq], rounded: bool) -> bool:
    low, high = ends
    return slope.high >= low and slope.low <= high if rounded else low <= slope.low and slope.high <= high


# --- judging ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Standing:
    """How one claim stands to the kinks above it: how many guards are open, and the conventions that it follows."""

    in_cone: int = 0
    follows: tuple[str, ...] = CONVENTIONS


@dataclass(slots=True)
class Kinks:
    """What was found out at ties: the open guards of the truth, and each claim that has some above it."""

    guards: Sequence[Guard] = ()
    standings: dict[Key, Standing] = field(default_factory=dict[Key, Standing])


POLICIES = ("any-subgradient", "clarke", "unique-only")


def judge_ties(
    states: States,
    findings: Sequence[Finding],
    *,
    kinks: str = "any-subgradient",
    directions: Sequence[Direction] = (),
) -> Kinks:
    """Judge again, at every tie, what the hulls of branches alone have judged so far; in place.

    `kinks` is the policy: any-subgradient (or clarke), unique-only, convention:NAME; UsageError if it is none of them.
    `directions`: one number an entry of each trained leaf in the order of the nodes.
    """
    convention = _convention(kinks)
    if not states.objective:
        return Kinks()
    stated_ = states.stated(BITS[0]) if states.printed else _sharpest(states.stated, findings, "local")
    choose_jointly(stated_, findings)
    if not states.bound:
        return Kinks()
    truth = _sharpest(states.truth, findings, "overall")
    guards = open_guards(truth.values)
    if not guards:
        return Kinks()
    judge_ = _Judge(states, truth, guards, findings, convention, kinks == "unique-only", directions)
    judge_.run()
    return judge_.found


def _convention(kinks: str) -> str | None:
    name = kinks.removeprefix("convention:")
    if kinks not in POLICIES and (name == kinks or name not in CONVENTIONS):
        known = (*POLICIES, *(f"convention:{each}" for each in CONVENTIONS))
        raise UsageError(f"no policy at kinks is called {kinks!r}; there are {', '.join(known)}")
    return None if kinks in POLICIES else name


def _sharpest(at_bits: Callable[[int], Equations], findings: Sequence[Finding], side: str) -> Equations:
    """Equations at the first precision that leaves no guard open but at 0; claims below others are judged again."""
    equations = at_bits(BITS[0])
    for bits in BITS[1:]:
        if not any(guard.near for guard in open_guards(equations.values)):
            return equations
        doubtful = [f for f in findings if f.claim.field == "local" or equations.gradients.open_above(f.claim)]
        equations = at_bits(bits)
        for finding in doubtful:
            entries = opinion(finding, side).entries
            for entry, judgement in entries.items():
                if judgement.enclosure is not None:
                    entries[entry] = equations.judge(finding.claim, entry) or judgement
    return equations


class _Judge:
    """All claims of one document at its ties."""

    def __init__(
        self,
        states: States,
        truth: Equations,
        guards: Sequence[Guard],
        findings: Sequence[Finding],
        convention: str | None,
        unique: bool,
        directions: Sequence[Direction],
    ) -> None:
        self.states, self.plan, self.gradients = states, states.plan, truth.gradients
        self.guards, self.findings = guards, findings
        self.convention, self.unique, self.directions = convention, unique, directions
        self.found = Kinks(guards)
        self.weights = Weights(truth.gradients)
        self.walked = 0

    def run(self) -> None:
        """Leaves as one point, every other wire and slot for itself, then the slots of each gate together."""
        leaves = [i for i, rule in enumerate(self.plan.rules) if rule is None and self.plan.trained[i]]
        coordinates = [(i, -1, entry) for i in leaves for entry in range(size(self.plan.shapes[i]))]
        steps = [dict(zip(coordinates, direction, strict=True)) for direction in self.directions]
        own = {f.claim.node: f for f in self.findings if f.claim.field == "grad" and f.claim.node in set(leaves)}
        self._judge_point(coordinates, own, steps)
        for finding in self.findings:
            if finding.claim.field in ("grad", "downstream") and finding.claim.node not in own:
                self._judge_alone(finding)
        self._judge_slots()

    def _judge_alone(self, finding: Finding) -> None:
        claim = finding.claim
        gates = self.gradients.open_above(claim)
        if gates:
            self.walked += sum(size(shape) for shape in self.plan.shapes[claim.node :])
        if len(gates) > 1 and self.walked > WALK:
            _leave_undecided(_claims_of(finding))
        elif gates:
            entries = range(len(claim.entries))
            port = -1 if claim.port is None else claim.port
            self._judge_point([(claim.node, port, entry) for entry in entries], {claim.node: finding}, ())

    def _judge_point(
        self, coordinates: Sequence[Node], owners: Mapping[int, Finding], steps: Sequence[Mapping[Node, fmpq]]
    ) -> None:
        if not owners:
            return
        for cone in cones(self.gradients, coordinates, self.guards):
            rows = _claims(cone, owners)
            if rows and cone.known:
                self._judge_cone(cone, rows, steps)
            self._note(cone, rows)

    def _judge_cone(self, cone: Cone, rows: Sequence[Claimed], steps: Sequence[Mapping[Node, fmpq]]) -> None:
        self.walked += len(cone.edges) << len(cone.guards) if len(cone.guards) <= GUARDS else 0
        try:
            if len(cone.guards) > GUARDS or self.walked > WALK:
                raise TooLarge("too many patterns")
            found = sets_of(cone, patterns(cone, steps, self._signature(cone)))
            left = self._refute_outside(cone, found, rows)
            _judge_inside(cone, found, left)
        except TooLarge:
            _leave_undecided(rows)
            return
        if self.unique:
            _only_unique(found, rows)
        if self.convention is not None:
            self._by_convention(cone, rows, self.convention)

    def _signature(self, cone: Cone) -> Signature:
        def signature(direction: Mapping[Node, fmpq]) -> Signs | None:
            values = Displaced(self.plan, BITS[-1], direction)
            signs = [sign(values, guard.gate, guard.entry) for guard in cone.guards]
            return tuple(s for s in signs if s is not None) if all(signs) else None

        return signature

    def _refute_outside(self, cone: Cone, found: Sets, rows: Sequence[Claimed]) -> list[Claimed]:
        """Refute what lies outside the outer set; what is left lies in it together."""
        left = list(rows)
        while left and (wrong := conflict(found.outer, left, rounded=True)):
            reason = self._reason(cone, wrong)
            for row in wrong:
                _tell(row, found, Verdict.REFUTED, reason, relation="disjoint")
                local = row.finding.local.entries.get(row.entry)
                if reason == "not-a-derivative" and local is not None and local.verdict is Verdict.PROVED:
                    row.finding.local.entries[row.entry] = replace(local, verdict=Verdict.CONSISTENT)
            left = [row for row in left if row not in wrong]
        return left

    def _reason(self, cone: Cone, wrong: Sequence[Claimed]) -> str:
        """Admissible gate by gate, all claims of the cone included, and yet no derivative; or not even that."""
        local = [row.finding.local.entries.get(row.entry) for row in wrong]
        if any(judgement is not None and "kink-inadmissible" in judgement.reasons for judgement in local):
            return "kink-inadmissible"
        above = [f for f in self.findings if f.claim.field != "value" and f.claim.node in cone.wires]
        if any(f.local.verdict is Verdict.REFUTED for f in above) or any(
            judgement is not None and judgement.verdict is Verdict.REFUTED for judgement in local
        ):
            return "disagrees"
        return "not-a-derivative" if self._attainable(wrong) else "disagrees"

    def _attainable(self, wrong: Sequence[Claimed]) -> bool:
        """True if some choice at every gate yields these numbers from the inputs."""
        rows: list[Row] = []
        for row in wrong:
            form = self.weights.form(row.finding, row.entry)
            if form is None:
                return False
            rows.append(Row(row.finding, row.entry, form, row.claimed, row.allowance))
        if any(row.claimed.widened(row.allowance).gap(self.weights.range(row.form)) > 0 for row in rows):
            return False
        try:
            return not conflicting(self.weights, [row for row in rows if row.form.weights])
        except TooLarge:
            return True

    def _judge_slots(self) -> None:
        """The weights of one gate are joint over its slots, and over the wires that these come from."""
        for gate in dict.fromkeys(guard.gate for guard in self.guards):
            own = [f for f in self.findings if _at_gate(self.plan, f, gate)]
            for rows in coupled(self.weights, rows_of(self.weights, own, "overall")):
                try:
                    wrong = conflicting(self.weights, rows)
                except TooLarge:
                    continue
                for row in wrong:
                    local = opinion(row.finding, "local").entries.get(row.entry)
                    here = local is not None and local.verdict is Verdict.REFUTED
                    refute(row.finding.overall, row.entry, "kink-inadmissible" if here else "disagrees")

    def _by_convention(self, cone: Cone, rows: Sequence[Claimed], name: str) -> None:
        """The policy that asks for what automatic differentiation yields under one convention."""
        if any(guard.near for guard in cone.guards):
            return
        yielded = cone.gradient(_shares(cone, name))
        agree = {row.place: _agrees(row, yielded) for row in rows}
        refuted = [row for row in rows if row.judgement.reasons == ("not-a-derivative",)]
        for row in rows:
            if row in refuted and all(agree[other.place] for other in refuted):
                _set(row, replace(row.judgement, verdict=Verdict.CONSISTENT, relation="overlap"))
            elif row.judgement.verdict is Verdict.PROVED and not agree[row.place]:
                _set(row, replace(row.judgement, verdict=Verdict.CONSISTENT).because("kink-admissible"))

    def _note(self, cone: Cone, rows: Sequence[Claimed]) -> None:
        """Which conventions each claim follows."""
        near = not cone.known or any(guard.near for guard in cone.guards)
        yielded = {} if near else {name: cone.gradient(_shares(cone, name)) for name in CONVENTIONS}
        for key in dict.fromkeys(row.finding.key for row in rows):
            standing = self.found.standings.setdefault(key, Standing())
            standing.in_cone += len(cone.guards)
            own = [row for row in rows if row.finding.key == key]
            standing.follows = tuple(
                name for name in standing.follows if name in yielded and all(_agrees(row, yielded[name]) for row in own)
            )


def _claims(cone: Cone, owners: Mapping[int, Finding]) -> list[Claimed]:
    """The claimed coordinates of a cone that have a finite truth."""
    rows: list[Claimed] = []
    for place, (wire, _, entry) in enumerate(cone.coordinates):
        finding = owners.get(wire)
        judgement = None if finding is None else finding.overall.entries.get(entry)
        claimed = None if finding is None else finding.claim.set_of(entry)
        if finding is not None and claimed is not None and judgement is not None and judgement.allowance is not None:
            rows.append(Claimed(finding, entry, place, claimed, judgement.allowance))
    return rows


def _claims_of(finding: Finding) -> list[Claimed]:
    entries = finding.overall.entries.items()
    sets = [(entry, finding.claim.set_of(entry), judgement.allowance) for entry, judgement in entries]
    return [Claimed(finding, e, e, claimed, a) for e, claimed, a in sets if claimed is not None and a is not None]


def _shares(cone: Cone, name: str) -> list[fmpq]:
    found: list[fmpq] = []
    for guard in cone.guards:
        shares = rule_of(cone.plan, guard.gate).at_kink
        assert shares is not None
        found.append(fmpq(shares[name].numerator, shares[name].denominator))
    return found


def _agrees(row: Claimed, yielded: Sequence[Interval]) -> bool:
    return row.claimed.widened(row.allowance).gap(yielded[row.place]) == 0


def _at_gate(plan: Plan, finding: Finding, gate: int) -> bool:
    claim = finding.claim
    if claim.field == "grad":
        return claim.node in plan.operands[gate]
    return claim.field in ("local", "downstream") and claim.node == gate


def _judge_inside(cone: Cone, found: Sets, rows: Sequence[Claimed]) -> None:
    """Claims that lie in the outer set together: proved if in the inner set, else open."""
    if not rows:
        return
    near = any(guard.near for guard in cone.guards)
    if near:
        verdict, reasons = _near_verdict(found)
    elif not conflict(found.inner, rows, rounded=False):
        verdict, reasons = Verdict.PROVED, ("kink-admissible",)
    elif not conflict(found.inner, rows, rounded=True):
        verdict, reasons = Verdict.CONSISTENT, ()
    else:
        verdict, reasons = Verdict.UNDECIDED, ("kink-admissible", "budget")
    for row in rows:
        spread = found.range(row.place)
        if all(gradient[row.place].gap(found.outer[0][row.place]) == 0 for gradient in found.outer):
            _set(row, without_choice(row.judgement, row.finding, row.claimed, spread))
        elif row.finding.claim.printed and says_nothing(row.claimed, spread):
            _tell(row, found, Verdict.UNDECIDED, "uninformative")
        elif verdict is Verdict.CONSISTENT and not near:
            rounded = by_rounding(row.judgement, row.finding)
            _tell(row, found, rounded.verdict, *rounded.reasons, relation=rounded.relation)
        else:
            _tell(row, found, verdict, *reasons)


def _near_verdict(found: Sets) -> tuple[Verdict, tuple[str, ...]]:
    """Guards that may be 0: the claim lies in the hull of the branches; of more than two that hull is not sharp."""
    if len(found.outer) <= 2:
        return Verdict.CONSISTENT, ("near-kink",)
    return Verdict.UNDECIDED, ("near-kink", "budget")


def _only_unique(found: Sets, rows: Sequence[Claimed]) -> None:
    """The policy that accepts derivatives only: where there is a choice, nothing is decided."""
    for row in rows:
        if row.judgement.verdict is not Verdict.REFUTED and found.inner and found.several(row.place):
            for side in (row.finding.local, row.finding.overall):
                before = side.entries.get(row.entry)
                if before is not None and before.verdict is not Verdict.REFUTED:
                    side.entries[row.entry] = replace(before, verdict=Verdict.UNDECIDED, reasons=("no-derivative",))


def _leave_undecided(rows: Sequence[Claimed]) -> None:
    """Too many patterns: what the hull of branches refutes stays refuted, of the rest nothing is proved."""
    for row in rows:
        enclosure = row.judgement.enclosure
        sharp = enclosure is not None and enclosure.is_point
        if row.judgement.verdict is not Verdict.REFUTED and not sharp:
            kind = "near-kink" if "near-kink" in row.judgement.reasons else "kink-admissible"
            _set(row, replace(row.judgement, verdict=Verdict.UNDECIDED, relation=None, reasons=(kind, "budget")))


def _tell(row: Claimed, found: Sets, verdict: Verdict, *reasons: str, relation: Any = None) -> None:
    spread = found.range(row.place)
    _set(
        row,
        replace(
            row.judgement,
            verdict=verdict,
            reasons=reasons,
            relation=relation,
            enclosure=spread,
            gap=row.claimed.gap(spread),
        ),
    )


def _set(row: Claimed, judgement: Judgement) -> None:
    row.finding.overall.entries[row.entry] = judgement
