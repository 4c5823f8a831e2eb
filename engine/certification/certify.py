"""Certification: every op, slot and dtype against proofs that use no derivative rule (verification.md 18).

A rule is never its own reference. Values are held against balls, gradients against enclosures that were made from
values alone (`verify/cauchy.py`), and the rounding constants of the declaration against what floats really do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...schema.dtype import FORMATS
from ..registry import OPS
from ..rule import Rule
from ..verify.cauchy import Proof
from .certificates import Finding, checks_of_op, checks_of_slot
from .measures import gradient_ratio, is_smooth, value_error
from .tally import Tally
from .tensor_certify import TensorRow, tensor_rows
from .trials import Trial, slots, spelt, trials, variants

#: Points that are drawn per op and dtype, unless more are asked for.
POINTS = 200


class Row(NamedTuple):
    """What was found of one slot in one dtype.

    `value` is the largest error of the forward kernel in units of roundoff, beside the constant it must stay below;
    `gradient` the largest error of the local gradient as a share of its bound (relative, absolute); `proved` of
    `smooth` points have an enclosure of the derivative; `checks` counts what each check looked at, `failed` names
    those that found a problem, `problems` says the first of them in words.
    """

    op: str
    slot: str
    dtype: str
    points: int
    smooth: int
    proved: int
    value: float
    value_bound: int
    gradient: float
    relative: int
    absolute: tuple[int, int, int]
    checks: Mapping[str, int]
    failed: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def certified(self) -> bool:
        """True if nothing speaks against the rule in this slot."""
        return not self.problems


HEADERS = ("op", "slot", "dtype", "points", "proved", "value error", "gradient error", "certified")


def certification(
    names: Sequence[str] | None = None,
    *,
    points: int = POINTS,
    dtypes: Sequence[str] = tuple(FORMATS),
    rules: Mapping[str, Rule] = OPS,
) -> list[Row | TensorRow]:
    """The rows of the certificate, by op, slot and dtype; all ops if no names are given."""
    wanted = [rules[name] for name in (sorted(rules) if names is None else names)]
    with np.errstate(all="ignore"):
        return [row for rule in wanted for row in _of_op(rule, dtypes, points)]


def _of_op(rule: Rule, dtypes: Sequence[str], points: int) -> Iterator[Row | TensorRow]:
    if not rule.elementwise:
        yield from tensor_rows(rule, dtypes)
        return
    for variant in variants(rule):
        yield from _rows(variant, dtypes, points)


def cells(row: Row | TensorRow) -> list[str]:
    """One row as people read it, under `HEADERS`."""
    if isinstance(row, TensorRow):
        return row.cells
    share = f"{row.proved}/{row.smooth}"
    value = f"{row.value:.2f} of {row.value_bound} u"
    bound = " + ".join(_bound(row))
    gradient = f"{row.gradient:.2f} of ({bound}) u" if bound else "exact"
    return [row.op, row.slot, row.dtype, str(row.points), share, value, gradient, "; ".join(row.problems) or "yes"]


def _bound(row: Row) -> Iterator[str]:
    terms = zip((row.relative, *row.absolute), ("|d|", "", "|v|", "v²"), strict=True)
    return (f"{number}{term}" for number, term in terms if number)


@dataclass
class _Slot(Tally):
    """The tally of one slot in one dtype, at drawn points and at those where ops are special."""

    def look(self, trial: Trial, findings: Sequence[Finding]) -> None:
        """Take one point into the tally."""
        if self.port is not None and is_smooth(trial, self.port):
            self.smooth += 1
            self.proved += isinstance(trial.proofs[self.port], Proof)
            self.gradient = max(self.gradient, gradient_ratio(trial, self.port))
        self.hear(trial, findings)

    def row(self, value: float) -> Row:
        """The finished row; `value` is the largest error of the forward kernel."""
        error = self.rule.error
        return Row(
            op=spelt(self.rule),
            slot=self.slot,
            dtype=self.dtype,
            points=self.points,
            smooth=self.smooth,
            proved=self.proved,
            value=round(value, 4),
            value_bound=error.value,
            gradient=round(self.gradient, 4),
            relative=error.relative,
            absolute=error.absolute,
            checks=self.checked(),
            failed=tuple(sorted(self.failed)),
            problems=tuple(self.said()),
        )


def _rows(rule: Rule, dtypes: Sequence[str], points: int) -> Iterator[Row]:
    for dtype in dtypes:
        tallies = [_Slot(rule, port, dtype) for port in slots(rule) or (None,)]
        worst = 0.0
        for trial in trials(rule, dtype, points):
            worst = max(worst, value_error(trial))
            of_the_op = list(checks_of_op(trial))
            for place, tally in enumerate(tallies):
                of_the_slot = [] if tally.port is None else list(checks_of_slot(trial, tally.port))
                tally.look(trial, [*(() if place else of_the_op), *of_the_slot])
        yield from (tally.row(worst) for tally in tallies)
