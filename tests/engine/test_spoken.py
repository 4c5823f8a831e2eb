"""Bodies and pullbacks in words: printed from what runs, for every op on tensors and every composite."""

import pytest

from chainrule.engine.catalogue import ops
from chainrule.engine.certification.trials import trials
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Pattern
from chainrule.engine.spoken import body_text, pullback_texts

STRUCTURED = [name for name, rule in OPS.items() if not rule.elementwise]
BOUNDED = [name for name, rule in OPS.items() if rule.domain is not None and "," not in rule.domain]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("silu", "x * sigmoid(x)"),
        ("linear", "matmul(x, transpose(w; perm=[1, 0])) + broadcast_to(b)"),
        ("hard_swish", "x * clip(1/6 * x + 0.5; min=0.0, max=1.0)"),
        ("selu", "1.0507009873554804934193349852946 * elu(x; alpha=1.6732632423543772848170429916717)"),
        ("lstm", "39 gates: 10 slice, 6 sigmoid, 6 mul, 4 linear, 4 add, 4 tanh, 2 squeeze, 2 unsqueeze, 1 concat"),
    ],
)
def test_a_body_is_one_expression_or_a_count_of_its_gates(name: str, body: str) -> None:
    assert body_text(OPS[name]) == body


def test_what_is_read_twice_has_a_name() -> None:
    said = body_text(OPS["layer_normalization"]) or ""
    assert said.startswith("v0 = x - broadcast_to(reduce_mean(x; ")
    assert said.count("v0") == 3


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("matmul", ("to a: matmul(grad, transpose(b))", "to b: matmul(transpose(a), grad)")),
        ("reduce_logsumexp", ("to x: grad * exp(x - out)",)),
        ("reshape", ("to x: the gradient of each entry, where it came from",)),
        ("softmax", ()),
        ("argmax", ()),
    ],
)
def test_a_pullback_says_what_each_operand_receives(name: str, sent: tuple[str, ...]) -> None:
    assert pullback_texts(OPS[name]) == sent


@pytest.mark.parametrize("name", STRUCTURED)
def test_every_op_on_tensors_has_a_body_or_says_what_it_sends_or_stops(name: str) -> None:
    [entry] = [entry for entry in ops() if entry.name == name]
    assert entry.body or entry.local or entry.pattern is Pattern.STOPPER


@pytest.mark.parametrize("name", BOUNDED)
def test_a_domain_is_where_there_are_values(name: str) -> None:
    rule = OPS[name]
    condition = compile(rule.domain or "", name, "eval")
    sides: set[bool] = set()
    for trial in trials(rule, "float64", 60):
        within = eval(condition, {"abs": abs}, dict(zip(rule.operands, map(float, trial.operands), strict=True)))  # noqa: S307
        assert within == (trial.place != "outside"), str(trial)
        sides.add(within)
    assert sides == {True, False}
