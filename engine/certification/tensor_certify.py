"""Certification of ops on tensors: every operand and dtype against proofs that use no pullback (verification.md 18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..rule import Rule
from ..verify.cauchy import Proof
from .certificates import Finding
from .tally import Tally
from .tensor_certificates import Measured, checks, gradient_ratio, value_ratio
from .tensor_trials import TensorTrial, tensor_trials


class TensorRow(NamedTuple):
    """What was found of one operand of an op on tensors in one dtype.

    `proved` of `smooth` points have an enclosure of the slope along a direction, `tied` points none, because the slopes
    on both sides differ; `value` and `gradient` are the largest errors in floats as shares of their running bounds.
    `checks` counts what each check looked at, `failed` names those that found a problem, `problems` says the first of
    them in words.
    """

    op: str
    slot: str
    dtype: str
    points: int
    smooth: int
    tied: int
    proved: int
    value: float
    gradient: float
    checks: Mapping[str, int]
    failed: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def certified(self) -> bool:
        """True if nothing speaks against the op in this operand."""
        return not self.problems

    @property
    def cells(self) -> list[str]:
        """The row as people read it, under the headers of `certify.py`."""
        share = f"{self.proved}/{self.smooth}" + (f", {self.tied} tied" if self.tied else "")
        value, gradient = (f"{ratio:.2f} of its bound" for ratio in (self.value, self.gradient))
        said = "; ".join(self.problems) or "yes"
        return [self.op, self.slot, self.dtype, str(self.points), share, value, gradient, said]


@dataclass
class _Slot(Tally):
    """The tally of one operand in one dtype."""

    tied: int = 0

    def look(self, at: Measured, findings: Sequence[Finding]) -> None:
        """Take one point into the tally."""
        if self.port is not None:
            tied = at.is_tie(self.port)
            self.tied += tied
            self.smooth += not tied
            self.proved += isinstance(at.proof(self.port), Proof)
            self.gradient = max(self.gradient, gradient_ratio(at, self.port) or 0.0)
        self.hear(at.trial, findings)

    def row(self, value: float) -> TensorRow:
        """The finished row; `value` is the largest error of the forward kernel as a share of its bound."""
        return TensorRow(
            op=self.rule.name,
            slot=self.slot,
            dtype=self.dtype,
            points=self.points,
            smooth=self.smooth,
            tied=self.tied,
            proved=self.proved,
            value=round(value, 4),
            gradient=round(self.gradient, 4),
            checks=self.checked(),
            failed=tuple(sorted(self.failed)),
            problems=tuple(self.said()),
        )


def tensor_rows(rule: Rule, dtypes: Sequence[str]) -> Iterator[TensorRow]:
    """The rows of one op on tensors, by dtype and operand. The caller holds `numpy.errstate(all="ignore")`."""
    for dtype in dtypes:
        tallies, worst = {port: _Slot(rule, port, dtype) for port in _ports(rule)}, 0.0
        for trial in tensor_trials(rule, dtype):
            at = Measured(trial)
            worst = max(worst, value_ratio(at))
            _tally(tallies, at, trial)
        yield from (tally.row(worst) for tally in tallies.values())


def _tally(tallies: Mapping[int | None, _Slot], at: Measured, trial: TensorTrial) -> None:
    found = list(checks(at))
    for place, (port, tally) in enumerate(tallies.items()):
        if port is None or port in trial.slots:
            tally.look(at, [said for about, said in found if about == port or (about is None and place == 0)])


def _ports(rule: Rule) -> list[int | None]:
    """The operands of all examples toward which gradients flow."""
    most = max((len(example.operands) for example in rule.examples), default=rule.least)
    return [port for port in range(most) if not rule.is_fixed(port)] or [None]
