"""Whether one choice a gate explains what is stated around the ties of a document.

The gradient equations of a document are linear constraints on the weights of its tied gates (verification.md 8.4). What
is proved: no choice of weights yields the claims that are refuted here. What is assumed: forward and gradient rules,
and that each gate's declared guard is 0 exactly where its branches meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from flint import fmpq

from ...numbers.intervals import Interval
from ..bounds import INFORMATIVE, REALISATIONS
from ..equations import Equations
from ..findings import Finding, Opinion
from ..gradients import Gradients
from ..known import Known
from ..verdict import Basis, Judgement, Verdict, judge
from .breaks import hangs_on_break
from .guards import open_guards
from .simplex import Constraints, TooLarge
from .weights import ONE, Form, Weights


class Row(NamedTuple):
    """One claimed entry as a constraint: its form lies in the claimed set, `allowance` aside."""

    finding: Finding
    entry: int
    form: Form
    claimed: Interval
    allowance: fmpq


def rows_of(weights: Weights, findings: Iterable[Finding], side: str) -> list[Row]:
    """The constraints that claims put on the weights; refuted entries, and those that no weight touches, put none."""
    rows: list[Row] = []
    for finding in findings:
        if finding.claim.field != "value":
            for entry, judgement in opinion(finding, side).entries.items():
                claimed = finding.claim.set_of(entry)
                allowance = judgement.allowance
                open_ = judgement.verdict is not Verdict.REFUTED and not hangs_on_break(judgement)
                if claimed is not None and allowance is not None and open_:
                    form = weights.form(finding, entry)
                    if form is not None and form.weights:
                        rows.append(Row(finding, entry, form, claimed, allowance))
    return rows


def opinion(finding: Finding, side: str) -> Opinion:
    """The local or the overall side of a finding."""
    return finding.local if side == "local" else finding.overall


def choose_jointly(equations: Equations, findings: Sequence[Finding], side: str = "local") -> list[Row]:
    """Hold all claims against one choice of weights: refute those that no choice yields, and give them back.

    What a choice yields is proved, what only rounding reconciles is consistent; what is too large to solve, undecided.
    """
    if not open_guards(equations.values, alone=True):
        return []
    first = Weights(equations.gradients)
    _without_weights(first, findings, side)
    refuted: list[Row] = []
    for rows in coupled(first, rows_of(first, findings, side)):
        try:
            wrong = conflicting(first, rows)
            if wrong and equations.also is not None:
                wrong = _in_both_forms(equations.also, rows, wrong)
            refuted += wrong
            _settle(first, [row for row in rows if row not in wrong], side)
        except TooLarge:
            _leave_open(rows, side)
    for row in refuted:
        refute(opinion(row.finding, side), row.entry, "kink-inadmissible")
    return refuted


def _without_weights(weights: Weights, findings: Iterable[Finding], side: str) -> None:
    """Judge again what hulls of branches judged and no weight touches; name what no weight explains."""
    for finding in findings:
        entries = opinion(finding, side).entries if finding.claim.field != "value" and weights.unknown else {}
        for entry, judgement in entries.items():
            form, claimed = weights.form(finding, entry), finding.claim.set_of(entry)
            if form is None or claimed is None or judgement.enclosure is None or hangs_on_break(judgement):
                continue
            if form.weights and judgement.reasons == ("disagrees",):
                entries[entry] = replace(judgement, reasons=("kink-inadmissible",))
            elif not form.weights and _wider(judgement.enclosure, form.constant):
                entries[entry] = without_choice(judgement, finding, claimed, form.constant)


def _wider(hull: Interval, constant: Interval) -> bool:
    return hull.holds(constant) and hull.high - hull.low > 2 * (constant.high - constant.low)


def without_choice(before: Judgement, finding: Finding, claimed: Interval, spread: Interval) -> Judgement:
    """The judgement on a number that all branches agree on: as on any other."""
    allowance, scale = before.allowance or fmpq(0), before.scale or spread.size
    one_step = before.resolution is not None and before.resolution * scale == allowance
    known = Known(
        spread, spread.widened(allowance / (1 if one_step else REALISATIONS)), allowance if one_step else fmpq(0)
    )
    found = judge(claimed, Basis(known, scale, finding.claim.dtype, finding.claim.printed))
    return replace(found, as_printed=before.as_printed)


def coupled(weights: Weights, rows: Sequence[Row]) -> list[list[Row]]:
    """The rows in groups that share weights."""
    groups: dict[int, int] = {}

    def root(index: int) -> int:
        while groups.setdefault(index, index) != index:
            index = groups[index]
        return index

    for row in rows:
        ends = {root(index) for index in reached(weights, row.form)}
        for end in ends:
            groups[end] = min(ends)
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[root(next(iter(row.form.weights)))].append(row)
    return list(found.values())


def reached(weights: Weights, form: Form) -> set[int]:
    """The weights of a form, and those that bound them."""
    found: set[int] = set()
    waiting = list(form.weights)
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            upstream = weights.unknown[index].upstream
            waiting += upstream.weights if upstream is not None else ()
    return found


def conflicting(weights: Weights, rows: Sequence[Row], *, rounded: bool = True) -> list[Row]:
    """The rows that no choice of weights obeys, the others kept; `rounded` widens each set by its allowance."""
    kept, wrong = list(rows), list[Row]()
    while kept:
        found = _conflict(weights, kept, rounded)
        if not found:
            break
        # What is wrong by itself does not drag down the others.
        found = [row for row in found if _conflict(weights, [row], rounded)] or found
        wrong += found
        kept = [row for row in kept if row not in found]
    return wrong


def _in_both_forms(also: Gradients, rows: Sequence[Row], wrong: Sequence[Row]) -> list[Row]:
    """Of the wrong rows those that are wrong too with local gradients taken from the operands."""
    second = Weights(also)
    turned = {(row.finding.key, row.entry): second.form(row.finding, row.entry) for row in rows}
    known = [row._replace(form=form) for row in rows if (form := turned[row.finding.key, row.entry]) is not None]
    still = {(row.finding.key, row.entry) for row in conflicting(second, known)}
    return [row for row in wrong if (row.finding.key, row.entry) in still]


def _settle(weights: Weights, rows: Sequence[Row], side: str) -> None:
    """Verdicts on claims that one choice of weights yields: exactly, or as far as rounding and printed digits tell."""
    inexact = conflicting(weights, rows, rounded=False)
    for row in rows:
        entries = opinion(row.finding, side).entries
        before = entries[row.entry]
        near = any(weights.unknown[index].guard.near for index in reached(weights, row.form))
        if row.finding.claim.printed and says_nothing(row.claimed, weights.range(row.form)):
            after = replace(before, verdict=Verdict.UNDECIDED, reasons=("uninformative",))
        elif near:
            after = replace(before, verdict=Verdict.CONSISTENT, reasons=("near-kink",))
        elif row not in inexact:
            after = replace(before, verdict=Verdict.PROVED, relation=None, reasons=("kink-admissible",))
        elif row.finding.claim.printed or not row.form.constant.is_point:
            after = replace(before, verdict=Verdict.CONSISTENT, relation="overlap", reasons=("kink-admissible",))
        else:
            after = by_rounding(before, row.finding)
        entries[row.entry] = after


def by_rounding(before: Judgement, finding: Finding) -> Judgement:
    """An element of the set but for rounding; undecided where rounding says too little."""
    if before.resolution is not None and before.resolution >= INFORMATIVE[finding.claim.dtype]:
        return replace(before, verdict=Verdict.UNDECIDED, relation=None, reasons=("below-resolution",))
    reasons = ("rounding-explains", "kink-admissible")
    return replace(before, verdict=Verdict.CONSISTENT, relation="overlap", reasons=reasons)


def says_nothing(claimed: Interval, spread: Interval) -> bool:
    """A printed 0 where no element of the set is 0."""
    return claimed.low <= 0 <= claimed.high and not spread.low <= 0 <= spread.high


def _leave_open(rows: Sequence[Row], side: str) -> None:
    for row in rows:
        entries = opinion(row.finding, side).entries
        if entries[row.entry].verdict is Verdict.PROVED:
            entries[row.entry] = replace(entries[row.entry], verdict=Verdict.UNDECIDED).because("budget")


def refute(side: Opinion, entry: int, reason: str) -> None:
    """Refute one entry for one reason."""
    side.entries[entry] = replace(side.entries[entry], verdict=Verdict.REFUTED, relation="disjoint", reasons=(reason,))


def _conflict(weights: Weights, rows: Sequence[Row], rounded: bool) -> list[Row]:
    indices = set[int]().union(*(reached(weights, row.form) for row in rows))
    if len(indices) == 1 and weights.unknown[min(indices)].upstream is None:
        return _closed_form(weights, rows, min(indices), rounded)
    return _by_simplex(weights, rows, sorted(indices), rounded)


def _bounds(row: Row, rounded: bool) -> tuple[fmpq, fmpq]:
    """What the weighted part of a row's form may be, at least and at most."""
    constant, claimed = row.form.constant, row.claimed
    if rounded:
        return claimed.low - row.allowance - constant.high, claimed.high + row.allowance - constant.low
    return claimed.low - constant.low, claimed.high - constant.high


