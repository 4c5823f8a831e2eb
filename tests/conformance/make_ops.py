"""Writes fixtures/ops, the points, values and gradients of every op: python -m tests.conformance.make_ops

Values are computed by mpmath with 60 digits. Gradients are enclosed from values alone, by a central difference in
balls with a remainder by Cauchy: no derivative rule has a part in them.
"""

import json
import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from flint import fmpq

from chainrule.engine.certification.trials import FIXED, Trial, arity, fitting, variants
from chainrule.engine.forward import evaluate
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Rule
from chainrule.engine.verify.cauchy import Proof, slope
from chainrule.engine.verify.decimals import shown

OPS_FOLDER = Path(__file__).parents[2] / "fixtures" / "ops"

DIGITS = 50

#: Ops that work entry by entry: their truth is that of single numbers.
ELEMENTWISE = {name: rule for name, rule in OPS.items() if rule.elementwise}

#: Widths of enclosures in bits below their value, for 50 digits and some room.
NARROW = 200

ONE = [0.5, -1.25, 3.0, 0.1, -0.1, 2.0, -2.0, 1.0, -1.0, 0.0, 1e-8, -1e-8, 20.0, -20.0, 700.0, -700.0, 1e10, -1e-300]
ONE += [0.25, -0.5, 2.5, -1.5, -3.0]
TWO = [
    *[(0.7, 1.9), (1.9, 0.7), (-1.25, 3.0), (3.0, -2.0), (-3.0, 2.0), (-2.0, -3.0), (0.1, 0.3), (2.0, 0.5)],
    *[(1e-8, 5.0), (1e10, -0.75), (1e200, 1e-3), (1e-200, 1.5), (0.0, 2.0), (2.0, 0.0), (0.0, 0.0), (1.0, 1.0)],
    *[(-1.5, -1.5), (-8.0, 1 / 3), (1.0, 1.0000000000000002), (0.0, -1.0), (0.0, 0.5)],
]

THREE = [(a, b, c) for (a, b), (c, _) in zip(TWO, TWO[3:] + TWO[:3], strict=True)]

#: Operands whose result IEEE arithmetic prescribes wherever it is zero, infinite or no number.
SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1.7976931348623157e308, -1.7976931348623157e308]


@dataclass(frozen=True, slots=True)
class Mpmath:
    """Real numbers of many digits."""

    def __getattr__(self, name: str) -> Any:
        return getattr(mpmath, name)

    def constant(self, number: int | Fraction) -> Any:
        return mpmath.mpf(number.numerator) / number.denominator

    def pi(self) -> Any:
        return +mpmath.pi

    def square(self, x: Any) -> Any:
        return x * x

    def rsqrt(self, x: Any) -> Any:
        return 1 / mpmath.sqrt(x)

    def log2(self, x: Any) -> Any:
        return mpmath.log(x) / mpmath.log(2)

    def logaddexp(self, a: Any, b: Any) -> Any:
        return max(a, b) + mpmath.log1p(mpmath.exp(-abs(a - b)))

    def sigmoid(self, x: Any) -> Any:
        return 1 / (1 + mpmath.exp(-x))

    def pow(self, base: Any, exponent: Any) -> Any:
        return mpmath.power(base, exponent)

    def maximum(self, a: Any, b: Any) -> Any:
        return max(a, b)

    def minimum(self, a: Any, b: Any) -> Any:
        return min(a, b)

    def round(self, x: Any) -> Any:
        return mpmath.nint(x)

    def trunc(self, x: Any) -> Any:
        return mpmath.floor(x) if x >= 0 else mpmath.ceil(x)

    def equal(self, a: Any, b: Any) -> Any:
        return mpmath.mpf(a == b)

    def less(self, a: Any, b: Any) -> Any:
        return mpmath.mpf(a < b)

    def less_equal(self, a: Any, b: Any) -> Any:
        return mpmath.mpf(a <= b)

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        return a if condition else b


def fixture(rule: Rule) -> dict[str, Any]:
    """Everything that the file of one op says; of an op with attributes, once for every set of them."""
    first, *others = variants(rule)
    attrs = {"attrs": stated(first)} if rule.attributes else {}
    more = {"others": [{"attrs": stated(other), **_truth(other)} for other in others]} if others else {}
    operands = [rule.name_of(port) for port in range(arity(rule))]
    return {"op": rule.name, "operands": operands, "digits": DIGITS, **attrs, **_truth(first), **more}


