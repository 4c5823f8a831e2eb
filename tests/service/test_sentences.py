from typing import Any, cast

import pytest

from chainrule.engine.verify import Policy
from chainrule.engine.verify.report import verify
from chainrule.schema import Graph
from chainrule.service.interop.expression import parse
from chainrule.service.reasons import REASONS
from chainrule.service.sentences import Sentence, sentences

from .commands import OPEN, RIGHT, WRONG


def said(graph: Graph, *, detail: str = "findings") -> list[Sentence]:
    """What is said of a graph's claims."""
    return list(sentences(verify(graph, detail=detail), graph))


def graph(document: dict[str, Any]) -> Graph:
    return Graph.build(**{name: value for name, value in document.items() if name in ("nodes", "outputs", "rounding")})


def claimed(expression: str, values: dict[str, Any], **claims: dict[str, Any]) -> Graph:
    """The graph of an expression with claims by id."""
    bare = parse(expression, values=values)
    return Graph.build(nodes=[cast(Any, row | claims.get(row["id"], {})) for row in bare.nodes], outputs=bare.outputs)


NEURON = "p0=w0*x0; p1=w1*x1; s=p0+p1; u=s+w2; n=-u; e=exp(n); d=e+1; f=1/d"
INPUTS = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}


def test_a_wrong_sign_at_a_multiply_gate_is_mended_by_the_other_input() -> None:
    (only,) = said(claimed(NEURON, INPUTS, w0={"grad": "0.20"}, u={"grad": "0.20"}))
    assert str(only).startswith(
        "w0: gradient says 0.20; x0 = -1 makes it -0.20 (a multiply gate switches its inputs); off by "
    )
    assert only.kind == "refuted"
    assert "79 half units of its last digit" in only.words


def test_a_number_that_is_right_but_for_rounding_on_the_way_says_so() -> None:
    (only,) = said(claimed(NEURON, INPUTS, w1={"grad": "-0.40"}, u={"grad": "0.20"}))
    assert only.kind == "carried"
    assert "already rounded: carry more digits" in only.words
    assert "the inputs make it -0.39" in only.words
    assert "off by 1.4 half units" in only.words


def test_an_error_carried_on_names_the_first_fault() -> None:
    wrong = {"q": {"grad": 4}, "x": {"grad": 4}, "y": {"grad": 4}}
    found = {one.wire: one for one in said(claimed("q = x + y; f = q * z", {"x": -2, "y": 5, "z": -4}, **wrong))}
    assert found["x"].kind == found["y"].kind == "carried"
    assert "right given the gradient of q, which is wrong; the inputs make it -4" in found["x"].words
    assert found["q"].kind == "refuted"
    assert found["q"].words.endswith("the first fault: 2 other numbers hang on it")


def test_a_right_number_beside_a_wrong_one_is_not_blamed() -> None:
    found = {one.wire: one for one in said(claimed("q = x + y; f = q * z", INPUTS_OF_F, q={"grad": 4}, x={"grad": -4}))}
    assert found["x"].kind == "attributed"
    assert "the inputs agree, but it does not follow from the gradient of q, which is wrong" in found["x"].words


INPUTS_OF_F = {"x": -2, "y": 5, "z": -4}


@pytest.mark.parametrize(
    ("expression", "claims", "words"),
    [
        ("f = x * y + x", {"x": {"grad": 3}}, "5 from mul + 1 from f make it 6 (branches add)"),
        ("f = x + y", {"f": {"value": 4}}, "value says 4; x + y = -2 + 5 makes it 3"),
        ("f = x + y", {"f": {"grad": 2}}, "it is an output, and its seed makes it 1"),
        ("f = x * y", {"f": {"local": [3, None]}}, "local gradient toward x says 3; d f / d x = y makes it 5"),
        (
            "f = x * y",
            {"f": {"downstream": [3, None]}},
            "gradient sent to x says 3; local × upstream = 5 × 1 makes it 5",
        ),
        ("f = exp(x)", {"x": {"grad": 0.5}}, "f sends 0.135335 × 1, which makes it 0.135335 (exp is its own"),
        ("q = x * x; f = y * y", {"q": {"grad": 1}}, "no output depends on it, which makes it 0"),
    ],
)
def test_every_field_says_the_equation_that_it_fails(expression: str, claims: dict[str, Any], words: str) -> None:
    found = said(claimed(expression, {name: INPUTS_OF_F[name] for name in "xy" if name in expression}, **claims))
    assert any(words in one.words for one in found), [str(one) for one in found]


def test_at_a_kink_the_whole_range_is_named() -> None:
    (only,) = said(claimed("f = relu(x)", {"x": 0}, x={"grad": 1.5}))
    assert "the kink of f allows it anything from 0 to 1 (every slope between those on its two sides)" in only.words


def test_a_printed_zero_that_says_nothing_asks_for_digits() -> None:
    (only,) = said(graph(OPEN))
    assert only.kind == "undecided"
    assert (
        only.words
        == "gradient says 0; the inputs make it 0.2; a printed 0 could stand for either sign: write more digits"
    )


def test_a_tensor_names_its_worst_entry() -> None:
    wrong = claimed("f = square(x)", {"x": [1, 2, 3]}, x={"grad": [2, 5, 6]})
    (only,) = said(Graph.build(nodes=wrong.nodes, outputs=[{"node": "f", "seed": [1, 1, 1]}]))
    assert only.words.startswith("gradient at [1] says 5; the numbers around it make it 4; off by ")