def _closed_form(weights: Weights, rows: Sequence[Row], index: int, rounded: bool) -> list[Row]:
    """One weight: every row leaves it an interval, and they must meet."""
    lows: list[tuple[fmpq, int]] = [(weights.unknown[index].bounds.low, -1)]
    highs: list[tuple[fmpq, int]] = [(weights.unknown[index].bounds.high, -1)]
    for place, row in enumerate(rows):
        coefficient = row.form.weights[index]
        least, most = _bounds(row, rounded)[:: 1 if coefficient > 0 else -1]
        lows.append((least / coefficient, place))
        highs.append((most / coefficient, place))
    low, high = max(lows), min(highs)
    if low[0] <= high[0]:
        return []
    return [rows[place] for place in sorted({low[1], high[1]} - {-1})]


def _by_simplex(weights: Weights, rows: Sequence[Row], indices: Sequence[int], rounded: bool) -> list[Row]:
    """Several weights: a linear system; the rows that have a part in its contradiction."""
    system = _System(weights, indices)
    owner: dict[int, int] = {}
    for place, row in enumerate(rows):
        expression, offset = system.linear(row.form)
        least, most = _bounds(row, rounded)
        owner[system.constraints.at_least(expression, least - offset)] = place
        owner[system.constraints.at_most(expression, most - offset)] = place
    conflict = system.constraints.solve().conflict
    return [rows[place] for place in sorted({owner[row] for row in conflict if row in owner})]


