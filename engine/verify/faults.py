"""Blame: which wrong claims are first faults, and which only follow from them (verification.md 3.3).

One sweep in the order of work (values forward, gradients backward) keeps a repaired state of knowledge: a claim that
is refuted is judged again with all earlier faults put right. If it then holds, it follows from one of them; if not,
it is a first fault, and what its own equation gives stands in its place for everything after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ..plan import Plan
from .claims import Key
from .equations import StatedNumbers, judged_entry
from .findings import Finding
from .gradients import Gradients
from .known import Known
from .ledger import Ledger
from .values import Values
from .verdict import Verdict


@dataclass
class _Sweep:
    """The repaired state, and for every number the root fault that it inherits, if any."""

    plan: Plan
    bits: int
    ledger: Ledger
    findings: dict[Key, Finding]
    numbers: StatedNumbers
    first: list[Key] = field(default_factory=list[Key])
    #: The root fault in whose wake a number stands.
    root: dict[Key, Key | None] = field(default_factory=dict[Key, Key | None])
    values: Values = field(init=False)
    gradients: Gradients = field(init=False)
    _slots: dict[Key, Sequence[Known | None] | None] = field(default_factory=dict[Key, "Sequence[Known | None] | None"])

    def run(self) -> None:
        """Values forward, then gradients backward: each constructor asks for the wires in its order."""
        self.values = _RepairedValues(self)
        self.gradients = _RepairedGradients(self)

    def can_wait(self, field: str) -> Callable[[int], bool]:
        """True for the wires whose number was settled in bulk, and with it all that is sent to them."""
        whole = self.ledger.columns.whole(field)
        for node, name, port in self.findings:
            if port is None and name == field:
                whole[node] = False
            elif port is not None:
                whole[self.plan.operands[node][port]] = False
        return whole.__getitem__

    def settle(self, key: Key, stated: Sequence[Known | None] | None) -> Sequence[Known | None] | None:
        """The repaired entries of a stated number; notes whether it is a first fault or follows from one."""
        finding = self.findings.get(key)
        inherited = next((root for root in map(self.root.get, self._operands(key)) if root is not None), None)
        if finding is None:
            # What nobody states carries an error on; what was settled stops it.
            self.root[key] = None if stated is not None and self.ledger.is_settled(key) else inherited
            return stated
        if finding.local.verdict is Verdict.REFUTED:
            return self._refuted(key, finding, stated, inherited)
        carried = finding.overall.verdict is Verdict.REFUTED
        if carried:
            finding.carried_from = inherited
            _explain(finding, "carried-error" if inherited else "carried-rounding")
        self.root[key] = inherited if carried else None
        return stated

    def slot(self, key: Key, stated: Sequence[Known | None] | None) -> Sequence[Known | None] | None:
        """As `settle`, for local and downstream numbers, which are asked for more than once."""
        if key not in self._slots:
            self._slots[key] = self.settle(key, stated)
        return self._slots[key]

    def _refuted(
        self, key: Key, finding: Finding, stated: Sequence[Known | None] | None, inherited: Key | None
    ) -> Sequence[Known | None] | None:
        wrong = finding.local.refuted()
        images = {entry: self._image(finding, entry) for entry in wrong}
        if inherited is not None and all(holds for holds, _ in images.values()):
            finding.carried_from, self.root[key] = inherited, None
            return stated
        finding.first = True
        self.first.append(key)
        self.root[key] = key
        if stated is None:
            return None
        return [images[e][1] or number if e in images else number for e, number in enumerate(stated)]

    def _image(self, finding: Finding, entry: int) -> tuple[bool, Known | None]:
        """Whether the entry holds in the repaired state, and what its equation gives there."""
        judgement, known = judged_entry(self._half(finding), finding.claim, entry)
        return judgement is not None and judgement.verdict is not Verdict.REFUTED, known

    def _half(self, finding: Finding) -> Values | Gradients:
        return self.values if finding.claim.field == "value" else self.gradients

    def _operands(self, key: Key) -> Iterable[Key]:
        """The numbers that a number's own equation is made of."""
        node, name, port = key
        if name == "value":
            return [(k, "value", None) for k in self.plan.operands[node]]
        if name == "local":
            return [(node, "value", None), *((k, "value", None) for k in self.plan.operands[node])]
        if name == "downstream":
            return [(node, "local", port), (node, "grad", None), *self._operands((node, "local", port))]
        sent: list[Key] = []
        for gate, ports in self.gradients.consumers[node]:
            for p in ports:
                sent += [(gate, "downstream", p), *self._operands((gate, "downstream", p))]
        return sent


def blame(plan: Plan, ledger: Ledger, bits: int) -> list[Key]:
    """Mark first faults and what was carried from them; the first faults in the order of work."""
    opened = ledger.opened
    if all(f.local.verdict is not Verdict.REFUTED and f.overall.verdict is not Verdict.REFUTED for f in opened):
        return []
    sweep = _Sweep(plan, bits, ledger, {f.key: f for f in opened}, StatedNumbers(ledger.columns))
    sweep.run()
    return sweep.first


def _explain(finding: Finding, reason: str) -> None:
    """Say why a locally right number is globally refuted, in place of the bare `disagrees`."""
    for entry, judgement in finding.overall.entries.items():
        if judgement.verdict is Verdict.REFUTED and judgement.reasons == ("disagrees",):
            finding.overall.entries[entry] = replace(judgement, reasons=(reason,))


class _RepairedValues(Values):
    """Values whose wrong claims are replaced as they are met."""

    def __init__(self, sweep: _Sweep) -> None:
        self._sweep = sweep
        sweep.values = self
        super().__init__(sweep.plan, sweep.bits, self._settled, whole=sweep.can_wait("value"))

    def _settled(self, i: int) -> Sequence[Known | None] | None:
        return self._sweep.settle((i, "value", None), self._sweep.numbers.value(i))


class _RepairedGradients(Gradients):
    """Gradients whose wrong claims are replaced as they are met."""

    def __init__(self, sweep: _Sweep) -> None:
        self._sweep = sweep
        sweep.gradients = self
        stated = self._settled_grad, self._settled_local, self._settled_downstream
        super().__init__(sweep.values, *stated, whole=sweep.can_wait("grad"))

    def _settled_grad(self, j: int) -> Sequence[Known | None] | None:
        self._visit_slots(j)
        return self._sweep.settle((j, "grad", None), self._sweep.numbers.grad(j))

    def _visit_slots(self, j: int) -> None:
        """Settle what is sent to wire j before its sum is judged."""
        for gate, ports in self.consumers[j]:
            for port in ports:
                self._settled_local(gate, port)
                self._settled_downstream(gate, port)

    def _settled_local(self, gate: int, port: int) -> Sequence[Known | None] | None:
        return self._sweep.slot((gate, "local", port), self._sweep.numbers.local(gate, port))

    def _settled_downstream(self, gate: int, port: int) -> Sequence[Known | None] | None:
        return self._sweep.slot((gate, "downstream", port), self._sweep.numbers.downstream(gate, port))
