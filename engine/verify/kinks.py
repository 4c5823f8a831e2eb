"""Kinks: which guards are 0, and whether one choice a gate explains what is stated.

At a tie every gate may take any mixture of its two branches, and takes one: its weight is joint over its slots and
over everything that was computed from them. So the gradient equations of a document are linear constraints on the
weights of its tied gates (verification.md 8.4). What is proved: no choice of weights yields the claims that are refuted
here. What is assumed: forward and gradient rules, and that each gate's declared guard is 0 exactly where its branches
meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from flint import fmpq

from ..numbers.arrays import Arrays
from ..numbers.intervals import Interval, point
from ..numbers.protocol import Outside, Undecided
from ..plan import Number, Plan
from ..shape import size
from .bounds import INFORMATIVE, REALISATIONS
from .breaks import hangs_on_break
from .equations import Equations
from .findings import Finding, Opinion
from .gradients import SHARES, Gradients
from .known import Known, at, seed_entries
from .simplex import Constraints, TooLarge
from .values import Values, rule_of
from .verdict import Basis, Judgement, Verdict, judge

ONE = fmpq(1)
NOTHING = point(fmpq(0))

# --- guards ----------------------------------------------------------------------------------------------------------


class Guard(NamedTuple):
    """A gate at one entry of its output whose guard is exactly 0, or may be (`near`)."""

    gate: int
    entry: int
    near: bool


def guarded(plan: Plan, *, alone: bool = False) -> list[int]:
    """Gates with a kink, in order; a wire tied with itself is none, and is left out unless `alone`."""
    kinked = [gate for gate in plan.gates if rule_of(plan, gate).has_kink]
    return [gate for gate in kinked if alone or not tied_with_itself(plan, gate)]


def tied_with_itself(plan: Plan, gate: int) -> bool:
    """True if a gate gets one wire twice, toward which a gradient flows: its branches then give the same sum."""
    rule = rule_of(plan, gate)
    wires = [k for port, k in enumerate(plan.operands[gate]) if not rule.is_fixed(port)]
    return len(set(wires)) < len(wires)


def sign(values: Values, gate: int, entry: int) -> int | None:
    """The sign of a guard, 0 only if it is exactly 0; None if the enclosure does not tell, or there is none."""
    found = _enclosed(values, gate, entry)
    if found is None or (found.low <= 0 <= found.high and not found.is_point):
        return None
    return int(found.low > 0) - int(found.high < 0)


def _enclosed(values: Values, gate: int, entry: int) -> Interval | None:
    known = [operand.exact for operand in values.operands(gate, entry) if operand is not None]
    if len(known) < len(values.plan.operands[gate]):
        return None
    try:
        return rule_of(values.plan, gate).distance(values.system, known)
    except (Outside, Undecided, ZeroDivisionError):
        return None


def open_guards(values: Values, *, alone: bool = False) -> list[Guard]:
    """The guards that are 0 or may be 0, in the order of work; with `alone`, of wires tied with themselves too."""
    found: list[Guard] = []
    for gate in guarded(values.plan, alone=alone):
        for entry in range(len(values.of(gate))):
            enclosed = _enclosed(values, gate, entry)
            if enclosed is not None and enclosed.low <= 0 <= enclosed.high:
                found.append(Guard(gate, entry, near=not enclosed.is_point))
    return found


def below_guards(plan: Plan, guards: Iterable[Guard]) -> set[int]:
    """The wires that some of these guards depend on."""
    found = {guard.gate for guard in guards}
    for gate in reversed(plan.gates):
        if gate in found:
            found.update(plan.operands[gate])
    return found


def signature(values: Values) -> dict[int, tuple[int | None, ...]]:
    """The branch signature: the sign of every guard, by gate; None where it is not certain."""
    return {
        gate: tuple(sign(values, gate, entry) for entry in range(len(values.of(gate)))) for gate in guarded(values.plan)
    }


def executed_signature(plan: Plan, values: Sequence[Number]) -> dict[int, tuple[int | None, ...]]:
    """The same as float arithmetic sees it, at the values that a pass of ours gave; None at a NaN."""
    return {gate: tuple(map(_float_sign, executed_guard(plan, values, gate))) for gate in guarded(plan)}


def executed_guard(plan: Plan, values: Sequence[Number], gate: int) -> list[float]:
    """The guard of a gate at every entry, in float arithmetic."""
    with np.errstate(all="ignore"):
        found = rule_of(plan, gate).distance(Arrays(), [np.asarray(values[k]) for k in plan.operands[gate]])
    return np.ravel(np.broadcast_to(found, plan.shapes[gate])).tolist()


def _float_sign(guard: float) -> int | None:
    return None if guard != guard else int(guard > 0) - int(guard < 0)


# --- weights ---------------------------------------------------------------------------------------------------------


class Form(NamedTuple):
    """constant + sum of coefficient * weight: a gradient in terms of the weights of tied gates."""

    constant: Interval
    weights: Mapping[int, fmpq]


class Weight(NamedTuple):
    """An unknown: the share of a gate's upper branch, or, where `upstream` is no number, share times upstream."""

    guard: Guard
    bounds: Interval
    upstream: Form | None