SQUARES = claimed("f = square(x)", {"x": [1, 2, 3]})


def squares(seed: list[float], **claims: dict[str, Any]) -> Graph:
    """The squares of three numbers with claims by id."""
    rows = [cast(Any, row | claims.get(row["id"], {})) for row in SQUARES.nodes]
    return Graph.build(nodes=rows, outputs=[{"node": "f", "seed": seed}])


def test_a_tensor_that_holds_says_of_which_entry_a_number_is_told() -> None:
    (only,) = said(squares([1, 1, 1], f={"value": ["1.0", "4.0", "9.0"]}), detail="all")
    assert only.words == "value says [1.0, 4.0, 9.0]; at [0] the inputs make it 1"


def test_a_tensor_that_is_carried_names_an_entry_and_its_own_number() -> None:
    found = {one.wire: one for one in said(squares([1, 1, 1], f={"grad": [1, 1, 2]}, x={"grad": [2, 4, 12]}))}
    assert found["x"].kind == "carried"
    assert found["x"].words.startswith(
        "gradient at [2] says 12; right given the gradient of f, which is wrong; the inputs make it 6; off by "
    )


def test_an_undecided_tensor_names_the_entry_that_is_open() -> None:
    (only,) = said(squares([1, "0.01", 1], x={"grad": ["2", "0", "6"]}))
    assert only.kind == "undecided"
    assert only.words.startswith("gradient at [1] says 0; the inputs make it 0.04; a printed 0 could stand")


@pytest.mark.parametrize("values", [{"x": 2, "y": 3}, {"x": [1, 2], "y": [3, 4]}])
def test_a_gradient_on_which_no_output_depends_is_told_so(values: dict[str, Any]) -> None:
    shape = values["x"] if isinstance(values["x"], list) else None
    grad = [0, 0.1] if shape else 0.1
    graph = claimed("q = x * x; p = exp(q); f = y * y", values, q={"grad": grad}, p={"grad": grad})
    seeded = Graph.build(nodes=graph.nodes, outputs=[{"node": "f", "seed": [1, 1] if shape else 1}])
    place = " at [1]" if shape else ""
    told = f"gradient{place} says 0.1; no output depends on it, which makes it 0"
    assert [one.words.partition("; the first fault")[0] for one in said(seeded)] == [told, told]


@pytest.mark.parametrize(("asked", "words"), [([1, 1, 2], "gradient at [2] says 3; the seed asked for makes it 2")])
def test_a_seed_that_nobody_asked_for_is_named_in_a_tensor(asked: list[float], words: str) -> None:
    graph = squares([1, 1, 3], f={"grad": [1, 1, 3]}, x={"grad": [2, 4, 18]})
    found = {one.wire: one for one in sentences(verify(graph, Policy(seeds={"f": asked})), graph)}
    assert found["f"].words.startswith(words)
    assert (
        "gradient at [2] says 18; right given the gradient of f, whose seed is not the one asked for; "
        "the inputs make it 12" in found["x"].words
    )


def test_a_seed_that_nobody_asked_for_is_named_in_a_scalar_and_beside_branches() -> None:
    own = claimed("f = x * y", {"x": 2, "y": 3}, f={"grad": 2})
    graph = Graph.build(nodes=own.nodes, outputs=[{"node": "f", "seed": 2}])
    (only,) = sentences(verify(graph, Policy(seeds={"f": 1})), graph)
    assert only.words.startswith("gradient says 2; the seed asked for makes it 1")
    read = claimed("f = x * y; g = exp(f)", {"x": 0, "y": 3}, f={"grad": 3})
    both = Graph.build(nodes=read.nodes, outputs=[{"node": "f", "seed": 2}, {"node": "g", "seed": 1}])
    (only,) = sentences(verify(both, Policy(seeds={"f": 5})), both)
    assert only.words.startswith("gradient says 3; the seed asked for + 1 from g make it 6 (branches add)")


def test_a_leaf_without_value_leaves_words_for_what_can_be_told() -> None:
    bare = claimed("f = x * y; g = -f", {"y": 3}, f={"value": "-12.0"}, g={"value": "13.00"})
    found = {one.wire: one for one in said(bare)}
    assert found["g"].words.startswith("value says 13.00; -f = -(-12.0) makes it 12.00; off by ")


def test_a_slight_error_is_shown_with_the_digits_that_tell() -> None:
    (only,) = said(claimed("f = exp(x)", {"x": 1}, f={"value": 2.71828182845}))
    assert only.words.startswith("value says 2.71828182845; exp(x) = exp(1) makes it 2.71828182846; off by ")


def test_right_numbers_have_sentences_when_all_are_asked_for() -> None:
    assert said(graph(RIGHT)) == []
    found = said(graph(RIGHT), detail="all")
    assert {one.kind for one in found} == {"proved"}
    assert str(found[0]) == "x: gradient says -4; the inputs make it -4"


def test_one_wrong_number_is_one_sentence() -> None:
    assert [str(one).partition(";")[0] for one in said(graph(WRONG))] == ["z: gradient says 4"]


def test_nonfinite_numbers_have_words_instead_of_a_number() -> None:
    found = said(claimed("f = sqrt(x)", {"x": 0}, x={"grad": "Infinity"}))
    assert [one.kind for one in found] == ["undecided"]
    assert REASONS["nonfinite"] in found[0].words
