"""Methods that contradict each other: a defect of ours, never the author's, and never hidden.

Gradient rules are trusted by the local check, the referee and the recomputation alike, so their agreement counts
once. The complex step and the rule-free proof trust none; where they contradict, nothing is proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flint import fmpq

from ..numbers.intervals import point
from .evidence import Evidence
from .findings import Finding
from .verdict import Verdict

#: Why differences, which are taken in float64, say nothing against a claim that rounding of its dtype explains.
EXPLAINED = "rounding of the dtype explains the difference"


def temper(findings: Sequence[Finding]) -> None:
    """Silence differences that see no more than what the claim's allowance explains."""
    for finding in findings:
        if "rounding-explains" in finding.overall.reasons:
            finding.evidence = [_tempered(finding, heard) for heard in finding.evidence]


def _tempered(finding: Finding, heard: Evidence) -> Evidence:
    if heard.method != "finite-difference" or heard.says != "against" or "value" not in heard.details:
        return heard
    entry = _entry(finding, heard)
    judgement, claimed = finding.overall.entries.get(entry), finding.claim.set_of(entry)
    if claimed is None or judgement is None or judgement.allowance is None:
        return heard
    seen = fmpq(*float(heard.details["value"]).as_integer_ratio())
    near = claimed.widened(judgement.allowance).gap(point(seen)) <= _twice(heard)
    return replace(heard, says="silent", details={**heard.details, "because": EXPLAINED}) if near else heard


def _entry(finding: Finding, heard: Evidence) -> int:
    """The entry that a difference looked at, flat."""
    found = 0
    for place, extent in zip(heard.details.get("index", ()), finding.claim.shape, strict=False):
        found = found * extent + place
    return found


def _twice(heard: Evidence) -> fmpq:
    """Two bars: within these differences do not speak against a number."""
    return 2 * fmpq(*float(heard.details["bar"]).as_integer_ratio())


def settle(findings: Sequence[Finding]) -> None:
    """Withdraw verdicts that an independent method contradicts: undecided, `methods-disagree`."""
    refuted = any(finding.overall.verdict is Verdict.REFUTED for finding in findings)
    tied = any({"kink-admissible", "no-derivative"} & set(finding.overall.reasons) for finding in findings)
    for finding in findings:
        # A wrong claim explains the complex step's mismatch, and so does another choice at a tie.
        stepped = not refuted and not tied and _says(finding, "complex-step") == "against"
        if stepped or _contradicts_proof(finding):
            _withdraw(finding)


def _says(finding: Finding, method: str) -> str | None:
    return next((heard.says for heard in finding.evidence if heard.method == method), None)


def _contradicts_proof(finding: Finding) -> bool:
    """True if the rule-free proof says the opposite of what the rules say."""
    proof, verdict = _says(finding, "rule-free"), finding.overall.verdict
    if proof == "against":
        return verdict in (Verdict.PROVED, Verdict.CONSISTENT)
    return proof == "for" and verdict is Verdict.REFUTED and "nonfinite" not in finding.overall.reasons


def _withdraw(finding: Finding) -> None:
    for entry, judgement in finding.overall.entries.items():
        finding.overall.entries[entry] = replace(
            judgement, verdict=Verdict.UNDECIDED, reasons=("methods-disagree",), relation=None
        )
