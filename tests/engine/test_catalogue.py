"""The catalogue is the declarations: what is published cannot drift from what runs."""

from importlib.resources import files

import pytest

from chainrule.engine.catalogue import ops, published_opset
from chainrule.engine.registry import OPS


def test_the_published_op_set_is_the_declarations() -> None:
    committed = files("chainrule.schema").joinpath("published/1.0/opset-core-1.json").read_bytes()
    assert committed == published_opset(), "write it again: chainrule schema --write"


def test_every_declared_op_is_in_the_catalogue() -> None:
    assert {entry.name for entry in ops()} == set(OPS)


@pytest.mark.parametrize(
    ("name", "formula", "local"),
    [
        ("mul", "a * b", ("d/da = b", "d/db = a")),
        ("sigmoid", "1 / (1 + exp(-x))", ("d/dx = (1 - out) * out",)),
        ("div", "a / b", ("d/da = 1 / b", "d/db = -out / b")),
        ("relu", "maximum(x, 0)", ("d/dx = 0 if x < 0, 1 if x > 0, at 0 any of [0, 1]",)),
    ],
)
def test_formulas_are_printed_from_the_rules(name: str, formula: str, local: tuple[str, ...]) -> None:
    [entry] = [entry for entry in ops() if entry.name == name]
    assert (entry.formula, entry.local) == (formula, local)
