"""Breaks: slots at which an op has no derivative, where it jumps or where nothing stands for one (verification.md 8.2).

What is found out: whether a number hangs on such a slot, between its wire and the outputs or the next stated gradients.
At a jump the slope of the convention is followed, and never called a derivative; elsewhere nothing can be decided.
Assumed: that ops declare where they jump, and at which signs of their operands they have no derivative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

from ...numbers.intervals import Interval
from ...numbers.protocol import Outside, Undecided
from ...plan import Plan
from ...rule import Rule, Spot
from ...shape import size
from ..claims import Claim
from ..known import at
from ..values import Values, rule_of
from ..verdict import Judgement, Verdict

if TYPE_CHECKING:
    from ..gradients import Gradients

#: Gate, port, entry of the gate's output.
Slot = tuple[int, int, int]


class Break(StrEnum):
    """What a slot without derivative has instead, as its reason."""

    JUMP = "convention-only"
    NOTHING = "no-derivative"


def breakable(plan: Plan) -> list[int]:
    """The gates whose op declares that it jumps, or has no derivative, somewhere."""
    return [gate for gate in plan.gates if rule_of(plan, gate).has_breaks]


def varying(plan: Plan) -> list[bool]:
    """Which wires some trained leaf can move."""
    found: list[bool] = []
    for rule, operands, trained in zip(plan.rules, plan.operands, plan.trained, strict=True):
        found.append(trained if rule is None else any(found[k] for k in operands))
    return found


def broken_slots(values: Values) -> dict[Slot, Break]:
    """Every slot without derivative at these values; where enclosures leave a sign open, any of them counts."""
    plan, gates = values.plan, breakable(values.plan)
    varies = varying(plan) if gates else []
    found: dict[Slot, Break] = {}
    for gate in gates:
        for entry in range(size(plan.shapes[gate])):
            known = [number.exact for number in values.operands(gate, entry) if number is not None]
            if len(known) == len(plan.operands[gate]):
                for port, broken in enumerate(_broken(values, gate, known, varies)):
                    if broken is not None:
                        found[gate, port, entry] = broken
    return found


def _broken(values: Values, gate: int, known: list[Interval], varies: list[bool]) -> list[Break | None]:
    rule, operands = rule_of(values.plan, gate), values.plan.operands[gate]
    jumps = _jumps(rule, values, known)
    spots = [[Spot(sign, varies[k]) for sign in _signs(number)] for k, number in zip(operands, known, strict=True)]
    lacking = [any(column) for column in zip(*(rule.lacking(each) for each in product(*spots)), strict=True)]
    return [Break.NOTHING if lacks else Break.JUMP if jumps else None for lacks in lacking]


def _jumps(rule: Rule, values: Values, known: list[Interval]) -> bool:
    try:
        distance: Interval | None = rule.to_jump(values.system, known)
    except (Outside, Undecided, ZeroDivisionError):
        return False
    return distance is not None and distance.low <= 0 <= distance.high


def _signs(number: Interval) -> list[int]:
    """The signs that a number of the interval may have."""
    negative, zero, positive = number.low < 0, number.low <= 0 <= number.high, number.high > 0
    return [sign for sign, may_be in ((-1, negative), (0, zero), (1, positive)) if may_be]


class Breaks:
    """The breaks above every number, in one state of knowledge."""

    def __init__(self, gradients: Gradients) -> None:
        self.gradients, self.plan = gradients, gradients.plan
        self.slots = broken_slots(gradients.values)
        #: What hangs on breaks among the gradients that nobody stated.
        self._wires: dict[tuple[int, int], Break] = {}
        for j in range(len(self.plan.ids) - 1, -1, -1) if self.slots else ():
            self._fill(j)

    def above(self, claim: Claim, entry: int) -> Break | None:
        """What a claim's equation meets instead of a derivative; None if all its slots have one."""
        if not self.slots or claim.field == "value":
            return None
        if claim.field == "grad":
            return _worst(self._received(claim.node, entry))
        port = claim.port or 0
        if claim.field == "local":
            return self.slots.get((claim.node, port, entry))
        return _worst(self._sent(claim.node, port, entry, claimed=True))

    def _fill(self, j: int) -> None:
        stated = self.gradients.stated_grad(j)
        for entry in range(size(self.plan.shapes[j])):
            broken = _worst(self._received(j, entry)) if stated is None or stated[entry] is None else None
            if broken is not None:
                self._wires[j, entry] = broken

    def _received(self, j: int, entry: int) -> Iterator[Break | None]:
        for gate, ports in self.gradients.plan.consumers[j]:
            for port in ports if self.plan.reaching[gate] else ():
                yield from self._sent(gate, port, entry)

    def _sent(self, gate: int, port: int, entry: int, *, claimed: bool = False) -> Iterator[Break | None]:
        stated = None if claimed else self.gradients.stated_downstream(gate, port)
        if stated is not None and at(stated, entry) is not None:
            return
        summed = self.plan.shapes[self.plan.operands[gate][port]] != self.plan.shapes[gate]
        local = self.gradients.stated_local(gate, port)
        for own in range(size(self.plan.shapes[gate])) if summed else (entry,):
            yield self._wires.get((gate, own))
            if local is None or local[own] is None:
                yield self.slots.get((gate, port, own))


def _worst(found: Iterable[Break | None]) -> Break | None:
    kinds = set(found)
    return next((kind for kind in (Break.NOTHING, Break.JUMP) if kind in kinds), None)


def beside(judgement: Judgement | None, broken: Break, *, overall: bool) -> Judgement | None:
    """The judgement on a number that hangs on a break; `judgement` held it against the slopes of the convention.

    Globally nothing is decided: together with other gates even a jump may have a gradient (x sign(x) is abs(x)).
    """
    if broken is Break.NOTHING:
        return Judgement(Verdict.UNDECIDED).because("no-derivative")
    if judgement is None:
        return None
    follows = judgement.verdict is not Verdict.REFUTED
    if overall:
        reasons = ("convention-only", "no-derivative") if follows else ("no-derivative",)
        return replace(judgement, verdict=Verdict.UNDECIDED, relation=None, reasons=reasons)
    if not follows:
        return replace(judgement, reasons=("kink-inadmissible",))
    verdict = Verdict.CONSISTENT if judgement.verdict is Verdict.PROVED else judgement.verdict
    return replace(judgement, verdict=verdict, relation=None).because("convention-only")


def hangs_on_break(judgement: Judgement) -> bool:
    """True if a number was judged beside a break, so that no set of slopes is its measure."""
    return bool({"convention-only", "no-derivative"} & set(judgement.reasons))
