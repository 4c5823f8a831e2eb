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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from flint import fmpq

from ...backward import CONVENTIONS
from ...numbers.intervals import Interval, point
from ...plan import Plan
from ...shape import size
from ..equations import Equations
from ..findings import Finding, Key
from ..states import BITS, States
from ..values import rule_of
from ..verdict import Judgement, Verdict
from .breaks import hangs_on_break
from .cones import GUARDS, WALK, Cone, Signs, cones
from .guards import Guard, below_guards, open_guards, sign
from .hulls import Claimed, Sets, conflict, sets_of
from .joint import (
    Row,
    by_rounding,
    choose_jointly,
    conflicting,
    coupled,
    opinion,
    refute,
    rows_of,
    says_nothing,
    without_choice,
)
from .normal_forms import Node
from .patterns import Displaced, Signature, patterns
from .simplex import TooLarge
from .weights import Form, Weights

#: Inputs move along a direction: one number an entry of each trained leaf, in the order of the nodes.
Direction = Sequence[fmpq]


@dataclass(slots=True)
class Standing:
    """How one claim stands to the kinks above it: how many guards are open, and the conventions that it follows."""

    in_cone: int = 0
    #: Gates of these guards.
    gates: tuple[int, ...] = ()
    follows: tuple[str, ...] = CONVENTIONS

    def meet(self, guards: Sequence[Guard]) -> None:
        """Count further guards."""
        self.in_cone += len(guards)
        self.gates = tuple(dict.fromkeys((*self.gates, *(guard.gate for guard in guards))))


@dataclass(slots=True)
class Kinks:
    """What was found out at ties: the open guards of the truth, and each claim that has some above it."""

    guards: Sequence[Guard] = ()
    standings: dict[Key, Standing] = field(default_factory=dict[Key, Standing])


def judge_ties(
    states: States,
    findings: Sequence[Finding],
    *,
    kinks: str = "any-subgradient",
    directions: Sequence[Direction] = (),
) -> Kinks:
    """Judge again, at every tie, what the hulls of branches alone have judged so far; in place.

    `kinks` is the policy: any-subgradient (or clarke), unique-only, convention:NAME.
    `directions`: one number an entry of each trained leaf in the order of the nodes.
    """
    convention = _convention(kinks)
    if not states.objective:
        return Kinks()
    stated_ = states.stated(BITS[0]) if states.printed else _sharpest(states.stated, findings, "local")
    choose_jointly(stated_, findings)
    if not states.bound:
        return Kinks()
    truth = _sharpest(states.truth.at, findings, "overall")
    guards = open_guards(truth.values)
    if not guards:
        return Kinks()
    judge_ = _Judge(states, truth, guards, findings, convention, kinks == "unique-only", directions)
    judge_.run()
    return judge_.found