class Weights:
    """Every gradient of a state of knowledge as a form in the weights of its open gates."""

    def __init__(self, gradients: Gradients) -> None:
        self.gradients, self.plan = gradients, gradients.plan
        self.unknown: list[Weight] = []
        self._guards = {(g.gate, g.entry): g for g in open_guards(gradients.values, alone=True)}
        self._shares: dict[tuple[int, int], int] = {}
        self._sent: dict[tuple[int, int], Form] = {}
        self._wires: dict[tuple[int, int], Form | None] = {}
        self._seeds = {position: seed_entries(self.plan, k) for k, position in enumerate(self.plan.outputs)}
        for j in range(len(self.plan.ids) - 1, -1, -1):
            for entry in range(size(self.plan.shapes[j])):
                self._wires[j, entry] = self._wire(j, entry)

    def form(self, finding: Finding, entry: int) -> Form | None:
        """The right-hand side of a claim's equation; None if it is no finite number."""
        claim = finding.claim
        if claim.field == "grad":
            return self._image(claim.node, entry)
        port = claim.port or 0
        if claim.field == "downstream":
            return self._slot(claim.node, port, entry, claimed=True)
        return self._local(claim.node, port, entry)

    def range(self, form: Form) -> Interval:
        """All numbers that a form can be, each weight taken alone."""
        total = form.constant
        for index, coefficient in form.weights.items():
            total = total + point(coefficient) * self.unknown[index].bounds
        return total

    def _wire(self, j: int, entry: int) -> Form | None:
        stated = self.gradients.stated_grad(j)
        own = stated[entry] if stated is not None else None
        if own is None and self.gradients.open_gates[j]:
            return self._image(j, entry)
        known = own or self.gradients.of(j)[entry]
        return None if known is None else Form(known.exact, {})

    def _image(self, j: int, entry: int) -> Form | None:
        seed = at(self._seeds[j], entry) if j in self._seeds else Known(NOTHING, NOTHING)
        total = None if seed is None else Form(seed.exact, {})
        for gate, ports in self.gradients.consumers[j]:
            if self.plan.reaching[gate]:
                for port in ports:
                    total = _plus(total, self._slot(gate, port, entry))
        return total

    def _slot(self, gate: int, port: int, entry: int, *, claimed: bool = False) -> Form | None:
        """What a gate sends through one port to an entry of its operand."""
        if not self.plan.reaching[gate]:
            return Form(NOTHING, {})
        stated = None if claimed else self.gradients.stated_downstream(gate, port)
        number = at(stated, entry) if stated is not None else None
        if number is not None:
            return Form(number.exact, {})
        if rule_of(self.plan, gate).limits is not None:
            sent = self.gradients.slot(gate, port, entry)
            return None if sent is None else Form(sent.known.exact, {})
        summed = self.plan.shapes[self.plan.operands[gate][port]] != self.plan.shapes[gate]
        total: Form | None = Form(NOTHING, {})
        for own in range(size(self.plan.shapes[gate])) if summed else (entry,):
            total = _plus(total, self._product(gate, port, own))
        return total

    def _product(self, gate: int, port: int, entry: int) -> Form | None:
        upstream, stated = self._wires[gate, entry], self.gradients.stated_local(gate, port)
        number = stated[entry] if stated is not None else None
        if upstream is None:
            return None
        try:
            local = number or self.gradients.local(gate, port, entry)
        except Undecided:
            return self._mixed(gate, port, entry, upstream)
        return None if local is None else self._scaled(upstream, local.exact)

    def _mixed(self, gate: int, port: int, entry: int, upstream: Form) -> Form | None:
        ends = self._ends(gate, port, entry)
        if ends is None:
            return None
        below, above = ends
        return _plus(self._scaled(upstream, below), self._scaled(self._shared(gate, entry, upstream), above - below))

    def _local(self, gate: int, port: int, entry: int) -> Form | None:
        try:
            local = self.gradients.local(gate, port, entry)
            return None if local is None else Form(local.exact, {})
        except Undecided:
            ends = self._ends(gate, port, entry)
        if ends is None:
            return None
        return _plus(Form(ends[0], {}), self._scaled(Form(NOTHING, {self._share(gate, entry): ONE}), ends[1] - ends[0]))

    def _ends(self, gate: int, port: int, entry: int) -> tuple[Interval, Interval] | None:
        below, above = (self.gradients.local(gate, port, entry, share) for share in SHARES)
        return None if below is None or above is None else (below.exact, above.exact)

    def _share(self, gate: int, entry: int) -> int:
        """The share of a gate's upper branch as an unknown."""
        if (gate, entry) not in self._shares:
            self._shares[gate, entry] = self._new(Weight(self._guards[gate, entry], Interval(*SHARES), None))
        return self._shares[gate, entry]

    def _shared(self, gate: int, entry: int, upstream: Form) -> Form:
        """Share times upstream gradient: linear in the share where the latter is known, else an unknown of its own."""
        if not upstream.weights:
            return self._scaled(Form(NOTHING, {self._share(gate, entry): ONE}), upstream.constant)
        if (gate, entry) not in self._sent:
            sent = Weight(self._guards[gate, entry], self.range(upstream).hull(NOTHING), upstream)
            self._sent[gate, entry] = Form(NOTHING, {self._new(sent): ONE})
        return self._sent[gate, entry]

    def _new(self, weight: Weight) -> int:
        self.unknown.append(weight)
        return len(self.unknown) - 1

    def _scaled(self, form: Form, factor: Interval) -> Form:
        """The form times a number; what the number's enclosure leaves open goes into the constant."""
        middle, radius = (factor.low + factor.high) / 2, (factor.high - factor.low) / 2
        largest = sum((abs(c) * self.unknown[k].bounds.size for k, c in form.weights.items()), fmpq(0))
        weights = {k: c * middle for k, c in form.weights.items() if middle != 0}
        return Form((form.constant * factor).widened(radius * largest), weights)


