"""What certification counts of one slot of an op in one dtype, whether it works entry by entry or on whole tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..rule import Rule
from .certificates import Finding

#: Stands for the slot of an op that sends nothing back.
NO_SLOT = "-"

#: Share of the smooth points that must have a proof.
PROVED = 0.95

#: Problems that a row repeats in words.
REPEATED = 5


@dataclass
class Tally:
    """The tally of one slot; `port` is None for an op toward whose operands no gradient flows."""

    rule: Rule
    port: int | None
    dtype: str
    points: int = 0
    smooth: int = 0
    proved: int = 0
    gradient: float = 0.0
    checks: Counter[str] = field(default_factory=Counter[str])
    failed: set[str] = field(default_factory=set[str])
    problems: list[str] = field(default_factory=list[str])

    @property
    def slot(self) -> str:
        """The name of the operand."""
        return NO_SLOT if self.port is None else self.rule.name_of(self.port)

    def hear(self, point: object, findings: Sequence[Finding]) -> None:
        """Take what the checks found at one point into the tally."""
        self.points += 1
        for finding in findings:
            self.checks[finding.check] += 1
            if finding.problem is not None:
                self.failed.add(finding.check)
                self.problems.append(f"{finding.check}: {point}: {finding.problem}")

    def said(self) -> Iterator[str]:
        """What speaks against the op in this slot: the first problems, and how few points have a proof."""
        yield from self.problems[:REPEATED]
        if len(self.problems) > REPEATED:
            yield f"and {len(self.problems) - REPEATED} more"
        if not self.points:
            yield "no example is declared, so nothing is certified"
        if self.proved < PROVED * self.smooth:
            yield f"C3: only {self.proved} of {self.smooth} smooth points have a proof"
        if self.port is not None and self.points and not self.proved:
            yield "C3: no point has a proof"

    def checked(self) -> Mapping[str, int]:
        """How often each check was made, in the order of the checks."""
        return dict(sorted(self.checks.items(), key=_number))


def _number(check: tuple[str, int]) -> int:
    return int(check[0][1:])
