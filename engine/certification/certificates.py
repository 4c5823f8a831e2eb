"""What is checked of a rule at one point: the numbers C1 to C12 are those of verification.md 18.

Each check yields a finding, with the problem in words or None if all is well; a check that does not apply at a point
yields nothing. The caller holds `numpy.errstate(all="ignore")`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from flint import acb, arb, ctx, fmpq

from ...schema.dtype import OVERFLOW, UNIT_ROUNDOFF
from ..backward import local_gradients
from ..forward import evaluate
from ..numbers.analytic import Analytic, Box
from ..numbers.arrays import Arrays
from ..numbers.complexes import Complex, Complexes
from ..numbers.intervals import Intervals, enclosing, point
from ..numbers.protocol import Outside
from ..numbers.rationals import Rationals
from ..verify.bounds import REALISATIONS, roundoff
from ..verify.cauchy import Proof, Refusal, applied, scale_of, slope
from ..verify.claims import rational
from ..verify.decimals import bounds, nearby
from .measures import (
    ball_gradient,
    computed,
    distance,
    exactly,
    gradient_at_share,
    gradient_bound,
    gradient_error,
    is_normal_point,
    is_tame,
    overlaps,
    shown,
    size_of,
)
from .trials import BITS, VALUED, Trial

#: Step of the complex kernels, beside the operand's size.
STEP = 2.0**-100

#: Boxes around a singular point, as powers of two of its size.
BOXES = (-2, -20, -60, -300)

#: Steps of the complex kernels above this are no small ones; below this they may lose the imaginary part.
LARGEST_STEP, UNDERFLOW = fmpq(1, 2**50), fmpq(1, 2**500)

#: Whole second operands above this are left out of rational arithmetic: as exponents they make numbers too long.
LARGEST_POWER = 64


#: The direction, in sizes of the operands, in which forward and backward are compared.
DIRECTION = (0.75, -0.25, 0.5)

#: Slopes 2^-60 beside a kink are as near as this to their limits, as long as no slope changes faster than 2^20.
LIMIT = 2.0**-40


class Finding(NamedTuple):
    """One check at one point, and what is wrong."""

    check: str
    problem: str | None


def checks_of_op(trial: Trial) -> Iterator[Finding]:
    """Every check of the op as a whole that applies at a point."""
    for check, look in _OF_THE_OP:
        yield from _found(check, look(trial))


def checks_of_slot(trial: Trial, port: int) -> Iterator[Finding]:
    """Every check of one operand that applies at a point."""
    for check, of_slot in _OF_A_SLOT:
        yield from _found(check, of_slot(trial, port))


def _found(check: str, answers: Iterator[str | None]) -> Iterator[Finding]:
    return (Finding(check, answer) for answer in answers)


# --- values ----------------------------------------------------------------------------------------------------------


def value_within_its_bound(trial: Trial) -> Iterator[str | None]:
    """C1: the float kernel against the ball, within the constant of the declaration."""
    if trial.place not in VALUED:
        return
    result, truth = computed(trial), trial.truth
    if size_of(truth) >= rational(OVERFLOW[trial.dtype]):
        right = math.isinf(result) and (result > 0) == bool(truth > 0)
        yield None if right else f"{result} where the value overflows"
    elif not math.isfinite(result):
        yield f"{result} instead of {shown(truth)}"
    else:
        bound = roundoff(trial.dtype, None).value(trial.rule.error, size_of(truth), list(map(abs, trial.exact)))
        yield None if distance(truth, result) <= bound else f"{result!r} instead of {shown(truth)}"


def rational_inside_ball(trial: Trial) -> Iterator[str | None]:
    """C4: rationals give a number of the ball."""
    if trial.place == "beyond" or any(x.q == 1 and abs(x) > LARGEST_POWER for x in trial.exact[1:]):
        return
    try:
        found = trial.rule.forward(Rationals(), *trial.exact)
    except (Outside, ZeroDivisionError):
        return
    with ctx.workprec(BITS):
        inside = trial.place != "outside" and enclosing(trial.truth).holds(point(found))
    yield None if inside else f"rationals give {found}, balls {shown(trial.truth)}"


def one_domain(trial: Trial) -> Iterator[str | None]:
    """C9: outside the domain no system gives a number."""
    if trial.place != "outside":
        return
    operands = trial.operands
    given: dict[str, Any] = {
        "floats": evaluate(trial.rule, True, operands),
        "arrays": float(trial.rule.forward(Arrays(), *map(np.float64, operands))),
        "complexes": _finite_part(trial.rule.forward(Complexes(), *map(Complex, operands))),
    }
    wrong = [f"{name} give {number}" for name, number in given.items() if math.isfinite(number)]
    if _is_number(lambda: trial.rule.forward(Intervals(), *map(point, trial.exact))):
        wrong.append("intervals give a number")
    if _is_number(lambda: trial.rule.forward(Rationals(), *trial.exact)):
        wrong.append("rationals give a number")
    if applied(trial.rule, Analytic(), [Box(acb(arb(x))) for x in trial.exact]).is_finite:
        wrong.append("analytic balls give a number")
    yield ", ".join(wrong) or None


def floats_as_arrays(trial: Trial) -> Iterator[str | None]:
    """C9: scalars and arrays are one arithmetic, up to the last place of their libraries."""
    scalar = evaluate(trial.rule, True, trial.operands)
    array = float(trial.rule.forward(Arrays(), *map(np.float64, trial.operands)))
    slack = 2 * max(trial.rule.error.value - 1, 0) * math.ulp(scalar) if math.isfinite(scalar) else 0.0
    same = scalar == array or (math.isnan(scalar) and math.isnan(array)) or abs(scalar - array) <= slack
    yield None if same else f"floats give {scalar!r}, arrays {array!r}"


def complex_value(trial: Trial) -> Iterator[str | None]:
    """C2: the real part of the complex kernel is, bit for bit, what the real kernel gives."""
    if trial.dtype != "float64" or trial.place not in ("inside", "tie") or not is_normal_point(trial):
        return
    if trial.place == "inside" and any(trial.is_singular(port) for port in trial.slots):
        return
    found = trial.rule.forward(Complexes(), *map(Complex, trial.operands))
    if _lost_on_the_way(trial, float(found.imag)):
        return
    kernel = float(trial.rule.forward(Arrays(), *map(np.float64, trial.operands)))
    yield None if (float(found.real), float(found.imag)) == (kernel, 0.0) else f"{found.z} beside the real {kernel!r}"


# --- local gradients -------------------------------------------------------------------------------------------------


def gradient_within_its_bound(trial: Trial, port: int) -> Iterator[str | None]:
    """C12: the local gradient as the engine computes it, within the constants a and b of the declaration."""
    measured = gradient_error(trial, port)
    if measured is not None and not trial.rule.surrogate:
        error, bound = measured
        yield None if error <= bound else f"d/d{trial.rule.name_of(port)} is off by {nearby(error):.3g}"


def rule_against_proof(trial: Trial, port: int) -> Iterator[str | None]:
    """C3: the gradient rule in balls overlaps what values alone prove; a surrogate is 0 whatever they prove."""
    found = trial.proofs[port]
    if isinstance(found, Refusal):
        return
    if trial.rule.surrogate:
        yield None if ball_gradient(trial, port) == 0 else "a surrogate that lets something through"
        return
    with ctx.workprec(max(found.bits, BITS)):
        stated = ball_gradient(trial, port)
        if stated is None or not stated.is_finite():
            yield f"the rule gives no d/d{trial.rule.name_of(port)}, which is in {bounds(found.enclosure)}"
        else:
            met = overlaps(found, stated)
            yield None if met else f"the rule gives {stated.str(20)}, values prove {bounds(found.enclosure)}"


def complex_step(trial: Trial, port: int) -> Iterator[str | None]:
    """C2: the imaginary part of the complex kernel, over the step, is the derivative."""
    found = trial.proofs[port]
    if trial.dtype != "float64" or isinstance(found, Refusal) or not is_tame(trial, found):
        return
    step = STEP * (abs(trial.operands[port]) or 1.0)
    z = [Complex(complex(x, step if k == port else 0.0)) for k, x in enumerate(trial.operands)]
    if _is_no_small_step(trial, step, found):
        return
    derivative = float(trial.rule.forward(Complexes(), *z).z.imag) / step
    if _lost_on_the_way(trial, derivative):
        return
    bound = REALISATIONS * (
        gradient_bound(trial, found) + 2 * rational(UNIT_ROUNDOFF["float64"]) * found.enclosure.size
    )
    near = math.isfinite(derivative) and found.enclosure.gap(point(exactly(derivative))) <= bound
    yield None if near else f"the complex step gives {derivative!r}, values prove {bounds(found.enclosure)}"


def analytic_honoured(trial: Trial, port: int) -> Iterator[str | None]:
    """C5: no box over a kink, a pole or a branch point is finite."""
    if trial.place == "beyond" or not trial.is_singular(port):
        return
    unit = arb(scale_of(arb(trial.exact[port])))
    for exponent in BOXES:
        radius = unit * arb(2) ** exponent
        for shift in (acb(0), acb(radius / 2), acb(-radius / 2), acb(0, radius / 2)):
            boxes = [Box(acb(arb(x))) for x in trial.exact]
            boxes[port] = Box(boxes[port].z + shift + acb(arb(0, radius), arb(0, radius)))
            finite = applied(trial.rule, Analytic(), boxes).is_finite
            yield f"a box of radius 2^{exponent} over the point is finite" if finite else None


def kink_is_a_kink(trial: Trial, port: int) -> Iterator[str | None]:
    """C6: at a guard's zero there is no proof, and the slopes on both sides are the ends of the stated set."""
    if not trial.is_tie or trial.place != "tie" or trial.stays_tied(port):
        return
    if isinstance(trial.proofs[port], Proof):
        yield "a derivative is proved on the kink"
        return
    sides = [slope(trial.rule, operands, port) for operands in trial.beside(port)]
    stated = [gradient_at_share(trial, port, share) for share in (fmpq(0), fmpq(1))]
    found = sorted(nearby(side.enclosure.low) for side in sides if isinstance(side, Proof))
    ends = sorted(float(x.mid()) for x in stated)
    met = len(found) == len(ends) and all(abs(a - b) <= LIMIT for a, b in zip(found, ends, strict=True))
    yield None if met else f"the slopes beside the kink are {found}, the stated ones {ends}"