def _plus(a: Form | None, b: Form | None) -> Form | None:
    if a is None or b is None:
        return None
    weights = dict(a.weights)
    for index, coefficient in b.weights.items():
        weights[index] = weights.get(index, fmpq(0)) + coefficient
    return Form(a.constant + b.constant, {index: c for index, c in weights.items() if c != 0})


# --- local membership ------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One claimed entry as a constraint: its form lies in the claimed set, `allowance` aside."""

    finding: Finding
    entry: int
    form: Form
    claimed: Interval
    allowance: fmpq


def rows_of(weights: Weights, findings: Iterable[Finding], side: str) -> list[Row]:
    """The constraints that claims put on the weights; refuted entries, and those that no weight touches, put none."""
    rows: list[Row] = []
    for finding in findings:
        if finding.claim.field != "value":
            for entry, judgement in opinion(finding, side).entries.items():
                claimed = finding.claim.set_of(entry)
                allowance = judgement.allowance
                open_ = judgement.verdict is not Verdict.REFUTED and not hangs_on_break(judgement)
                if claimed is not None and allowance is not None and open_:
                    form = weights.form(finding, entry)
                    if form is not None and form.weights:
                        rows.append(Row(finding, entry, form, claimed, allowance))
    return rows


def opinion(finding: Finding, side: str) -> Opinion:
    """The local or the overall side of a finding."""
    return finding.local if side == "local" else finding.overall


def choose_jointly(equations: Equations, findings: Sequence[Finding], side: str = "local") -> list[Row]:
    """Hold all claims against one choice of weights: refute those that no choice yields, and give them back.

    What a choice yields is proved, what only rounding reconciles is consistent; what is too large to solve, undecided.
    """
    if not open_guards(equations.values, alone=True):
        return []
    first = Weights(equations.gradients)
    _without_weights(first, findings, side)
    refuted: list[Row] = []
    for rows in coupled(first, rows_of(first, findings, side)):
        try:
            wrong = conflicting(first, rows)
            if wrong and equations.also is not None:
                wrong = _in_both_forms(equations.also, rows, wrong)
            refuted += wrong
            _settle(first, [row for row in rows if row not in wrong], side)
        except TooLarge:
            _leave_open(rows, side)
    for row in refuted:
        refute(opinion(row.finding, side), row.entry, "kink-inadmissible")
    return refuted


