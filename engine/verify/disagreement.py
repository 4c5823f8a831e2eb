"""Methods that contradict each other: a defect of ours, never the author's, and never hidden.

Gradient rules are trusted by the local check, the referee and the recomputation alike, so their agreement counts
once. The complex step and the rule-free proof trust none; where they contradict, nothing is proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .findings import Finding
from .verdict import Verdict


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
