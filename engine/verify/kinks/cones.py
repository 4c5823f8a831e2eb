"""Cones: the tied guards that stand together above some inputs, and every gradient that their branches allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from flint import fmpq

from ...numbers.intervals import Interval, point
from ...numbers.protocol import Outside, Undecided
from ...plan import Plan
from ...shape import size
from ..claims import rational
from ..gradients import SHARES, Gradients
from ..known import Known, at, seed_entries
from ..values import rule_of
from .duals import Dual, Duals
from .guards import Guard, sign
from .normal_forms import Branch, Node, Polynomial, Polynomials
from .weights import NOTHING, ONE

UNIT = point(ONE)

#: Tied guards whose sign patterns are all looked at, and edges that all their gradients may walk together.
GUARDS, WALK = 12, 2**18

#: A sign of every guard, in the order of work.
Signs = tuple[int, ...]


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
                # A clipped gradient is no linear function of what reaches its gate.
                self.known = self.known and ends is not None and rule_of(self.plan, gate).limits is None
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
                slope = rule_of(self.plan, guard.gate).distance(Duals(rational), duals).slope
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
        waiting = [(wire, entry)]
        while waiting:
            key = self._form_key(*waiting[-1], signs)
            missing = (
                []
                if key in self._forms
                else [node for node in self._inside(*waiting[-1]) if self._form_key(*node, signs) not in self._forms]
            )
            if key not in self._forms and not missing:
                self._forms[key] = self._make_normal(*waiting[-1], signs)
            waiting = waiting + missing if missing else waiting[:-1]
        return self._forms[self._form_key(wire, entry, signs)]

    def _form_key(self, wire: int, entry: int, signs: Signs) -> tuple[int, int, Signs]:
        return wire, entry, self._signs_beneath(wire, entry, signs, len(signs))

    def _inside(self, wire: int, entry: int) -> list[tuple[int, int]]:
        """The entries that the form of an entry is made of."""
        if (wire, -1, entry) in self._own or self.plan.rules[wire] is None or not self.active(wire, entry):
            return []
        nodes = [self._node(k, entry) for k in self.plan.operands[wire]]
        return [node for port, node in enumerate(nodes) if (wire, port, node[1]) not in self._slots]

    def _make_normal(self, wire: int, entry: int, signs: Signs) -> Polynomial:
        nothing = Polynomial({}, self._unknowns)
        known = self.gradients.values.of(wire)[entry]
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
            return nothing.unknown((rule, side, *(operand.key for operand in operands)))

    def _applied(self, wire: int, entry: int, operands: Sequence[Polynomial], signs: Signs) -> Polynomial:
        rule = rule_of(self.plan, wire)
        if not rule.has_kink:
            return rule.forward(Polynomials(), *operands)
        side = self._side(wire, entry, signs)
        if side == 0:
            raise Outside("a branch that is not known")
        slopes = rule.local(Branch(side), operands[0].unknown((wire, "out", entry)), operands)
        out, inside = self.gradients.values.of(wire)[entry], self.gradients.values.operands(wire, entry)
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