def _without_weights(weights: Weights, findings: Iterable[Finding], side: str) -> None:
    """Judge again what hulls of branches judged and no weight touches; name what no weight explains."""
    for finding in findings:
        entries = opinion(finding, side).entries if finding.claim.field != "value" and weights.unknown else {}
        for entry, judgement in entries.items():
            form, claimed = weights.form(finding, entry), finding.claim.set_of(entry)
            if form is None or claimed is None or judgement.enclosure is None or hangs_on_break(judgement):
                continue
            if form.weights and judgement.reasons == ("disagrees",):
                entries[entry] = replace(judgement, reasons=("kink-inadmissible",))
            elif not form.weights and _wider(judgement.enclosure, form.constant):
                entries[entry] = without_choice(judgement, finding, claimed, form.constant)


def _wider(hull: Interval, constant: Interval) -> bool:
    return hull.holds(constant) and hull.high - hull.low > 2 * (constant.high - constant.low)


def without_choice(before: Judgement, finding: Finding, claimed: Interval, spread: Interval) -> Judgement:
    """The judgement on a number that all branches agree on: as on any other."""
    allowance, scale = before.allowance or fmpq(0), before.scale or spread.size
    one_step = before.resolution is not None and before.resolution * scale == allowance
    known = Known(
        spread, spread.widened(allowance / (1 if one_step else REALISATIONS)), allowance if one_step else fmpq(0)
    )
    found = judge(claimed, Basis(known, scale, finding.claim.dtype, finding.claim.printed))
    return replace(found, as_printed=before.as_printed)


def coupled(weights: Weights, rows: Sequence[Row]) -> list[list[Row]]:
    """The rows in groups that share weights."""
    groups: dict[int, int] = {}

    def root(index: int) -> int:
        while groups.setdefault(index, index) != index:
            index = groups[index]
        return index

    for row in rows:
        ends = {root(index) for index in reached(weights, row.form)}
        for end in ends:
            groups[end] = min(ends)
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[root(next(iter(row.form.weights)))].append(row)
    return list(found.values())


def reached(weights: Weights, form: Form) -> set[int]:
    """The weights of a form, and those that bound them."""
    found: set[int] = set()
    waiting = list(form.weights)
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            upstream = weights.unknown[index].upstream
            waiting += upstream.weights if upstream is not None else ()
    return found


def conflicting(weights: Weights, rows: Sequence[Row], *, rounded: bool = True) -> list[Row]:
    """The rows that no choice of weights obeys, the others kept; `rounded` widens each set by its allowance."""
    kept, wrong = list(rows), list[Row]()
    while kept:
        found = _conflict(weights, kept, rounded)
        if not found:
            break
        # What is wrong by itself does not drag down the others.
        found = [row for row in found if _conflict(weights, [row], rounded)] or found
        wrong += found
        kept = [row for row in kept if row not in found]
    return wrong


def _in_both_forms(also: Gradients, rows: Sequence[Row], wrong: Sequence[Row]) -> list[Row]:
    """Of the wrong rows those that are wrong too with local gradients taken from the operands."""
    second = Weights(also)
    turned = {(row.finding.key, row.entry): second.form(row.finding, row.entry) for row in rows}
    known = [row._replace(form=form) for row in rows if (form := turned[row.finding.key, row.entry]) is not None]
    still = {(row.finding.key, row.entry) for row in conflicting(second, known)}
    return [row for row in wrong if (row.finding.key, row.entry) in still]


def _settle(weights: Weights, rows: Sequence[Row], side: str) -> None:
    """Verdicts on claims that one choice of weights yields: exactly, or as far as rounding and printed digits tell."""
    inexact = conflicting(weights, rows, rounded=False)
    for row in rows:
        entries = opinion(row.finding, side).entries
        before = entries[row.entry]
        near = any(weights.unknown[index].guard.near for index in reached(weights, row.form))
        if row.finding.claim.printed and says_nothing(row.claimed, weights.range(row.form)):
            after = replace(before, verdict=Verdict.UNDECIDED, reasons=("uninformative",))
        elif near:
            after = replace(before, verdict=Verdict.CONSISTENT, reasons=("near-kink",))
        elif row not in inexact:
            after = replace(before, verdict=Verdict.PROVED, relation=None, reasons=("kink-admissible",))
        elif row.finding.claim.printed or not row.form.constant.is_point:
            after = replace(before, verdict=Verdict.CONSISTENT, relation="overlap", reasons=("kink-admissible",))
        else:
            after = by_rounding(before, row.finding)
        entries[row.entry] = after


def by_rounding(before: Judgement, finding: Finding) -> Judgement:
    """An element of the set but for rounding; undecided where rounding says too little."""
    if before.resolution is not None and before.resolution >= INFORMATIVE[finding.claim.dtype]:
        return replace(before, verdict=Verdict.UNDECIDED, relation=None, reasons=("below-resolution",))
    reasons = ("rounding-explains", "kink-admissible")
    return replace(before, verdict=Verdict.CONSISTENT, relation="overlap", reasons=reasons)


