"""One method heard alone (`verify --method`): what it would say if there were no other."""

from __future__ import annotations

from collections.abc import Sequence

from .findings import Finding, Opinion
from .verdict import Judgement, Verdict

#: The verdict and reason that each word of a method stands for, where the method is no referee.
_WORDS = {
    "finite-difference": {
        "for": (Verdict.CONSISTENT, "differences-only"),
        "against": (Verdict.UNDECIDED, "differences-only"),
    },
    "complex-step": {
        "for": (Verdict.CONSISTENT, "rounding-explains"),
        "against": (Verdict.REFUTED, "disagrees"),
    },
    "rule-free": {
        "for": (Verdict.PROVED, None),
        "against": (Verdict.REFUTED, "disagrees"),
    },
}


def hear_alone(method: str, findings: Sequence[Finding]) -> None:
    """Replace both opinions of every finding by what the one method says; silence is undecided."""
    for finding in findings:
        if method == "local":
            finding.overall = _silence(finding.overall)
        elif method == "balls":
            finding.local = _silence(finding.local)
        else:
            _by_word(method, finding)
        finding.evidence = [heard for heard in finding.evidence if heard.method in _names(method)]


def _names(method: str) -> tuple[str, ...]:
    return ("balls", "exact", "recomputation") if method == "balls" else (method,)


def _silence(opinion: Opinion) -> Opinion:
    """Nobody was asked: undecided, for want of budget."""
    unheard = Judgement(Verdict.UNDECIDED).because("budget")
    return Opinion(dict.fromkeys(opinion.entries or {0: None}, unheard))


def _by_word(method: str, finding: Finding) -> None:
    says = next((heard.says for heard in finding.evidence if heard.method == method), "silent")
    verdict, reason = _WORDS[method].get(says, (Verdict.UNDECIDED, "budget"))
    judgement = Judgement(verdict, (reason,) if reason else ())
    finding.local = _silence(finding.local)
    finding.overall = Opinion(dict.fromkeys(finding.overall.entries or {0: None}, judgement))
