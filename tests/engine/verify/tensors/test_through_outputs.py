"""Gradients that go on from a printed output of a tensor gate are right, by parts and by arrays; wrong ones are not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule.engine.certification.tensor_trials import tensor_trials
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Rule
from chainrule.schema import Graph

from ...tensor_documents import PATHS, refuted

Vector = NDArray[np.float64]
WITH_OUTPUT_FORM = sorted(name for name, rule in OPS.items() if rule.has_output_form)


def by_softmax(x: Vector, y: Vector, grad: Vector) -> Vector:
    """From probabilities as they were written down."""
    return y * (grad - np.sum(grad * y))


def by_log_softmax(x: Vector, y: Vector, grad: Vector) -> Vector:
    """From logarithms of probabilities."""
    return grad - np.exp(y) * np.sum(grad)


def by_logsumexp(x: Vector, y: Vector, grad: Vector) -> Vector:
    """From the smooth maximum."""
    return grad * np.exp(x - y)


def by_norm(x: Vector, y: Vector, grad: Vector) -> Vector:
    """From the length."""
    return grad * x / y


def by_deviation(x: Vector, y: Vector, grad: Vector) -> Vector:
    """From the standard deviation."""
    return grad * (x - np.mean(x)) / (x.size * y)


FORMS: dict[str, Callable[[Vector, Vector, Vector], Vector]] = {
    "softmax": by_softmax,
    "log_softmax": by_log_softmax,
    "reduce_logsumexp": by_logsumexp,
    "reduce_l2": by_norm,
    "std": by_deviation,
}
ONE = {"softmax": {"axis": 0}, "log_softmax": {"axis": 0}}


def printed(numbers: Vector, digits: int) -> Any:
    """Numbers as somebody writes them."""
    return [f"{number:.{digits}f}" for number in numbers] if numbers.shape else f"{float(numbers):.{digits}f}"


def by_hand(op: str, x: Vector, seed: Vector, digits: int, *, factor: float = 1.0) -> Graph:
    """The op's value rounded to so many decimals, and the gradient that goes on from the rounded one."""
    rule = OPS[op].bound(ONE.get(op, {}))
    value = np.round(np.asarray(rule.forward(Arrays(), x)), digits)
    grad = factor * FORMS[op](x, value, seed)
    rows = [
        {"id": "x", "op": "input", "value": x.tolist(), "grad": printed(grad, digits + 3)},
        {"id": "y", "op": op, "inputs": ["x"], "attrs": ONE.get(op, {}), "value": printed(value, digits)},
    ]
    return Graph.build(nodes=rows, outputs=[{"node": "y", "seed": seed.tolist()}])


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("op", sorted(FORMS))
@settings(max_examples=8)
@given(st.data())
def test_who_works_on_from_a_printed_output_is_right_locally(op: str, path: str, data: st.DataObject) -> None:
    numbers = st.integers(-20, 20).map(_tenth)
    x = np.array(data.draw(st.lists(numbers, min_size=2, max_size=4, unique=True)))
    digits = data.draw(st.integers(1, 3))
    outside = x if op in ONE else np.array(1.0)
    seed = np.array(data.draw(st.lists(numbers, min_size=x.size, max_size=x.size))) if op in ONE else outside
    found = PATHS[path](by_hand(op, x, seed, digits))
    assert not any(finding.local.refuted() for finding in found.claims)


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("op", sorted(FORMS))
def test_a_wrong_gradient_is_refuted_in_that_form_too(op: str, path: str) -> None:
    x = np.array([1.0, 2.0, 3.5])
    seed = np.array([1.0, 0.0, -2.0]) if op in ONE else np.array(1.0)
    found = PATHS[path](by_hand(op, x, seed, 3, factor=1.1))
    assert {key for key, _ in refuted(found)} == {(0, "grad", None)}
    assert next(finding for finding in found.claims if finding.key == (0, "grad", None)).first


def _tenth(number: int) -> float:
    return number / 10


# --- the declared forms ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_OUTPUT_FORM)
def test_the_form_from_the_output_is_the_pullback(name: str) -> None:
    for trial in tensor_trials(OPS[name], "float64"):
        rule: Rule = trial.rule
        system, operands = Arrays(), [np.asarray(operand) for operand in trial.operands]
        out, grad = rule.forward(system, *operands), trial.cotangents[0]
        through = rule.pull_through_output(system, grad, out, operands)
        for one, other in zip(through, rule.pull(system, grad, out, operands), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