def stated(rule: Rule) -> dict[str, Any]:
    """The attributes as documents write them."""
    return {name: rule.attributes[name].write(x) for name, x in rule.values.items() if x is not None}


def _truth(rule: Rule) -> dict[str, Any]:
    points = {1: [(x,) for x in ONE], 2: TWO, 3: THREE}[arity(rule)]
    trials = [Trial(rule, "float64", operands) for operands in dict.fromkeys(fitting(rule, point) for point in points)]
    return {
        "points": [_point(trial) for trial in trials if trial.place in ("inside", "break")],
        "kinks": [_kink(trial) for trial in trials if trial.place == "tie"],
        "outside": [list(trial.operands) for trial in trials if trial.place == "outside"],
        "ieee": _ieee(rule),
    }


def _point(trial: Trial) -> dict[str, Any]:
    """A point inside the domain; a gradient is null where there is no derivative by that operand."""
    proofs = [
        slope(trial.rule, trial.exact, port, narrow=NARROW) if port in trial.slots else FIXED
        for port in range(len(trial.operands))
    ]
    return {
        "at": list(trial.operands),
        "value": _value(trial),
        "gradients": [_middle(proof) if isinstance(proof, Proof) else None for proof in proofs],
    }


def _kink(trial: Trial) -> dict[str, Any]:
    """A point on a kink: the slopes a little below and above, for every operand."""
    slopes = [_sides(trial, port) for port in range(len(trial.operands))]
    return {"at": list(trial.operands), "value": _value(trial), "slopes": slopes}


def _sides(trial: Trial, port: int) -> list[str | list[str]]:
    proofs = [slope(trial.rule, operands, port, narrow=NARROW) for operands in trial.beside(port)]
    return [_middle(proof) for proof in proofs if isinstance(proof, Proof)]


def _value(trial: Trial) -> str:
    with mpmath.workdps(DIGITS + 10):
        value = trial.rule.forward(Mpmath(), *map(mpmath.mpf, trial.operands))
        sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
        exact = fmpq(int(mantissa)) * fmpq(2) ** int(exponent)
        return shown(-exact if sign else exact, DIGITS)


def _middle(proof: Proof) -> str | list[str]:
    """The number that 50 digits tell; around 0, where an enclosure never gets narrow beside its value, both ends."""
    low, high = proof.enclosure
    if low < 0 < high:
        return [shown(low, 2), shown(high, 2)]
    return shown((low + high) / 2, DIGITS)


def _ieee(rule: Rule) -> list[dict[str, Any]]:
    with np.errstate(all="ignore"):
        found = [(at, float(evaluate(rule, True, at))) for at in _special_points(rule)]
    # + 0.0: which zero maximum gives of two is not prescribed, so no result tells its sign.
    return [{"at": list(map(_spelt, at)), "value": _spelt(value + 0.0)} for at, value in found if _is_special(value)]


def _special_points(rule: Rule) -> list[tuple[float, ...]]:
    """All combinations of special operands; of three, the third is the first again."""
    corners = product(SPECIAL, repeat=min(arity(rule), 2))
    points = (fitting(rule, tuple(islice(cycle(corner), arity(rule)))) for corner in corners)
    # The two zeros are different points.
    return list({repr(point): point for point in points}.values())


def _is_special(value: float) -> bool:
    return value == 0 or not math.isfinite(value)


def _spelt(number: float) -> float | str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return "-0x0p+0" if number == 0 and math.copysign(1, number) < 0 else number


def written(rule: Rule) -> str:
    """The file's text: one point a line."""
    made = fixture(rule)
    lines = [f'  "{key}": {_listed(value)}' for key, value in made.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _listed(value: Any, indent: str = "  ") -> str:
    if not (isinstance(value, list) and value and isinstance(value[0], (dict, list))):
        return json.dumps(value)
    rows = [_block(row, indent + "  ") if "attrs" in row else json.dumps(row) for row in value]
    return "[\n" + ",\n".join(f"{indent}  {row}" for row in rows) + f"\n{indent}]"


def _block(made: dict[str, Any], indent: str) -> str:
    lines = [f'{indent}  "{key}": {_listed(value, indent + "  ")}' for key, value in made.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


if __name__ == "__main__":
    for name, rule in ELEMENTWISE.items():
        (OPS_FOLDER / f"{name}.json").write_text(written(rule), encoding="utf-8")