def says_nothing(claimed: Interval, spread: Interval) -> bool:
    """A printed 0 where no element of the set is 0."""
    return claimed.low <= 0 <= claimed.high and not spread.low <= 0 <= spread.high


def _leave_open(rows: Sequence[Row], side: str) -> None:
    for row in rows:
        entries = opinion(row.finding, side).entries
        if entries[row.entry].verdict is Verdict.PROVED:
            entries[row.entry] = replace(entries[row.entry], verdict=Verdict.UNDECIDED).because("budget")


def refute(side: Opinion, entry: int, reason: str) -> None:
    """Refute one entry for one reason."""
    side.entries[entry] = replace(side.entries[entry], verdict=Verdict.REFUTED, relation="disjoint", reasons=(reason,))


def _conflict(weights: Weights, rows: Sequence[Row], rounded: bool) -> list[Row]:
    indices = set[int]().union(*(reached(weights, row.form) for row in rows))
    if len(indices) == 1 and weights.unknown[min(indices)].upstream is None:
        return _closed_form(weights, rows, min(indices), rounded)
    return _by_simplex(weights, rows, sorted(indices), rounded)


def _bounds(row: Row, rounded: bool) -> tuple[fmpq, fmpq]:
    """What the weighted part of a row's form may be, at least and at most."""
    constant, claimed = row.form.constant, row.claimed
    if rounded:
        return claimed.low - row.allowance - constant.high, claimed.high + row.allowance - constant.low
    return claimed.low - constant.low, claimed.high - constant.high


def _closed_form(weights: Weights, rows: Sequence[Row], index: int, rounded: bool) -> list[Row]:
    """One weight: every row leaves it an interval, and they must meet."""
    lows: list[tuple[fmpq, int]] = [(weights.unknown[index].bounds.low, -1)]
    highs: list[tuple[fmpq, int]] = [(weights.unknown[index].bounds.high, -1)]
    for place, row in enumerate(rows):
        coefficient = row.form.weights[index]
        least, most = _bounds(row, rounded)[:: 1 if coefficient > 0 else -1]
        lows.append((least / coefficient, place))
        highs.append((most / coefficient, place))
    low, high = max(lows), min(highs)
    if low[0] <= high[0]:
        return []
    return [rows[place] for place in sorted({low[1], high[1]} - {-1})]


def _by_simplex(weights: Weights, rows: Sequence[Row], indices: Sequence[int], rounded: bool) -> list[Row]:
    """Several weights: a linear system; the rows that have a part in its contradiction."""
    system = _System(weights, indices)
    owner: dict[int, int] = {}
    for place, row in enumerate(rows):
        expression, offset = system.linear(row.form)
        least, most = _bounds(row, rounded)
        owner[system.constraints.at_least(expression, least - offset)] = place
        owner[system.constraints.at_most(expression, most - offset)] = place
    conflict = system.constraints.solve().conflict
    return [rows[place] for place in sorted({owner[row] for row in conflict if row in owner})]


class _System:
    """Weights as variables of a linear system, each its bound.low and something that is at least 0.

    Share times upstream gradient lies between 0 and the latter. Where its sign is not known that set is not convex, and
    stands for its convex hull, for mixtures of admissible gradients are admissible.
    """

    def __init__(self, weights: Weights, indices: Sequence[int]) -> None:
        self.weights, self.constraints = weights, Constraints()
        self._variables = {index: self.constraints.variable() for index in indices}
        for index in indices:
            self._bound(index)

    def linear(self, form: Form) -> tuple[dict[int, fmpq], fmpq]:
        """The weighted part of a form: coefficients of the variables, and a number."""
        offset = sum((c * self.weights.unknown[index].bounds.low for index, c in form.weights.items()), fmpq(0))
        return {self._variables[index]: c for index, c in form.weights.items()}, offset

    def _bound(self, index: int) -> None:
        _, (low, high), upstream = self.weights.unknown[index]
        variable = self._variables[index]
        if upstream is None or low == high:
            self.constraints.at_most({variable: ONE}, high - low)
            return
        linear, offset = self.linear(upstream)
        corner = low * high / (high - low)
        # The edges of that hull: from (low, low) to (high, 0), and from (low, 0) to (high, high).
        for direction, factor, end in ((1, high, upstream.constant.high), (-1, -low, upstream.constant.low)):
            factor = factor / (high - low)
            row = {other: -direction * factor * coefficient for other, coefficient in linear.items()}
            self.constraints.at_most(
                row | {variable: fmpq(direction)}, direction * (factor * (end + offset) - low) - corner
            )
