"""Ties in documents that are too large for the referee: what hangs on them is judged on the part above it.

Float arithmetic finds the guards that may be 0. A claim below one of them that is the very number that our passes gave
took one of the branches there, and is admissible. Every other claim below a tie, and every claim beside one, is shown
to the referee on the part of the graph between it and the outputs, up to so many operations, and undecided beyond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from flint import fmpq

from ...plan import Plan
from ..claims import claims_of
from ..findings import Finding, Key, Opinion
from ..ledger import Ledger
from ..referee import Referee
from ..states import States
from ..verdict import Judgement, Verdict
from .clarke import Kinks, Standing, judge_ties
from .conventional import OPEN
from .near_guards import Hanging
from .one_sided import OneSided
from .part import Part, part_of

#: Scalar operations of a part that the referee is shown, in those that it is shown whole: 10^5 where these are 4,096.
PARTS = 25

#: Gives directions over the trained leaves of a plan, from which limits are sampled.
Directions = Callable[[Plan], Sequence[Sequence[fmpq]]]


class Asked(NamedTuple):
    """What a policy asks: how claims at kinks are judged, how many operations a part may have, what is drawn."""

    kinks: str
    most: int
    directions: Directions


def judge_large_ties(states: States, ledger: Ledger, asked: Asked) -> Kinks:
    """Judge again, in place, all claims that hang on a guard that is or may be 0."""
    hanging = states.truth.hanging
    return _Large(states, ledger, asked, hanging).run() if hanging.guards else Kinks()


@dataclass
class _Large:
    """The claims of a large document below its ties."""

    states: States
    ledger: Ledger
    asked: Asked
    hanging: Hanging
    found: Kinks = field(default_factory=Kinks)

    def run(self) -> Kinks:
        self.found.guards = self.hanging.guards
        near = list(self._near())
        doubtful = [finding for finding in near if not self._took_a_branch(finding)]
        below = [finding for finding in near if self._is_leaf(finding) and self.hanging.above(finding.claim)]
        if any(map(self._is_leaf, doubtful)) and self._took_branches_together(below):
            doubtful = [finding for finding in doubtful if not self._is_leaf(finding)]
        if doubtful:
            self._judge({finding.key: finding for finding in self._with_company(doubtful, near, below)})
        for finding in near:
            hangs = self.hanging.beside(finding.claim) and self.hanging.above(finding.claim)
            if hangs and finding.key not in self.found.standings:
                self._admit(finding)
        return self.found

    def _with_company(
        self, doubtful: Sequence[Finding], near: Sequence[Finding], below: Sequence[Finding]
    ) -> list[Finding]:
        """The claims in doubt with those that are judged together with them: of one gate, and leaves as one point."""
        gates = frozenset[int]().union(*(self.hanging.beside(finding.claim) for finding in doubtful))
        beside = [finding for finding in near if self.hanging.beside(finding.claim) & gates]
        return [*doubtful, *beside, *(below if any(map(self._is_leaf, doubtful)) else [])]

    def _is_leaf(self, finding: Finding) -> bool:
        return self.plan.rules[finding.claim.node] is None

    def _near(self) -> Iterator[Finding]:
        """What stands on every claim that hangs on a tie, or beside one."""
        for node in self.hanging.nodes:
            slots = [(name, port) for name in ("local", "downstream") for port in range(len(self.plan.operands[node]))]
            for name, port in [("grad", None), *slots]:
                k = self.ledger.find((node, name, port))
                if k is not None:
                    finding = self.ledger[k]
                    if self.hanging.above(finding.claim) or self.hanging.beside(finding.claim):
                        yield finding

    @cached_property
    def one_sided(self) -> OneSided:
        """The branches that the pass of our execution took."""
        values = self.states.truth.execution.values
        return OneSided(self.plan, values, self.hanging.guards, self.plan.graph.kinks or "zero")

    @property
    def plan(self) -> Plan:
        return self.states.plan

    def _own(self, finding: Finding) -> Finding:
        """The finding as the ledger keeps it."""
        return self.ledger.reopen(self.ledger.place(finding.key))

    def _took_a_branch(self, finding: Finding) -> bool:
        """True if a claim is what our passes gave, by branches of the guards above it that go together.

        Of one guard any branch does; several go together if one side of a wire takes them all. Leaves can be moved
        together, and what goes together for each of them need not for all.
        """
        above = self.hanging.above(finding.claim)
        if not _agrees(finding):
            return False
        if not above:
            return True
        if not self._takes_any_branch:
            return False
        if len(above) == 1:
            [(gate, _)] = above
            return gate in self.hanging.kinked
        return not self._is_leaf(finding) and self.one_sided.takes(finding.claim)

    def _took_branches_together(self, leaves: Sequence[Finding]) -> bool:
        """True if every one of these leaves has what our passes gave, by branches that one direction takes."""
        agree = self._takes_any_branch and all(map(_agrees, leaves))
        return agree and self.one_sided.takes_together([finding.claim.node for finding in leaves])

    @property
    def _takes_any_branch(self) -> bool:
        return self.asked.kinks in ("any-subgradient", "clarke")

    def _admit(self, finding: Finding) -> None:
        own, above = self._own(finding), sorted(self.hanging.above(finding.claim))
        for side in (own.local, own.overall):
            if side.bulk == 1 and not side.entries:
                side.entries[0], side.bulk = BRANCH, 0
        gates = tuple(gate for gate, _ in above)
        self.found.standings[own.key] = Standing(len(above), gates, (self.one_sided.kinks,))

    def _judge(self, doubtful: Mapping[Key, Finding]) -> None:
        part, judged = self._largest_part(list(doubtful.values()))
        for finding in doubtful.values():
            if part is None or finding.key not in judged:
                _leave(self._own(finding))
                above = sorted(self.hanging.above(finding.claim))
                self.found.standings[finding.key] = Standing(len(above), tuple(gate for gate, _ in above), ())
        if part is not None:
            self._judge_in(part, {key: self._own(doubtful[key]) for key in judged})

    def _largest_part(self, doubtful: Sequence[Finding]) -> tuple[Part | None, set[Key]]:
        """As many of the claims as fit into one part, those nearest to the outputs first."""
        ordered = sorted(doubtful, key=_place, reverse=True)
        part, least, most = None, 0, len(ordered)
        while least < most:
            middle = most if part is None and least == 0 else (least + most + 1) // 2
            tried = part_of(self.plan, {finding.claim.node for finding in ordered[:middle]}, self.asked.most)
            part, least, most = (part, least, middle - 1) if tried is None else (tried, middle, most)
        return part, {finding.key for finding in ordered[:least]}

    def _judge_in(self, part: Part, whole: Mapping[Key, Finding]) -> None:
        """Judge the claims in the part; the others of the part are heard as they were judged in the whole."""
        claims = claims_of(part.plan)
        states = States(part.plan, claims)
        referee, own = Referee(states), list[Finding]()
        for claim in claims:
            place = part.origins[claim.node]
            if claim.field != "value" and place in part.above:
                before = self.ledger[self.ledger.place((place, claim.field, claim.port))]
                heard = Finding(claim, before.local, before.overall, before.rho, before.method)
                if before.key in whole:
                    heard.local, heard.overall = Opinion(), Opinion()
                    _refereed(referee, heard)
                own.append(heard)
        kinks = judge_ties(states, own, kinks=self.asked.kinks, directions=self.asked.directions(part.plan))
        for heard in own:
            key = (part.origins[heard.claim.node], heard.claim.field, heard.claim.port)
            if key in whole:
                finding = whole[key]
                finding.local, finding.overall, finding.method = heard.local, heard.overall, heard.method
                if heard.key in kinks.standings:
                    standing = kinks.standings[heard.key]
                    standing.gates = tuple(part.origins[gate] for gate in standing.gates)
                    self.found.standings[key] = standing


#: A claim that took one of the branches where there is one guard.
BRANCH = Judgement(Verdict.CONSISTENT).because("rounding-explains", "kink-admissible")


def _agrees(finding: Finding) -> bool:
    """True if nothing speaks against a claim locally, and globally it is what our passes gave, but for rounding."""
    fine = (Verdict.PROVED, Verdict.CONSISTENT)
    rounded = all(judgement.reasons == ("rounding-explains",) for judgement in finding.overall.entries.values())
    return finding.method == "recomputation" and rounded and finding.local.verdict in fine


def _place(finding: Finding) -> int:
    return finding.claim.node


def _refereed(referee: Referee, finding: Finding) -> None:
    finding.method = "balls"
    for entry, raw in enumerate(finding.claim.entries):
        if raw is not None:
            finding.local.entries[entry] = referee.local(finding.claim, entry)
            finding.overall.entries[entry] = referee.overall(finding, entry)


def _leave(finding: Finding) -> None:
    """Too large: nothing is decided, but what was refuted by its own equation."""
    for entry, raw in enumerate(finding.claim.entries):
        if raw is not None:
            finding.overall.entries[entry] = OPEN
            local = finding.local.entries.get(entry)
            if local is not None and "kink-admissible" in local.reasons:
                finding.local.entries[entry] = replace(local, verdict=Verdict.UNDECIDED).because("budget")
    finding.overall.bulk = 0
