"""What is checked of an op on tensors at one point: the numbers C1 to C12 are those of verification.md 18.

Derivatives are enclosed from values alone: t -> <g, forward(x + t d)> is one function of one number, whatever the
shapes, and `verify/cauchy.py` proves its slope. Each check yields a finding, with the problem in words or None if all
is well; a check that does not apply at a point yields nothing. The caller holds `numpy.errstate(all="ignore")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property, partial, reduce
from typing import Any

import numpy as np
from flint import acb, arb, ctx, fmpq

from ...schema.dtype import HALF_SUBNORMAL, UNIT_ROUNDOFF
from ..backward import CONVENTIONS
from ..body import body_of
from ..forward import rounded
from ..numbers.analytic import NOWHERE, Analytic, Box
from ..numbers.arrays import Arrays
from ..numbers.balls import Balls
from ..numbers.complexes import Complex, Complexes
from ..numbers.intervals import Intervals, enclosing, point
from ..numbers.protocol import Outside, Undecided
from ..numbers.rationals import Rationals
from ..numbers.tensors import Tensors, array, flat
from ..rule import Rule
from ..verify.bounds import REALISATIONS, SLACK
from ..verify.cauchy import Proof, Refusal, prove
from ..verify.decimals import bounds, nearby
from ..verify.tensors.running import Bounded, Running, exactly
from .certificates import Finding
from .tensor_trials import TensorTrial, as_made, outputs_of

#: Precision of true values in bits.
BITS = 400

#: Step of the complex kernels.
STEP = 2.0**-100

#: How far beside a kink slopes are taken, in directions.
BESIDE = fmpq(1, 2**40)

#: Slopes so near to a kink are their limits up to this, beside their size.
LIMIT = fmpq(1, 2**30)

SYSTEM = Tensors(Balls())


class Measured:
    """A point and what is proved there; a proof serves every pullback that is held against it."""

    def __init__(self, trial: TensorTrial) -> None:
        self.trial, self.rule = trial, trial.rule
        self.balls = [numbers(x, arb) for x in trial.operands]
        self.proof, self.sides, self.pulled_at = cache(self._proof), cache(self._sides), cache(self._pulled_at)

    @cached_property
    def outputs(self) -> list[Any]:
        """The results in balls."""
        with ctx.workprec(BITS):
            return outputs_of(self.rule, self.rule.forward(SYSTEM, *self.balls))

    def _proof(self, port: int | None) -> Proof | Refusal:
        """The slope of <g, forward(x + t d)> at t = 0, one operand moving, or all of them for None."""
        return prove(partial(along, self.trial, port, self.trial.cotangents, fmpq(0)))

    def _sides(self, port: int) -> list[tuple[Sequence[Any], fmpq, fmpq]]:
        """For every entry of the results, where both exist: its own cotangent, and the slopes on both sides along d."""
        found: list[tuple[Sequence[Any], fmpq, fmpq]] = []
        for place, g in enumerate(self.trial.cotangents):
            for entry in range(g.size):
                chosen = [np.zeros(other.shape) for other in self.trial.cotangents]
                chosen[place].reshape(-1)[entry] = 1.0
                proofs = [prove(partial(along, self.trial, port, chosen, side * BESIDE)) for side in (-1, 1)]
                known = [proof.enclosure for proof in proofs if isinstance(proof, Proof)]
                if len(known) == len(proofs):
                    found.append((chosen, min(x.low for x in known), max(x.high for x in known)))
        return found

    def is_tie(self, port: int) -> bool:
        """True if the slopes on both sides of the point are not one number, or have no proof either.

        Of three entries that are largest two may stay equal on one side.
        """
        if isinstance(self.proof(port), Proof):
            return False
        entries = sum(g.size for g in self.trial.cotangents)
        return len(self.sides(port)) < entries or any(high - low > LIMIT for _, low, high in self.sides(port))

    def with_rule(self, rule: Rule) -> Measured:
        """The same point, with what is proved there, under another pullback."""
        copy = Measured(replace(self.trial, rule=rule))
        copy.proof, copy.sides, copy.outputs = self.proof, self.sides, self.outputs
        return copy

    def pulled(self, bits: int = BITS) -> tuple[Any, ...]:
        """What the pullback sends to every operand, in balls of at least `bits`; Undecided at a tie."""
        return self.pulled_at(max(bits, BITS))

    def _pulled_at(self, bits: int) -> tuple[Any, ...]:
        upstream, made = [numbers(g, arb) for g in self.trial.cotangents], as_made(self.rule, self.outputs)
        with ctx.workprec(bits):
            return self.rule.pull(SYSTEM, as_made(self.rule, upstream), made, self.balls)


def numbers(x: Any, kind: Callable[[fmpq], Any]) -> Any:
    """An array of floats as a tensor of exact numbers of some kind."""
    return array([kind(fmpq(*entry.as_integer_ratio())) for entry in np.ravel(x).tolist()], np.shape(x))


def along(trial: TensorTrial, port: int | None, cotangents: Sequence[Any], start: fmpq, t: acb) -> acb:
    """<g, forward(x + (start + t) d)>; not finite unless the forward rule is analytic on all of t."""
    operands: list[Any] = []
    for place, (x, d) in enumerate(zip(trial.operands, trial.directions, strict=True)):
        direction = d if d is not None and port in (None, place) else 0 * x
        entries = [_moved(a, b, start, t) for a, b in zip(x.ravel(), direction.ravel(), strict=True)]
        operands.append(array(entries, x.shape))
    try:
        outputs = outputs_of(trial.rule, trial.rule.forward(_Boxes(Analytic()), *operands))
    except (Undecided, Outside, ZeroDivisionError):
        return NOWHERE
    total = acb(0)
    for out, g in zip(outputs, cotangents, strict=True):
        for box, weight in zip(flat(out), np.ravel(g).tolist(), strict=True):
            if weight:
                total += box.z * arb(fmpq(*weight.as_integer_ratio()))
    return total


class _Boxes(Tensors):
    """Tensors of complex boxes, in which a tie has no value: one below the largest of a row is none of the row."""

    def largest_in(self, row: Sequence[Box]) -> Box:
        """The largest of the entries that no other is above on the whole box."""
        leading = [box for box in row if not any((other - box).z.real > 0 for other in row)]
        return reduce(self.each.maximum, leading)


def _moved(x: float, d: float, start: fmpq, t: acb) -> Box:
    centre, step = fmpq(*x.as_integer_ratio()), fmpq(*d.as_integer_ratio())
    return Box(acb(arb(centre + start * step)) + t * arb(step)) if step else Box(acb(arb(centre)))


def checks(point_: Measured) -> Iterator[tuple[int | None, Finding]]:
    """Every check that applies at a point, with the operand that it is about, None for the op as a whole."""
    for check, look in _OF_THE_OP:
        yield from ((None, Finding(check, answer)) for answer in look(point_))
    for port in point_.trial.slots:
        for check, of_slot in _OF_A_SLOT:
            yield from ((port, Finding(check, answer)) for answer in of_slot(point_, port))


# --- values ----------------------------------------------------------------------------------------------------------


def shapes_as_inferred(at: Measured) -> Iterator[str | None]:
    """C8: what comes out, and what goes back, has the shapes that the declaration says."""
    trial, rule = at.trial, at.rule
    made = [x.shape for x in trial.computed]
    yield None if made == trial.shapes else f"forward makes shapes {made}, declared are {trial.shapes}"
    sent = float_pull(trial, trial.cotangents)
    wanted = [None if rule.is_fixed(port) else x.shape for port, x in enumerate(trial.operands)]
    found = [None if part is None else np.shape(part) for part in sent]
    yield None if found == wanted else f"the pullback gives shapes {found}, the operands have {wanted}"


def value_within_its_bound(at: Measured) -> Iterator[str | None]:
    """C1: values in floats against balls, within the bounds that the rounding constants give."""
    for computed, bounded, truth in zip(at.trial.computed, running_forward(at.trial), at.outputs, strict=True):
        wrong = beyond(computed, bounded, truth, at.trial.dtype)
        yield f"a value is off by {wrong:.3g} of its bound" if wrong > 1 else None


def rational_inside_ball(at: Measured) -> Iterator[str | None]:
    """C4: rationals give numbers of the balls, forward and back."""
    system, exact = Tensors(Rationals()), [numbers(x, fmpq) for x in at.trial.operands]
    try:
        outputs = outputs_of(at.rule, at.rule.forward(system, *exact))
        upstream = [numbers(g, fmpq) for g in at.trial.cotangents]
        sent = at.rule.pull(system, as_made(at.rule, upstream), as_made(at.rule, outputs), exact)
        theirs = at.pulled()
    except (Outside, Undecided, ZeroDivisionError):
        return
    pairs = [*zip(outputs, at.outputs, strict=True), *zip(sent, theirs, strict=True)]
    for rational, ball in pairs:
        if rational is not None and ball is not None:
            wrong = [x for x, b in zip(flat(rational), flat(ball), strict=True) if not enclosing(b).holds(point(x))]
            yield f"rationals give {wrong[0]}, which is not in the ball" if wrong else None


def interval_meets_ball(at: Measured) -> Iterator[str | None]:
    """C9: intervals enclose what balls enclose."""
    try:
        outputs = outputs_of(at.rule, at.rule.forward(Tensors(Intervals()), *_intervals(at)))
    except (Outside, Undecided):
        return
    for mine, theirs in zip(outputs, at.outputs, strict=True):
        met = all(x.gap(enclosing(b)) == 0 for x, b in zip(flat(mine), flat(theirs), strict=True))
        yield None if met else "an interval misses the ball"


def _intervals(at: Measured) -> list[Any]:
    return [numbers(x, point) for x in at.trial.operands]


def composite_is_its_body(at: Measured) -> Iterator[str | None]:
    """C7: value and gradient of a composite are those of its body."""
    if not at.rule.has_body:
        return
    body = body_of(at.rule, tuple(x.shape for x in at.trial.operands))
    with ctx.workprec(BITS):
        drawn = body.value(SYSTEM, at.balls)
        pairs = list(zip(at.outputs, drawn if body.is_tuple else [drawn], strict=True))
        try:
            upstream = [numbers(g, arb) for g in at.trial.cotangents]
            sent = body.pull(SYSTEM, upstream if body.is_tuple else upstream[0], at.balls)
            pairs += [(a, b) for a, b in zip(at.pulled(), sent, strict=True) if a is not None]
        except Undecided:
            pass
    met = all(x.overlaps(y) for a, b in pairs for x, y in zip(flat(a), flat(b), strict=True))
    yield None if met else "the kernel is not the body"


# --- gradients -------------------------------------------------------------------------------------------------------


def pullback_against_proof(at: Measured, port: int | None) -> Iterator[str | None]:
    """C3: <pullback(g), d> in balls overlaps what values alone prove of the slope along d."""
    found = at.proof(port)
    if isinstance(found, Refusal):
        return
    try:
        with ctx.workprec(max(found.bits, BITS)):
            stated = product_of(at.pulled(found.bits), at.trial.directions, port)
    except Undecided:
        yield "the pullback is open where values prove a derivative"
        return
    met = stated.is_finite() and enclosing(stated).gap(found.enclosure) == 0
    yield None if met else f"the pullback gives {stated.str(20)} along d, values prove {bounds(found.enclosure)}"


def all_operands_at_once(at: Measured) -> Iterator[str | None]:
    """C3 with every operand moving: what the operands receive adds up."""
    yield from pullback_against_proof(at, None) if len(at.trial.slots) > 1 else ()


def product_of(sent: Sequence[Any], directions: Sequence[Any], port: int | None) -> arb:
    """<what was sent, d>, over one operand or all."""
    total = arb(0)
    for place, (part, d) in enumerate(zip(sent, directions, strict=True)):
        if part is not None and d is not None and port in (None, place):
            for ball, step in zip(flat(part), d.ravel().tolist(), strict=True):
                total += ball * arb(fmpq(*step.as_integer_ratio()))
    return total


def linear_in_upstream(at: Measured) -> Iterator[str | None]:
    """C8: nothing upstream, nothing downstream; twice as much upstream, bit for bit twice as much downstream."""
    trial = at.trial
    nothing = float_pull(trial, [np.zeros(g.shape) for g in trial.cotangents])
    once = float_pull(trial, trial.cotangents)
    twice = float_pull(trial, [2 * g for g in trial.cotangents])
    yield None if all(part is None or not np.any(part) for part in nothing) else "pullback(0) is not 0"
    same = all(a is None or np.array_equal(2 * a, b, equal_nan=True) for a, b in zip(once, twice, strict=True))
    yield None if same else "pullback(2 g) is not 2 pullback(g)"


def gradient_within_its_bound(at: Measured, port: int) -> Iterator[str | None]:
    """C12: the pullback in floats against balls, within the bounds that the rounding constants give."""
    ratio = gradient_ratio(at, port)
    if ratio is not None:
        yield f"a gradient is off by {ratio:.3g} of its bound" if ratio > 1 else None


def complex_step(at: Measured, port: int) -> Iterator[str | None]:
    """C2: the slope along d by the complex step through the forward rule, near what values prove."""
    found, trial = at.proof(port), at.trial
    if isinstance(found, Refusal) or trial.dtype != "float64":
        return
    operands = [
        array(
            [Complex(complex(a, STEP * b)) for a, b in zip(x.ravel(), _step_of(trial, k, port), strict=True)], x.shape
        )
        for k, x in enumerate(trial.operands)
    ]
    try:
        outputs = outputs_of(at.rule, at.rule.forward(Tensors(Complexes()), *operands))
    except (Outside, ArithmeticError, ValueError):
        return
    slope = sum(
        float(z.imag) / STEP * g
        for out, weights in zip(outputs, trial.cotangents, strict=True)
        for z, g in zip(flat(out), weights.ravel().tolist(), strict=True)
    )
    if not np.isfinite(slope):
        return
    allowed = float(REALISATIONS * SLACK) * slope_bound(at, port)
    off = nearby(found.enclosure.gap(point(fmpq(*float(slope).as_integer_ratio()))))
    yield (
        None if off <= allowed else f"the complex step gives {slope!r} along d, values prove {bounds(found.enclosure)}"
    )


def _step_of(trial: TensorTrial, place: int, port: int) -> Any:
    direction = trial.directions[place]
    return direction.ravel() if direction is not None and place == port else 0 * trial.operands[place].ravel()


def tie_is_admissible(at: Measured, port: int) -> Iterator[str | None]:
    """C6: where there is no derivative, what each convention takes lies between the slopes on both sides.

    Output by output: at a single gate with a kink the one-sided slopes along d are the ends of the admissible set.
    """
    if isinstance(at.proof(port), Proof):
        return
    for chosen, low, high in at.sides(port):
        yield from _members(at, port, chosen, low, high)


def _members(at: Measured, port: int, chosen: Sequence[Any], low: fmpq, high: fmpq) -> Iterator[str | None]:
    direction = at.trial.directions[port]
    assert direction is not None
    slack = LIMIT * (1 + max(abs(low), abs(high)))
    for name in CONVENTIONS:
        part = float_pull(at.trial, chosen, name)[port]
        taken = fmpq(*float(np.sum(np.asarray(part) * direction)).as_integer_ratio())
        met = low - slack <= taken <= high + slack
        yield None if met else f"{name} takes {nearby(taken)} along d, the sides are {nearby(low)} and {nearby(high)}"


# --- what floats do --------------------------------------------------------------------------------------------------


def float_pull(trial: TensorTrial, cotangents: Sequence[Any], kinks: str = "zero") -> tuple[Any, ...]:
    """The pullback as the engine runs it."""
    made = as_made(trial.rule, trial.computed)
    return trial.rule.pull(Arrays(kinks=kinks), as_made(trial.rule, list(cotangents)), made, list(trial.operands))


def running(dtype: str) -> Running:
    """Arithmetic with running bounds in a dtype."""
    unit = float(UNIT_ROUNDOFF[dtype])
    return Running(unit, unit)


def running_forward(trial: TensorTrial) -> list[Bounded]:
    """The results with their running bounds."""
    return outputs_of(trial.rule, trial.rule.forward(running(trial.dtype), *map(exactly, trial.operands)))


def running_pull(trial: TensorTrial) -> tuple[Bounded | None, ...]:
    """What goes back, with its running bounds."""
    made, upstream = running_forward(trial), [exactly(g) for g in trial.cotangents]
    operands = [exactly(x) for x in trial.operands]
    return trial.rule.pull(running(trial.dtype), as_made(trial.rule, upstream), as_made(trial.rule, made), operands)


def slope_bound(at: Measured, port: int) -> float:
    """How far a slope along d may be off: the bounds of what is sent, and of the sum."""
    part, direction = running_pull(at.trial)[port], at.trial.directions[port]
    assert part is not None
    assert direction is not None
    unit = float(UNIT_ROUNDOFF[at.trial.dtype]) * (direction.size + sum(g.size for g in at.trial.cotangents))
    sent = np.abs(direction) * (part.rounding + unit * np.abs(part.value))
    forward = sum(
        float(np.sum(np.abs(g) * out.rounding))
        for g, out in zip(at.trial.cotangents, running_forward(at.trial), strict=True)
    )
    return float(np.sum(sent)) + forward


def gradient_ratio(at: Measured, port: int) -> float | None:
    """The largest error of the pullback in floats as a share of its bound; None at a tie."""
    bounded = running_pull(at.trial)[port]
    if bounded is None or np.any(bounded.open):
        return None
    try:
        truth = at.pulled()[port]
    except Undecided:
        return None
    return beyond(bounded.value, bounded, truth, at.trial.dtype)


def value_ratio(at: Measured) -> float:
    """The largest error of a value in floats as a share of its bound."""
    ratios = [
        beyond(computed, bounded, truth, at.trial.dtype)
        for computed, bounded, truth in zip(at.trial.computed, running_forward(at.trial), at.outputs, strict=True)
    ]
    return max(ratios, default=0.0)


def beyond(computed: Any, bounded: Bounded, truth: Any, dtype: str) -> float:
    """The largest error of numbers, rounded to the dtype, as a share of their bounds; 0 over no entries."""
    computed = rounded(np.asarray(computed), dtype)
    least, worst = float(HALF_SUBNORMAL[dtype]), 0.0
    rounding = np.broadcast_to(bounded.rounding, np.shape(computed))
    for number, bound, ball in zip(np.ravel(computed).tolist(), np.ravel(rounding).tolist(), flat(truth), strict=True):
        off = nearby(enclosing(ball).gap(point(fmpq(*float(number).as_integer_ratio())))) if ball.is_finite() else 0.0
        allowed = float(SLACK) * bound + least
        worst = max(worst, off / allowed if off else 0.0)
    return worst


_OF_THE_OP: tuple[tuple[str, Callable[[Measured], Iterator[str | None]]], ...] = (
    ("C1", value_within_its_bound),
    ("C3", all_operands_at_once),
    ("C4", rational_inside_ball),
    ("C7", composite_is_its_body),
    ("C8", shapes_as_inferred),
    ("C8", linear_in_upstream),
    ("C9", interval_meets_ball),
)
_OF_A_SLOT: tuple[tuple[str, Callable[[Measured, int], Iterator[str | None]]], ...] = (
    ("C2", complex_step),
    ("C3", pullback_against_proof),
    ("C6", tie_is_admissible),
    ("C12", gradient_within_its_bound),
)
