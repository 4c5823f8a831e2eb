"""Blame: which wrong claims are first faults, and which only follow from them (verification.md 3.3).

One sweep in the order of work (values forward, gradients backward) keeps a repaired state of knowledge: a claim that
is refuted is judged again with all earlier faults put right. If it then holds, it follows from one of them; if not,
it is a first fault, and what its own equation gives stands in its place for everything after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
class _Repaired:
    """What is stated, and what stands in place of wrong numbers."""

    numbers: StatedNumbers
    mended: dict[Key, Sequence[Known | None]] = field(default_factory=dict[Key, "Sequence[Known | None]"])

    def of(self, key: Key) -> Sequence[Known | None] | None:
        """The numbers of a claim."""
        return self.mended.get(key) or self.numbers.at(key)

    def value(self, i: int) -> Sequence[Known | None] | None:
        """Values of wire i."""
        return self.of((i, "value", None))

    def grad(self, j: int) -> Sequence[Known | None] | None:
        """Gradients of wire j."""
        return self.of((j, "grad", None))

    def local(self, gate: int, port: int) -> Sequence[Known | None] | None:
        """Local gradients of a slot."""
        return self.of((gate, "local", port))

    def downstream(self, gate: int, port: int) -> Sequence[Known | None] | None:
        """Downstream gradients of a slot."""
        return self.of((gate, "downstream", port))


@dataclass
class _Sweep:
    """The repaired state, and for every number the root fault that it inherits, if any."""

    plan: Plan
    bits: int
    ledger: Ledger
    findings: dict[Key, Finding]
    first: list[Key] = field(default_factory=list[Key])
    #: The root fault in whose wake a number stands.
    root: dict[Key, Key | None] = field(default_factory=dict[Key, "Key | None"])
    repaired: _Repaired = field(init=False)
    values: Values = field(init=False)
    gradients: Gradients = field(init=False)

    def run(self) -> None:
        """Values forward, then gradients backward; what nobody states is filled when its turn comes."""
        known = self.repaired = _Repaired(StatedNumbers(self.ledger.columns))
        count = len(self.plan.ids)
        self.values = Values(self.plan, self.bits, known.value, whole=always)
        for i in range(count):
            self.settle((i, "value", None))
        self.gradients = Gradients(self.values, known.grad, known.local, known.downstream, whole=always)
        for j in range(count - 1, -1, -1):
            for gate, ports in self.plan.consumers[j]:
                for port in ports:
                    self.settle((gate, "local", port))
                    self.settle((gate, "downstream", port))
            self.settle((j, "grad", None))

    def settle(self, key: Key) -> None:
        """Note whether a number is a first fault, or follows from one, or carries one on."""
        finding = self.findings.get(key)
        if finding is None and self.ledger.find(key) is not None:
            return
        inherited = next((root for root in map(self.root.get, self._operands(key)) if root is not None), None)
        if finding is None:
            # What nobody states carries an error on.
            self.root[key] = inherited
            self._fill(key)
        elif finding.local.verdict is Verdict.REFUTED:
            self._refuted(key, finding, inherited)
        elif finding.overall.verdict is Verdict.REFUTED:
            finding.carried_from = self.root[key] = inherited
            _explain(finding, "carried-error" if inherited else "carried-rounding")

    def _fill(self, key: Key) -> None:
        """Fill a wire in its turn, so that nothing is filled by recursion."""
        node, name, _ = key
        if name == "value":
            self.values.of(node)
        elif name == "grad":
            self.gradients.of(node)

    def _refuted(self, key: Key, finding: Finding, inherited: Key | None) -> None:
        images = {entry: self._image(finding, entry) for entry in finding.local.refuted()}
        if inherited is not None and all(holds for holds, _ in images.values()):
            finding.carried_from = inherited
            return
        finding.first = True
        self.first.append(key)
        self.root[key] = key
        stated = self.repaired.of(key)
        if stated is not None:
            self.repaired.mended[key] = [
                images[e][1] or number if e in images else number for e, number in enumerate(stated)
            ]

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
        for gate, ports in self.plan.consumers[node]:
            for p in ports:
                sent += [(gate, "downstream", p), *self._operands((gate, "downstream", p))]
        return sent


def blame(plan: Plan, ledger: Ledger, bits: int) -> list[Key]:
    """Mark first faults and what was carried from them; the first faults in the order of work."""
    opened = ledger.opened
    if all(f.local.verdict is not Verdict.REFUTED and f.overall.verdict is not Verdict.REFUTED for f in opened):
        return []
    sweep = _Sweep(plan, bits, ledger, {f.key: f for f in opened})
    sweep.run()
    return sweep.first


def always(_: int) -> bool:
    """Every wire waits for its turn."""
    return True


def _explain(finding: Finding, reason: str) -> None:
    """Say why a locally right number is globally refuted, in place of the bare `disagrees`."""
    for entry, judgement in finding.overall.entries.items():
        if judgement.verdict is Verdict.REFUTED and judgement.reasons == ("disagrees",):
            finding.overall.entries[entry] = replace(judgement, reasons=(reason,))