def adjoint(trial: Trial) -> Iterator[str | None]:
    """C8: forward by complex step and backward by the rule agree in one direction; moved alike, operands add up."""
    proofs = [found for port in trial.slots if isinstance(found := trial.proofs[port], Proof)]
    if trial.dtype != "float64" or len(proofs) < len(trial.slots) or trial.rule.surrogate:
        return
    if not all(is_tame(trial, found) for found in proofs):
        return
    steps = [DIRECTION[k] * (abs(x) or 1.0) if k in trial.slots else 0.0 for k, x in enumerate(trial.operands)]
    tangents = [steps[port] for port in trial.slots]
    z = [Complex(complex(x, STEP * t)) for x, t in zip(trial.operands, steps, strict=True)]
    if any(_is_no_small_step(trial, STEP * abs(t), found) for t, found in zip(tangents, proofs, strict=True)):
        return
    moved = float(trial.rule.forward(Complexes(), *z).z.imag)
    whole = local_gradients(trial.rule, True, evaluate(trial.rule, True, trial.operands), trial.operands, "zero")
    local = [whole[port] for port in trial.slots]
    if _lost_on_the_way(trial, moved):
        return
    if not all(map(math.isfinite, (moved, *local))):
        yield f"forward gives {moved!r} for a step along {tangents}, the rule {local}"
        return
    backward = sum((exactly(d) * exactly(t) for d, t in zip(local, tangents, strict=True)), fmpq(0))
    unit = rational(UNIT_ROUNDOFF["float64"])
    bound = sum(
        (
            abs(exactly(t)) * (gradient_bound(trial, p) + 4 * unit * p.enclosure.size)
            for p, t in zip(proofs, tangents, strict=True)
        ),
        fmpq(0),
    )
    forward = exactly(moved) / exactly(STEP)
    good = abs(forward - backward) <= REALISATIONS * bound
    yield None if good else f"forward gives {nearby(forward)!r} along {tangents}, backward {nearby(backward)!r}"


