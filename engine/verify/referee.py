"""The referee: single entries in rigorous arithmetic, at rising precision until their enclosures decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .claims import Claim
from .equations import Equations
from .findings import Finding
from .kinks.breaks import Break, breakable
from .nonfinite import claimed_nonfinite, without_enclosure
from .states import BITS, States
from .verdict import Judgement, Verdict

#: Scalar operations up to which the referee looks for breaks beneath a claim that is no finite number.
BREAKABLE = 100_000

#: What is said where a leaf without value stands between a claim and its right-hand side.
MISSING = Judgement(Verdict.UNDECIDED).because("missing-operand")

#: What is said where nothing stands for a derivative.
UNDEFINED = Judgement(Verdict.UNDECIDED).because("no-derivative")


@dataclass(frozen=True)
class Referee:
    """Both verdicts on any entry of one document."""

    states: States

    def local(self, claim: Claim, entry: int) -> Judgement:
        """Whether an entry follows from what is stated around it."""
        if claim.nonfinite(entry) is not None:
            return self.without_set(claim, entry)[0]
        found = _decided(self.states.stated, claim, entry, BITS[:1] if self.states.printed else BITS)
        if found is None:
            return self._without_enclosure(claim, entry)
        if claim.printed and found.verdict is not Verdict.PROVED:
            spelt = self.states.as_printed(BITS[0]).judge(claim, entry)
            found = replace(found, as_printed=None if spelt is None else spelt.relation)
        return found

    def overall(self, finding: Finding, entry: int) -> Judgement:
        """Whether an entry follows from the inputs; the finding learns the method's name."""
        if finding.claim.nonfinite(entry) is not None:
            return self.without_set(finding.claim, entry)[1]
        judgement = _decided(self.states.truth.at, finding.claim, entry, BITS)
        if judgement is None:
            return self._without_enclosure(finding.claim, entry)
        if _straddles(judgement) and _is_too_wide(judgement):
            return replace(judgement, verdict=Verdict.UNDECIDED, reasons=("boundary",))
        if judgement.enclosure is not None and judgement.enclosure.is_point:
            finding.method = "exact"
        return judgement

    def without_set(self, claim: Claim, entry: int) -> tuple[Judgement, Judgement]:
        """Local and global verdict on a NaN or an infinity."""
        claimed = claim.nonfinite(entry)
        if claimed is None or not self.states.bound:
            return MISSING, MISSING
        local, overall = claimed_nonfinite(self.states.truth.execution, claim, entry, claimed)
        if not breakable(self.states.plan) or self.states.plan.work > BREAKABLE:
            return local, overall
        broken = [at_bits(BITS[0]).breaks.above(claim, entry) for at_bits in (self.states.stated, self.states.truth.at)]
        stated, truth = (kind is Break.NOTHING for kind in broken)
        return UNDEFINED if stated else local, UNDEFINED if truth else overall

    def _without_enclosure(self, claim: Claim, entry: int) -> Judgement:
        """A finite claim whose right-hand side is no finite number, or is not known."""
        return without_enclosure(self.states.truth.execution, claim, entry) if self.states.bound else MISSING


def _decided(
    equations: Callable[[int], Equations], claim: Claim, entry: int, precisions: Sequence[int]
) -> Judgement | None:
    """A judgement at rising precision, until its enclosure no longer straddles an end of the claimed set."""
    judgement = None
    for bits in precisions:
        judgement = equations(bits).judge(claim, entry)
        if judgement is None or not _straddles(judgement):
            return judgement
    return judgement


def _straddles(judgement: Judgement) -> bool:
    """True if the enclosure reaches over an end of the claimed set, so that more precision may tell more."""
    enclosure = judgement.enclosure
    if enclosure is None or enclosure.is_point or "near-kink" in judgement.reasons:
        return False
    return judgement.relation == "overlap"


def _is_too_wide(judgement: Judgement) -> bool:
    """True if the enclosure is wider than what rounding explains."""
    enclosure, allowance = judgement.enclosure, judgement.allowance
    return enclosure is not None and allowance is not None and enclosure.high - enclosure.low > allowance