def _convention(kinks: str) -> str | None:
    """The name of the convention that a policy asks for; None for the other policies."""
    return kinks.removeprefix("convention:") if kinks.startswith("convention:") else None


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
        self.walked = 0

    @cached_property
    def weights(self) -> Weights:
        """Every gradient of the truth as a form in the weights of its open gates."""
        return Weights(self.gradients)

    def run(self) -> None:
        """Leaves as one point, every other wire and slot for itself, then the slots of each gate together."""
        leaves = [i for i, rule in enumerate(self.plan.rules) if rule is None and self.plan.trained[i]]
        every = [(i, -1, entry) for i in leaves for entry in range(size(self.plan.shapes[i]))]
        steps = [dict(zip(every, direction, strict=True)) for direction in self.directions]
        below = below_guards(self.plan, self.guards)
        coordinates = [node for node in every if node[0] in below]
        own = {f.claim.node: f for f in self.findings if f.claim.field == "grad" and f.claim.node in set(leaves)}
        self._judge_point(coordinates, own, steps)
        for finding in self.findings:
            if finding.claim.field == "local":
                self._note_local(finding)
        for tensor in self._tensors(own):
            self._judge_alone(tensor)
        self._judge_slots()

    def _tensors(self, own: Mapping[int, Finding]) -> list[list[Finding]]:
        """The findings on gradients of other wires and slots; those on the entries of one tensor stand together."""
        found: dict[Any, list[Finding]] = {}
        for finding in self.findings:
            if finding.claim.field in ("grad", "downstream") and finding.claim.node not in own:
                found.setdefault(self.plan.wholes.get(finding.key, finding.key), []).append(finding)
        return list(found.values())

    def _judge_alone(self, tensor: Sequence[Finding]) -> None:
        above = {finding.claim.node: self.gradients.open_above(finding.claim) for finding in tensor}
        if not any(above.values()):
            return
        self.walked += sum(size(shape) for shape in self.plan.shapes[min(above) :])
        if self.walked > WALK:
            for finding in tensor:
                if gates := above[finding.claim.node]:
                    self._judge_far(finding, [guard for guard in self.guards if guard.gate in gates])
            return
        coordinates = [
            (f.claim.node, -1 if f.claim.port is None else f.claim.port, entry)
            for f in tensor
            for entry in range(len(f.claim.entries))
        ]
        self._judge_point(coordinates, {finding.claim.node: finding for finding in tensor}, ())

    def _judge_far(self, finding: Finding, guards: Sequence[Guard]) -> None:
        """A claim beyond the walk: below one guard the hull of both branches is the Clarke set, else all is open."""
        rows = _claims_of(finding)
        if len(guards) != 1:
            _leave_undecided(rows)
            return
        [guard] = guards
        forms = [self.weights.form(finding, row.entry) for row in rows]
        shares = {} if guard.near else {name: share_of(self.plan, guard.gate, name) for name in CONVENTIONS}
        met = {
            name: [_met(row, form, share) for row, form in zip(rows, forms, strict=True)]
            for name, share in shares.items()
        }
        self.found.standings[finding.key] = Standing(1, (guard.gate,), tuple(name for name in met if all(met[name])))
        if self.unique:
            _withhold(row for row, form in zip(rows, forms, strict=True) if form is None or form.weights)
        elif self.convention in met:
            _apart([row for row, agrees in zip(rows, met[self.convention], strict=True) if not agrees])

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
            elif not agree[row.place]:
                _apart([row])

    def _note_local(self, finding: Finding) -> None:
        """Which conventions a local gradient at its own gate's kink follows."""
        gate, port = finding.claim.node, finding.claim.port or 0
        for guard in self.guards:
            claimed = finding.claim.set_of(guard.entry) if guard.gate == gate else None
            if claimed is None:
                continue
            standing = self.found.standings.setdefault(finding.key, Standing())
            standing.meet([guard])
            yielded = {
                n: self.gradients.local(gate, port, guard.entry, share_of(self.plan, gate, n)) for n in CONVENTIONS
            }
            standing.follows = tuple(
                name
                for name in standing.follows
                if not guard.near and (known := yielded[name]) is not None and claimed.gap(known.exact) == 0
            )

    def _note(self, cone: Cone, rows: Sequence[Claimed]) -> None:
        """Which conventions each claim follows."""
        near = not cone.known or any(guard.near for guard in cone.guards)
        yielded = {} if near else {name: cone.gradient(_shares(cone, name)) for name in CONVENTIONS}
        for key in dict.fromkeys(row.finding.key for row in rows):
            standing = self.found.standings.setdefault(key, Standing())
            standing.meet(cone.guards)
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
        if finding is None or claimed is None or judgement is None or hangs_on_break(judgement):
            continue
        if judgement.allowance is not None:
            rows.append(Claimed(finding, entry, place, claimed, judgement.allowance))
    return rows


def _claims_of(finding: Finding) -> list[Claimed]:
    entries = finding.overall.entries.items()
    sets = [(e, finding.claim.set_of(e), found.allowance) for e, found in entries if not hangs_on_break(found)]
    return [Claimed(finding, e, e, claimed, a) for e, claimed, a in sets if claimed is not None and a is not None]


def _met(row: Claimed, form: Form | None, share: fmpq) -> bool:
    """True if a claim is what its form gives with this share of every weight."""
    if form is None:
        return False
    weighted = sum(form.weights.values(), fmpq(0)) * share
    return row.claimed.widened(row.allowance).gap(form.constant + point(weighted)) == 0


def _shares(cone: Cone, name: str) -> list[fmpq]:
    return [share_of(cone.plan, guard.gate, name) for guard in cone.guards]


def share_of(plan: Plan, gate: int, name: str) -> fmpq:
    """The share of a gate's upper branch under a named convention."""
    shares = rule_of(plan, gate).at_kink
    assert shares is not None
    return fmpq(shares[name].numerator, shares[name].denominator)


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
    _withhold(row for row in rows if found.inner and found.several(row.place))


def _withhold(rows: Iterable[Claimed]) -> None:
    for row in rows:
        for side in (row.finding.local, row.finding.overall) if row.judgement.verdict is not Verdict.REFUTED else ():
            before = side.entries.get(row.entry)
            if before is not None and before.verdict is not Verdict.REFUTED:
                side.entries[row.entry] = replace(before, verdict=Verdict.UNDECIDED, reasons=("no-derivative",))


def _apart(rows: Iterable[Claimed]) -> None:
    """Elements of the set that the convention asked for does not take."""
    for row in rows:
        if row.judgement.verdict is Verdict.PROVED:
            _set(row, replace(row.judgement, verdict=Verdict.CONSISTENT).because("kink-admissible"))


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
            row.judgement.around(spread, row.claimed.gap(spread)), verdict=verdict, reasons=reasons, relation=relation
        ),
    )


def _set(row: Claimed, judgement: Judgement) -> None:
    row.finding.overall.entries[row.entry] = judgement
