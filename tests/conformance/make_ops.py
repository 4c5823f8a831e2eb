"""Writes fixtures/ops, the points, values and gradients of every op: python -m tests.conformance.make_ops

Values are computed by mpmath with 60 digits. Gradients are enclosed from values alone, by a central difference in
balls with a remainder by Cauchy: no derivative rule has a part in them.
"""

import json
import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from flint import fmpq

from chainrule.engine.forward import evaluate
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Rule
from chainrule.engine.trials import Trial
from chainrule.engine.verify.cauchy import Proof, slope
from chainrule.engine.verify.decimals import shown

OPS_FOLDER = Path(__file__).parents[2] / "fixtures" / "ops"

DIGITS = 50

#: Widths of enclosures in bits below their value, for 50 digits and some room.
NARROW = 200

ONE = [0.5, -1.25, 3.0, 0.1, -0.1, 2.0, -2.0, 1.0, -1.0, 0.0, 1e-8, -1e-8, 20.0, -20.0, 700.0, -700.0, 1e10, -1e-300]
TWO = [
    *[(0.7, 1.9), (1.9, 0.7), (-1.25, 3.0), (3.0, -2.0), (-3.0, 2.0), (-2.0, -3.0), (0.1, 0.3), (2.0, 0.5)],
    *[(1e-8, 5.0), (1e10, -0.75), (1e200, 1e-3), (1e-200, 1.5), (0.0, 2.0), (2.0, 0.0), (0.0, 0.0), (1.0, 1.0)],
    *[(-1.5, -1.5), (-8.0, 1 / 3), (1.0, 1.0000000000000002), (0.0, -1.0), (0.0, 0.5)],
]

#: Operands whose result IEEE arithmetic prescribes wherever it is zero, infinite or no number.
SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1.7976931348623157e308, -1.7976931348623157e308]


@dataclass(frozen=True, slots=True)
class Mpmath:
    """Real numbers of many digits."""

    def constant(self, number: int) -> Any:
        return mpmath.mpf(number)

    def square(self, x: Any) -> Any:
        return x * x

    def sqrt(self, x: Any) -> Any:
        return mpmath.sqrt(x)

    def exp(self, x: Any) -> Any:
        return mpmath.exp(x)

    def log(self, x: Any) -> Any:
        return mpmath.log(x)

    def sin(self, x: Any) -> Any:
        return mpmath.sin(x)

    def cos(self, x: Any) -> Any:
        return mpmath.cos(x)

    def tanh(self, x: Any) -> Any:
        return mpmath.tanh(x)

    def sigmoid(self, x: Any) -> Any:
        return 1 / (1 + mpmath.exp(-x))

    def pow(self, base: Any, exponent: Any) -> Any:
        return mpmath.power(base, exponent)

    def maximum(self, a: Any, b: Any) -> Any:
        return max(a, b)

    def minimum(self, a: Any, b: Any) -> Any:
        return min(a, b)


def fixture(rule: Rule) -> dict[str, Any]:
    """Everything that the file of one op says."""
    points = [(x,) for x in ONE] if len(rule.operands) == 1 else TWO
    trials = [Trial(rule, "float64", operands) for operands in points]
    return {
        "op": rule.name,
        "operands": list(rule.operands),
        "digits": DIGITS,
        "points": [_point(trial) for trial in trials if trial.place == "inside"],
        "kinks": [_kink(trial) for trial in trials if trial.place == "tie"],
        "outside": [list(trial.operands) for trial in trials if trial.place == "outside"],
        "ieee": _ieee(rule),
    }


def _point(trial: Trial) -> dict[str, Any]:
    """A point inside the domain; a gradient is null where there is no derivative by that operand."""
    proofs = [slope(trial.rule, trial.exact, port, narrow=NARROW) for port in range(len(trial.operands))]
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
        found = [(at, float(evaluate(rule, True, at))) for at in product(SPECIAL, repeat=len(rule.operands))]
    # + 0.0: which zero maximum gives of two is not prescribed, so no result tells its sign.
    return [{"at": list(map(_spelt, at)), "value": _spelt(value + 0.0)} for at, value in found if _is_special(value)]


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


def _listed(value: Any) -> str:
    if not (isinstance(value, list) and value and isinstance(value[0], (dict, list))):
        return json.dumps(value)
    return "[\n" + ",\n".join(f"    {json.dumps(row)}" for row in value) + "\n  ]"


if __name__ == "__main__":
    for name, rule in OPS.items():
        (OPS_FOLDER / f"{name}.json").write_text(written(rule), encoding="utf-8")
