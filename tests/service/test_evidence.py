"""Every method's word is told with its numbers, and with the entry that they belong to."""

from typing import Any, cast

from chainrule.engine.verify import Policy
from chainrule.engine.verify.report import verify
from chainrule.schema import Graph
from chainrule.service.evidence import evidence, kinks
from chainrule.service.interop.expression import parse


def told(x: Any, grad: Any, *, seed: Any = 1, effort: str = "standard") -> list[str]:
    """The evidence on the gradient of x in f = x x."""
    bare = parse("f = square(x)", values={"x": x})
    rows = [cast(Any, row | ({"grad": grad} if row["id"] == "x" else {})) for row in bare.nodes]
    graph = Graph.build(nodes=rows, outputs=[{"node": "f", "seed": seed}])
    report = verify(graph, Policy(effort=cast(Any, effort)), detail="all")
    (row,) = report.claims or []
    return list(evidence(row))


def test_the_sides_of_a_tensor_name_the_entry_that_their_numbers_belong_to() -> None:
    found = told([1, 2, 3], [2, 4, 7], seed=[1, 1, 1])
    assert found[:2] == ["local verdict: refuted, it is 6 at [2]", "global verdict: refuted, it is 6 at [2]"]


def test_differences_and_probes_name_the_entries_that_they_speak_against() -> None:
    found = told([1, 2, 3], [2, 4, 7], seed=[1, 1, 1])
    (difference,) = (line for line in found if line.startswith("finite-difference"))
    assert difference.startswith("finite-difference: against, 6 ± ")
    assert " at [2] (full ladder, 25 points)" in difference
    (probe,) = (line for line in found if line.startswith("complex-step"))
    assert probe.startswith("complex-step: against, at [2], 2 probes of all gradients together: ")


def test_a_proof_without_rules_shows_what_encloses_the_number() -> None:
    (proof,) = (line for line in told(3, 6, effort="thorough") if line.startswith("rule-free"))
    assert proof.startswith("rule-free: for, it is in [5.9")
    assert proof.endswith(" bits)")


def test_silence_has_its_reason() -> None:
    (probe,) = (line for line in told(3, "6.0") if line.startswith("complex-step"))
    assert probe.startswith("complex-step: silent, ")


def test_a_scalar_names_no_entry() -> None:
    assert told(3, 6)[0] == "local verdict: proved, it is 6"


def about(expression: str, grad: Any, **values: Any) -> list[str]:
    """The evidence on the gradient of x in an expression."""
    bare = parse(expression, values=values)
    rows = [cast(Any, row | ({"grad": grad} if row["id"] == "x" else {})) for row in bare.nodes]
    report = verify(Graph.build(nodes=rows, outputs=bare.outputs), Policy(), detail="all")
    return [*evidence((report.claims or [])[0]), *kinks(report)]


def test_a_claim_names_the_kink_that_its_input_meets_first() -> None:
    assert "nearest kink: that of relu, where this input has moved by 2" in about("relu(2*x - 6) * y", 0, x=1, y=1)


def test_a_claim_at_a_kink_names_the_conventions_that_it_follows() -> None:
    found = about("abs(x) + y", 1, x=0, y=1)
    assert "kinks: 1 guard at 0 above it; conventions that it follows: jax" in found
    assert found[-1] == "abs: kink: this abs is at its kink; conventions that all claims below it follow: jax"
    assert "kinks: 1 guard at 0 above it; conventions that it follows: none that has a name" in about(
        "abs(x)", 0.3, x=0
    )