class _System:
    """Weights as variables of a linear system, each its bound.low and something that is at least 0.

    Share times upstream gradient lies between 0 and the latter. Where its sign is not known that set is not convex, and
    stands for its convex hull, for mixtures of admissible gradients are admissible.
    """

    def __init__(self, weights: Weights, indices: Sequence[int]) -> None:
        self.weights, self.constraints = weights, Constraints()
        self._variables = {index: self.constraints.variable() for index in indices}
        for index in indices:
            self._bound(index)

    def linear(self, form: Form) -> tuple[dict[int, fmpq], fmpq]:
        """The weighted part of a form: coefficients of the variables, and a number."""
        offset = sum((c * self.weights.unknown[index].bounds.low for index, c in form.weights.items()), fmpq(0))
        return {self._variables[index]: c for index, c in form.weights.items()}, offset

    def _bound(self, index: int) -> None:
        _, (low, high), upstream = self.weights.unknown[index]
        variable = self._variables[index]
        if upstream is None or low == high:
            self.constraints.at_most({variable: ONE}, high - low)
            return
        linear, offset = self.linear(upstream)
        corner = low * high / (high - low)
        # The edges of that hull: from (low, low) to (high, 0), and from (low, 0) to (high, high).
        for direction, factor, end in ((1, high, upstream.constant.high), (-1, -low, upstream.constant.low)):
            factor = factor / (high - low)
            row = {other: -direction * factor * coefficient for other, coefficient in linear.items()}
            self.constraints.at_most(
                row | {variable: fmpq(direction)}, direction * (factor * (end + offset) - low) - corner
            )
