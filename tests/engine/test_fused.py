"""Fused kernels are the rules that they stand beside, on arrays.

Each of them adds products in another order than its rule, or the same. So the two differ by no more than both may
differ from the exact sums: with k terms, k u times the sum of their sizes each, which the rule itself tells of operands
without their signs (Higham 2002, section 3.1).
"""

from typing import Any

import numpy as np
import pytest

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


def test_the_fused_kernels_are_known() -> None:
    assert {"linear", "conv", "transpose", "reshape", "broadcast_to"} <= set(FUSED)
    assert all(OPS[name].examples for name in FUSED)


def test_a_kernel_that_is_not_its_rule_is_caught() -> None:
    rule = OPS["transpose"].bound({"perm": [1, 0]})
    expected = rule.pull(Plain(), np.arange(4.0).reshape(2, 2), None, [np.ones((2, 2))])[0]
    assert not within(expected * (1 + 1e-12) + 1e-12, expected, expected, 6)