def repeated_operands(trial: Trial) -> Iterator[str | None]:
    """C8: an operand used twice receives the sum of both slots."""
    if len(set(trial.operands)) > 1 or len(trial.operands) == 1 or len(trial.slots) < len(trial.operands):
        return
    found = slope(trial.rule, trial.exact, None)
    if isinstance(found, Refusal):
        return
    with ctx.workprec(BITS):
        parts = [ball_gradient(trial, port) for port in range(len(trial.operands))]
        known = [part for part in parts if part is not None and part.is_finite()]
        if len(known) == len(parts):
            met = overlaps(found, sum(known, arb(0)))
            yield None if met else f"the slots add up to {sum(known, arb(0))}, values prove {bounds(found.enclosure)}"


#: Checks by number; the first look at the op as a whole, the others at one operand.
_OF_THE_OP: tuple[tuple[str, Callable[[Trial], Iterator[str | None]]], ...] = (
    ("C1", value_within_its_bound),
    ("C2", complex_value),
    ("C4", rational_inside_ball),
    ("C8", adjoint),
    ("C8", repeated_operands),
    ("C9", one_domain),
    ("C9", floats_as_arrays),
)
_OF_A_SLOT: tuple[tuple[str, Callable[[Trial, int], Iterator[str | None]]], ...] = (
    ("C2", complex_step),
    ("C3", rule_against_proof),
    ("C5", analytic_honoured),
    ("C6", kink_is_a_kink),
    ("C12", gradient_within_its_bound),
)


def _finite_part(number: Complex) -> float:
    """The real part; NaN unless both parts are finite."""
    z = complex(number.z)
    return z.real if math.isfinite(z.real) and math.isfinite(z.imag) else math.nan


def _is_no_small_step(trial: Trial, step: float, found: Proof) -> bool:
    """True if a complex step changes the value by no small share, or by so little that its digits are lost."""
    change = exactly(step) * found.enclosure.size
    value = size_of(trial.truth)
    return exactly(step) > LARGEST_STEP or (value > 0 and change > LARGEST_STEP * value) or 0 < change < UNDERFLOW


def _lost_on_the_way(trial: Trial, imag: float) -> bool:
    """True if a kernel of several steps says by NaN that one of them lost its digits."""
    return trial.rule.has_body and math.isnan(imag)


def _is_number(evaluate: Callable[[], Any]) -> bool:
    try:
        evaluate()
    except (Outside, ZeroDivisionError):
        return False
    return True
