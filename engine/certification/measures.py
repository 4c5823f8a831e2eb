"""What is measured of a rule at one point: errors of its float kernels, its gradient in balls, and what proves it."""

from __future__ import annotations

import math
from dataclasses import replace

from flint import arb, ctx, fmpq

from ...schema.dtype import FORMATS, OVERFLOW, UNIT_ROUNDOFF
from ..backward import local_gradients
from ..forward import evaluate, rounded
from ..numbers.balls import Balls
from ..numbers.intervals import enclosing, point
from ..numbers.protocol import Undecided
from ..verify.bounds import roundoff
from ..verify.cauchy import Proof, Refusal, is_beyond
from ..verify.claims import rational
from ..verify.decimals import nearby
from .trials import BITS, VALUED, Trial


def value_error(trial: Trial) -> float:
    """The error of the float kernel in units of roundoff, where the result is an ordinary number of the dtype."""
    if trial.place not in VALUED or not is_ordinary(trial.truth, trial.dtype):
        return 0.0
    error, size, unit = trial.rule.error, size_of(trial.truth), rational(UNIT_ROUNDOFF[trial.dtype])
    # In units of the result, and as much more as the operands allow.
    scale = size + (error.besides(list(map(abs, trial.exact))) / error.value if error.operands else 0)
    return nearby(distance(trial.truth, computed(trial)) / scale / unit)


def gradient_ratio(trial: Trial, port: int) -> float:
    """The error of the computed local gradient as a share of its bound, where all numbers are ordinary ones."""
    measured = gradient_error(trial, port)
    if measured is None:
        return 0.0
    error, bound = measured
    return nearby(error / bound) if bound and not trial.rule.surrogate else 0.0


def is_smooth(trial: Trial, port: int) -> bool:
    """True off kinks inside the domain, where the rule itself says that there is a derivative by this operand."""
    stated = ball_gradient(trial, port) if trial.place == "inside" else None
    return stated is not None and stated.is_finite() and not is_beyond(stated)


def computed(trial: Trial) -> float:
    """The value as the engine computes it, in the dtype."""
    return float(rounded(evaluate(trial.rule, True, trial.operands), trial.dtype))


def ball_gradient(trial: Trial, port: int) -> arb | None:
    """The gradient rule in balls; None where it has none, or a branch is open."""
    operands = [arb(x) for x in trial.exact]
    try:
        out = trial.rule.forward(Balls(), *operands)
        return trial.rule.local(Balls(), out, operands)[port]
    except (Undecided, ZeroDivisionError):
        return None


def gradient_at_share(trial: Trial, port: int, share: fmpq) -> arb:
    """The gradient rule in balls at a tie, with this share of the upper branch."""
    operands = [arb(x) for x in trial.exact]
    with ctx.workprec(BITS):
        return trial.rule.local(Balls(arb(share)), trial.truth, operands)[port]


def overlaps(found: Proof, stated: arb) -> bool:
    """True if a ball meets what is proved, at the precision of the moment."""
    low, high = found.enclosure
    return bool(stated.overlaps(arb(low).union(arb(high))))


def gradient_error(trial: Trial, port: int) -> tuple[fmpq, fmpq] | None:
    """How far the computed local gradient is off, and how far it may be; None where a number is not ordinary."""
    found = trial.proofs[port]
    if isinstance(found, Refusal) or not is_tame(trial, found):
        return None
    gradients = local_gradients(trial.rule, True, computed(trial), trial.operands, "zero")
    computed_gradient = float(rounded(gradients[port], trial.dtype))
    if not math.isfinite(computed_gradient):
        return found.enclosure.size, fmpq(0)
    return found.enclosure.gap(point(exactly(computed_gradient))), gradient_bound(trial, found)


def gradient_bound(trial: Trial, found: Proof) -> fmpq:
    """How far the engine's own local gradient may be off, by the constants of the declaration."""
    # The engine's own kernels stay within a and b; the logarithm is for other forms of the same rule.
    error = replace(trial.rule.error, logarithm=0)
    return roundoff(trial.dtype, None).local(error, found.enclosure.size, size_of(trial.truth), point(trial.exact[0]))


def is_tame(trial: Trial, found: Proof) -> bool:
    """True if value and derivative are 0 or in the normal range of the dtype: the constants speak of these.

    Beside a kink, where floats round the guard to 0 or to its other side, they speak of nothing.
    """
    if trial.place == "beyond" or trial.is_near:
        return False
    slope_is_normal = found.enclosure.size == 0 or _is_normal(found.enclosure.size, trial.dtype)
    return slope_is_normal and is_normal_point(trial)


def is_normal_point(trial: Trial) -> bool:
    """True if value and operands are 0 or in the normal range."""
    return all(_is_normal(size, trial.dtype) or size == 0 for size in (size_of(trial.truth), *map(abs, trial.exact)))


def is_ordinary(number: arb, dtype: str) -> bool:
    """True for a number in the normal range of the dtype, neither subnormal nor overflowing."""
    return _is_normal(size_of(number), dtype)


def _is_normal(size: fmpq, dtype: str) -> bool:
    binary = FORMATS[dtype]
    return fmpq(2) ** (binary.smallest + binary.precision - 1) <= size < rational(OVERFLOW[dtype])


def size_of(number: arb) -> fmpq:
    """The largest size of a number in a ball."""
    with ctx.workprec(BITS):
        return enclosing(number).size


def distance(truth: arb, number: float) -> fmpq:
    """The distance of a float to the enclosure of the truth."""
    with ctx.workprec(BITS):
        return enclosing(truth).gap(point(exactly(number)))


def exactly(number: float) -> fmpq:
    """A float as FLINT's rational."""
    return fmpq(*float(number).as_integer_ratio())


def shown(number: arb) -> str:
    """A ball for people to read."""
    return number.str(17, radius=False)
