"""Fused kernels are the rules that they stand beside, on arrays.

Each of them adds products in another order than its rule, or the same. So the two differ by no more than both may
differ from the exact sums: with k terms, k u times the sum of their sizes each, which the rule itself tells of operands
without their signs (Higham 2002, section 3.1).
"""

from typing import Any

import numpy as np
import pytest

from chainrule.engine.backward import CONVENTIONS
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Example, Rule

FUSED = sorted(name for name, rule in OPS.items() if rule.has_fused)
CASES = [
    pytest.param(OPS[name].bound(example.attrs), example, id=f"{name}-{place}")
    for name in FUSED
    for place, example in enumerate(OPS[name].examples)
]
#: Larger ones, with strides, dilations, paddings, groups, and leading axes.
MORE = {
    "conv": [
        (
            [(2, 4, 9, 8), (6, 2, 3, 2), (6,)],
            {"strides": [2, 1], "dilations": [1, 2], "pads": [1, 0, 2, 3], "group": 2},
        ),
        ([(3, 2, 17), (4, 2, 5)], {"strides": [3]}),
        ([(1, 1, 4, 5, 6), (2, 1, 2, 2, 3)], {"pads": [1, 1, 1, 0, 0, 0]}),
    ],
    "linear": [([(2, 3, 40), (50, 40), (50,)], {}), ([(40,), (7, 40)], {})],
    "broadcast_to": [([(3, 1)], {"shape": [4, 3, 5]}), ([()], {"shape": [2, 2]})],
    "transpose": [([(2, 3, 4)], {"perm": [2, 0, 1]})],
}
LARGER = [
    pytest.param(OPS[name].bound(attrs), Example(tuple(shapes), attrs), id=f"{name}-large-{place}")
    for name, cases in MORE.items()
    for place, (shapes, attrs) in enumerate(cases)
]


class Plain(Arrays):
    """Arrays on which rules run as they are declared."""

    FUSES = False


def drawn(example: Example, seed: int) -> list[Any]:
    draw = np.random.default_rng(seed)
    return [draw.normal(size=x) if isinstance(x, tuple) else np.asarray(x, dtype=np.float64) for x in example.operands]


def within(found: Any, expected: Any, scale: Any, terms: int) -> bool:
    return np.shape(found) == np.shape(expected) and bool(
        np.all(np.abs(found - expected) <= 2 * terms * 2**-53 * np.abs(scale))
    )


@pytest.mark.parametrize(("rule", "example"), [*CASES, *LARGER])
def test_a_fused_kernel_is_its_rule(rule: Rule, example: Example) -> None:
    plain, quick = Plain(), Arrays()
    for seed in range(3):
        operands = drawn(example, seed)
        terms = 2 + sum(x.size for x in operands)
        out = rule.forward(plain, *operands)
        sizes = [np.abs(x) for x in operands]
        assert within(rule.value(quick, operands), out, rule.forward(plain, *sizes), terms)
        grad = np.random.default_rng(seed + 9).normal(size=np.shape(out))
        terms += grad.size
        found, expected = (rule.pull(system, grad, out, operands) for system in (quick, plain))
        scales = rule.pull(plain, np.abs(grad), np.abs(out), sizes)
        assert len(found) == len(expected)
        assert all(within(a, b, c, terms) for a, b, c in zip(found, expected, scales, strict=True))


POOLS = [
    {"kernel_shape": [2, 2], "strides": [2, 2]},
    {"kernel_shape": [3, 2], "strides": [1, 2], "pads": [1, 0, 1, 1]},
    {"kernel_shape": [2, 3], "dilations": [2, 1], "pads": [0, 2, 1, 0]},
]


@pytest.mark.parametrize("attrs", POOLS, ids=range(len(POOLS)))
@pytest.mark.parametrize("kinks", CONVENTIONS)
def test_windows_with_ties_send_what_their_rule_sends(attrs: dict[str, Any], kinks: str) -> None:
    rule, draw = OPS["max_pool"].bound(attrs), np.random.default_rng(4)
    for _ in range(5):
        # Few numbers, so that many tie, and sums of halves and thirds of multiples of 12 that are exact.
        x = draw.integers(-2, 3, size=(2, 3, 7, 6)).astype(np.float64)
        out = rule.forward(Plain(kinks=kinks), x)
        assert np.array_equal(rule.value(Arrays(kinks=kinks), [x]), out)
        grad = 12.0 * draw.integers(-9, 9, size=out.shape)
        found, expected = (rule.pull(system(kinks=kinks), grad, out, [x]) for system in (Arrays, Plain))
        np.testing.assert_allclose(found[0], expected[0], rtol=0, atol=2.0**-40)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_windows_with_odd_numbers_send_what_their_rule_sends(odd: float) -> None:
    rule, x = OPS["max_pool"].bound(POOLS[0]), np.arange(16.0).reshape(1, 1, 4, 4)
    x[0, 0, 1, 1] = odd
    with np.errstate(all="ignore"):
        out = rule.forward(Plain(), x)
        assert np.array_equal(rule.value(Arrays(), [x]), out, equal_nan=True)
        grad = np.ones(out.shape)
        found, expected = (rule.pull(system, grad, out, [x]) for system in (Arrays(), Plain()))
    assert np.array_equal(found[0], expected[0], equal_nan=True)


def test_the_fused_kernels_are_known() -> None:
    assert {"linear", "conv", "max_pool", "transpose", "reshape", "broadcast_to"} <= set(FUSED)
    assert all(OPS[name].examples for name in FUSED)


def test_a_kernel_that_is_not_its_rule_is_caught() -> None:
    rule = OPS["transpose"].bound({"perm": [1, 0]})
    expected = rule.pull(Plain(), np.arange(4.0).reshape(2, 2), None, [np.ones((2, 2))])[0]
    assert not within(expected * (1 + 1e-12) + 1e-12, expected, expected, 6)
