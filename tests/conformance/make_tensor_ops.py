"""Writes fixtures/ops for the ops on tensors: python -m tests.conformance.make_tensor_ops [OP ...]

Values are computed by mpmath with 60 digits, entry by entry. Gradients of <cotangent, result> by every entry of every
operand are enclosed from values alone, by a central difference in balls with a remainder by Cauchy: no pullback has a
part in them.
"""

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import mpmath
import numpy as np
from flint import fmpq

from chainrule.engine.certification.tensor_certificates import BESIDE, along
from chainrule.engine.certification.tensor_trials import TensorTrial, outputs_of, trial_of
from chainrule.engine.numbers.tensors import Tensors, array, flat
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Rule
from chainrule.engine.verify.cauchy import Proof, Refusal, prove
from chainrule.engine.verify.decimals import shown

from .make_ops import DIGITS, NARROW, OPS_FOLDER, Mpmath

STRUCTURED = {name: rule for name, rule in OPS.items() if not rule.elementwise}


def fixture(rule: Rule) -> dict[str, Any]:
    """Everything that the file of one op says: one case an example of the declaration."""
    trials = [
        trial_of(rule, example, "float64", "ordinary", Random(f"fixtures/{rule.name}/{place}"))
        for place, example in enumerate(rule.examples)
    ]
    operands = [rule.name_of(port) for port in range(max(len(trial.operands) for trial in trials))]
    cases = [case(trial, dict(example.attrs)) for trial, example in zip(trials, rule.examples, strict=True)]
    return {"op": rule.name, "operands": operands, "digits": DIGITS, "cases": cases}


def case(trial: TensorTrial, attrs: dict[str, Any]) -> dict[str, Any]:
    """One call: attributes, operands, a cotangent a result, results, a gradient an operand, null toward fixed ones."""
    return {
        "attrs": attrs,
        "operands": [_tensor(x) for x in trial.operands],
        "cotangents": [_tensor(g) for g in trial.cotangents],
        "values": values(trial),
        "gradients": [_gradient(trial, port) if port in trial.slots else None for port in range(len(trial.operands))],
    }


def values(trial: TensorTrial) -> list[Any]:
    """The results, computed with 60 digits."""
    with mpmath.workdps(DIGITS + 10):
        operands = [array([mpmath.mpf(x) for x in np.ravel(o).tolist()], o.shape) for o in trial.operands]
        outputs = outputs_of(trial.rule, trial.rule.forward(Tensors(Mpmath()), *operands))
        return [_shaped(out.shape, list(map(_digits, flat(out)))) for out in outputs]


def _digits(value: Any) -> str:
    # What reads outside its tensor is no number.
    if value is None:
        return "NaN"
    sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    exact = fmpq(int(mantissa)) * fmpq(2) ** int(exponent)
    return shown(-exact if sign else exact, DIGITS)


def _gradient(trial: TensorTrial, port: int) -> dict[str, Any]:
    shape = trial.operands[port].shape
    return _shaped(shape, [_slope(trial, port, entry) for entry in range(trial.operands[port].size)])


def _slope(trial: TensorTrial, port: int, entry: int) -> Any:
    """The derivative by one entry; at a kink both one-sided ones, under "sides"."""
    moved = _alone(trial, port, entry)
    found = prove(partial(along, moved, port, trial.cotangents, fmpq(0)), narrow=NARROW)
    if isinstance(found, Proof):
        return _middle(found)
    sides = [prove(partial(along, moved, port, trial.cotangents, side * BESIDE), narrow=NARROW) for side in (-1, 1)]
    return {"sides": [_side(side) for side in sides]}


def _side(found: Proof | Refusal) -> Any:
    return _middle(found) if isinstance(found, Proof) else None


def _alone(trial: TensorTrial, port: int, entry: int) -> TensorTrial:
    """The same point, one entry of one operand moving by 1, or by its size where that is far from 1."""
    direction = np.zeros(trial.operands[port].shape)
    direction.reshape(-1)[entry] = 1.0
    directions = tuple(direction if k == port else None for k in range(len(trial.operands)))
    return TensorTrial(trial.rule, trial.dtype, trial.operands, trial.cotangents, directions)


def _middle(proof: Proof) -> str | list[str]:
    """The number that 50 digits tell; around 0, where an enclosure never gets narrow beside its value, both ends."""
    low, high = proof.enclosure
    if low < 0 < high:
        return [shown(low, 2), shown(high, 2)]
    return shown((low + high) / 2, DIGITS)


def _tensor(x: Any) -> dict[str, Any]:
    return _shaped(np.shape(x), np.ravel(x).tolist())


def _shaped(shape: Sequence[int], data: list[Any]) -> dict[str, Any]:
    return {"shape": list(shape), "data": data}


def written(rule: Rule) -> str:
    """The file's text: one case after the other, one field a line."""
    made = fixture(rule)
    head = [f'  "{key}": {json.dumps(value)}' for key, value in made.items() if key != "cases"]
    blocks = [_block(each) for each in made["cases"]]
    return "{\n" + ",\n".join([*head, '  "cases": [\n' + ",\n".join(blocks) + "\n  ]"]) + "\n}\n"


def _block(made: dict[str, Any]) -> str:
    return "    {\n" + ",\n".join(f'      "{key}": {json.dumps(value)}' for key, value in made.items()) + "\n    }"


if __name__ == "__main__":
    for name in sys.argv[1:] or STRUCTURED:
        Path(OPS_FOLDER / f"{name}.json").write_text(written(STRUCTURED[name]), encoding="utf-8")
