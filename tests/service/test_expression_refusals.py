"""What no graph has is refused by name, with line, column and a caret; all of it at once, and never late."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.service.interop.errors import InteropError
from chainrule.service.interop.expression import parse


def refused(text: str) -> InteropError:
    with pytest.raises(InteropError) as caught:
        parse(text)
    return caught.value


TRAPS = {
    "nested brackets": "(" * 201 + "x" + ")" * 201,
    "nested lists": "[" * 150 + "1" + "]" * 150,
    "five thousand minus signs": "-" * 5_000 + "x",
    "twenty thousand minus signs": "-" * 20_000 + "x",
    "a tower of powers": "x" + "**x" * 3_000,
    "a sum of three thousand terms": "+".join(["x"] * 3_000),
    "a chain of attributes": "a" + ".b" * 3_000,
    "calls of calls": "a" + "()" * 10_000,
    "lambdas in lambdas": "lambda:" * 3_000 + "x",
    "choices in choices": "x if y else " * 3_000 + "x",
    "too many characters": "x" * 65_537,
    "full-width letters": "\uff58 + 1",
    "a look-alike": "\u0445 + 1",
    "a zero byte": "x\0",
    "an escape sequence": "x\x1b[31m",
    "a lone surrogate": "x\ud800",
    "nothing": "",
    "a comment only": "# x",
    "an open bracket": "(x",
    "a closing bracket": "x)",
    "two operands": "x y",
    "an operator at the end": "x +",
    "an indented block": "if x:\n  y",
    "an open string": "x + 'a",
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_text_that_harms_the_parser_is_malformed(name: str) -> None:
    problems = refused(TRAPS[name]).problems
    assert {problem.code for problem in problems} == {"import.malformed"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1_000 + x", "1_000 is no decimal number"),
        ("0x10 + x", "0x10 is no decimal number"),
        ("1j*x", "1j is no decimal number"),
        ("1e400*x", "1e400 is too large for a double"),
        ("9" * 5_000, "99999999999999999... is too large for a double"),
        ("True*x", "only numbers and names are operands"),
        ("'a'*x", "only numbers and names are operands"),
        ("f'{x}'*x", "strings are no operands"),
        ("x.T*x", "attribute access is not read"),
        ("x[0]*x", "subscripts are not read"),
        ("x//2", "// is not read"),
        ("x%2", "% is not read"),
        ("x^2", "^ is not read; a power is written **"),
        ("(lambda: x)", "a lambda is not read"),
        ("(y := x)", ":= is not read"),
        ("[i for i in x]", "comprehensions are not read"),
        ("x < y < z", "chained comparisons are not read"),
        ("x or y", "or is not read"),
        ("x, y", "several values in one place"),
        ("exp(*x)", "operands are written one by one"),
        ("exp(x, base=2)", "exp has no attribute base"),
        ("[1, x]*y", "only numbers can stand here"),
        ("input(x)", "input is no function"),
        ("x(y)(z)", "only a function's name can be called"),
        ("sigmod(x)", "no function is called sigmod; nearest: sigmoid"),
        ("x = x + 1", "x is used before already"),
        ("x + 1\ny", "only the last statement may stand without NAME ="),
        ("x += 1", "a statement is NAME = expression"),
        ("import os", "a statement is NAME = expression"),
        ("a, b = x, y", "a statement is NAME = expression"),
        ("x" * 65, "the name has 65 characters"),
        ("const(1, 2)", "a constant is written const(NUMBER)"),
    ],
)
def test_what_no_graph_has_is_unsupported(text: str, message: str) -> None:
    problem = refused(text).problems[0]
    assert problem.code == "import.unsupported"
    assert problem.message.startswith(message)


@pytest.mark.parametrize("text", ["exp(x, y)", "exp()", "max(x)", "maximum(x, y, z)"])
def test_a_wrong_number_of_operands_is_an_arity(text: str) -> None:
    assert [problem.code for problem in refused(text).problems] == ["op.arity"]


def test_all_problems_are_reported_in_the_order_of_the_text() -> None:
    problems = refused("a = foo(x) + 0x1\nb = x ^ y; c = (\n").problems
    assert [(problem.line, problem.column) for problem in problems] == [(1, 5), (1, 14), (2, 5), (2, 16)]


def test_the_line_is_shown_with_a_caret() -> None:
    text = "q = x + y\nf = q \u00d7 sigmod(q)"
    assert str(refused(text)).splitlines()[1:] == ["    f = q \u00d7 sigmod(q)", "            ^^^^^^^^^"]


def test_the_same_again_is_counted() -> None:
    assert refused("x^y + y^x").problems[0].message.endswith("(2 times)")


def test_at_most_fifty_problems_are_listed() -> None:
    error = refused(";".join(f"v{n} = f{n}(x)" for n in range(60)))
    assert (len(error.problems), error.truncated) == (50, True)


def test_limits_name_the_excess_and_what_is_just_inside_passes() -> None:
    assert len(parse("+".join(["x"] * 1_001)).nodes) == 1_001
    assert len(parse("-" * 64 + "x").nodes) == 65
    assert len(parse("x" + "-" * 65 + "x").nodes) == 66
    assert len(parse("(" * 100 + "x" + ")" * 100).nodes) == 1
    assert "1,001 operators; at most 1,000" in refused("+".join(["x"] * 1_002)).problems[0].message


def outcome(text: str) -> str:
    """The error's text, or "" if there is a graph; a warning of the parser would be an error here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            parse(text)
        except InteropError as error:
            return str(error)
    return ""


@given(st.text(alphabet="xyf01.,=+-*/()[]{}<>'\"#\\ \t\n;:@!~e_", max_size=40))
def test_whatever_is_written_gives_a_graph_or_problems(text: str) -> None:
    lines = outcome(text).splitlines()
    assert all(line.startswith(("    ", "further")) or ": " in line for line in lines)


def test_a_foreign_sign_is_shown_as_it_was_written_and_what_moves_the_pen_is_not() -> None:
    assert "'σ' is no plain ASCII" in str(refused("σ(x)"))
    assert r"'\u202e' is no plain ASCII" in str(refused("x\u202e"))
